"""Carrying out a run: state, event log and failures, whoever asked for it; and the thread that trains in the app."""

from __future__ import annotations

import atexit
import gc
import os
import queue
import shutil
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from bertui.atomic import remove
from bertui.errors import RunError
from bertui.modeling.memory import give_back
from bertui.runs.failures import explained
from bertui.runs.record import MOVES, State, write_remembered
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.training.alarms import TrainingHalted
from bertui.training.events import CheckpointDue, Event, ModelLoaded

_BETWEEN_TRIES = 2.0  # seconds until what could not be written is tried again


class Cancelled(Exception):
    """The person threw the run away."""


def execute(run: Run, stop: threading.Event, cancel: threading.Event | None = None) -> Iterator[Event]:
    """Carry out a run and pass on its events; the folder says at every moment how it stands.

    A failure is kept in run.json in plain words and raised again. Nothing that is done about a failure needs what
    may just have failed: a state that cannot be written is remembered, see ``record``.

    Raises:
        RunError: The run is carried out already, or has ended.
    """
    if not run.take():
        raise RunError(
            f"The run '{run.name}' is {run.state}.", expected="A run that waits, was interrupted or has failed.",
            remedy="Start a new one.",
        )  # fmt: skip
    try:
        yield from _events(run, stop, cancel)
        run.move("stopped" if stop.is_set() else "finished", error=None, alarm=None)
        shutil.rmtree(run.folder / "checkpoint", ignore_errors=True)  # on a full disk this makes room for the state
        write_remembered()
    except Cancelled:
        run.move("cancelled")
        _discard(run)
    except (GeneratorExit, KeyboardInterrupt, SystemExit):
        run.move("interrupted")
        raise
    except Exception as error:
        failure = _failed(run, error)
        if failure is None or failure is error:
            raise
        raise failure from error


def _events(run: Run, stop: threading.Event, cancel: threading.Event | None) -> Iterator[Event]:
    from bertui.experiment.experiment import Experiment

    table, split = run.data()
    for event in Experiment(table, split, run.recipe, run.folder).run(stop.is_set):
        if cancel is not None and cancel.is_set():
            raise Cancelled
        if isinstance(event, ModelLoaded):
            run.pin(event)
        if not isinstance(event, CheckpointDue):
            run.log(event)
        yield event


def _failed(run: Run, error: Exception) -> Exception | None:
    """Say in run.json what went wrong; return it in words, or None for a mistake of bertui's own."""
    if isinstance(error, TrainingHalted):
        alarm = {"kind": error.alarm.alarm, "remedy": error.alarm.remedy}
        run.move("failed", error=str(error), alarm=alarm)
        with suppress(RunError):
            run.log(error.alarm)
        return error
    failure = explained(error)
    if failure is None:
        words = "bertui made a mistake. The details are in traceback.txt in the run's folder."
        with suppress(OSError):
            (run.folder / "traceback.txt").write_text(traceback.format_exc(), "utf-8")
    run.move("failed", error=words if failure is None else str(failure), alarm=None)
    return failure


def _discard(run: Run) -> None:
    for left_over in ("model", "checkpoint", "predictions", "report.json"):
        with suppress(OSError):
            remove(run.folder / left_over)


@dataclass(frozen=True, eq=False)
class _Job:
    """A run that waits or trains in this process, and what a person wants of it."""

    run: Run
    stop: threading.Event = field(default_factory=threading.Event)
    cancel: threading.Event = field(default_factory=threading.Event)


class BackgroundExecutor:
    """One thread that trains queued runs one after another. One per process; it never calls Streamlit.

    Every page needs it, so making it cannot fail: what the disk refuses is tried again in the thread.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._queue: queue.Queue[_Job | None] = queue.Queue()
        self._jobs: dict[str, _Job] = {}
        self._closing = threading.Event()
        workspace.recover()
        self._left_waiting = not self._take_up_waiting()
        self._thread = threading.Thread(target=self._work, name="bertui-training", daemon=True)
        self._thread.start()
        # Without this the interpreter is torn down while torch computes, and the process aborts.
        atexit.register(self.close)

    def submit(self, run: Run) -> None:
        """Put a run at the end of the queue.

        Raises:
            RunError: It is trained already, has ended, or its folder cannot be written.
        """
        state = run.state
        if state == "queued" and run.id in self._jobs:
            return
        if state != "queued" and "queued" not in MOVES[state]:
            raise RunError(f"The run '{run.name}' is {state}.", remedy="Duplicate it to train once more.")
        run.claim("queued")
        self._jobs[run.id] = job = _Job(run)
        self._queue.put(job)

    def stop(self, run: Run) -> None:
        """Finish the step, keep the best model, evaluate, save."""
        job = self._jobs.get(run.id)
        if job is not None and run.move("stopping"):
            job.stop.set()

    def cancel(self, run: Run) -> None:
        """Throw the run's work away."""
        job = self._jobs.get(run.id)
        if job is not None:
            job.cancel.set()
            if _state(run) == "queued":
                run.move("cancelled")

    def waiting(self) -> list[str]:
        """Return the ids of the queued runs, next first."""
        jobs = [job for job in list(self._queue.queue) if job is not None]
        return [job.run.id for job in jobs if _state(job.run) == "queued"]

    def close(self, seconds: float = 15.0) -> None:
        """Let go of the running run, which can be resumed, and end the thread."""
        self._closing.set()
        self._queue.put(None)
        self._thread.join(seconds)
        write_remembered()

    def _work(self) -> None:
        _give_way()
        while not self._closing.is_set():
            try:
                job = self._queue.get(timeout=_BETWEEN_TRIES)
            except queue.Empty:
                self._try_again()
                continue
            if job is None:
                return
            if _state(job.run) == "queued":
                self._carry_out(job)
            if self._jobs.get(job.run.id) is job:  # it may wait again already: its state said that it had failed
                del self._jobs[job.run.id]

    def _try_again(self) -> None:
        write_remembered()
        if self._left_waiting:
            self._left_waiting = not self._take_up_waiting()

    def _take_up_waiting(self) -> bool:
        """Queue again what waited when the app went away and has lost nothing; False where the disk refuses."""
        taken = True
        for run in reversed(self.workspace.runs()):
            try:
                if run.facts()["state"] == "queued" and run.state == "interrupted":
                    self.submit(run)
            except RunError:
                taken = False
        return taken

    def _carry_out(self, job: _Job) -> None:
        events = execute(job.run, job.stop, job.cancel)
        try:
            for _ in events:
                write_remembered()
                if self._closing.is_set():
                    break
        except Exception:
            return  # the run's state says what happened; the next run must not wait for it
        finally:
            events.close()  # type: ignore[attr-defined]
            del events
            _give_back_memory()


def _state(run: Run) -> State | None:
    """Return the state; None where the folder is gone or cannot be read."""
    try:
        return run.state
    except RunError:
        return None


def _give_back_memory() -> None:
    """Let the system have what the run used; it would be kept for the next one."""
    gc.collect()
    give_back()


def _give_way() -> None:
    """Rank this thread, and those that compute for it, behind the pages: on Linux each thread has its own rank.

    Not far behind: at rank 10 another program that shares a core leaves training a tenth of it, at 5 a quarter.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)
