"""A table in the workspace: the upload as it came, how it was read, and the edits that are replayed over its rows."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from bertui.atomic import together, unwritable, write_json
from bertui.data.roles import Roles
from bertui.data.splitting import SplitChoice
from bertui.data.table import Table
from bertui.errors import DiskError, RunError
from bertui.runs.kept import Kept
from bertui.runs.locking import locked

# What reads and edits tables brings pandas: it is imported where it is used, so that the first page need not wait.
if TYPE_CHECKING:
    import pandas as pd

    from bertui.data.edits import Edit
    from bertui.data.reading.reading import Reading, ReadingOptions

LOCK = "table.lock"
_FACTS: dict[str, type | tuple[type, ...]] = {
    "name": str, "created": (int, float), "roles": dict, "split": dict, "reading": dict, "edits": list,
    "versions": list,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StoredTable(Kept):
    """An upload in the workspace: the bytes as they came, how they were read, roles, split, and edits.

    ``table.json`` holds the settings; ``rows.parquet`` the rows as read; edits are replayed over them, so each
    can be undone. Saved versions are numbered lists of edits.
    """

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
        except (ValueError, RecursionError, FileNotFoundError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise RunError(f"The table '{self.id}' cannot be read ({why}).", remedy="Upload it again.") from error
        except OSError as error:  # too many open files, no permission: the table itself may be in order
            raise DiskError(
                f"The table '{self.id}' cannot be read ({error.strerror or error}).",
                remedy="Check the folder's permissions and its disk, then try again.",
            ) from error

    @property
    def reading(self) -> Reading:
        from bertui.data.reading.reading import Reading

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
        """Return the table with its edits applied.

        Raises:
            UserError: The rows cannot be read, or an edit cannot be done.
        """
        import pandas as pd

        from bertui.data.edits import apply_edits, edits_from_json

        facts = self.facts()
        try:
            frame = pd.read_parquet(self.folder / "rows.parquet").astype("str")
        except (OSError, ValueError) as error:
            missing = isinstance(error, FileNotFoundError)  # of pyarrow, with no number and no word of the system's
            why = "the file is missing" if missing else getattr(error, "strerror", None) or "the file is broken"
            raise RunError(
                f"The rows of the table '{self.name}' cannot be read ({why}).", remedy="Upload the file again."
            ) from error
        reading = self.reading
        plain = Table(frame, self.roles, facts["name"], layout=reading.layout, numbers=reading.numbers)
        return apply_edits(plain, edits_from_json(facts["edits"]))

    def change(self, **facts: Any) -> None:
        """Change facts in table.json, whole and atomically.

        Raises:
            RunError: It cannot be read or written.
        """
        with self._changing() as before:
            before |= facts

    @contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        """Give the facts to be changed while no other session and no other process changes them; then write them."""
        try:
            with locked(self.folder / LOCK):
                facts = self.facts()
                yield facts
                write_json(self.folder / "table.json", facts)
        except OSError as error:  # of the lock
            raise unwritable(self.folder / "table.json", error) from error

    def set_roles(self, roles: Roles) -> None:
        self.change(roles=roles.to_json())

    def set_split(self, split: SplitChoice) -> None:
        self.change(split=split.model_dump(mode="json"))

    def add_edits(self, *edits: Edit) -> None:
        """Add edits at the end of the list; nothing in the rows on disk changes."""
        from bertui.data.edits import edits_to_json

        with self._changing() as facts:
            facts["edits"] += edits_to_json(edits)

    def undo(self, position: int | None = None) -> None:
        """Take back one edit, the last one when no position is given."""
        with self._changing() as facts:
            del facts["edits"][-1 if position is None else position]

    def save_version(self) -> int:
        """Keep the present edits as a numbered version and return its number."""
        with self._changing() as facts:
            facts["versions"].append({"created": time.time(), "edits": list(facts["edits"])})
        return len(facts["versions"])

    def open_version(self, number: int) -> None:
        """Go back to a version: 0 is the upload, n the n-th saved one."""
        with self._changing() as facts:
            facts["edits"] = facts["versions"][number - 1]["edits"] if number else []

    def read_again(self, **options: Unpack[ReadingOptions]) -> None:
        """Read the uploaded bytes another way; edits are dropped, since rows may differ."""
        from bertui.data.reading.reading import read_table
        from bertui.tasks.guessing import guess_roles

        original = (self.folder / "original").read_bytes()
        frame, reading = read_table(original, self.name, **options)
        anew = {"reading": reading.to_json(), "roles": guess_roles(frame).to_json(), "edits": [], "versions": []}
        try:
            with locked(self.folder / LOCK), together(self.folder, "read-again") as fresh:
                write_rows(fresh, frame)
                write_json(fresh / "table.json", self.facts() | anew)
        except OSError as error:
            raise unwritable(self.folder / "rows.parquet", error) from error


def write_rows(folder: Path, frame: pd.DataFrame) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(folder / "rows.parquet")
    except OSError as error:
        raise unwritable(folder / "rows.parquet", error) from error
