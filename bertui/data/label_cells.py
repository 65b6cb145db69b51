"""Several labels in one cell, or one column for each label -> the labels of each row as a tuple.

An empty tuple says that no label applies; NA says that nobody knows.
"""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

import pandas as pd

from bertui.errors import DataError

Separator = Literal["|", ";", ",", "json"]

_EMPTY = "[]"
_MARKS: tuple[Separator, ...] = ("|", ";", ",")
_LONG = 60  # letters; a part of so many is a piece of a text rather than the name of a label
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\"""")
_YES, _NO = frozenset({"1", "1.0", "true", "yes"}), frozenset({"0", "0.0", "false", "no"})
_ANSWERS = ({"1", "0", "1.0", "0.0"}, {"true", "false"}, {"yes", "no"})  # a column keeps to one of these


def separator_of(cells: pd.Series) -> Separator | None:
    """Return what divides the labels within the cells: a mark, "json" for lists, None for one label a cell.

    Of the marks, the one whose parts repeat the most. A mark that makes more labels than there were cells to
    tell apart is part of the names instead ("Doe, John"), unless it is | or ; and short parts come back often;
    and 2,5 is a number where every cell is one.
    """
    counts = Counter(cell for cell in _stripped(cells) if cell is not None)
    empty = counts.pop(_EMPTY, 0)
    filled = counts.total()
    if 2 * sum(times for cell, times in counts.items() if _listed(cell) is not None) >= max(1, filled):
        return "json"
    if all(map(_NUMBER.fullmatch, counts)):
        return "json" if empty and not filled else None
    best: Separator | None = None
    most = filled / len(counts)
    for mark in _MARKS:
        labels: Counter[str] = Counter()
        for cell, times in counts.items():
            labels.update(dict.fromkeys(_parts(cell, mark), times))
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


def indicator_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns that look like one for each label: all say 1 and 0, or true and false, or yes and no.

    At least two of them hold both answers; a single such column is a label of two classes.
    """
    values = {name: _few(frame[name]) for name in frame.columns}
    groups = [[name for name in frame.columns if values[name] and values[name] <= known] for known in _ANSWERS]
    groups = [group for group in groups if sum(bool(values[n] & _YES and values[n] & _NO) for n in group) > 1]
    return max(groups, key=len, default=[])


def labels_from_indicators(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Return for each row the names of the ``columns`` that say yes, as a tuple in their order.

    A blank cell says no; a row whose cells are all blank is NA.

    Raises:
        DataError: a column that says anything but 1 and 0, true and false, or yes and no.
    """
    answers = [[_yes(cell, name) for cell in _stripped(frame[name])] for name in columns]
    rows = zip(*answers, strict=True)
    labels = [
        pd.NA
        if all(said is None for said in row)
        else tuple(name for name, said in zip(columns, row, strict=True) if said)
        for row in rows
    ]
    return pd.Series(labels, index=frame.index, dtype=object, name="labels")


def _stripped(cells: pd.Series) -> list[str | None]:
    """Return the cells without surrounding white space; None for a missing or blank one."""
    return [None if pd.isna(cell) else str(cell).strip() or None for cell in cells.tolist()]


def _few(cells: pd.Series) -> set[str]:
    """Return the different answers of a column, in lower case; none for one that holds more than a few."""
    different = cells.dropna().unique()
    return {cell.strip().lower() for cell in different if cell.strip()} if len(different) <= 10 else set()


def _yes(cell: str | None, column: str) -> bool | None:
    if cell is None:
        return None
    if (answer := cell.lower()) in _YES | _NO:
        return answer in _YES
    raise DataError(
        f"Column '{column}' holds {cell[:40]!r}.",
        expected="A column for one label says 1 or 0 (or true or false, yes or no) in each row.",
        remedy="Choose the columns that do, or one column whose cells hold the labels, such as a|b.",
    )


def _labels(cell: str, separator: Separator | None) -> tuple[str, ...]:
    if cell == _EMPTY:
        return ()
    if separator is None:
        return (cell,)
    if separator == "json":
        labels = _listed(cell)
        return (cell,) if labels is None else labels
    return _unique(_parts(cell, separator))


def _parts(cell: str, mark: str) -> list[str]:
    return [part for piece in cell.split(mark) if (part := piece.strip())]


def _listed(cell: str) -> tuple[str, ...] | None:
    """Return the labels of a list, as JSON or as Python prints it (NumPy leaves the commas out); else None."""
    if not cell.startswith("["):
        return None
    try:
        values = json.loads(cell)
    except (ValueError, RecursionError):
        values = _python_list(cell)
    if not isinstance(values, list) or not all(isinstance(value, str | int | float | None) for value in values):
        return None
    texts = (value if isinstance(value, str) else json.dumps(value) for value in values if value is not None)
    return _unique(texts)


def _python_list(cell: str) -> list[str] | None:
    if not re.fullmatch(r"\[[\s,]*\]", _QUOTED.sub("", cell)):
        return None
    try:
        return [ast.literal_eval(quoted) for quoted in _QUOTED.findall(cell)]
    except (SyntaxError, ValueError):
        return None


def _unique(labels: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(label for text in labels if (label := text.strip())))
