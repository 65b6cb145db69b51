"""``bertui.suspicious``: planted errors of a real run are found, kept, and told; what cannot be looked at says why."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import bertui
from bertui.cli import cli
from bertui.errors import DataError, ModelError
from bertui.runs.run import Run
from bertui.runs.suspicious import SuspiciousLabels, suspicious_labels

SETTINGS = {"training.epochs": 1, "encoding.max_length": 24}
WRONG = (10, 41, 77)  # of the rows, numbered from 0


def films(wrong: tuple[int, ...] = WRONG) -> pd.DataFrame:
    words = ["great good kind", "terrible bad slow"]
    rows = [
        (f"the film {n} was {words[n % 2]} and {words[n % 2]}", "good" if n % 2 == 0 else "bad") for n in range(120)
    ]
    for n in wrong:
        rows[n] = (rows[n][0], "bad" if rows[n][1] == "good" else "good")
    return pd.DataFrame([*rows, *[(f"what plot {n}", "<i>odd</i>") for n in range(3)]], columns=["text", "label"])


def trained(folder: Path, frame: pd.DataFrame, tiny: Path, **columns: object) -> Run:
    frame.to_csv(folder / "films.csv", index=False)
    return bertui.train(
        folder / "films.csv", text="text", set={**SETTINGS, "model.name": str(tiny)}, workspace=folder / "space",
        name="films", **columns,
    )  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> Run:
    return trained(tmp_path_factory.mktemp("suspicious"), films(), tiny, label="label")


def test_planted_errors_come_first_with_what_stands_there_and_what_should(run: Run) -> None:
    shares: list[float] = []
    found = suspicious_labels(run, progress=shares.append)
    assert {one.id for one in found.found[:3]} == set(WRONG)
    first = next(one for one in found.found if one.id == 41)
    assert (first.row, first.given, first.suggested) == (43, "good", "bad")  # below the header, and from 1
    assert first.text == "the film 41 was terrible bad slow and terrible bad slow"
    assert first.suggested_probability > 0.6 > first.given_probability
    assert first.part == next(part for part, rows in run.data()[1].parts().items() if 41 in rows)
    probabilities = [one.given_probability for one in found.found]
    assert probabilities == sorted(probabilities)
    assert found.rows == 120 and found.accuracy.value > 0.9 and found.majority == 61 / 120
    assert found.trial.planted == 6 and found.trial.found >= 4
    assert len(found.notes) == 1 and "<i>odd</i>" in found.notes[0] and "fewer than 5" in found.notes[0]
    assert shares == sorted(shares) and shares[-1] == 1.0


def test_it_is_read_from_the_folder_and_a_broken_file_is_made_anew(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = suspicious_labels(run)
    path = run.folder / "suspicious.json"
    assert SuspiciousLabels.from_json(json.loads(path.read_text("utf-8"))) == found
    assert bertui.suspicious(run) == found.to_json()
    with monkeypatch.context() as patched:
        patched.setattr("bertui.runs.suspicious._looked_for", lambda *_: pytest.fail("looked for again"))
        assert suspicious_labels(run.id, workspace=run.folder.parents[1]) == found
    path.write_text(path.read_text("utf-8")[:200], "utf-8")
    assert suspicious_labels(run) == found


def test_a_stop_keeps_nothing(run: Run) -> None:
    suspicious_labels(run)
    (run.folder / "suspicious.json").unlink()

    def stop(share: float) -> None:
        if share > 0.6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        suspicious_labels(run, progress=stop)
    assert not [path for path in run.folder.iterdir() if "suspicious" in path.name]


def test_the_command_lists_them(run: Run) -> None:
    words = ["suspicious", "films", "--workspace", str(run.folder.parents[1])]
    told = json.loads(CliRunner().invoke(cli, [*words, "--json"]).stdout)
    assert set(told) == {"rows", "accuracy", "majority", "trial", "suspicious", "notes"}
    assert {one["row"] for one in told["suspicious"][:3]} == {number + 2 for number in WRONG}
    shown = CliRunner().invoke(cli, words).stdout
    assert "labels look wrong among 120 rows" in shown and "of 6 labels changed at random" in shown


def test_a_model_that_cannot_tell_the_labels_says_so(tmp_path: Path, tiny: Path) -> None:
    frame = pd.DataFrame(
        {
            "text": [f"the film {n * 37 % 97} was slow" for n in range(90)],
            "label": [str(n * n % 7 % 2) for n in range(90)],
        }
    )
    found = suspicious_labels(trained(tmp_path, frame, tiny, label="label"))
    assert any("The list means little" in note for note in found.notes)


def test_rows_of_one_group_do_not_count_as_different_texts(tmp_path: Path, tiny: Path) -> None:
    frame = films(()).head(60)
    frame["author"] = [f"author {n % 2} {n // 20}" for n in range(60)]  # three of each label
    run = trained(tmp_path, frame, tiny, label="label", group="author")
    with pytest.raises(DataError, match=r"'bad' has 3 texts that do not belong together\. Two labels"):
        suspicious_labels(run)


def test_what_has_no_labels_of_rows_says_why(tmp_path: Path, tiny: Path, run: Run) -> None:
    frame = pd.DataFrame(
        {"text": [f"the film {n} was good" for n in range(40)], "score": [n % 7 / 2 for n in range(40)]}
    )
    scored = trained(tmp_path, frame, tiny, task="score", score="score")
    with pytest.raises(DataError, match=r"not looked for in this run: its task is “A score”"):
        suspicious_labels(scored)
    with pytest.raises(ModelError, match="no rows to look at"):
        suspicious_labels(bertui.load(run))
