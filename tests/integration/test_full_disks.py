"""Runs in the app's own thread while the disk fills up, turns read-only, runs out of open files, or goes away."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch
from safetensors.torch import load_file

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import DiskError, RunError, UserError
from bertui.modeling.saving import read_facts
from bertui.prediction.predictor import Predictor
from bertui.recipe import Recipe
from bertui.runs import verbs
from bertui.runs.background import BackgroundExecutor
from bertui.runs.execution import execute
from bertui.runs.failures import explained
from bertui.runs.record import write_remembered
from bertui.runs.run import Run
from bertui.runs.trash import Trash
from bertui.runs.workspace import Workspace
from bertui.training import loop
from bertui.training.events import Evaluated, Event, PhaseBegan, StepTaken
from tests.conftest import disk


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB of its own."""
    with disk(tmp_path / "disk", "8m") as made:
        yield made


@pytest.fixture
def whole(tmp_path: Path, table: Table, split: Split, recipe: Recipe) -> Run:
    """The same run on a disk with room."""
    run = Workspace(tmp_path / "room").create_run(table, split, recipe)
    list(execute(run))
    return run


@contextmanager
def executor_of(space: Workspace) -> Iterator[BackgroundExecutor]:
    executor = BackgroundExecutor(space)
    try:
        yield executor
    finally:
        executor.close()


def fill(place: Path, room: int = 0) -> None:
    """Leave so many bytes of a disk."""
    with suppress(OSError), (place / "ballast").open("wb", buffering=0) as file:
        file.write(bytes(max(0, shutil.disk_usage(place).free - room)))
        while not room:
            file.write(b"x")


