"""Files and folders that are on disk whole or not at all, whenever the process is killed or the disk fills up.

What is being written has a name that ends in ``.new`` and says which process writes it. Files that belong together
are written into one such folder; once all of it is on disk the folder is called ``.ready``, and only then are they
moved to their places. ``recover`` finishes such a move and clears away what dead processes left half written.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
import platform
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import psutil

from bertui.errors import DiskError

_THIS_PROCESS = secrets.token_hex(4)  # a number of a process is used again, in a container at every start
_COUNTER = itertools.count()
_WRITER = re.compile(r"\.(\d+)-([0-9a-f]{8})-\d+(?:-([0-9a-f]{6}))?\.new$")
_ELSEWHERE = 86_400.0  # seconds; what another host has begun to write is left alone for so long
_NO_SYNC = {errno.EINVAL, errno.ENOTSUP}  # from network file systems that cannot flush a file


def write_json(path: Path, value: Any) -> None:
    """Replace a file by JSON.

    Raises:
        DiskError: It cannot be written; the old file is as it was.
    """
    fresh = new_name(path)
    try:
        with fresh.open("w", encoding="utf-8") as file:
            json.dump(value, file, indent=1, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with suppress(OSError):
            fresh.unlink()


def new_name(path: Path) -> Path:
    """Return the name under which this process writes ``path`` first."""
    return path.with_name(f"{path.name}.{os.getpid()}-{_THIS_PROCESS}-{next(_COUNTER)}-{_host_tag()}.new")


@cache
def this_host() -> str:
    """Return where the number of a process means this process: the machine and, on Linux, its boot and container.

    Containers count their processes apart, and two machines may have one name.
    """
    words = [platform.node()]
    with suppress(OSError):
        words += [Path("/proc/sys/kernel/random/boot_id").read_text("ascii")[:8], os.readlink("/proc/self/ns/pid")]
    return " ".join(words)


@cache
def _host_tag() -> str:
    return sha256(this_host().encode()).hexdigest()[:6]


@contextmanager
def together(folder: Path, name: str) -> Iterator[Path]:
    """Write files and folders that replace those of the same names in ``folder``, all or none.

    A kill or an error at any moment leaves all the old ones; from the moment when the new ones are ready it leaves
    all the new ones, as soon as ``recover`` has run.

    Yields:
        An empty folder to write them into.
    """
    fresh = new_name(folder / name)
    ready = fresh.with_suffix(".ready")
    fresh.mkdir()
    try:
        yield fresh
        _flush(fresh)
        os.rename(fresh, ready)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)  # on a full disk, half of it takes room and helps nobody
        raise
    _sync_folder(folder)
    _move_in(ready)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Write a folder that replaces ``folder`` once it is whole; its parent must exist."""
    with together(folder.parent, folder.name) as fresh:
        (fresh / folder.name).mkdir()
        yield fresh / folder.name


def recover(folder: Path) -> None:
    """Finish the moves that a kill cut short, and remove what dead processes left half written.

    Nobody else may be writing groups of files in the folder meanwhile.
    """
    for ready in folder.glob("*.ready"):
        _move_in(ready)
    for left in folder.glob("*.new"):
        if not _being_written(left):
            remove(left)


def remove(path: Path) -> None:
    """Delete a file, a folder with all it holds, or a link without what it leads to."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> DiskError:
    """Say in plain words why a file could not be written."""
    if is_full(error):
        return DiskError(
            f"The disk with '{path.parent}' is full.",
            remedy="Free some space, or delete old runs; then try again.",
        )
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return DiskError(
            f"'{path.parent}' cannot be written, since too many files are open.",
            remedy="Close other programs, then try again.",
        )
    return DiskError(
        f"'{path.parent}' cannot be written ({error.strerror or error}).",
        expected="A workspace folder that you may write to.",
        remedy="Change its permissions, or start with --workspace FOLDER.",
    )


def is_full(error: OSError) -> bool:
    """Whether a file could not be written for want of room."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def system_error(error: BaseException) -> OSError | None:
    """Return what the operating system said; libraries written in Rust repeat it in words alone."""
    if isinstance(error, DiskError) and error.__cause__ is not None:
        return system_error(error.__cause__)
    if isinstance(error, OSError):
        return error
    words = re.search(r"\(os error (\d+)\)", str(error))
    return OSError(int(words[1]), os.strerror(int(words[1]))) if words else None


def _being_written(path: Path) -> bool:
    writer = _WRITER.search(path.name)
    if writer is None:
        return False
    if writer[3] not in (None, _host_tag()):  # only that host knows its processes
        return time.time() - path.lstat().st_mtime < _ELSEWHERE
    number, process = int(writer[1]), writer[2]
    return process == _THIS_PROCESS if number == os.getpid() else psutil.pid_exists(number)


def _move_in(ready: Path) -> None:
    """Put what is ready in its place; cut short by a kill and done again, it ends the same."""
    for entry in [path for path in ready.iterdir() if path.suffix != ".old"]:
        place = ready.with_name(entry.name)
        if place.is_dir():  # a folder with files in it cannot be replaced in one go
            os.rename(place, entry.with_name(f"{entry.name}.old"))
        os.replace(entry, place)
    _sync_folder(ready.parent)
    shutil.rmtree(ready)


def _flush(folder: Path) -> None:
    """Have the disk keep what was written, so that after a power cut the folder is whole too."""
    for place, _, files in os.walk(folder):
        for name in files:
            _sync(Path(place, name), os.O_RDWR)
        _sync_folder(Path(place))


def _sync_folder(folder: Path) -> None:
    if os.name != "nt":  # Windows opens no folders
        _sync(folder, os.O_RDONLY)


def _sync(path: Path, mode: int) -> None:
    number = os.open(path, mode)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(number)
