"""Work of pages in threads beside them, slow work one at a time: how far it is, how it is ended, what came of it."""

from __future__ import annotations

import atexit
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from bertui.ui.server.process import once

Progress = Callable[[float], None]
Work = Callable[[Progress], Any]
_MOST = 24  # pieces of work whose results are kept, for all sessions together
_END = 5.0  # seconds that the end of the process waits for work to notice it


class _CancelledError(Exception):
    """Ends work at its next report."""


class Job:
    """One piece of work. It never calls Streamlit.

    Attributes:
        share: How much of it is done, 0 to 1.
        done: Whether it has ended, well or not.
        result: What came of it, once it is done and has no ``error``.
        error: What went wrong.
    """

    def __init__(self, work: Work, turn: AbstractContextManager[Any]) -> None:
        self.share, self.done = 0.0, False
        self.result: Any = None
        self.error: Exception | None = None
        self._work, self._turn, self._cancelled = work, turn, threading.Event()
        self._thread = threading.Thread(target=self._carry_out, name="bertui-page-work", daemon=True)
        self._thread.start()

    def cancel(self) -> None:
        """Let it end at its next report; there is no result then."""
        self._cancelled.set()

    def wait(self, seconds: float) -> None:
        """Return when it has ended, or after so long."""
        self._thread.join(seconds)

    def _carry_out(self) -> None:
        with self._turn:
            try:
                self._report(0.0)
                self.result = self._work(self._report)
            except _CancelledError:
                pass
            except Exception as error:  # handed to the page, which knows whom to tell
                self.error = error
        self.done = True

    def _report(self, share: float) -> None:
        if self._cancelled.is_set():
            raise _CancelledError
        self.share = min(1.0, share)


class Jobs:
    """All pieces of work of the process and what came of them, the newest kept."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[Hashable, Job] = OrderedDict()
        self._lock, self._turn = threading.Lock(), threading.Lock()
        atexit.register(self.close)  # torch computing while the interpreter goes away would abort the process

    def get(self, key: Hashable) -> Job | None:
        """Return the work under a key, under way or done; None where there is none."""
        with self._lock:
            if key in self._jobs:
                self._jobs.move_to_end(key)
            return self._jobs.get(key)

    def start(self, key: Hashable, work: Work, *, at_once: bool = False) -> Job:
        """Begin work, or return what is already there under the key.

        Args:
            at_once: Not to wait for slow work that is under way.
        """
        with self._lock:
            if key not in self._jobs:
                self._jobs[key] = Job(work, nullcontext() if at_once else self._turn)
                self._drop_old()
            return self._jobs[key]

    def forget(self, key: Hashable) -> None:
        """End the work under a key and keep nothing of it."""
        with self._lock:
            job = self._jobs.pop(key, None)
        if job is not None:
            job.cancel()

    def close(self) -> None:
        """End all work."""
        with self._lock:
            jobs = list(self._jobs.values())
            self._jobs.clear()
        for job in jobs:
            job.cancel()
        for job in jobs:
            job.wait(_END)

    def _drop_old(self) -> None:
        ended = [key for key, job in self._jobs.items() if job.done]
        for key in ended[: max(0, len(self._jobs) - _MOST)]:
            del self._jobs[key]


def jobs() -> Jobs:
    """Return the process's one place of such work."""
    return once("jobs", Jobs)
