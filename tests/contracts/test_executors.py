"""What holds for every executor: a queue in its order, one owner for each run, ends that are asked for, letting go."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import RunError
from bertui.recipe import Recipe
from bertui.runs.background import BackgroundExecutor
from bertui.runs.executor import Executor
from bertui.runs.owner import MAKER
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.training.events import StepTaken

EXECUTORS: dict[str, Callable[[Workspace], Executor]] = {"background": BackgroundExecutor}
each = pytest.mark.parametrize("made", EXECUTORS.values(), ids=EXECUTORS.keys())


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


def wait_for(said: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def stepped(run: Run) -> bool:
    return any(isinstance(event, StepTaken) for event in run.events()[0])


@each
def test_runs_wait_in_their_order_and_are_ended_as_asked(
    made: Callable[[Workspace], Executor], space: Workspace, table: Table, split: Split, recipe: Recipe
) -> None:
    endless = recipe.changed({"training.epochs": 400})
    first, second, third, fourth = (space.create_run(table, split, endless) for _ in range(4))
    executor = made(space)
    try:
        executor.submit(first)
        wait_for(lambda: stepped(first))
        for run in (second, third, fourth):
            executor.submit(run)
            executor.submit(run)  # pressed twice
        assert executor.waiting() == [second.id, third.id, fourth.id]
        assert {run.owner.kind for run in (second, third, fourth) if run.owner is not None} != {MAKER}
        assert third.ask("cancel") and third.state == "cancelled"
        assert executor.waiting() == [second.id, fourth.id]
        with pytest.raises(RunError, match="is running"):
            executor.submit(first)
        assert first.ask("stop")
        wait_for(lambda: stepped(second))
        assert first.state == "stopped" and first.model_folder.is_dir()
        assert second.ask("cancel")
        wait_for(lambda: stepped(fourth))
        assert second.state == "cancelled" and not (second.folder / "model").exists() and not stepped(third)
    finally:
        executor.close()
    assert fourth.state == "interrupted" and executor.waiting() == []


@each
def test_what_has_ended_or_is_anothers_is_refused(
    made: Callable[[Workspace], Executor], space: Workspace, table: Table, split: Split, recipe: Recipe
) -> None:
    run = space.create_run(table, split, recipe)
    executor = made(space)
    try:
        for state in ("finished", "stopped", "cancelled"):
            run.change(state=state)
            with pytest.raises(RunError, match=f"is {state}"):
                executor.submit(run)
        for state in ("queued", "running", "stopping"):
            run.change(state=state, kind="background", host="another", pid=os.getpid())
            with pytest.raises(RunError, match=f"is {state}"):
                executor.submit(run)
        assert executor.waiting() == [] and run.facts()["host"] == "another"
    finally:
        executor.close()


@each
def test_what_failed_or_was_interrupted_goes_on(
    made: Callable[[Workspace], Executor], space: Workspace, table: Table, split: Split, recipe: Recipe
) -> None:
    runs = [space.create_run(table, split, recipe.changed({"training.epochs": 1})) for _ in range(2)]
    for run, state in zip(runs, ("failed", "interrupted"), strict=True):
        run.change(state=state)
    executor = made(space)
    try:
        for run in runs:
            executor.submit(run)
        wait_for(lambda: [run.state for run in runs] == ["finished"] * 2)
    finally:
        executor.close()
