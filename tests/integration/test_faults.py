"""Faults that really happen: the process is killed, the disk fills up, the model's folder goes away."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import UserError
from bertui.recipe import Recipe
from bertui.runs.execution import execute
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.training.events import AlarmRaised
from tests.conftest import disk

CHILD = """
import sys
from pathlib import Path
from bertui.runs.execution import execute
from bertui.runs.run import Run
for event in execute(Run(Path(sys.argv[1]))):
    pass
"""


def start(run: Run) -> subprocess.Popen[bytes]:
    """Carry the run out in a process of its own, on one core as the test runner may be."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    return subprocess.Popen([sys.executable, "-c", CHILD, str(run.folder)], env=environment)


def steps_in_log(run: Run) -> int:
    path = run.folder / "events.jsonl"
    return path.read_bytes().count(b'"event": "step"') if path.exists() else 0


def weights(run: Run) -> dict[str, torch.Tensor]:
    folder = run.folder / "model"
    return load_file(folder / "model.safetensors") | load_file(folder / "head.safetensors")


def test_killed_again_and_again_a_resumed_run_ends_with_the_same_weights(
    tmp_path: Path, table: Table, split: Split, recipe: Recipe
) -> None:
    space = Workspace(tmp_path)
    long = recipe.changed({"training.epochs": 60})  # 360 steps, a check every 3
    whole, killed = (space.create_run(table, split, long, name=name) for name in ("whole", "killed"))
    assert start(whole).wait(120) == 0 and whole.state == "finished"
    for further in (20, 45):
        before = steps_in_log(killed)
        child = start(killed)
        while steps_in_log(killed) < before + further and child.poll() is None:
            time.sleep(0.005)
        assert child.poll() is None, "it ended before it could be killed"
        child.send_signal(signal.SIGKILL)
        child.wait()
        assert killed.state == "interrupted"
    assert start(killed).wait(120) == 0 and killed.state == "finished"
    assert steps_in_log(killed) < 2 * 360, "it goes on from its checkpoints"
    assert all(torch.equal(value, weights(killed)[name]) for name, value in weights(whole).items())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 900 kB: room for a table and a model, not for a checkpoint beside them."""
    with disk(tmp_path / "disk", "900k") as place:
        yield place


def test_a_full_disk_is_told_and_the_run_can_go_on(
    small_disk: Path, table: Table, split: Split, recipe: Recipe
) -> None:
    run = Workspace(small_disk).create_run(table, split, recipe)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(small_disk).free - 300_000))
    with pytest.raises(UserError, match="disk is full"):
        list(execute(run))
    assert run.state == "failed"
    assert "disk is full" in run.facts()["error"] and "resume" in run.facts()["error"]
    ballast.unlink()
    list(execute(run))
    assert run.state == "finished" and run.facts()["error"] is None


def test_a_model_folder_that_went_away_is_told(
    tmp_path: Path, tiny: Path, table: Table, split: Split, recipe: Recipe
) -> None:
    model = shutil.copytree(tiny, tmp_path / "model")
    run = Workspace(tmp_path / "w").create_run(table, split, recipe.changed({"model.name": str(model)}))
    shutil.rmtree(model)
    with pytest.raises(UserError):
        list(execute(run))
    assert run.state == "failed" and str(model) in run.facts()["error"]


@pytest.mark.parametrize("file", ["state.json", "state.safetensors"])
def test_with_a_broken_checkpoint_training_begins_anew_to_the_same_end(
    tmp_path: Path, table: Table, split: Split, recipe: Recipe, file: str
) -> None:
    space = Workspace(tmp_path)
    whole, broken = space.create_run(table, split, recipe), space.create_run(table, split, recipe)
    list(execute(whole))
    events = execute(broken)
    while not (broken.folder / "checkpoint" / file).exists():
        next(events)
    events.close()  # type: ignore[attr-defined]
    path = broken.folder / "checkpoint" / file
    path.write_bytes(path.read_bytes()[:100])
    list(execute(broken))
    assert broken.state == "finished"
    assert "checkpoint" in [event.alarm for event in broken.events()[0] if isinstance(event, AlarmRaised)]
    assert all(torch.equal(value, weights(broken)[name]) for name, value in weights(whole).items())
