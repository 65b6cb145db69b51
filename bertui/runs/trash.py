"""Deleted runs lie in a folder of their own for some days, so that a deletion can be taken back."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from bertui.errors import RunError
from bertui.runs.record import rename_record
from bertui.runs.run import LIVE, Run
from bertui.runs.workspace import Workspace

DAYS = 7
"""How long a deleted run is kept."""


@dataclass(frozen=True, slots=True)
class Trash:
    """The deleted runs of a workspace, in ``trash/``; a run is moved there whole and back whole."""

    workspace: Workspace

    @property
    def folder(self) -> Path:
        return self.workspace.root / "trash"

    def runs(self) -> list[Run]:
        """Return the deleted runs that can be restored, the one deleted last first."""
        folders = [path for path in self.folder.glob("*") if (path / "run.json").is_file()]
        return [run for run in map(Run, sorted(folders, key=_deleted, reverse=True)) if run.trouble is None]

    def put(self, run: Run) -> None:
        """Move a run into the trash. It takes no room on the disk, and frees none.

        Raises:
            RunError: It is live, or its folder cannot be moved.
        """
        if run.state in LIVE:
            raise RunError(f"The run '{run.name}' is {run.state}.", remedy="Stop it first, then delete it.")
        self._move(run.folder, self.folder / run.id)
        linked = os.utime not in os.supports_follow_symlinks
        os.utime(self.folder / run.id, follow_symlinks=linked)  # the time of its deletion

    def restore(self, run: Run) -> Run:
        """Bring a deleted run back under its old id."""
        back = Run(self.workspace.root / "runs" / run.id)
        self._move(run.folder, back.folder)
        return back

    def empty(self, older_than: float = 0.0) -> None:
        """Delete for good what has been in the trash for so many seconds; what cannot be removed stays."""
        for path in list(self.folder.glob("*")):
            if time.time() - _deleted(path) >= older_than:
                if path.is_symlink():
                    path.unlink()  # what it leads to is not ours
                else:
                    shutil.rmtree(path, ignore_errors=True)

    def size(self) -> int:
        """Return the bytes that the trash takes."""
        return sum(path.lstat().st_size for path in self.folder.rglob("*") if path.is_file())

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
