"""A sign of life for other hosts: this process renews the time of run.json of every run that it answers for."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from bertui.errors import RunError
from bertui.runs.owner import Owner
from bertui.runs.record import RECORD, read_record
from bertui.runs.states import LIVE

_EVERY = 10.0  # seconds
_FOLDERS: set[Path] = set()
_STARTING = threading.Lock()
_beating_in = 0  # number of the process that has the thread; a forked one begins without


def answer_for(folder: Path) -> None:
    """Renew the time of a run's run.json as long as the run is live and this process its owner.

    A thread does it, so that a long step does not look like a death.
    """
    global _beating_in
    _FOLDERS.add(folder)
    with _STARTING:
        if _beating_in != os.getpid():
            _beating_in = os.getpid()
            threading.Thread(target=_beat, name="bertui-heartbeat", daemon=True).start()


def _beat() -> None:
    while True:
        time.sleep(_EVERY)
        for folder in list(_FOLDERS):
            _FOLDERS.discard(folder)  # first: it may be claimed anew while it is looked at
            if renewed(folder):
                _FOLDERS.add(folder)


def renewed(folder: Path) -> bool:
    """Renew the time of run.json; False where there is no more to be renewed."""
    try:
        facts = read_record(folder)
        owner = Owner.of(facts)
        if facts["state"] not in LIVE or owner is None or not owner.is_this_process:
            return False
        os.utime(folder / RECORD)
    except (RunError, OSError):
        return folder.is_dir()  # the disk may come back
    return True
