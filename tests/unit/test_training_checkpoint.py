"""A checkpoint: the training goes on from it to the same end, and the best model is the one that belongs to it."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
import torch

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.experiment.preparation import build, load
from bertui.recipe import Recipe
from bertui.training import checkpoint, loop
from bertui.training.events import Event, StepTaken
from bertui.training.state import Training
from tests.conftest import finished


@pytest.fixture
def trainings(table: Table, split: Split, recipe: Recipe) -> tuple[Training, Training]:
    first, second = (finished(build(table, split, recipe, finished(load(recipe)))) for _ in range(2))
    return first, second


def losses(events: list[Event]) -> list[float]:
    return [event.loss for event in events if isinstance(event, StepTaken)]


def saved(model: Path, words: str) -> Path:
    model.mkdir(exist_ok=True)
    (model / "head.txt").write_text(words)
    return model


def test_the_rest_of_a_training_is_the_same_after_a_checkpoint(
    trainings: tuple[Training, Training], tmp_path: Path
) -> None:
    whole, resumed = trainings
    events = loop.fit(whole)
    while whole.progress.step < 5:
        next(events)
    checkpoint.save(whole, tmp_path / "checkpoint", saved(tmp_path / "model", "best"))
    saved_step, progress = whole.progress.step, json.dumps(checkpoint._values(whole)["progress"], default=str)
    checkpoint.resume(resumed, tmp_path / "checkpoint", tmp_path / "model")
    assert json.dumps(checkpoint._values(resumed)["progress"], default=str) == progress
    rest, again = list(events), list(loop.fit(resumed))
    assert len(losses(again)) == whole.steps - saved_step and losses(again) == losses(rest)
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name


def test_a_model_that_was_saved_after_the_checkpoint_goes(trainings: tuple[Training, Training], tmp_path: Path) -> None:
    whole, resumed = trainings
    model = saved(tmp_path / "model", "best so far")
    whole.progress.best_step = 3
    checkpoint.save(whole, tmp_path / "checkpoint", model)
    model.joinpath("head.txt").unlink()  # a later model is other files under the old names
    saved(model, "better, but later")
    checkpoint.resume(resumed, tmp_path / "checkpoint", model)
    assert (model / "head.txt").read_text() == "best so far"


def test_without_a_checkpoint_training_is_at_its_start_and_has_no_model(
    trainings: tuple[Training, Training], tmp_path: Path
) -> None:
    model = saved(tmp_path / "model", "later")
    checkpoint.resume(trainings[0], tmp_path / "none", model)
    assert not model.exists() and trainings[0].progress.step == 0


@pytest.mark.parametrize("file", ["state.json", "state.safetensors"])
def test_a_broken_checkpoint_leaves_training_at_its_start(
    trainings: tuple[Training, Training], tmp_path: Path, file: str
) -> None:
    whole, resumed = trainings
    list(islice(loop.fit(whole), 3))
    model = saved(tmp_path / "model", "best")
    checkpoint.save(whole, tmp_path / "checkpoint", model)
    (tmp_path / "checkpoint" / file).write_bytes(b"{")
    before = {name: value.clone() for name, value in resumed.model.state_dict().items()}
    with pytest.raises(checkpoint.BrokenCheckpoint):
        checkpoint.resume(resumed, tmp_path / "checkpoint", model)
    assert resumed.progress.step == 0 and not model.exists()
    assert all(torch.equal(value, before[name]) for name, value in resumed.model.state_dict().items())


def test_moments_of_another_order_of_the_weights_are_not_taken(
    trainings: tuple[Training, Training], tmp_path: Path
) -> None:
    """As when another version of bertui had put a weight into another group."""
    whole, resumed = trainings
    next(event for event in loop.fit(whole) if isinstance(event, StepTaken))
    whole.optimizer.param_groups.reverse()
    checkpoint.save(whole, tmp_path / "checkpoint")
    before = {name: value.clone() for name, value in resumed.model.state_dict().items()}
    with pytest.raises(checkpoint.BrokenCheckpoint):
        checkpoint.load(resumed, tmp_path / "checkpoint")
    assert all(torch.equal(value, before[name]) for name, value in resumed.model.state_dict().items())
    assert resumed.progress.step == 0 and not resumed.optimizer.state
