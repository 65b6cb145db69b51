"""How many threads compute a run on a processor: one for each core that no other program keeps busy.

The threads of a product wait for the slowest among them. With more threads than free cores that one shares its core
with another program, and the whole run goes at its pace (measured in docs/speed.md). The number is chosen once and kept
with the run, since sums are rounded otherwise with another number of threads.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

_LOOK = 0.5  # seconds
_FEWEST_LOOKS = 2
_BUSY = 0.7  # of a core: what a program that computes without pause gets beside one that loads a model


class OtherPrograms:
    """How many cores other programs use while this one loads its model, watched from a thread of its own.

    The least of several short looks counts: a browser that opens a page is busy for a second, not for the run.
    """

    def __init__(self) -> None:
        self._looks: list[float] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="bertui-cores", daemon=True)

    def __enter__(self) -> OtherPrograms:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def cores(self) -> float:
        """The cores that others use; 0 where there was no time to look."""
        return min(self._looks) if len(self._looks) >= _FEWEST_LOOKS else 0.0

    def _watch(self) -> None:
        before = _seconds()
        while not self._ended.wait(_LOOK):
            now = _seconds()
            others, passed = (late - early for late, early in zip(now, before, strict=True))
            self._looks.append(max(0.0, others / passed))
            before = now


def _seconds() -> tuple[float, float]:
    """Return the seconds that cores have computed for other programs, and the time."""
    import psutil

    every, own = psutil.cpu_times(), psutil.Process().cpu_times()
    idle = every.idle + getattr(every, "iowait", 0.0)
    counted = sum(every) - getattr(every, "guest", 0.0) - getattr(every, "guest_nice", 0.0)  # user time holds both
    return counted - idle - own.user - own.system, time.monotonic()


def pick_threads(others: float, *, usual: int, cores: int) -> int:
    """Return how many threads compute.

    Args:
        others: Cores that other programs use.
        usual: PyTorch's own choice, never exceeded.
        cores: Of the machine.
    """
    busy = int(others + 1 - _BUSY)
    return max(1, min(usual, cores - busy))


def free_threads(others: float) -> int:
    """Return how many threads compute on this machine; a person's own OMP_NUM_THREADS wins."""
    import torch

    usual = torch.get_num_threads()
    if "OMP_NUM_THREADS" in os.environ:
        return usual
    return pick_threads(others, usual=usual, cores=os.cpu_count() or usual)


@contextmanager
def computing_with(threads: int) -> Iterator[None]:
    """Let PyTorch compute with so many threads."""
    import torch

    usual = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(usual)
