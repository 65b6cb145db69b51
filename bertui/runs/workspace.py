"""The Workspace: one folder with tables/ and runs/, shared by app, command line and library."""

from __future__ import annotations

import json
import os
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertui.atomic import recover, together, unwritable, write_json
from bertui.data.roles import Roles
from bertui.data.splitting import Split, SplitChoice
from bertui.data.table import Table
from bertui.errors import RunError
from bertui.recipe import Recipe
from bertui.runs.folders import created_whole, delete_whole, newest, trouble_with
from bertui.runs.record import LIVE, forget_record
from bertui.runs.run import Run, valid_id

# What reads and edits tables brings pandas: it is imported where it is used, so that the first page need not wait.
if TYPE_CHECKING:
    import pandas as pd

    from bertui.data.edits import Edit
    from bertui.data.reading import Reading


def default_root() -> Path:
    """Return $BERTUI_WORKSPACE, or ./workspace.

    Raises:
        RunError: It is no path at all.
    """
    named = os.environ.get("BERTUI_WORKSPACE") or "workspace"
    try:
        return Path(named).expanduser().resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise RunError(
            f"'{named[:80]}' cannot be the workspace ({getattr(error, 'strerror', None) or error}).",
            expected="A folder that you may write to, or a path where one can be made.",
            remedy="Name another with --workspace, or in BERTUI_WORKSPACE.",
        ) from error


