"""Suspicious labels on the Results page, on a run whose labels and texts are hostile: found, decided, tried again."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from bertui.evaluation.intervals import Interval
from bertui.evaluation.suspicious import Trial
from bertui.runs.relabelling import corrected_table, corrections, kept_labels, relabel, train_on_corrected
from bertui.runs.run import Run
from bertui.runs.suspicious import KEPT, Suspicious, SuspiciousLabels
from bertui.runs.workspace import Workspace
from bertui.ui.server.jobs import jobs
from tests.app.finished import BAD, GOOD, HOSTILE

Open = Callable[..., AppTest]


@pytest.fixture
def space(run: Run) -> Workspace:
    return Workspace(run.folder.parents[1])


@pytest.fixture
def listed(run: Run) -> Run:
    """The run with three rows listed, the first of them hostile."""
    table, split = run.data()
    part = {row: name for name, rows in split.parts().items() for row in rows.tolist()}
    found = tuple(
        Suspicious(row, row + 2, part[row], str(table.texts[row]), given, other, 0.1 + 0.05 * at, 0.9 - 0.05 * at)
        for at, (row, given, other) in enumerate([(0, GOOD, BAD), (int(split.test[0]), *_labels(run, split.test[0])),
                                                  (int(split.train[3]), *_labels(run, split.train[3]))])
    )  # fmt: skip
    told = SuspiciousLabels(60, found, Interval(0.9, 0.8, 0.95), 0.5, Trial(3, 2, 4, 0.2), ("A <i>note</i>.",))
    (run.folder / KEPT).write_text(json.dumps({"version": 1, **told.to_json()}), "utf-8")
    return run


def _labels(run: Run, row: int) -> tuple[str, str]:
    given = str(run.data()[0].labels[row])
    return given, BAD if given == GOOD else GOOD


def opened(page: AppTest, run: Run) -> AppTest:
    """Open the section, as a click on its head does."""
    page.session_state[f"results_suspicious_{run.id}"] = True
    return page.run()


def row_opened(folder: str, at: int) -> None:
    """A script for one listed row, as a tick opens it: ticking is the browser's part."""
    from pathlib import Path

    from bertui.runs.relabelling import corrected_table, corrections, kept_labels
    from bertui.runs.run import Run
    from bertui.runs.suspicious import kept
    from bertui.ui import shell
    from bertui.ui.results.corrected import show_corrected
    from bertui.ui.results.suspicious import _open

    run, found = Run(Path(folder)), kept(Run(Path(folder)))
    stored = corrected_table(shell.workspace(), run)
    now = {} if stored is None else corrections(run, stored)
    _open(run, found.found[at], now, kept_labels(run))
    if stored is not None and now:
        show_corrected(run, stored, now)


def opened_row(run: Run, at: int) -> AppTest:
    page = AppTest.from_function(row_opened, default_timeout=60, args=(str(run.folder), at)).run()
    assert not page.exception and not page.error
    return page


def words(page: AppTest) -> str:
    return "\n".join(one.value for one in [*page.markdown, *page.caption, *page.warning, *page.success, *page.error])


def test_nothing_is_looked_for_before_the_section_is_open_and_then_by_a_button(run: Run, open_page: Open) -> None:
    page = open_page("results", run=run.id)
    assert not any("suspicious" in str(button.key) for button in page.button)
    page = opened(page, run)
    page.button(key=f"results_suspicious_{run.id}_start").click().run()
    job = jobs().get(("suspicious", run.id, run.model_folder.stat().st_mtime_ns))
    assert job is not None
    job.wait(60)
    page.run()
    assert not page.exception and not page.error
    assert "among 60 rows" in words(page) and "3 labels changed at random" in words(page)
    assert (run.folder / KEPT).is_file()


def test_rows_are_listed_and_words_of_people_are_escaped(listed: Run, open_page: Open) -> None:
    page = opened(open_page("results", run=listed.id), listed)
    assert not page.exception
    frame = next(one.value for one in page.dataframe if "suggested" in one.value)
    assert frame["label"].tolist()[0] == GOOD and frame["text"][0] == HOSTILE
    assert "0 of 3 decided" in words(page) and "<i>note" not in words(page).replace("\\<i", "")


def test_one_click_relabels_in_a_new_version_and_another_takes_it_back(listed: Run, space: Workspace) -> None:
    page = opened_row(listed, 0)
    assert "Row 2" in words(page) and "<img" not in words(page).replace("\\<", "")
    assert "&lt;img" in "".join(one.proto.body for one in page.get("html"))
    page.button(key=f"suspicious_relabel_{listed.id}").click().run()
    assert not page.exception
    stored = corrected_table(space, listed)
    assert stored is not None and corrections(listed, stored) == {0: BAD}
    assert len(stored.facts()["versions"]) == 1 and listed.data()[0].labels[0] == GOOD
    assert "1 label differs from this run" in words(page) and "version 1" in words(page)
    page.button(key=f"suspicious_back_{listed.id}").click().run()
    assert not page.exception and corrections(listed, stored) == {}


def test_a_label_can_be_kept_and_is_then_decided(listed: Run, open_page: Open) -> None:
    opened_row(listed, 0).button(key=f"suspicious_keep_{listed.id}").click().run()
    assert kept_labels(listed) == {0}
    page = opened(open_page("results", run=listed.id), listed)
    assert "1 of 3 decided" in words(page)
    assert [len(one.value) for one in page.dataframe if "suggested" in one.value] == [2]
    page.segmented_control(key=f"suspicious_which_{listed.id}").set_value("All").run()
    frame = next(one.value for one in page.dataframe if "suggested" in one.value)
    assert frame["decided"].tolist() == ["kept", "", ""]


def test_relabelled_test_rows_are_told_and_both_runs_can_be_compared(
    listed: Run, space: Workspace, open_page: Open
) -> None:  # fmt: skip
    row = int(listed.data()[1].test[0])
    relabel(space, listed, {row: _labels(listed, row)[1]})
    page = opened(open_page("results", run=listed.id), listed)
    assert "Of these, 1 test row: the score" in words(page)
    again = page.button(key=f"suspicious_train_{listed.id}")
    assert again.label == "Train again on the corrected table"
    fresh = train_on_corrected(space, listed)
    page.run()
    assert page.button(key=f"suspicious_compare_{fresh.id}").disabled
    fresh.move("running")
    fresh.change(state="finished")
    page.run()
    page.button(key=f"suspicious_compare_{fresh.id}").click().run()
    assert not page.exception and page.query_params["against"] in (listed.id, [listed.id])
    assert page.title[0].value == "Runs" and "Better, or only luckier?" in [one.value for one in page.header]


def test_a_task_without_labels_of_rows_says_why(listed: Run, open_page: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    path = listed.folder / "data" / "table.json"
    facts = json.loads(path.read_text("utf-8"))
    facts["roles"]["columns"]["tags"] = facts["roles"]["columns"].pop("label")
    path.write_text(json.dumps(facts), "utf-8")
    page = opened(open_page("results", run=listed.id), listed)
    assert "not looked for in this run" in words(page) and not page.exception
