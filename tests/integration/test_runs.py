"""A whole run on the tiny model: trained, stopped, killed, resumed, exported, asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import RunError, UserError
from bertui.prediction.predictor import Predictor
from bertui.recipe import Recipe
from bertui.runs.background import BackgroundExecutor
from bertui.runs.execution import execute
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.training.events import CheckpointDue, Evaluated, Event, StepTaken, TrainingEnded


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def run(space: Workspace, table: Table, split: Split, recipe: Recipe) -> Run:
    return space.create_run(table, split, recipe, name="test run")


def carried_out(run: Run) -> list[Event]:
    return list(execute(run))


def weights(run: Run) -> dict[str, torch.Tensor]:
    encoder = load_file(run.folder / "model" / "model.safetensors")
    return encoder | load_file(run.folder / "model" / "head.safetensors")


def test_a_run_learns_and_leaves_everything(space: Workspace, table: Table, split: Split, recipe: Recipe) -> None:
    run = space.create_run(table, split, recipe.changed({"training.epochs": 10}))
    events = carried_out(run)
    assert run.state == "finished"
    report = run.report()
    assert report is not None and report["parts"]["test"]["metrics"]["accuracy"]["value"] == 1.0
    assert next(found["name"] for found in report["parts"]["test"]["baselines"]) == "Majority class"
    assert sum(event.examples for event in events if isinstance(event, StepTaken)) == 10 * len(split.train)
    assert len(run.events()[0]) == sum(not isinstance(event, CheckpointDue) for event in events)
    assert Predictor(run.model_folder).predict("the film was good and great").label == "g"
    again, parts = run.data()
    assert again.fingerprint == table.fingerprint and parts.sizes() == split.sizes()
    assert not (run.folder / "checkpoint").exists()


def test_same_seed_same_weights(space: Workspace, run: Run, table: Table, split: Split, recipe: Recipe) -> None:
    other = space.create_run(table, split, recipe)
    third = space.create_run(table, split, recipe.changed({"training.seed": 1}))
    for each in (run, other, third):
        carried_out(each)
    assert all(torch.equal(value, weights(other)[name]) for name, value in weights(run).items())
    assert any(not torch.equal(value, weights(third)[name]) for name, value in weights(run).items())


def test_resumed_run_ends_with_the_same_weights(
    space: Workspace, run: Run, table: Table, split: Split, recipe: Recipe
) -> None:
    carried_out(run)
    broken = space.create_run(table, split, recipe)
    events: Iterator[Event] = execute(broken)
    for event in events:
        if isinstance(event, StepTaken) and event.step == 9:
            break
    events.close()  # type: ignore[attr-defined]
    assert broken.state == "interrupted"
    torch.rand(3)  # somebody else uses the process's generator meanwhile
    resumed = carried_out(broken)
    first = next(event.step for event in resumed if isinstance(event, StepTaken))
    assert 1 < first < 9, "it goes on from a checkpoint, not from the start"
    assert all(torch.equal(value, weights(broken)[name]) for name, value in weights(run).items())


def test_stop_keeps_the_best_and_evaluates(run: Run) -> None:
    for event in execute(run):
        if isinstance(event, StepTaken) and event.step == 2:
            assert run.ask("stop") and run.state == "stopping"
    assert run.state == "stopped" and run.report() is not None and run.model_folder.is_dir()
    ends = [event for event in run.events()[0] if isinstance(event, TrainingEnded)]
    assert [end.reason for end in ends] == ["stopped"] and ends[0].step == 2


def test_cancel_discards(run: Run) -> None:
    for event in execute(run):
        if isinstance(event, StepTaken):
            assert run.ask("cancel")
    assert run.state == "cancelled" and not (run.folder / "model").exists()
    with pytest.raises(RunError, match="no finished model"):
        _ = run.model_folder


def test_a_dead_process_is_interrupted(run: Run) -> None:
    run.change(state="running", pid=2**22 + 1, born=1.0)
    assert run.state == "interrupted"


def test_failure_is_told_in_the_folder(space: Workspace, table: Table, split: Split, tmp_path: Path) -> None:
    run = space.create_run(table, split, Recipe().changed({"model.name": str(tmp_path / "gone")}))
    with pytest.raises(UserError):
        carried_out(run)
    assert run.state == "failed" and "There is no folder" in run.facts()["error"]


def test_loss_not_a_number_offers_a_lower_rate(space: Workspace, table: Table, split: Split, recipe: Recipe) -> None:
    # Without clipping and with the highest rate the weights overflow within a few steps.
    wild = recipe.changed({"optimizer.learning_rate": 0.1, "optimizer.clip": 0, "training.epochs": 1})
    run = space.create_run(table, split, wild)
    from bertui.training import loop

    original = loop.Training.loss_and_gradient
    try:
        loop.Training.loss_and_gradient = lambda self, batches: original(self, batches) * float("nan")  # type: ignore[method-assign]
        with pytest.raises(UserError):
            carried_out(run)
    finally:
        loop.Training.loss_and_gradient = original  # type: ignore[method-assign]
    assert run.facts()["alarm"] == {"kind": "not-a-number", "remedy": {"optimizer.learning_rate": 0.02}}


def test_executor_trains_queued_runs_one_by_one(
    space: Workspace, run: Run, table: Table, split: Split, recipe: Recipe
) -> None:
    second = space.create_run(table, split, recipe)
    executor = BackgroundExecutor(space)
    try:
        executor.submit(run)
        executor.submit(second)
        for _ in range(600):
            if second.state == "finished":
                break
            threading.Event().wait(0.1)
        assert (run.state, second.state) == ("finished", "finished")
    finally:
        executor.close()


@pytest.mark.parametrize("bad", ["../../etc", "no-such", "", "a/b", "x" * 200])
def test_unknown_runs_and_paths_are_told(space: Workspace, bad: str) -> None:
    with pytest.raises(RunError):
        space.run(bad)


def test_early_stopping(space: Workspace, table: Table, split: Split, recipe: Recipe) -> None:
    """Labels drawn by lot cannot be learned, so the validation rows soon get no better."""
    lots = np.random.default_rng(0).choice(["g", "b"], len(table.frame))
    unlearnable = replace(table, frame=table.frame.assign(label=lots).astype("str"))
    patient = recipe.changed({"training.epochs": 30, "training.patience": 2})
    events = carried_out(space.create_run(unlearnable, split, patient))
    checks = [event for event in events if isinstance(event, Evaluated)]
    assert 2 < len(checks) < 60 and not checks[-1].best and not checks[-2].best
    assert [event.reason for event in events if isinstance(event, TrainingEnded)] == ["no improvement"]
