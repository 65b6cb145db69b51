"""Two processes on one workspace: of each run one takes it, one ends it, and either may ask the other to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import UserError
from bertui.recipe import Recipe
from bertui.runs import execution
from bertui.runs.background import BackgroundExecutor
from bertui.runs.execution import execute
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.training.events import PhaseBegan, StepTaken, TrainingEnded

ROUNDS = 40
NOBODY = {"pid": 2**22 + 1, "born": 1.0}

STEPS = """
import sys
from pathlib import Path
from bertui.runs.run import Run
print("ready", flush=True)
for line in sys.stdin:
    folder, word = line.split()
    run = Run(Path(folder))
    done = {
        "take": run.take, "queue": lambda: run.queue("background"), "stop": lambda: run.ask("stop"),
        "finish": lambda: run.move("finished"), "rename": lambda: run.change(**{"name": "renamed"}) is None,
    }[word]()
    print(int(done), flush=True)
"""
APP = """
import sys
from pathlib import Path
from bertui.runs.background import BackgroundExecutor
from bertui.runs.workspace import Workspace
space = Workspace(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
executor = BackgroundExecutor(space)
if len(sys.argv) > 2:
    executor.close()  # what is submitted waits
    executor.submit(space.run(sys.argv[2]))
print("open", flush=True)
sys.stdin.readline()
executor.close()
"""
EXECUTE = """
import sys
from pathlib import Path
from bertui.runs.execution import execute
from bertui.runs.run import Run
for event in execute(Run(Path(sys.argv[1]))):
    pass
"""


@contextmanager
def process(code: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A process of Python on one core, as the test runner may be; it is killed in the end."""
    started = subprocess.Popen(
        [sys.executable, "-c", code, *words], env=os.environ | {"OMP_NUM_THREADS": "1"}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def tell(one: subprocess.Popen[str], words: str) -> None:
    assert one.stdin is not None
    one.stdin.write(f"{words}\n")
    one.stdin.flush()


def heard(one: subprocess.Popen[str]) -> str:
    assert one.stdout is not None
    return one.stdout.readline().strip()


def wait_for(said: Callable[[], Any], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not said():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.02)


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def runs(space: Workspace, table: Table, split: Split, recipe: Recipe) -> list[Run]:
    """Waiting runs; with every second the process that made it is gone."""
    made = [space.create_run(table, split, recipe) for _ in range(ROUNDS)]
    for run in made[::2]:
        run.change(**NOBODY)
    return made


@pytest.mark.parametrize("words", [("take", "take"), ("queue", "queue"), ("take", "queue")])
def test_of_two_that_race_for_a_run_one_gets_it(runs: list[Run], words: tuple[str, str]) -> None:
    with process(STEPS) as one, process(STEPS) as other:
        assert heard(one) == heard(other) == "ready"
        won = []
        for run in runs:
            for contender, word in zip((one, other), words, strict=True):
                tell(contender, f"{run.folder} {word}")
            got = [heard(contender) == "1" for contender in (one, other)]
            assert sum(got) == 1, f"round {len(won)}: {got}"
            winner = (one, other)[got.index(True)]
            assert run.owner is not None and run.owner.pid == winner.pid
            assert run.state == {"take": "running", "queue": "queued"}[words[got.index(True)]]
            won.append(got.index(True))
    assert set(won) == {0, 1}, "a race that always the same one wins is none"


def met_by_the_end(runs: list[Run], step: str) -> Iterator[tuple[Run, str]]:
    """Let a process take and finish each run, another do something to it at the moment of its end; what it heard."""
    with process(STEPS) as owner, process(STEPS) as other:
        assert heard(owner) == heard(other) == "ready"
        for run in runs:
            tell(owner, f"{run.folder} take")
            assert heard(owner) == "1"
            tell(owner, f"{run.folder} finish")
            tell(other, f"{run.folder} {step}")
            assert heard(owner) == "1"
            yield run, heard(other)


def test_a_stop_that_meets_the_end_does_not_wake_the_run(runs: list[Run]) -> None:
    for run, answer in met_by_the_end(runs, "stop"):
        assert answer in ("0", "1"), "too late, or in time and met by the end"
        assert run.state == "finished" and not run.asked("stop")


def test_what_one_process_writes_another_does_not_write_over(runs: list[Run]) -> None:
    """A run is renamed in one process at the moment when it ends in another."""
    for run, answer in met_by_the_end(runs, "rename"):
        assert answer == "1" and (run.state, run.name) == ("finished", "renamed")


def test_an_app_that_starts_leaves_what_another_holds_until_that_one_is_dead(
    space: Workspace, table: Table, split: Split, recipe: Recipe
) -> None:
    run = space.create_run(table, split, recipe)
    with process(APP, str(space.root), run.id) as other:
        assert heard(other) == "ready"
        tell(other, "")
        assert heard(other) == "open" and run.owner is not None and run.owner.pid == other.pid
        executor = BackgroundExecutor(space)
        try:
            time.sleep(2.5)  # it looks again every two seconds
            assert run.state == "queued" and run.owner.pid == other.pid and executor.waiting() == []
            with pytest.raises(UserError, match="is queued"):
                executor.submit(run)
            other.kill()
            other.wait()
            wait_for(lambda: run.state == "finished")
        finally:
            executor.close()
    assert run.owner.pid == os.getpid()


def test_two_apps_that_start_at_once_train_each_waiting_run_once(
    space: Workspace, table: Table, split: Split, recipe: Recipe
) -> None:
    runs = [space.create_run(table, split, recipe.changed({"training.epochs": 1})) for _ in range(4)]
    for run in runs:
        run.change(**NOBODY)
    with process(APP, str(space.root)) as one, process(APP, str(space.root)) as other:
        apps = (one, other)
        assert [heard(app) for app in apps] == ["ready", "ready"]
        for app in apps:
            tell(app, "")
        wait_for(lambda: all(run.state == "finished" for run in runs), 120)
        assert {run.owner.pid for run in runs if run.owner is not None} <= {one.pid, other.pid}
    for run in runs:
        events = run.events()[0]
        assert sum(isinstance(event, TrainingEnded) for event in events) == 1
        steps = [event.step for event in events if isinstance(event, StepTaken)]
        assert steps == list(range(1, len(steps) + 1)), "nobody else wrote into its log"


@pytest.mark.parametrize(("request_", "ends"), [("stop", "stopped"), ("cancel", "cancelled")])
def test_what_was_started_outside_is_ended_from_here(
    space: Workspace, table: Table, split: Split, recipe: Recipe, request_: Any, ends: str
) -> None:
    run = space.create_run(table, split, recipe.changed({"training.epochs": 400}))
    with process(EXECUTE, str(run.folder)) as other:
        wait_for(lambda: any(isinstance(event, StepTaken) for event in run.events()[0]))
        assert run.owner is not None and run.owner.pid == other.pid and run.ask(request_)
        assert other.wait(60) == 0
    assert run.state == ends and (run.folder / "model").is_dir() == (ends == "stopped")
    steps = [event for event in run.events()[0] if isinstance(event, StepTaken)]
    assert len(steps) < 400 and not list(run.folder.glob("*.request"))
    assert (run.report() is not None) == (ends == "stopped")


def test_the_command_line_ends_what_another_process_trains(
    space: Workspace, table: Table, split: Split, recipe: Recipe
) -> None:
    run = space.create_run(table, split, recipe)
    assert run.take()
    command = [sys.executable, "-c", "from bertui.cli import main; main()", "stop", run.id, "--workspace", space.root]
    for words, state, asked in ([], "stopping", "stop"), (["--discard"], "stopping", "cancel"):
        assert not run.asked(asked)  # type: ignore[arg-type]
        assert subprocess.run([*command, *words]).returncode == 0
        assert run.state == state and run.asked(asked)  # type: ignore[arg-type]
    assert run.move("cancelled")
    refused = subprocess.run(command, capture_output=True, text=True)
    assert refused.returncode == 2 and "is cancelled" in refused.stderr and "Traceback" not in refused.stderr


def test_a_process_gives_signs_of_life_while_it_can(
    space: Workspace, table: Table, split: Split, recipe: Recipe
) -> None:
    run = space.create_run(table, split, recipe)
    path = run.folder / "run.json"
    often = "import bertui.runs.heartbeat as heartbeat; heartbeat._EVERY = 0.05"
    with process(f"{often}\n{STEPS}") as other:
        assert heard(other) == "ready"
        tell(other, f"{run.folder} take")
        assert heard(other) == "1"
        first = path.stat().st_mtime_ns
        wait_for(lambda: path.stat().st_mtime_ns > first)
        os.kill(other.pid, signal.SIGSTOP)
        time.sleep(0.2)
        last = path.stat().st_mtime_ns
        time.sleep(0.5)
        assert path.stat().st_mtime_ns == last
        os.kill(other.pid, signal.SIGCONT)
        wait_for(lambda: path.stat().st_mtime_ns > last)
        tell(other, f"{run.folder} finish")
        assert heard(other) == "1"
        time.sleep(0.2)
        last = path.stat().st_mtime_ns
        time.sleep(0.3)
        assert path.stat().st_mtime_ns == last, "nobody answers for what is over"


def test_a_run_cancelled_from_elsewhere_is_told_where_it_was_started(space: Workspace, file: Path, tiny: Path) -> None:
    command = [
        sys.executable, "-c", "from bertui.cli import main; main()", "train", str(file), "--workspace", str(space.root),
        "--set", f"model.name={tiny}", "--set", "training.epochs=400", "--set", "encoding.max_length=24",
    ]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"}) as one:
        wait_for(lambda: any(isinstance(event, StepTaken) for run in space.runs() for event in run.events()[0]))
        (run,) = space.runs()
        assert run.ask("cancel")
        said = one.communicate(timeout=60)[1]
    assert one.returncode == 2 and "was cancelled from elsewhere" in said and "Traceback" not in said
    assert run.state == "cancelled"


def test_a_process_that_was_thought_dead_lets_the_run_go(
    space: Workspace, table: Table, split: Split, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was suspended, say, and on another host an app took the run up meanwhile."""
    monkeypatch.setattr(execution, "_BETWEEN_LOOKS", 0.0)
    run = space.create_run(table, split, recipe)
    events = execute(run)
    while not isinstance(next(events), StepTaken):
        pass
    run.change(host="another", kind="background")
    logged = len(run.events()[0])
    with pytest.raises(UserError, match="Another process has taken the run"):
        list(events)
    assert run.facts()["state"] == "running" and run.facts()["host"] == "another"
    assert len(run.events()[0]) == logged and not any(isinstance(one, PhaseBegan) and one.name == "save"
                                                      for one in run.events()[0])  # fmt: skip
