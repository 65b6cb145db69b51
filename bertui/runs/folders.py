"""Folders of runs and tables in a workspace: made whole, listed, deleted whole; and whether anything can be written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bertui.atomic import is_full, new_name, remove, unwritable
from bertui.errors import DiskError, RunError

_ROOM = 64 * 1024  # bytes; what a change of a run's state and its log need


@contextmanager
def created_whole(folder: Path) -> Iterator[Path]:
    """Write a new folder beside its place and move it there; a half-written one is never listed and takes no room.

    Raises:
        DiskError: The disk is full or may not be written.
    """
    fresh = new_name(folder)
    try:
        fresh.mkdir(parents=True)
        yield fresh
        os.rename(fresh, folder)
    except OSError as error:
        raise unwritable(folder, error) from error
    except DiskError as error:
        raise unwritable(folder, error.__cause__) if isinstance(error.__cause__, OSError) else error from error
    finally:
        with suppress(OSError):
            remove(fresh)


def delete_whole(folder: Path) -> None:
    """Delete a folder with all it holds; of a link the link alone. Half a folder is never listed.

    Raises:
        DiskError: It may not be deleted.
    """
    try:
        if folder.is_symlink():
            folder.unlink()
            return
        gone = new_name(folder)
        os.rename(folder, gone)
        remove(gone)
    except OSError as error:
        raise DiskError(
            f"'{folder}' cannot be deleted ({error.strerror or error}).",
            expected="A workspace folder that you may write to.",
            remedy="Change its permissions, then delete what is left of it.",
        ) from error


def newest(folder: Path) -> list[Path]:
    """Return the folders in a folder, the last made first; none where it is missing or cannot be read."""
    try:
        folders = [path for path in folder.iterdir() if path.is_dir() and _listed(path.name)]
    except OSError:
        return []  # ``trouble_with`` says why
    return sorted(folders, key=lambda path: path.name, reverse=True)


def trouble_with(root: Path) -> RunError | None:
    """Say what keeps a workspace from being written: no folder, no permission, no room; None when nothing does."""
    probe = new_name(root / "probe")
    try:
        root.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(bytes(_ROOM))
        return None
    except FileExistsError:
        return _not_usable(root, "it is a file")
    except OSError as error:
        if is_full(error):
            return unwritable(probe, error)
        return _not_usable(root, error.strerror or str(error))
    finally:
        with suppress(OSError):
            probe.unlink()


def _not_usable(root: Path, why: str) -> RunError:
    return RunError(
        f"The workspace '{root}' cannot be written ({why}).",
        expected="A folder that you may write to: until then nothing can be uploaded, trained or deleted.",
        remedy="Change its permissions, or start with --workspace FOLDER.",
    )


def _listed(name: str) -> bool:
    return not name.startswith(".") and not name.endswith(".new")
