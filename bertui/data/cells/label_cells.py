"""Several labels in one cell -> the labels of each row as a tuple.

An empty tuple says that no label applies; NA says that nobody knows.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

import pandas as pd

from bertui.data.cells.printed import parsed
from bertui.data.cells.spelling import key_of
from bertui.data.cells.structured import Kind, kind_of

Separator = Literal["|", ";", ",", "json", "vector"]
"""What divides the labels of a cell: a mark; "json" for lists, whoever printed them; "vector" for 0 and 1 by place."""

_EMPTY = "[]"
_MARKS: tuple[Separator, ...] = ("|", ";", ",")
_LONG = 60  # letters; a part of so many is a piece of a text rather than the name of a label
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_NUMBERS = re.compile(r"\d+(?:\s*,\s*\d+)*")  # 2,5,9: the numbers of labels
_LISTS: tuple[Kind, ...] = ("texts", "whole numbers", "nothing")
_NAMED = ("name", "label", "title", "value")  # what a record calls its label, as GitHub's do


def separator_of(cells: pd.Series, *, several: bool = False) -> Separator | None:
    """Return what divides the labels within the cells; None for one label a cell.

    Of the marks, the one whose parts repeat the most. A mark that makes more labels than there were cells to
    tell apart is part of the names instead ("Doe, John"), unless it is | or ; and short parts come back often;
    and 2,5 is a number where every cell is one, unless it is known that the column holds ``several`` labels.
    """
    kind = kind_of(cells)
    if kind is not None:
        return (
            "vector"
            if kind == "vectors"
            else "json"
            if kind in _LISTS or (kind == "records" and _are_named(cells))
            else None
        )
    counts = Counter(cell for cell in _stripped(cells) if cell is not None)
    del counts[_EMPTY]
    filled = counts.total()
    if several and any("," in cell for cell in counts) and all(map(_NUMBERS.fullmatch, counts)):
        return ","
    if all(map(_NUMBER.fullmatch, counts)):
        return None
    best: Separator | None = None
    most = filled / len(counts)
    for mark in _MARKS:
        labels: Counter[str] = Counter()
        for cell, times in counts.items():
            labels.update(dict.fromkeys(map(key_of, _pieces(cell, mark)), times))  # "Food" and "food" are one
        repeats = labels.total() / max(1, len(labels))
        short = mark != "," and max(map(len, labels), default=0) <= _LONG
        if repeats > most and (len(labels) <= len(counts) or (short and repeats >= 2)):
            best, most = mark, repeats
    return best


def split_labels(cells: pd.Series) -> pd.Series:
    """Return the labels of each cell as a tuple, divided by what ``separator_of`` finds for the column.

    White space around labels is taken off, and a label named twice in a cell counts once. An empty list []
    is the empty tuple; a cell that is NA or blank is NA.
    """
    return split_by(cells, separator_of(cells))


def split_by(cells: pd.Series, separator: Separator | None) -> pd.Series:
    """Return the labels of each cell as ``split_labels`` does, divided by a ``separator`` that is known."""
    stripped = _stripped(cells)
    labels = {cell: pd.NA if cell is None else _labels(cell, separator) for cell in set(stripped)}
    return pd.Series([labels[cell] for cell in stripped], index=cells.index, dtype=object, name=cells.name)


def name_by_place(place: int) -> str:
    """Return what the label at a place of a vector is called, counted from 0."""
    return f"label {place + 1}"


def _are_named(cells: pd.Series) -> bool:
    """Whether lists of records each name a label."""
    head = [parsed(cell) for cell in cells.dropna().unique()[:100]]
    items = [item for value in head if isinstance(value, list) for item in value]
    return bool(items) and all(_name(item) is not None for item in items if item is not None)


def _stripped(cells: pd.Series) -> list[str | None]:
    """Return the cells without surrounding white space; None for a missing or blank one."""
    return [None if pd.isna(cell) else str(cell).strip() or None for cell in cells.tolist()]


def _labels(cell: str, separator: Separator | None) -> tuple[str, ...]:
    if cell == _EMPTY:
        return ()
    if separator is None:
        return (cell,)
    if separator in ("json", "vector"):
        labels = _listed(cell, by_place=separator == "vector")
        return (cell,) if labels is None else labels
    return _unique(_pieces(cell, separator))


def _pieces(cell: str, mark: str) -> list[str]:
    return [label for piece in cell.split(mark) if (label := piece.strip())]


def _listed(cell: str, *, by_place: bool) -> tuple[str, ...] | None:
    """Return the labels of a list; None where the cell is none."""
    values = parsed(cell)
    if not isinstance(values, list):
        return None
    if by_place:
        return tuple(name_by_place(place) for place, value in enumerate(values) if value in (1, True))
    names = [_name(value) for value in values if value is not None]
    return None if None in names else _unique(name for name in names if name is not None)


def _name(value: Any) -> str | None:
    """Return the label that an item of a list is or names; None where it does neither."""
    if isinstance(value, dict):
        return next((value[key] for key in _NAMED if isinstance(value.get(key), str)), None)
    if isinstance(value, list):
        return None
    return value if isinstance(value, str) else json.dumps(value)


def _unique(labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for text in labels if (label := text.strip())))
