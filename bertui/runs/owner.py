"""Who answers for a run: the process that holds it in its queue or carries it out, and whether it is still alive.

On the same machine the system knows. Of a process on another one the heartbeat says it: each process renews the time of
``run.json`` of every run that it answers for.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import psutil

from bertui.atomic import new_name, this_host

MAKER = "process"
"""Kind of an owner that has merely made a run, or carries it out itself; while it waits, anybody may take it."""
LOST_AFTER = 90.0  # seconds without a heartbeat; clients of NFS may see the time of a file a minute late
_CLOCK_KEPT = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Owner:
    """A process that answers for a run.

    Attributes:
        kind: What it is: ``MAKER``, or the kind of an executor that holds the run in its queue.
        host: The machine, see ``bertui.atomic.this_host``; empty in runs of version 0.1, which knew one only.
        pid: Number of the process, which is used again; ``born`` tells two of the same number apart.
        born: When the process began, in seconds since 1970.
        job: What an executor that hands runs on to others calls its job.
    """

    kind: str
    host: str
    pid: int
    born: float
    job: str | None = None

    @classmethod
    def here(cls, kind: str, job: str | None = None) -> Owner:
        """Return this process."""
        return cls(kind, this_host(), os.getpid(), _born(os.getpid()), job)

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Owner | None:
        """Return the owner that is written in run.json; None where there is none."""
        if facts.get("pid") is None:
            return None
        kind, host = facts.get("kind") or "", facts.get("host") or ""
        return cls(kind, host, facts["pid"], facts.get("born", 0.0), facts.get("job"))

    def facts(self) -> dict[str, Any]:
        """Return what run.json says of the owner."""
        return asdict(self)

    @property
    def on_this_host(self) -> bool:
        return self.host in ("", this_host())

    @property
    def is_this_process(self) -> bool:
        return self.on_this_host and self.pid == os.getpid() and abs(self.born - _born(self.pid)) < 1

    def alive(self, record: Path) -> bool:
        """Whether the process still lives.

        Args:
            record: run.json of the run, whose time the owner renews.
        """
        if self.is_this_process:
            return True
        return self._lives_here() if self.on_this_host else _age(record) < LOST_AFTER

    def _lives_here(self) -> bool:
        try:
            process = psutil.Process(self.pid)
            return abs(process.create_time() - self.born) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True  # somebody else's process may well train it


@cache
def _born(pid: int) -> float:
    return float(psutil.Process(pid).create_time())


def _age(path: Path) -> float:
    """Return how many seconds ago a file was changed."""
    try:
        changed = path.stat().st_mtime
    except OSError:
        return 0.0  # nothing says that its owner is dead
    return time.time() + _clock_ahead(path.parent, int(time.monotonic() / _CLOCK_KEPT)) - changed


@lru_cache(maxsize=64)
def _clock_ahead(folder: Path, period: int) -> float:
    """Return by how many seconds the clock that dates the files of a folder is ahead of ours.

    On a disk that several hosts share it is the clock of the one with the disk, which need not agree with ours.
    """
    probe = new_name(folder / "clock")
    try:
        probe.touch()
        return probe.stat().st_mtime - time.time()
    except OSError:
        return 0.0
    finally:
        with suppress(OSError):
            probe.unlink()