def wait_for(said: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


def weights(run: Run) -> dict[str, torch.Tensor]:
    folder = run.folder / "model"
    return load_file(folder / "model.safetensors") | load_file(folder / "head.safetensors")


def same_weights(one: Run, other: Run) -> bool:
    mine, theirs = weights(one), weights(other)
    return mine.keys() == theirs.keys() and all(torch.equal(value, theirs[name]) for name, value in mine.items())


def on_disk(run: Run) -> str:
    return str(json.loads((run.folder / "run.json").read_text("utf-8"))["state"])


def at(run: Run, moment: Callable[[Event], bool], happens: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let something happen to the disk right after the run has logged an event of some kind, once."""
    real, done = Run.log, threading.Event()

    def log(self: Run, event: Event) -> None:
        real(self, event)
        if self == run and not done.is_set() and moment(event):
            done.set()
            happens()

    monkeypatch.setattr(Run, "log", log)


def step(number: int) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, StepTaken) and event.step == number


MOMENTS: dict[str, tuple[Callable[[Event], bool], int]] = {
    "at the first word in the log": (lambda event: True, 0),
    "while the log grows": (step(1), 0),
    "with room for the log and not for a model": (step(2), 50_000),
    "with room for a model and not for a checkpoint": (step(2), 350_000),
    "at a later model": (step(5), 50_000),
    "while answers and report are written": (
        lambda event: isinstance(event, PhaseBegan) and event.detail.startswith("scores and baselines on test"), 3_000
    ),
    "at the end": (lambda event: isinstance(event, PhaseBegan) and event.name == "save" and event.done == 1, 0),
}  # fmt: skip


@pytest.mark.parametrize(("moment", "room"), MOMENTS.values(), ids=MOMENTS.keys())
def test_a_disk_that_fills_up_fails_the_run_and_with_room_it_goes_on_without_a_restart(
    place: Path, whole: Run, table: Table, split: Split, recipe: Recipe, monkeypatch: pytest.MonkeyPatch,
    moment: Callable[[Event], bool], room: int,
) -> None:  # fmt: skip
    space = Workspace(place)
    run = space.create_run(table, split, recipe)
    at(run, moment, lambda: fill(place, room), monkeypatch)
    with executor_of(space) as executor:
        executor.submit(run)
        wait_for(lambda: run.state not in ("queued", "running"))
        if run.state == "failed":
            assert run.facts()["error"] == (
                "The disk is full. Free some space or delete old runs, then resume this one."
            )
            assert not list(run.folder.glob("*.new")), "half of it takes room and helps nobody"
            assert not run.ask("stop") and not run.ask("cancel")
            assert run.state == "failed" and executor.waiting() == []
            (place / "ballast").unlink()
            wait_for(lambda: on_disk(run) == "failed", 10)
            executor.submit(run)
            wait_for(lambda: run.state == "finished")
    (place / "ballast").unlink(missing_ok=True)
    wait_for(write_remembered, 10)
    assert on_disk(run) == "finished" and same_weights(run, whole)
    assert run.report() is not None and not (run.folder / "checkpoint").exists()


def test_on_a_full_disk_a_failed_run_can_be_deleted_and_that_makes_room(
    place: Path, table: Table, split: Split, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = Workspace(place)
    run, other = (space.create_run(table, split, recipe) for _ in range(2))
    at(run, step(4), lambda: fill(place), monkeypatch)
    with executor_of(space) as executor:
        executor.submit(run)
        wait_for(lambda: run.state == "failed")
        with pytest.raises(DiskError, match="is full"):
            executor.submit(other)
        assert other.state == "queued" and executor.waiting() == []
        space.delete(run)
        executor.submit(other)  # what the other took is room enough to begin
        wait_for(lambda: other.state != "queued")


def test_of_a_run_in_the_trash_nothing_is_forgotten(
    place: Path, table: Table, split: Split, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = Workspace(place)
    run = space.create_run(table, split, recipe)
    (place / "trash").mkdir()
    at(run, step(1), lambda: fill(place), monkeypatch)
    with pytest.raises(UserError, match="disk is full"):
        list(execute(run))
    Trash(space).put(run)
    (lying,) = Trash(space).runs()
    assert lying.state == "failed" and on_disk(lying) == "running"
    (place / "ballast").unlink()
    assert write_remembered() and on_disk(Trash(space).restore(lying)) == "failed"


def test_a_disk_that_turns_read_only(
    place: Path, whole: Run, table: Table, split: Split, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = Workspace(place)
    run = space.create_run(table, split, recipe)
    at(run, step(4), lambda: remount(place, "ro"), monkeypatch)
    with executor_of(space) as executor:
        executor.submit(run)
        wait_for(lambda: run.state == "failed")
        assert "Read-only file system" in run.facts()["error"] and on_disk(run) == "running"
        with pytest.raises(RunError, match="cannot be deleted"):
            space.delete(run)
        remount(place, "rw")
        wait_for(lambda: on_disk(run) == "failed", 10)
        executor.submit(run)
        wait_for(lambda: run.state == "finished")
    assert same_weights(run, whole)


def remount(place: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(place)], check=True)


def test_with_too_many_open_files_the_run_fails_and_goes_on_later(
    tmp_path: Path, whole: Run, table: Table, split: Split, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = Workspace(tmp_path / "workspace")
    run = space.create_run(table, split, recipe)
    limit, kept = psutil.Process().rlimit(psutil.RLIMIT_NOFILE), list[int]()

    def use_up() -> None:
        psutil.Process().rlimit(psutil.RLIMIT_NOFILE, (psutil.Process().num_fds() + 8, limit[1]))
        with suppress(OSError):
            while True:
                kept.append(os.open(os.devnull, os.O_RDONLY))

    at(run, step(4), use_up, monkeypatch)
    try:
        with pytest.raises(UserError, match="Too many files are open"):
            list(execute(run))
    finally:
        for number in kept:
            os.close(number)
        psutil.Process().rlimit(psutil.RLIMIT_NOFILE, limit)
    assert kept and run.state == "failed" and on_disk(run) == "running"
    assert write_remembered() and on_disk(run) == "failed"
    list(execute(run))
    assert run.state == "finished" and same_weights(run, whole)


def test_a_folder_removed_under_its_run_stays_away_and_the_next_run_is_trained(
    tmp_path: Path, table: Table, split: Split, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = Workspace(tmp_path)
    run, following = (space.create_run(table, split, recipe) for _ in range(2))
    at(run, step(4), lambda: shutil.rmtree(run.folder), monkeypatch)
    with executor_of(space) as executor:
        executor.submit(run)
        executor.submit(following)
        wait_for(lambda: following.state == "finished")
        for request in ("stop", "cancel"):
            with pytest.raises(RunError, match="missing"):
                run.ask(request)  # type: ignore[arg-type]
        assert executor.waiting() == []
    assert not run.folder.exists() and space.broken() == [] and write_remembered()


@pytest.mark.parametrize("how", ["full", "read-only"])
def test_a_waiting_run_is_taken_up_once_the_disk_allows_it(
    place: Path, table: Table, split: Split, recipe: Recipe, how: str
) -> None:
    space = Workspace(place)
    run = space.create_run(table, split, recipe)
    run.change(pid=2**22 + 1)  # the app that it waited in has gone
    if how == "full":
        fill(place)
    else:
        remount(place, "ro")
    with executor_of(space) as executor:
        assert run.state == "interrupted" and executor.waiting() == []
        time.sleep(2.5)  # it tries, and nothing comes of it
        assert run.state == "interrupted"
        if how == "full":
            (place / "ballast").unlink()
        else:
            remount(place, "rw")
        wait_for(lambda: run.state == "finished")


def test_stopped_right_after_it_was_resumed_a_run_has_the_model_of_its_checkpoint(
    tmp_path: Path, table: Table, split: Split, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after a better model was saved and before the next checkpoint, it meets that model again; not before."""
    run = Workspace(tmp_path).create_run(table, split, recipe.changed({"training.epochs": 4}))
    monkeypatch.setattr(loop, "_CHECKPOINT_SECONDS", 1e9)  # one checkpoint, with the first check
    events, checked, then = execute(run), 0, dict[str, torch.Tensor]()
    for event in events:
        if isinstance(event, Evaluated) and event.best:
            checked += 1
            then = then or weights(run)
        if checked == 3:
            break
    events.close()  # type: ignore[attr-defined]
    assert not all(torch.equal(value, weights(run)[name]) for name, value in then.items())
    for _ in execute(run):
        run.ask("stop")
    assert run.state == "stopped" and read_facts(run.model_folder)["step"] == 3
    assert all(torch.equal(value, weights(run)[name]) for name, value in then.items())
    report, answers = run.report(), run.predictions("test")
    assert report is not None and answers is not None
    texts = run.data()[0].inputs(answers["row"].to_numpy())
    again = [Predictor(run.model_folder).predict(*text).label for text in texts]
    assert report["parts"]["test"]["metrics"]["accuracy"]["value"] == (answers["expected"] == again).mean()


def test_interrupted_by_the_keyboard_it_can_go_on_in_the_same_process(
    tmp_path: Path, table: Table, split: Split, recipe: Recipe
) -> None:
    run = Workspace(tmp_path).create_run(table, split, recipe)
    events = execute(run)
    next(events)
    with pytest.raises(KeyboardInterrupt):
        events.throw(KeyboardInterrupt)  # type: ignore[attr-defined]
    assert run.state == "interrupted"
    assert verbs.resume(run).state == "finished"


def test_a_run_is_carried_out_once(tmp_path: Path, table: Table, split: Split, recipe: Recipe) -> None:
    run = Workspace(tmp_path).create_run(table, split, recipe)
    events = execute(run)
    next(events)
    with pytest.raises(RunError, match="is running"):
        next(execute(run))
    events.close()  # type: ignore[attr-defined]


def test_an_export_for_which_there_is_no_room_leaves_nothing(place: Path, whole: Run) -> None:
    (place / "empty").mkdir()
    fill(place, 60_000)
    for target in (place / "new", place / "empty"):
        with pytest.raises(RunError, match=r"cannot be written.*No space left"):
            verbs.export(whole, target)
    assert sorted(path.name for path in place.iterdir()) == ["ballast", "empty"]
    assert list((place / "empty").iterdir()) == []
    (place / "ballast").unlink()
    assert Path(verbs.export(whole, place / "new")["zip"]).is_file()
    assert Predictor(place / "new").predict("the film was good and great").label == "g"


@pytest.mark.parametrize(
    ("error", "words"),
    [(MemoryError(), "Memory ran out"), (RuntimeError("DefaultCPUAllocator: not enough memory"), "Memory"),
     (OSError(12, "Cannot allocate memory"), "Memory ran out"), (OSError(5, "Input/output error", "x.bin"), "x.bin"),
     (Exception("I/O error: No space left on device (os error 28)"), "The disk is full"),
     (OSError(122, "Disk quota exceeded"), "The disk is full")],
)  # fmt: skip
def test_what_the_system_refuses_is_no_mistake_of_bertuis(error: Exception, words: str) -> None:
    attribution = explained(error)
    assert attribution is not None and words in str(attribution) and "resume" in str(attribution)


def test_a_mistake_of_bertuis_is_none_of_the_systems() -> None:
    assert explained(KeyError("os error")) is None and explained(RuntimeError("shapes differ")) is None
