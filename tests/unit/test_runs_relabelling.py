"""Labels corrected in a new version of the table; the run stays as it was; a run like it on the corrected rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bertui.data.edits import DropRows, SetCell
from bertui.data.roles import Roles
from bertui.data.splitting import make_split
from bertui.errors import DataError, RunError
from bertui.experiment.experiment import write_predictions
from bertui.recipe import Recipe
from bertui.runs.overview import paired
from bertui.runs.relabelling import (
    corrected_from,
    corrected_table,
    corrections,
    keep_labels,
    kept_labels,
    relabel,
    train_on_corrected,
    trained_on_corrected,
)
from bertui.runs.run import Run
from bertui.runs.workspace import StoredTable, Workspace
from bertui.tasks.labels.single_label import LabelPrediction, SingleLabel


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "space")


@pytest.fixture
def stored(space: Workspace) -> StoredTable:
    frame = pd.DataFrame({"words": [f"text {n}" for n in range(60)], "mood": ["good", "bad", "odd"] * 20, "x": "y"})
    return space.add_frame(frame.astype("str"), "moods.csv", roles=Roles(("words",), "mood"))


@pytest.fixture
def run(space: Workspace, stored: StoredTable) -> Run:
    table = stored.table()
    return space.create_run(table, make_split(table, stored.split_choice), Recipe(), name="m", table_id=stored.id)


def test_a_label_is_changed_in_a_new_version_and_the_run_stays(
    space: Workspace, stored: StoredTable, run: Run
) -> None:  # fmt: skip
    assert corrected_table(space, run) is None
    assert relabel(space, run, {4: "odd", 6: "bad"}) == 1
    assert [one.describe() for one in stored.edits] == [
        "Row 6, mood: 'bad' became 'odd'", "Row 8, mood: 'good' became 'bad'"]  # fmt: skip
    assert stored.table().labels[4] == "odd" and run.data()[0].labels[4] == "bad"
    assert corrections(run, stored) == {4: "odd", 6: "bad"}
    assert relabel(space, run, {9: "bad"}) == 2
    stored.open_version(1)
    assert corrections(run, stored) == {4: "odd", 6: "bad"}
    stored.open_version(0)
    assert corrections(run, stored) == {} and stored.table().labels[4] == "bad"


def test_what_was_not_saved_becomes_a_version_before(space: Workspace, stored: StoredTable, run: Run) -> None:
    stored.add_edits(SetCell(row=0, column="x", value="z"))
    assert relabel(space, run, {4: "odd"}) == 2
    stored.open_version(1)
    assert stored.table().labels[4] == "bad" and stored.table().frame["x"][0] == "z"


def test_a_label_that_stands_there_is_no_edit_and_one_can_go_back(
    space: Workspace, stored: StoredTable, run: Run
) -> None:  # fmt: skip
    relabel(space, run, {4: "odd"})
    assert relabel(space, run, {4: "odd"}) == 1 and len(stored.edits) == 1
    relabel(space, run, {4: "bad"})
    assert corrections(run, stored) == {}
    with pytest.raises(DataError, match="no label 'new'"):
        relabel(space, run, {4: "new"})
    assert len(stored.edits) == 2


@pytest.mark.parametrize("edit", [DropRows(rows=(4,)), SetCell(row=7, column="words", value="other"),
                                  SetCell(row=7, column="mood", value="odd")])  # fmt: skip
def test_a_table_with_other_rows_is_left_alone(space: Workspace, stored: StoredTable, run: Run, edit: DropRows) -> None:
    used = np.concatenate(list(run.data()[1].parts().values()))
    assert {4, 7} <= set(used.tolist())
    stored.add_edits(edit)
    relabel(space, run, {5: "bad"})
    fresh = corrected_table(space, run)
    assert fresh is not None and fresh.id != stored.id and len(stored.edits) == 1
    assert corrections(run, fresh) == {5: "bad"} and fresh.table().labels[4] == "bad"
    relabel(space, run, {6: "bad"})
    assert len(space.tables()) == 2 and corrections(run, fresh) == {5: "bad", 6: "bad"}


def test_labels_that_are_right_are_noted_and_can_be_opened_again(space: Workspace, run: Run) -> None:
    keep_labels(run, [4, 6])
    keep_labels(run, [6], keep=False)
    assert kept_labels(run) == {4}
    relabel(space, run, {4: "odd"})
    assert kept_labels(run) == set()


def test_a_run_on_the_corrected_table_has_the_same_recipe_and_parts(
    space: Workspace, stored: StoredTable, run: Run
) -> None:  # fmt: skip
    with pytest.raises(RunError, match="No label of this run has been corrected"):
        train_on_corrected(space, run)
    relabel(space, run, {4: "odd", 6: "bad"})
    fresh = train_on_corrected(space, run)
    (table, split), (_, before) = fresh.data(), run.data()
    assert all(np.array_equal(a, b) for a, b in zip(split.parts().values(), before.parts().values(), strict=True))
    assert table.labels[4] == "odd" and fresh.recipe == run.recipe and fresh.name == "m · corrected"
    assert fresh.facts()["table_id"] == stored.id and fresh.state == "queued"
    assert corrected_from(space, fresh) == run and corrected_from(space, run) is None
    assert trained_on_corrected(space, run) == [fresh]


def test_a_row_dropped_since_is_in_no_part(space: Workspace, stored: StoredTable, run: Run) -> None:
    relabel(space, run, {4: "odd"})
    stored.add_edits(DropRows(rows=(5,)))
    split = train_on_corrected(space, run).data()[1]
    assert 5 not in np.concatenate(list(split.parts().values()))
    assert sum(split.sizes().values()) == sum(run.data()[1].sizes().values()) - 1


def answered(run: Run, wrong: int) -> None:
    """Let a run have answered its test rows, the first few of them wrong."""
    table, split = run.data()
    task, gold = SingleLabel(classes=table.classes), table.labels.loc[split.test].tolist()
    given = [
        label if n >= wrong else next(one for one in table.classes if one != label) for n, label in enumerate(gold)
    ]
    answers = [LabelPrediction(("",), 0, one, table.classes, (1.0, 0.0, 0.0)) for one in given]
    judged = task.judge(gold, answers, split.test)
    write_predictions(run.folder, "test", split.test, answers, judged)


def test_both_runs_are_judged_by_the_labels_that_they_share(space: Workspace, stored: StoredTable, run: Run) -> None:
    (first, *_), trained = test, _ = [part.tolist() for part in (run.data()[1].test, run.data()[1].train)]
    relabel(space, run, {row: "good" if stored.table().labels[row] != "good" else "bad" for row in (first, trained[0])})
    fresh = train_on_corrected(space, run)
    answered(run, 3)
    answered(fresh, 1)
    pair = paired(run, fresh)
    assert pair.possible and f"1 row that was relabelled between the two runs, of {len(test)}, left out" in pair.words
    left = len(test) - 1  # the first is wrong in both and left out: two of the others against none
    assert f"{100 * (left - 2) / left:.1f} %" in pair.words and "100.0 %" in pair.words
