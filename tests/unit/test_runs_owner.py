"""Who owns a run: here the system says whether it lives, on another host the heartbeat; only the owner ends it."""

from __future__ import annotations

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from bertui.data.roles import Roles
from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import DiskError, RunError
from bertui.recipe import Recipe
from bertui.runs import owner as owners
from bertui.runs.heartbeat import renewed
from bertui.runs.locking import locked
from bertui.runs.owner import LOST_AFTER, MAKER, Owner
from bertui.runs.record import FORMAT, write_remembered
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from tests.conftest import disk

TABLE = Table(
    pd.DataFrame({"text": [f"a text {n}" for n in range(20)], "label": ["a", "b"] * 10}, dtype="str"),
    Roles(("text",), "label"), "few",
)  # fmt: skip
SPLIT = Split(train=np.arange(12), validation=np.arange(12, 16), test=np.arange(16, 20))
ELSEWHERE = {"host": "another 0badcafe pid:[4026531836]", "pid": os.getpid(), "born": 1.0}


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Workspace(tmp_path / "workspace").create_run(TABLE, SPLIT, Recipe(), name="run")


def seconds_ago(run: Run, seconds: float) -> None:
    """Let the last heartbeat be so long ago."""
    then = time.time() - seconds
    os.utime(run.folder / "run.json", (then, then))


def on_disk(run: Run) -> dict[str, Any]:
    return dict(json.loads((run.folder / "run.json").read_text("utf-8")))


# --- alive or not ---


def test_a_new_run_is_of_this_process_and_says_what_format_it_has(run: Run) -> None:
    facts = on_disk(run)
    assert facts["format"] == FORMAT == 2 and facts["kind"] == MAKER and facts["pid"] == os.getpid()
    assert run.owner is not None and run.owner.is_this_process and run.owner.host == facts["host"] != ""


def test_of_another_host_the_heartbeat_says_whether_it_lives(run: Run) -> None:
    run.change(state="running", kind="background", **ELSEWHERE)
    seconds_ago(run, LOST_AFTER - 20)
    assert run.state == "running", "the number of its process says nothing here"
    seconds_ago(run, LOST_AFTER + 20)
    assert run.state == "interrupted"


