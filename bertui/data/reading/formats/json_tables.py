"""One JSON value that holds a table -> its rows: the ways in which pandas and others write them.

A value that is a list of objects is the plain way. Read as well are columns ({"text": [...], "label": [...]}, or
{"text": {"0": ...}}), rows by their key ({"a17": {"text": ...}}), header and rows apart ({"columns": [...], "data":
[[...]]}), rows that are lists, parts ({"train": [...], "test": [...]}), texts under their class ({"good": [...], "bad":
[...]}), and any of these within an object that holds no other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from bertui.data.cells.split_names import part_named
from bertui.data.file_layout import Layout
from bertui.data.reading.formats.heading import ENOUGH_ROWS, find_heading

Row = dict[str, Any]
_DEEP = 4  # objects around the table
_MAIN = 2  # times as long as what stands beside it is the table of a file


class Rows(NamedTuple):
    """The rows of a table, how they were found ("" for the plain way), and the keys of the objects around them."""

    rows: list[Row]
    how: str = ""
    within: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        place = f"The rows stand within {' and there within '.join(map(_shown, self.within))}." if self.within else ""
        return f"{place} {self.how}".strip()


def rows_of(value: Any, deep: int = 0) -> Rows | None:
    """Return the rows that a value holds; None where it holds none, or several tables."""
    if isinstance(value, list):
        return _listed(value)
    if not isinstance(value, dict) or not value or deep > _DEEP:
        return None
    for read in _WAYS:
        if (rows := read(value)) is not None:
            return rows
    inner = {key: rows for key, held in value.items() if (rows := rows_of(held, deep + 1)) is not None}
    if len(inner) != 1:
        return None
    ((key, found),) = inner.items()
    beside = {other: held for other, held in value.items() if other != key}
    if _length(value[key]) < _MAIN * _length(beside):  # one row with a list of records about its text
        return None
    return found._replace(within=(key, *found.within))


def _listed(values: list[Any]) -> Rows | None:
    if values and all(isinstance(row, dict) for row in values):
        return Rows(values)
    if not values or not all(isinstance(row, list) and len(row) == len(values[0]) > 1 for row in values):
        return None
    if all(isinstance(row[0], str) and isinstance(row[1], dict) and len(row) == 2 for row in values):  # as spaCy has it
        return Rows([{"text": text, **about} for text, about in values], "Each row is a text and an object about it.")
    shown = [[None if cell is None else str(cell) for cell in row] for row in values[:ENOUGH_ROWS]]
    if find_heading(shown, Layout(skip_rows=0)).naming and all(isinstance(cell, str) for cell in values[0]):
        return _under(values[0], values[1:], "The first list names the columns of the others.")
    names = [f"column {place + 1}" for place in range(len(values[0]))]
    return _under(names, values, "Rows are lists without names; the columns are named by their place.")


def _columns(value: Mapping[str, Any]) -> Rows | None:
    """Read a list, or an object of cells by the row, for each column."""
    held = list(value.values())
    first = held[0]
    if all(isinstance(cells, dict) and cells.keys() == first.keys() for cells in held) and _count(first):
        cells = [list(inner.values()) for inner in held]
    elif all(isinstance(cells, list) and len(cells) == len(first) > 1 for cells in held) and _has_texts(held):
        cells = held
    else:
        return None
    rows = [dict(zip(value, row, strict=True)) for row in zip(*cells, strict=True)]
    return Rows(rows, "The file holds its columns one after the other.")


def _apart(value: Mapping[str, Any]) -> Rows | None:
    """Read {"columns": [...], "data": [[...]]}, and {"schema": ..., "data": [{...}]}."""
    names, rows = value.get("columns"), value.get("data")
    if isinstance(value.get("schema"), dict) and isinstance(rows, list):
        return _listed(rows)
    if not isinstance(names, list) or not isinstance(rows, list) or not all(isinstance(name, str) for name in names):
        return None
    if not rows or not all(isinstance(row, list) and len(row) == len(names) for row in rows):
        return None
    return _under(names, rows, "The names of the columns stand apart from the rows.")


def _parts(value: Mapping[str, Any]) -> Rows | None:
    """Read rows for each part, and name the part in a column."""
    if not all(map(part_named, value)):
        return None
    held = {part: rows_of(rows) for part, rows in value.items()}
    if any(rows is None for rows in held.values()):
        return None
    rows = [{**row, "split": part} for part, found in held.items() if found is not None for row in found.rows]
    return Rows(rows, f"The file holds the parts {', '.join(map(_shown, held))}; the column 'split' names them.")


def _keyed(value: Mapping[str, Any]) -> Rows | None:
    """Read {"a17": {"text": ..., "label": ...}, ...}: as many objects with the same keys as there are rows."""
    if len(value) < 2 or not all(isinstance(row, dict) and row for row in value.values()):
        return None
    shared = set.intersection(*(set(row) for row in value.values()))
    if not shared or any(isinstance(cell, dict) for row in value.values() for cell in row.values()):
        return None
    if _count(value):
        return Rows(list(value.values()), "Each row stands under its number.")
    rows = [{"key": key, **row} for key, row in value.items()]
    return Rows(rows, "Each row stands under a key; the column 'key' holds it.")


def _classes(value: Mapping[str, Any]) -> Rows | None:
    """Read lists of texts that stand under their class."""
    if len(value) < 2 or not all(isinstance(texts, list) and texts for texts in value.values()):
        return None
    if not all(isinstance(text, str) and " " in text.strip() for texts in value.values() for text in texts):
        return None
    rows = [{"text": text, "label": label} for label, texts in value.items() for text in texts]
    return Rows(rows, "The texts stand under their class, which was read as the label.")


_WAYS: tuple[Callable[[Mapping[str, Any]], Rows | None], ...] = (_apart, _parts, _columns, _keyed, _classes)


def _under(names: list[str], rows: list[list[Any]], note: str) -> Rows | None:
    return Rows([dict(zip(names, row, strict=True)) for row in rows], note) if len(set(names)) == len(names) else None


def _length(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False))


def _count(value: Mapping[str, Any]) -> bool:
    """Whether the keys count rows."""
    return len(value) > 1 and all(key.isdecimal() for key in value)


def _has_texts(columns: list[list[Any]]) -> bool:
    """Whether a column holds texts of several words, so that its lists are no tokens of one row."""
    return any(sum(isinstance(cell, str) and " " in cell.strip() for cell in cells) > len(cells) / 2
               for cells in columns)  # fmt: skip


def _shown(key: str) -> str:
    return repr(key[:40])
