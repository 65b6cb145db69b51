"""What the events of a run are called in the app and on a terminal."""

from __future__ import annotations

import pytest

from bertui.data.phrases import duration
from bertui.runs.event_words import check_cells, computed_by, describe, phase_words, remedy_words
from bertui.runs.feed import Feed
from bertui.tasks.answers.question_answering import QuestionAnswering
from bertui.tasks.labels.single_label import SingleLabel
from bertui.tasks.tagging.tagging import Tagging
from bertui.training.events import (
    AlarmRaised,
    CheckpointDue,
    Evaluated,
    Event,
    PhaseBegan,
    StepTaken,
    TrainingBegan,
    TrainingEnded,
)

CHECK = Evaluated(1200, 0.5, {"loss": 0.41234, "f1": 0.75, "exact": 0.5, "of old": 0.1}, True, 0.6)


def test_a_check_is_told_by_the_titles_of_the_task() -> None:
    answers, tags = (describe(CHECK, task.measures) for task in (QuestionAnswering, Tagging))
    assert answers == "Step 1,200: validation loss 0.412, F1 75.0 %, exact match 50.0 %, the best so far"
    assert tags == "Step 1,200: validation loss 0.412, entity F1 75.0 %, the best so far"
    assert check_cells(CHECK, Tagging.measures) == {
        "Step": "1,200", "Epoch": "0.5", "Loss": "0.412", "Train loss": "0.600", "Entity F1": "75.0 %"
    }  # fmt: skip
    assert list(check_cells(CHECK, QuestionAnswering.measures[::-1]))[-2:] == ["Exact match", "F1"]


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (PhaseBegan("tokenise", 0.5, "train rows"), "Reading the texts"),
        (PhaseBegan("of a later version"), "of a later version"),
        (
            TrainingBegan(2000, 2.0, 30_000, 5000, 1000, "cpu", "32-bit", threads=1),
            "Plan: 2,000 steps over 30,000 texts; 1,000 of 5,000 weights learn (cpu with 1 thread, 32-bit)",
        ),
        (AlarmRaised("one-class", "Nothing is learned.", 7), "Step 7: Nothing is learned."),
        (TrainingEnded(90, "no improvement"), "Training ended at step 90: no further improvement."),
        (TrainingEnded(90, "all steps"), "Training ended at step 90: all steps are done."),
        (TrainingEnded(90, "tired"), "Training ended at step 90: tired."),
        (StepTaken(1, 1.0, 1.0, {}, 8, 80, 0.5), ""),
        (CheckpointDue(1), ""),
    ],
)
def test_the_line_of_an_event(event: Event, line: str) -> None:
    assert describe(event, SingleLabel.measures) == line


def test_a_feed_keeps_no_line_twice_in_a_row() -> None:
    feed = Feed(SingleLabel.measures)
    feed.take([PhaseBegan("load"), PhaseBegan("load", 0.5), PhaseBegan("train"), PhaseBegan("evaluate", 0.1, "rows")])
    feed.take([PhaseBegan("evaluate", 0.2), PhaseBegan("train", 0.2)])
    assert list(feed.lines) == ["Loading the model", "Training", "Evaluating", "Training"]
    feed.take([PhaseBegan("evaluate", 0.25, "validation rows")])
    assert feed.progress() == (0.25, "Evaluating: validation rows")


def test_short_words() -> None:
    assert phase_words(PhaseBegan("load")) == "Loading the model"
    assert computed_by(TrainingBegan(1, 1.0, 1, 1, 1, "cuda", "bf16", threads=4)) == "cuda, bf16"
    assert remedy_words({"training.batch_size": 4, "training.accumulation": 2}) == "half the batch"
    assert [remedy_words({"training.epochs": n}) for n in (1, 3)] == ["1 epoch", "3 epochs"]
    assert remedy_words({"task.stride": 64}) == "task.stride 64"
    assert [duration(seconds) for seconds in (8.4, 200, 3900, None)] == ["8 s", "3 min 20 s", "1 h 5 min", "–"]