@pytest.mark.parametrize("ahead", [-3600.0, 3600.0])
def test_clocks_that_differ_kill_nobody_and_wake_nobody(
    run: Run, ahead: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk dates the files, by a clock an hour before or behind that of this process."""
    run.change(state="running", kind="background", **ELSEWHERE)
    real = time.time
    monkeypatch.setattr(owners.time, "time", lambda: real() + ahead)
    owners._clock_ahead.cache_clear()
    seconds_ago_real = real() - 20
    os.utime(run.folder / "run.json", (seconds_ago_real, seconds_ago_real))
    assert run.state == "running"
    long_ago = real() - LOST_AFTER - 20
    os.utime(run.folder / "run.json", (long_ago, long_ago))
    assert run.state == "interrupted"
    assert not list(run.folder.glob("clock*"))
    owners._clock_ahead.cache_clear()


def test_a_heartbeat_is_renewed_while_the_run_is_live_and_ours(run: Run) -> None:
    def beats() -> bool:
        seconds_ago(run, 1000)
        return renewed(run.folder) and time.time() - (run.folder / "run.json").stat().st_mtime < 100

    assert beats()
    assert run.move("running") and beats()
    run.change(kind="background", **ELSEWHERE)
    assert not beats(), "another process has it"
    run.change(**Owner.here(MAKER).facts())
    assert beats() and run.move("finished") and not beats()


def test_a_run_of_version_01_has_an_owner_without_a_host(run: Run) -> None:
    facts = on_disk(run)
    for later in ("format", "kind", "host", "job"):
        del facts[later]
    (run.folder / "run.json").write_text(json.dumps(facts | {"state": "running"}), "utf-8")
    assert run.state == "running" and run.owner is not None and run.owner.is_this_process
    (run.folder / "run.json").write_text(json.dumps(facts | {"state": "running", "born": 1.0}), "utf-8")
    assert run.state == "interrupted" and run.take() and run.state == "running"


def test_a_run_of_a_later_version_is_refused_by_name_and_left_alone(run: Run) -> None:
    later = on_disk(run) | {"format": FORMAT + 1, "version": "9.1", "state": "sleeping", "sizes": "few"}
    (run.folder / "run.json").write_text(json.dumps(later), "utf-8")
    space = Workspace(run.folder.parents[1])
    (refused,) = space.broken()
    words = str(refused.trouble)
    assert run.id in words and "later version of bertui (9.1)" in words and f"format {FORMAT + 1}" in words
    assert "elete" not in words and space.runs() == []
    for step in (run.take, lambda: run.ask("stop"), lambda: run.change(name="x")):
        with pytest.raises(RunError, match="later version"):
            step()
    assert on_disk(run) == later


# --- one owner ---


def test_what_another_process_has_is_not_taken_until_it_is_dead(run: Run) -> None:
    for state in ("queued", "running", "stopping"):
        run.change(state=state, kind="background", **ELSEWHERE)
        assert not run.take() and not run.queue("background") and not run.move("failed", error="mine")
        assert on_disk(run)["state"] == state and on_disk(run)["host"] == ELSEWHERE["host"]
    seconds_ago(run, LOST_AFTER + 20)
    assert run.take() and run.state == "running" and on_disk(run)["host"] != ELSEWHERE["host"]


def test_what_waits_with_the_process_that_made_it_is_free_to_take(run: Run) -> None:
    run.change(kind=MAKER, **ELSEWHERE)
    assert run.state == "queued" and run.take()
    assert run.owner is not None and run.owner.is_this_process
    run.change(state="running", kind=MAKER, **ELSEWHERE)
    assert not run.take(), "what it carries out is not"


def test_of_a_run_that_was_taken_away_nothing_more_is_written(run: Run) -> None:
    assert run.take() and not run.taken_away
    run.change(kind="background", **ELSEWHERE)
    assert run.taken_away
    for state in ("finished", "stopped", "failed", "interrupted", "cancelled"):
        assert not run.move(state)  # type: ignore[arg-type]
    assert on_disk(run)["state"] == "running"


def test_what_was_remembered_of_a_run_that_was_taken_away_is_forgotten(tmp_path: Path) -> None:
    with disk(tmp_path / "disk", "400k") as place:
        run = Workspace(place).create_run(TABLE, SPLIT, Recipe())
        ballast = place / "ballast"
        with pytest.raises(OSError, match="No space left"):
            ballast.write_bytes(bytes(500_000))
        assert run.move("running") and run.move("failed", error="The disk is full.") and run.state == "failed"
        ballast.unlink()
        (run.folder / "run.json").write_text(json.dumps(on_disk(run) | ELSEWHERE | {"state": "running"}), "utf-8")
        assert write_remembered()
        assert run.state == on_disk(run)["state"] == "running" and "error" not in on_disk(run)


# --- requests ---


def test_a_stop_is_asked_of_the_process_that_has_the_run(run: Run) -> None:
    run.change(state="running", kind="background", **ELSEWHERE)
    assert not run.asked("stop")
    assert run.ask("stop") and run.asked("stop") and run.state == "stopping" and not run.asked("cancel")
    assert run.ask("stop"), "pressed twice"
    assert run.ask("cancel") and run.asked("cancel") and run.state == "stopping"
    assert on_disk(run)["host"] == ELSEWHERE["host"]


@pytest.mark.parametrize("state", ["finished", "stopped", "failed", "interrupted", "cancelled"])
def test_of_a_run_that_is_over_nothing_is_asked(run: Run, state: str) -> None:
    run.change(state=state)
    assert not run.ask("stop") and not run.ask("cancel")
    assert run.state == state and not run.asked("stop") and not run.asked("cancel")


def test_a_run_that_waits_anywhere_is_cancelled_at_once_and_not_stopped(run: Run) -> None:
    run.change(kind="background", **ELSEWHERE)
    assert not run.ask("stop") and run.state == "queued"
    assert run.ask("cancel") and run.state == "cancelled" and not run.asked("cancel")


def test_what_was_asked_before_it_was_taken_is_no_longer_asked(run: Run) -> None:
    run.take()
    run.ask("stop")
    run.ask("cancel")
    run.change(born=1.0)  # its process is killed
    assert run.state == "interrupted" and run.take()
    assert not run.asked("stop") and not run.asked("cancel") and run.state == "running"


def test_on_a_full_disk_a_process_hears_what_it_asks_of_itself_and_of_others_it_is_told(tmp_path: Path) -> None:
    with disk(tmp_path / "disk", "400k") as place:
        run, other = (Workspace(place).create_run(TABLE, SPLIT, Recipe()) for _ in range(2))
        assert run.take()
        other.change(state="running", kind="background", **ELSEWHERE)
        os.system(f"mount -o remount,ro {place}")
        assert run.ask("stop") and run.asked("stop") and run.state == "stopping"
        with pytest.raises(DiskError, match="Read-only"):
            other.ask("stop")
        assert other.state == "running" and not other.asked("stop")
        os.system(f"mount -o remount,rw {place}")
        assert run.move("stopped") and write_remembered() and not run.asked("stop")


# --- the lock ---


def test_one_thread_at_a_time_has_the_lock(tmp_path: Path) -> None:
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(50):
            with locked(tmp_path / "lock"):
                inside += 1
                most = max(most, inside)
                time.sleep(0.0002)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_a_lock_makes_no_folder_and_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError), locked(tmp_path / "gone" / "lock"):
        pass
    assert not (tmp_path / "gone").exists()
    monkeypatch.setattr("bertui.runs.locking._LONGEST", 0.05)
    with locked(tmp_path / "lock"), pytest.raises(TimeoutError), locked(tmp_path / "lock"):
        pass
    with locked(tmp_path / "lock"):
        pass