_FACTS: dict[str, type | tuple[type, ...]] = {"name": str, "created": (int, float), "roles": dict, "split": dict, "reading": dict, "edits": list,
          "versions": list}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredTable:
    """An upload in the workspace: the bytes as they came, how they were read, roles, split, and edits.

    ``table.json`` holds the settings; ``rows.parquet`` the rows as read; edits are replayed over them, so each
    can be undone. Saved versions are numbered lists of edits.
    """

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    def facts(self) -> dict[str, Any]:
        """Return name, created, roles, split, reading, edits, versions.

        Raises:
            RunError: table.json is missing, broken, or cannot be read just now.
        """
        try:
            facts = json.loads((self.folder / "table.json").read_text("utf-8"))
            if not isinstance(facts, dict) or any(not isinstance(facts.get(key), kind) for key, kind in _FACTS.items()):
                raise ValueError("a fact is missing or of the wrong type")
            return facts
        except (OSError, ValueError, RecursionError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise RunError(f"The table '{self.id}' cannot be read ({why}).", remedy="Upload it again.") from error

    @property
    def trouble(self) -> RunError | None:
        """Why table.json cannot be read; None where it says what the table is."""
        try:
            self.facts()
        except RunError as error:
            return error
        return None

    @property
    def name(self) -> str:
        return str(self.facts()["name"])

    @property
    def reading(self) -> Reading:
        from bertui.data.reading import Reading

        return Reading.from_json(self.facts()["reading"])

    @property
    def roles(self) -> Roles:
        return Roles.from_json(self.facts()["roles"])

    @property
    def split_choice(self) -> SplitChoice:
        return SplitChoice.model_validate(self.facts()["split"])

    @property
    def edits(self) -> list[Edit]:
        from bertui.data.edits import edits_from_json

        return edits_from_json(self.facts()["edits"])

    @property
    def stamp(self) -> float:
        """Changes whenever anything of the table changes: a key for caches."""
        return (self.folder / "table.json").stat().st_mtime_ns

    def table(self) -> Table:
        """Return the table with its edits applied."""
        import pandas as pd

        from bertui.data.edits import apply_edits, edits_from_json

        facts = self.facts()
        frame = pd.read_parquet(self.folder / "rows.parquet").astype("str")
        plain = Table(frame, self.roles, facts["name"])
        return apply_edits(plain, edits_from_json(facts["edits"]))

    def change(self, **facts: Any) -> None:
        write_json(self.folder / "table.json", self.facts() | facts)

    def set_roles(self, roles: Roles) -> None:
        self.change(roles=roles.to_json())

    def set_split(self, split: SplitChoice) -> None:
        self.change(split=split.model_dump(mode="json"))

    def add_edits(self, *edits: Edit) -> None:
        """Add edits at the end of the list; nothing in the rows on disk changes."""
        from bertui.data.edits import edits_to_json

        self.change(edits=edits_to_json([*self.edits, *edits]))

    def undo(self, position: int | None = None) -> None:
        """Take back one edit, the last one when no position is given."""
        from bertui.data.edits import edits_to_json

        edits = self.edits
        del edits[len(edits) - 1 if position is None else position]
        self.change(edits=edits_to_json(edits))

    def save_version(self) -> int:
        """Keep the present edits as a numbered version and return its number."""
        facts = self.facts()
        versions = [*facts["versions"], {"created": time.time(), "edits": facts["edits"]}]
        self.change(versions=versions)
        return len(versions)

    def open_version(self, number: int) -> None:
        """Go back to a version: 0 is the upload, n the n-th saved one."""
        versions = self.facts()["versions"]
        self.change(edits=versions[number - 1]["edits"] if number else [])

    def read_again(
        self, *, encoding: str | None = None, delimiter: str | None = None, sheet: str | None = None
    ) -> None:
        """Read the uploaded bytes another way; edits are dropped, since rows may differ."""
        from bertui.data.reading import read_table
        from bertui.tasks.guessing import guess_roles

        facts = self.facts()
        original = (self.folder / "original").read_bytes()
        frame, reading = read_table(original, facts["name"], encoding=encoding, delimiter=delimiter, sheet=sheet)
        roles = guess_roles(frame).to_json()
        facts |= {"reading": reading.to_json(), "roles": roles, "edits": [], "versions": []}
        try:
            with together(self.folder, "read-again") as fresh:
                _write_rows(fresh, frame)
                write_json(fresh / "table.json", facts)
        except OSError as error:
            raise unwritable(self.folder / "rows.parquet", error) from error


@dataclass(frozen=True, slots=True)
class Workspace:
    """Tables and runs under one folder."""

    root: Path

    def recover(self) -> None:
        """Finish what killed processes had half moved into place, and remove what they had half written."""
        still = [run.folder for run in self._all_runs() if run.trouble is not None or run.state not in LIVE]
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
        self, data: bytes, name: str, *, roles: Roles | None = None, encoding: str | None = None,
        delimiter: str | None = None, sheet: str | None = None,
    ) -> StoredTable:  # fmt: skip
        """Read uploaded bytes and keep them; the name is for showing only and never becomes a path."""
        from bertui.data.reading import read_table

        frame, reading = read_table(data, name, encoding=encoding, delimiter=delimiter, sheet=sheet)
        return self.add_frame(frame, name, roles=roles, reading=reading, original=data)

    def add_frame(
        self, frame: pd.DataFrame, name: str, *, roles: Roles | None = None, reading: Reading | None = None,
        original: bytes | None = None,
    ) -> StoredTable:  # fmt: skip
        """Keep a frame as a table."""
        from bertui.data.reading import Reading
        from bertui.tasks.guessing import guess_roles

        stored = StoredTable(self.root / "tables" / new_id())
        facts = {
            "name": name[:120], "created": time.time(), "roles": (roles or guess_roles(frame)).to_json(),
            "split": SplitChoice().model_dump(mode="json"), "edits": [], "versions": [],
            "reading": (reading or Reading("frame")).to_json(),
        }  # fmt: skip
        with created_whole(stored.folder) as folder:
            _write_rows(folder, frame)
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
        known = ", ".join(run.id for run in self.runs()[:5])
        raise RunError(
            f"There is no run '{id[:64]}'." if not named else f"{len(named)} runs are called '{id[:64]}'.",
            expected=f"Newest runs: {known}." if known else "The workspace has no runs yet.",
            remedy="Choose one by its id, or start one on the Train page.",
        )

    def create_run(
        self, table: Table, split: Split, recipe: Recipe, *, name: str = "", table_id: str | None = None
    ) -> Run:
        """Make a run's folder with its exact data and recipe; it waits to be executed."""
        from bertui import __version__
        from bertui.tasks.registry import task_class

        task = task_class(table.roles.task)
        table = table.with_roles(task.settled(table))
        run = Run(self.root / "runs" / new_id())
        resolved = recipe.resolved(len(split.train))
        facts = {
            "name": (name or f"{table.name} · {resolved.model.name}")[:120], "state": "queued",
            "created": time.time(), "table": table.name, "table_id": table_id, "fingerprint": table.fingerprint,
            "sizes": split.sizes(), "task": table.roles.task, "version": __version__,
            "classes": list(task.learn(table, split.train).names()),
        }  # fmt: skip
        with created_whole(run.folder) as folder:
            fresh = Run(folder)
            fresh.save_data(table, split)
            write_json(folder / "recipe.json", resolved.model_dump(mode="json"))
            write_json(folder / "run.json", facts)
            fresh.claim("queued")
        return run

    def delete(self, item: Run | StoredTable) -> None:
        """Delete a run or a table with everything in it; of a link the link alone.

        Raises:
            RunError: The run lives, or its folder may not be deleted.
        """
        if isinstance(item, Run) and item.trouble is None and item.state in LIVE:
            raise RunError(f"The run '{item.name}' is {item.state}.", remedy="Stop it first, then delete it.")
        delete_whole(item.folder)
        forget_record(item.folder)


def new_id() -> str:
    """Return a fresh id: the time to the millisecond, readable and sortable, and four random letters."""
    now = time.time()
    return time.strftime("%Y%m%d-%H%M%S-", time.localtime(now)) + f"{int(now % 1 * 1000):03d}{secrets.token_hex(2)}"


def _write_rows(folder: Path, frame: pd.DataFrame) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(folder / "rows.parquet")
    except OSError as error:
        raise unwritable(folder / "rows.parquet", error) from error
