"""The executor of the app: a thread of its process that trains."""

from __future__ import annotations

import atexit
import gc
import os
import queue
import sys
import threading
from contextlib import suppress

from bertui.errors import DiskError, RunError
from bertui.modeling.memory import give_back
from bertui.runs.execution import execute
from bertui.runs.record import write_remembered
from bertui.runs.run import Run
from bertui.runs.states import State
from bertui.runs.workspace import Workspace

KIND = "background"
_BETWEEN_TRIES = 2.0  # seconds until what could not be written is tried again


class BackgroundExecutor:
    """One thread that trains queued runs one after another. One per process; it never calls Streamlit.

    Every page needs it, so making it cannot fail: what the disk refuses is tried again in the thread.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._queue: queue.Queue[Run | None] = queue.Queue()
        self._held: set[Run] = set()
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
            RunError: Another process has it, it has ended, or its folder cannot be written.
        """
        if run in self._held and run.state == "queued":
            return
        if not run.queue(KIND):
            raise RunError(f"The run '{run.name}' is {run.state}.", remedy="Duplicate it to train once more.")
        self._held.add(run)
        self._queue.put(run)

    def waiting(self) -> list[str]:
        """Return the ids of the queued runs, next first."""
        return [run.id for run in list(self._queue.queue) if run is not None and _state(run) == "queued"]

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
                run = self._queue.get(timeout=_BETWEEN_TRIES)
            except queue.Empty:
                self._try_again()
                continue
            if run is None:
                return
            self._held.discard(run)  # before it begins: once it has failed it may wait again
            if _state(run) == "queued":
                self._carry_out(run)

    def _try_again(self) -> None:
        write_remembered()
        if self._left_waiting:
            self._left_waiting = not self._take_up_waiting()

    def _take_up_waiting(self) -> bool:
        """Queue again what waited when an app went away and has lost nothing; False while some of it may yet come.

        What waits in the queue of another living process is that one's, as long as it lives.
        """
        done = True
        for run in reversed(self.workspace.runs()):
            with suppress(RunError):  # it was deleted just now
                if run.facts()["state"] != "queued" or run in self._held:
                    continue
                if run.state == "interrupted":
                    done &= self._taken_up(run)
                else:
                    done = False
        return done

    def _taken_up(self, run: Run) -> bool:
        try:
            self.submit(run)
        except DiskError:
            return False
        except RunError:
            return True  # another app was faster
        return True

    def _carry_out(self, run: Run) -> None:
        events = execute(run)
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
