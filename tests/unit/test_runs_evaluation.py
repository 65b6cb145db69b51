"""What an evaluation says of its rows, by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bertui.runs.evaluation import Evaluation
from bertui.tasks.labels.single_label import SingleLabel
from bertui.tasks.results import Judged
from tests.batches import alike_of

TASK = SingleLabel(classes=("up", "down"))


def judged(rows: int) -> Judged:
    answers = TASK.answer([("a",)] * rows, alike_of([[1]] * rows, [1] * rows), np.tile([2.0, 1.0], (rows, 1)))
    return TASK.judge(["up"] * rows, answers, list(range(rows)))


@pytest.mark.parametrize(
    ("rows", "seen", "notes"),
    [
        (4, 0, []),
        (4, None, []),  # an exported folder knows nothing of its training rows
        (5, 0, ["1 row without text or true answer left out."]),
        (9, 0, ["5 rows without text or true answer left out."]),
        (4, 1, ["1 of 4 rows stands in the rows that the run was trained on", "the other 3 alone."]),
        (4, 3, ["3 of 4 rows stand in the rows that the run was trained on", "the other 1 alone."]),
        (4, 4, ["All 4 rows stand in the rows that the run was trained on", "No baseline is set beside them"]),
        (6, 4, ["2 rows without", "All 4 rows stand in"]),
    ],
)
def test_rows_left_out_and_rows_known_from_training_are_told(rows: int, seen: int | None, notes: list[str]) -> None:
    fresh = judged(4 - seen) if seen is not None and seen < 4 else None
    evaluation = Evaluation(None, TASK, rows, judged(4), seen, fresh, (), 0.0)
    told = " ".join(evaluation.notes)
    assert all(note in told for note in notes) and bool(told) == bool(notes)
    assert len(evaluation.notes) == (rows > 4) + bool(seen)


def test_one_row_that_is_known_from_training() -> None:
    evaluation = Evaluation(None, TASK, 1, judged(1), 1, None, (), 0.0)
    assert evaluation.notes[0].startswith("The row stands in the rows that the run was trained on")
    assert replace(evaluation, rows_in_training=0, fresh=judged(1)).notes == ()


def test_no_baselines_stand_beside_rows_that_they_would_know_too() -> None:
    (simple,) = TASK.baselines([("a",), ("b",)], ["up", "down"], [("a",)], ["up"])[:1]
    evaluation = Evaluation(None, TASK, 1, judged(1), 0, judged(1), (simple,), 0.0)
    assert list(evaluation.to_json()["baselines"]) == [simple.name] and evaluation.to_json()["other_rows"] is None
    some = replace(evaluation, rows=2, judged=judged(2), rows_in_training=1).to_json()
    assert some["baselines"] == {} and list(some["other_rows"]["baselines"]) == [simple.name]
    assert (some["metrics"]["n"], some["other_rows"]["metrics"]["n"], some["rows"]) == (2, 1, 2)
