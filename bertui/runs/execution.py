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
from errno import ENOSPC

from safetensors import SafetensorError

from bertui.errors import RunError, UserError
from bertui.modeling.memory import give_back
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.training.events import CheckpointDue, Event, ModelLoaded


class Cancelled(Exception):
    """The person threw the run away."""


def execute(run: Run, stop: threading.Event, cancel: threading.Event | None = None) -> Iterator[Event]:
    """Carry out a run and pass on its events; the folder says at every moment how it stands.

    A failure is written into run.json in plain words and raised again.
    """
    from bertui.experiment import Experiment
    from bertui.training.alarms import TrainingHalted

    run.claim("running")
    try:
        table, split = run.data()
        for event in Experiment(table, split, run.recipe, run.folder).run(stop.is_set):
            if cancel is not None and cancel.is_set():
                raise Cancelled
            if isinstance(event, ModelLoaded) and event.revision:
                run.pin(event.revision)
            if not isinstance(event, CheckpointDue):
                run.log(event)
            yield event
        run.change(state="stopped" if stop.is_set() else "finished", error=None, alarm=None)
        shutil.rmtree(run.folder / "checkpoint", ignore_errors=True)
    except Cancelled:
        run.change(state="cancelled")
        _discard(run)
    except TrainingHalted as halt:
        run.log(halt.alarm)
        run.change(state="failed", error=str(halt), alarm={"kind": halt.alarm.alarm, "remedy": halt.alarm.remedy})
        raise
    except UserError as error:
        run.change(state="failed", error=str(error))
        raise
    except (OSError, SafetensorError) as error:
        told = _disk_words(error)
        run.change(state="failed", error=str(told))
        raise told from error
    except GeneratorExit:
        run.change(state="interrupted")
        raise
    except Exception:
        (run.folder / "traceback.txt").write_text(traceback.format_exc(), "utf-8")
        run.change(
            state="failed",
            error="bertui made a mistake. The details are in traceback.txt in the run's folder.",
        )
        raise


def _discard(run: Run) -> None:
    for part in ("model", "checkpoint", "predictions"):
        shutil.rmtree(run.folder / part, ignore_errors=True)


def _disk_words(error: OSError | SafetensorError) -> RunError:
    # Safetensors tells of a full disk in words alone.
    if getattr(error, "errno", None) == ENOSPC or f"os error {ENOSPC}" in str(error):
        return RunError("The disk is full.", remedy="Free some space or delete old runs, then resume this one.")
    why = getattr(error, "strerror", None) or error
    return RunError(
        f"A file of the run could not be read or written ({why}).", remedy="Check the folder, then resume this run."
    )


class BackgroundExecutor:
    """One thread that trains queued runs one after another. One per process; it never calls Streamlit."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._queue: queue.Queue[Run | None] = queue.Queue()
        self._stop: dict[str, threading.Event] = {}
        self._cancel: dict[str, threading.Event] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="bertui-training", daemon=True)
        self._thread.start()
        # Without this the interpreter is torn down while torch computes, and the process aborts.
        atexit.register(self.close)
        for run in reversed(workspace.runs()):
            if run.facts()["state"] == "queued" and run.state == "interrupted":
                self.submit(run)  # it waited when the app went away; it has lost nothing

    def submit(self, run: Run) -> None:
        """Put a run at the end of the queue."""
        self._stop[run.id], self._cancel[run.id] = threading.Event(), threading.Event()
        run.claim("queued")
        self._queue.put(run)

    def stop(self, run: Run) -> None:
        """Finish the step, keep the best model, evaluate, save."""
        if run.id in self._stop and run.state == "running":
            run.change(state="stopping")
            self._stop[run.id].set()

    def cancel(self, run: Run) -> None:
        """Throw the run's work away."""
        if run.id in self._cancel:
            self._cancel[run.id].set()
            if run.state == "queued":
                run.change(state="cancelled")

    def waiting(self) -> list[str]:
        """Return the ids of the queued runs, next first."""
        return [run.id for run in list(self._queue.queue) if run is not None and run.state == "queued"]

    def close(self, seconds: float = 15.0) -> None:
        """Let go of the running run, which can be resumed, and end the thread."""
        self._closing.set()
        self._queue.put(None)
        self._thread.join(seconds)

    def _work(self) -> None:
        _give_way()
        while not self._closing.is_set():
            run = self._queue.get()
            if run is None:
                return
            if run.state == "queued":
                self._carry_out(run)

    def _carry_out(self, run: Run) -> None:
        events = execute(run, self._stop[run.id], self._cancel[run.id])
        try:
            for _ in events:
                if self._closing.is_set():
                    break
        except Exception:
            return  # run.json says what happened; the next run must not wait for it
        finally:
            events.close()  # type: ignore[attr-defined]
            del events
            _give_back_memory()


def _give_back_memory() -> None:
    """Let the system have what the run used; it would be kept for the next one."""
    gc.collect()
    give_back()


def _give_way() -> None:
    """Rank this thread, and those that compute for it, behind the pages: on Linux each thread has its own rank."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
