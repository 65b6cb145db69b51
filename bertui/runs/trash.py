"""Deleted runs and tables lie in a folder of their own for some days, so that a deletion can be taken back."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bertui.errors import RunError
from bertui.runs.record import rename_record
from bertui.runs.run import LIVE, Run
from bertui.runs.workspace import StoredTable, Workspace

Item = TypeVar("Item", bound=Run | StoredTable)
DAYS = 7
"""How long a deleted run or table is kept."""


@dataclass(frozen=True, slots=True)
class Trash:
    """The deleted runs and tables of a workspace, in ``trash/``; each is moved there whole and back whole."""

    workspace: Workspace

    @property
    def folder(self) -> Path:
        return self.workspace.root / "trash"

    def runs(self) -> list[Run]:
        """Return the deleted runs that can be restored, the one deleted last first."""
        return [run for run in map(Run, self._holding("run.json")) if run.trouble is None]

    def tables(self) -> list[StoredTable]:
        """Return the deleted tables that can be restored, the one deleted last first."""
        return [table for table in map(StoredTable, self._holding("table.json")) if table.trouble is None]

    def put(self, item: Run | StoredTable) -> None:
        """Move a run or a table into the trash. It takes no room on the disk, and frees none.

        Raises:
            RunError: It is a live run, or its folder cannot be moved.
        """
        if isinstance(item, Run) and item.state in LIVE:
            raise RunError(f"The run '{item.name}' is {item.state}.", remedy="Stop it first, then delete it.")
        self._move(item.folder, self.folder / item.id)
        linked = os.utime not in os.supports_follow_symlinks
        os.utime(self.folder / item.id, follow_symlinks=linked)  # the time of its deletion

    def restore(self, item: Item) -> Item:
        """Bring a deleted run or table back under its old id."""
        place = "runs" if isinstance(item, Run) else "tables"
        back = type(item)(self.workspace.root / place / item.id)
        self._move(item.folder, back.folder)
        return back

    def empty(self, older_than: float = 0.0) -> None:
        """Delete for good what has been in the trash for so many seconds; what cannot be removed stays."""
        for path in list(self.folder.glob("*")):
            if time.time() - _deleted(path) >= older_than:
                if path.is_symlink():
                    path.unlink()  # what it leads to is not ours
                else:
                    shutil.rmtree(path, ignore_errors=True)

    def size(self, items: Sequence[Run | StoredTable]) -> int:
        """Return the bytes that become free when some of the trash is deleted; rows that other runs share stay."""
        files = [path.lstat() for item in items for path in item.folder.rglob("*") if path.is_file()]
        names = Counter((file.st_dev, file.st_ino) for file in files)
        sizes = {(file.st_dev, file.st_ino): file for file in files}
        return sum(file.st_size for key, file in sizes.items() if names[key] >= file.st_nlink)

    def _holding(self, facts: str) -> list[Path]:
        folders = [path for path in self.folder.glob("*") if (path / facts).is_file()]
        return sorted(folders, key=_deleted, reverse=True)

    def _move(self, source: Path, target: Path) -> None:
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(source, target)
            rename_record(source, target)
        except OSError as error:
            raise RunError(
                f"The folder '{source}' cannot be moved ({error.strerror or error}).",
                remedy="Check its permissions, or whether another program has it open.",
            ) from error


def _deleted(path: Path) -> float:
    return path.lstat().st_mtime
