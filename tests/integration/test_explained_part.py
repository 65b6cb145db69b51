"""All rows of a part explained, and kept with the run whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from bertui.prediction.predictor import Predictor
from bertui.runs.explained_part import Tried, explain_part, kept_part
from bertui.runs.explained_row import explained
from bertui.runs.run import Run
from tests.app.finished import finished_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return finished_run(tmp_path_factory.mktemp("explained"))


def rows_of(run: Run) -> list[int]:
    found: list[int] = run.data()[1].test.tolist()
    return found


def test_rows_are_explained_as_each_alone_and_kept(run: Run) -> None:
    assert kept_part(run, "test") is None
    shares: list[float] = []
    found = explain_part(run, Predictor(run.model_folder), "test", rows_of(run), shares.append)
    assert [one.row for one in found.rows] == rows_of(run)
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1)
    one, table = found.rows[1], run.data()[0]
    alone = explained(run.model_folder, table.texts[one.row])
    assert one.words.scores == pytest.approx(alone.attribution.scores, abs=1e-4)
    assert one.names[one.words.target] == alone.target and one.focus == alone.focus
    assert found.tried is not None and found.tried.rows == len(found.rows)
    kept = kept_part(run, "test")
    assert kept is not None and kept.rows == found.rows and kept.tried == found.tried
    assert kept.pushing == found.pushing and kept_part(run, "validation") is None
    assert found.pushing and all(row in found.by_row for word in found.pushing for row in word.examples_in)


def test_what_another_model_gave_or_a_broken_file_is_no_explanation(run: Run) -> None:
    explain_part(run, Predictor(run.model_folder), "test", rows_of(run))
    path = run.folder / "explained" / "test.jsonl"
    whole = path.read_bytes()
    for broken in (
        b"",
        b"{",
        whole[: len(whole) // 2],
        whole[: whole.rindex(b"{")],
        whole.replace(b"scores", b"scares"),
    ):
        path.write_bytes(broken)
        assert kept_part(run, "test") is None
    path.write_bytes(whole)
    assert kept_part(run, "test") is not None
    stamp = run.model_folder.stat()
    os.utime(run.model_folder, ns=(stamp.st_atime_ns, stamp.st_mtime_ns + 1))
    assert kept_part(run, "test") is None, "the model was trained again"


def test_ended_work_keeps_nothing_and_a_folder_that_cannot_be_written_does_not_matter(run: Run) -> None:
    class Ended(Exception):
        pass

    def end(share: float) -> None:
        raise Ended

    path = run.folder / "explained"
    for old in path.glob("*"):
        old.unlink()
    with pytest.raises(Ended):
        explain_part(run, Predictor(run.model_folder), "test", rows_of(run), end)
    assert not list(path.glob("*"))
    path.rmdir() if path.exists() else None
    path.write_text("a file where the folder should be")
    assert explain_part(run, Predictor(run.model_folder), "test", rows_of(run)).rows
    path.unlink()


def test_of_many_rows_some_are_taken_evenly(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bertui.runs.explained_part.MOST_ROWS", 3)
    rows = rows_of(run)
    found = explain_part(run, Predictor(run.model_folder), "validation", rows)
    assert [one.row for one in found.rows] == [rows[at] for at in np.linspace(0, len(rows) - 1, 3).astype(int)]


def test_the_maps_are_judged_in_words() -> None:
    assert Tried(30, 0.41, 0.06, "").sentence().endswith("by 41 points on average without the five strongest words, "
                                                         "and by 6 points without five random ones.")  # fmt: skip
    assert (
        "hardly better than chance" in Tried(1, 0.1, 0.06, "").sentence()
        and "in 1 row " in Tried(1, 0.1, 0.06, "").sentence()
    )
    assert "0.41 stars" in Tried(30, 0.41, 0.06, "stars").sentence()


def test_a_model_that_no_word_moves_has_no_list(run: Run, tmp_path: Path) -> None:
    assert not list(explain_part(run, Predictor(run.model_folder), "test", []).pushing)
