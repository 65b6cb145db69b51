"""The Workspace: one folder with tables/ and runs/, shared by app, command line and library."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from bertui.atomic import recover, write_json
from bertui.data.roles import Roles
from bertui.data.splitting import Split, SplitChoice
from bertui.data.table import Table
from bertui.errors import RunError
from bertui.recipe import Recipe
from bertui.runs.folders import created_whole, delete_whole, newest, trouble_with
from bertui.runs.heartbeat import answer_for
from bertui.runs.owner import MAKER, Owner
from bertui.runs.record import FORMAT, RECORD, forget_record
from bertui.runs.run import LIVE, Run, valid_id
from bertui.runs.tables import StoredTable as StoredTable
from bertui.runs.tables import write_rows

if TYPE_CHECKING:
    import pandas as pd

    from bertui.data.reading.reading import Reading, ReadingOptions


def default_root() -> Path:
    """Return $BERTUI_WORKSPACE, or ./workspace.

    Raises:
        RunError: It is no path at all.
    """
    named = os.environ.get("BERTUI_WORKSPACE") or "workspace"
    try:
        return Path(named).expanduser().resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise no_workspace(named, getattr(error, "strerror", None) or str(error)) from error


def no_workspace(folder: str, why: str) -> RunError:
    """Say why a folder cannot be the workspace."""
    return RunError(
        f"'{folder[:80]}' cannot be the workspace ({why}).",
        expected="A folder that you may write to, or a path where one can be made.",
        remedy="Name another with --workspace, or in BERTUI_WORKSPACE.",
    )


@dataclass(frozen=True, slots=True)
class Workspace:
    """Tables and runs under one folder."""

    root: Path

    def recover(self) -> None:
        """Finish what killed processes had half moved into place, and remove what they had half written."""
        still = [run.folder for run in self._all_runs() if not _lives(run)]
        for folder in (self.root / "tables", self.root / "runs", *newest(self.root / "tables"), *still):
            with suppress(OSError):  # what may not be moved or removed stays
                recover(folder)

    def trouble(self) -> RunError | None:
        """Say what keeps the workspace from being written; None when nothing does."""
        return trouble_with(self.root)

    def tables(self) -> list[StoredTable]:
        """Return every table, newest first; those whose table.json is broken are left out, see ``broken``."""
        return [table for table in self._all_tables() if table.trouble is None]

    def _all_tables(self) -> list[StoredTable]:
        return [StoredTable(folder) for folder in newest(self.root / "tables")]

    def table(self, id: str) -> StoredTable:
        """Return a table by id.

        Raises:
            RunError: No such table.
        """
        if not valid_id(id) or not (self.root / "tables" / id / "table.json").is_file():
            raise RunError(f"There is no table '{id[:64]}' in the workspace.", remedy="Choose one on the Data page.")
        return StoredTable(self.root / "tables" / id)

    def add_table(
        self, data: bytes, name: str, *, roles: Roles | None = None, **options: Unpack[ReadingOptions]
    ) -> StoredTable:
        """Read uploaded bytes and keep them; the name is for showing only and never becomes a path."""
        from bertui.data.reading.reading import read_table

        frame, reading = read_table(data, name, **options)
        return self.add_frame(frame, name, roles=roles, reading=reading, original=data)

    def add_frame(
        self, frame: pd.DataFrame, name: str, *, roles: Roles | None = None, reading: Reading | None = None,
        original: bytes | None = None,
    ) -> StoredTable:  # fmt: skip
        """Keep a frame as a table."""
        from bertui.data.reading.reading import Reading
        from bertui.tasks.guessing import guess_roles

        stored = StoredTable(self.root / "tables" / new_id())
        facts = {
            "name": name[:120], "created": time.time(), "roles": (roles or guess_roles(frame)).to_json(),
            "split": SplitChoice().model_dump(mode="json"), "edits": [], "versions": [],
            "reading": (reading or Reading("frame")).to_json(),
        }  # fmt: skip
        with created_whole(stored.folder) as folder:
            write_rows(folder, frame)
            if original is not None:
                (folder / "original").write_bytes(original)
            write_json(folder / "table.json", facts)
        return stored

    def runs(self) -> list[Run]:
        """Return every run, newest first; those whose run.json is broken are left out, see ``broken``."""
        return [run for run in self._all_runs() if run.trouble is None]

    def broken(self) -> list[Run]:
        """Return the runs whose run.json cannot be read; ``trouble`` says why."""
        return [run for run in self._all_runs() if run.trouble is not None]

    def broken_tables(self) -> list[StoredTable]:
        """Return the tables whose table.json cannot be read; ``trouble`` says why."""
        return [table for table in self._all_tables() if table.trouble is not None]

    def _all_runs(self) -> list[Run]:
        return [Run(folder) for folder in newest(self.root / "runs")]

    def run(self, id: str) -> Run:
        """Return a run by its id, or by its name where only one has it.

        Raises:
            RunError: No such run; an id that could be a path is never joined to one.
        """
        if valid_id(id) and (self.root / "runs" / id / "run.json").is_file():
            return Run(self.root / "runs" / id)
        named = [run for run in self.runs() if run.name == id]
        if len(named) == 1:
            return named[0]
        newest = ", ".join(run.id for run in self.runs()[:5])
        raise RunError(
            f"There is no run '{id[:64]}'." if not named else f"{len(named)} runs are called '{id[:64]}'.",
            expected=f"Newest runs: {newest}." if newest else "The workspace has no runs yet.",
            remedy="Choose one by its id, or start one on the Train page.",
        )

    def create_run(
        self, table: Table, split: Split, recipe: Recipe, *, name: str = "", table_id: str | None = None,
        pins: Sequence[str] = (),
    ) -> Run:  # fmt: skip
        """Make a run's folder with its exact data and recipe; it waits to be executed.

        Args:
            pins: Sentences to be asked at every check, see ``check_pins``.

        Raises:
            DataError: A pinned sentence has not the texts of a row, or cannot be read whole, or there are too many.
            RecipeError: The best model is to be chosen by a measure that the task does not have.
        """
        from bertui import __version__
        from bertui.experiment.pins import check_pins
        from bertui.modeling.sources import model_title
        from bertui.tasks.registry import task_class
        from bertui.training.choices import best_measure

        task = task_class(table.roles.task)
        best_measure(task, recipe.training.best)
        table = table.with_roles(task.settled(table))
        pinned = check_pins(pins, table, recipe)
        run = Run(self.root / "runs" / new_id())
        resolved = recipe.resolved(len(split.train))
        facts = {
            "name": (name or f"{table.name} · {model_title(resolved.model.name)}")[:120], "state": "queued",
            "created": time.time(), "table": table.name, "table_id": table_id, "fingerprint": table.fingerprint,
            "sizes": split.sizes(), "task": table.roles.task, "version": __version__,
            "classes": list(task.learn(table, split.train).names()), "format": FORMAT,
            "pins": [list(texts) for texts in pinned], **Owner.here(MAKER).facts(),
        }  # fmt: skip
        with created_whole(run.folder) as folder:
            fresh = Run(folder)
            fresh.save_data(table, split, self._all_runs())
            write_json(folder / "recipe.json", resolved.model_dump(mode="json"))
            write_json(folder / RECORD, facts)
        answer_for(run.folder)
        return run

    def delete(self, item: Run | StoredTable) -> None:
        """Delete a run or a table with everything in it; of a link the link alone.

        Raises:
            RunError: The run lives, or its folder may not be deleted.
        """
        if isinstance(item, Run) and _lives(item):
            raise RunError(f"The run '{item.name}' is {item.state}.", remedy="Stop it first, then delete it.")
        delete_whole(item.folder)
        forget_record(item.folder)


def _lives(run: Run) -> bool:
    try:
        return run.state in LIVE
    except RunError:  # a broken run.json
        return False


def new_id() -> str:
    """Return a fresh id: the time to the millisecond, readable and sortable, and four random letters."""
    now = time.time()
    return time.strftime("%Y%m%d-%H%M%S-", time.localtime(now)) + f"{int(now % 1 * 1000):03d}{secrets.token_hex(2)}"
