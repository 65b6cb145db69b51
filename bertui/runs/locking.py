"""A lock of one file that holds between threads and between processes, on other hosts too where the disk passes it on.

filelock would do it, but makes the folder of the file where it is missing: a deleted run would come back.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LONGEST = 10.0  # seconds; what is done under the lock takes milliseconds
_BETWEEN_TRIES = 0.005  # seconds
_TAKEN = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a lock; the system lets go of that of a process that dies. It cannot be taken twice, not by a thread either.

    A file system that knows no locks is used without.

    Raises:
        OSError: The file cannot be opened, or the lock has been held elsewhere for ten seconds.
    """
    number = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        end = time.monotonic() + _LONGEST
        while not _taken(number):
            if time.monotonic() > end:
                raise TimeoutError(errno.ETIMEDOUT, "another process has held its lock for too long", str(path))
            time.sleep(_BETWEEN_TRIES)
        yield
    finally:
        os.close(number)  # which lets go of the lock


def _taken(number: int) -> bool:
    try:
        _lock(number)
    except OSError as error:
        if error.errno in _TAKEN:
            return False
        if error.errno not in _NO_LOCKS:
            raise
    return True


if sys.platform == "win32":
    import msvcrt

    def _lock(number: int) -> None:
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(number: int) -> None:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
