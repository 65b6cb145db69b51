"""data/: the exact rows of a run with their parts, so that it can be done again whatever happens to the table."""

from __future__ import annotations

import filecmp
import json
import os
import stat
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from bertui.atomic import new_name, unwritable, write_json
from bertui.data.file_layout import Layout
from bertui.data.roles import Roles
from bertui.data.row_numbers import BELOW_HEADER, RowNumbers
from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import RunError

ROWS = "rows.parquet"
_ROW, _PART = "(row)", "(part)"


def save_rows(folder: Path, table: Table, split: Split) -> None:
    """Write the columns that the task uses, each row's id and part, and the roles.

    Raises:
        DiskError: They cannot be written.
    """
    import pandas as pd

    columns = list(dict.fromkeys(table.roles.named().values()))
    row, part = free_names((_ROW, _PART), columns)
    parts = pd.Series("", index=table.frame.index, dtype="str")
    for name, rows in split.parts().items():
        parts.loc[rows] = name
    frame = table.frame[columns].copy()
    frame.insert(0, row, frame.index)
    frame.insert(1, part, parts)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        frame.to_parquet(folder / ROWS, index=False)
    except OSError as error:
        raise unwritable(folder / ROWS, error) from error
    facts = {"name": table.name, "roles": table.roles.to_json(), "row": row, "part": part,
             "layout": table.layout.to_json(), "row_starts": table.numbers.starts}  # fmt: skip
    write_json(folder / "table.json", facts)


def share_rows(folder: Path, others: Iterable[Path]) -> None:
    """Let the rows in a folder be one file with the same rows in another, so that they take their room once.

    Every folder keeps a name of its own for the file (a hard link), so each stands alone and outlives the others. It is
    nowhere written in place. Where the file system has no links, the copy stays.
    """
    mine = folder / ROWS
    for other in others:
        with suppress(OSError):
            if _same_file(mine, other / ROWS):
                _replace_by_link(mine, other / ROWS)
                return


def _same_file(mine: Path, other: Path) -> bool:
    """Whether two files hold the same bytes; a link that leads elsewhere is none of them."""
    facts = other.lstat()
    return (
        stat.S_ISREG(facts.st_mode) and facts.st_size == mine.stat().st_size and filecmp.cmp(mine, other, shallow=False)
    )


def _replace_by_link(mine: Path, other: Path) -> None:
    fresh = new_name(mine)
    os.link(other, fresh)
    os.replace(fresh, mine)


def read_rows(folder: Path) -> tuple[Table, Split]:
    """Return the table and split as they were saved.

    Raises:
        RunError: The files are missing or broken.
    """
    import pandas as pd

    facts = _facts(folder)
    row, part = facts.get("row", _ROW), facts.get("part", _PART)
    try:
        frame = pd.read_parquet(folder / ROWS).set_index(row)
        parts = frame.pop(part)
    except (OSError, ValueError, KeyError) as error:
        raise _no_rows(folder) from error
    frame = frame.astype("str")
    frame.index.name = None
    rows = {name: np.sort(frame.index[parts == name].to_numpy()) for name in ("train", "validation", "test")}
    layout, numbers = read_layout(folder), read_numbers(folder)
    return Table(frame, Roles.from_json(facts["roles"]), facts["name"], layout=layout, numbers=numbers), Split(**rows)


def read_roles(folder: Path) -> Roles:
    """Return which columns the run was trained on; the rows are not read."""
    return Roles.from_json(_facts(folder)["roles"])


def read_layout(folder: Path) -> Layout:
    """Return how the rows lay in the file that the run was trained on; unknown for runs of version 0.1."""
    try:
        return Layout(**_facts(folder).get("layout", {}))
    except TypeError as error:
        raise _no_rows(folder) from error


def read_numbers(folder: Path) -> RowNumbers:
    """Return the numbers of the rows in the file that the run was trained on."""
    starts = _facts(folder).get("row_starts", BELOW_HEADER.starts)
    try:
        return RowNumbers(tuple((int(row), int(number)) for row, number in starts))
    except (TypeError, ValueError) as error:
        raise _no_rows(folder) from error


def free_names(preferred: Sequence[str], taken: Collection[str]) -> list[str]:
    """Return names for columns of our own beside ``taken`` ones: the preferred ones, with primes where one is taken."""
    names = list(preferred)
    while set(names) & set(taken):
        names = [f"{name}'" for name in names]
    return names


def _facts(folder: Path) -> dict[str, Any]:
    try:
        facts = json.loads((folder / "table.json").read_text("utf-8"))
        if not isinstance(facts["name"], str) or not isinstance(facts["roles"], dict):
            raise TypeError("table.json")
        return dict(facts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _no_rows(folder) from error


def _no_rows(folder: Path) -> RunError:
    return RunError(
        f"The rows of the run '{folder.parent.name}' are missing or broken.",
        remedy="Start a new run from the table.",
    )


def evenly(rows: np.ndarray, most: int) -> np.ndarray:
    """Return all rows, or so many of them, evenly from the first to the last."""
    return rows if len(rows) <= most else rows[np.linspace(0, len(rows) - 1, most).astype(int)]
