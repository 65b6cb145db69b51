"""Columns of numbers, as people write them: which mark divides the decimals is decided once for the column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, isnan, log10

import numpy as np
import pandas as pd

from bertui.data.cells.number_cells import Decimal, NumberCell, read_number

DELIMITER = "delimiter"
"""Under this name a frame's ``attrs`` keep what stood between the cells of its file."""

_LOOK = 100  # cells of another column
# As programs write numbers: three digits after the point could be thousands only where 1 to 3 stand before it.
_SURE = r"[-+]?(?:\d+|(?:\d{4,}|0\d*)?\.\d+|\d+\.(?:\d{1,2}|\d{4,})|\d+(?:\.\d+)?[eE][-+]?\d+)"


@dataclass(frozen=True, slots=True)
class Numbers:
    """The numbers of a column, and how they were read.

    Attributes:
        values: The numbers, NaN where a cell holds none.
        decimal: The mark before the decimals.
        open: Different cells that would be other numbers with the other mark, where no cell decides between them.
        clashing: A cell that speaks for a point and one that speaks for a comma, where there are both.
        units: Different currencies and percent signs, "" for numbers without.
        fractions: Different cells written as fractions.
    """

    values: pd.Series
    decimal: Decimal
    open: tuple[str, ...] = ()
    clashing: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    fractions: tuple[str, ...] = ()


def numbers_of(cells: pd.Series) -> pd.Series:
    """Return the cells as numbers, NaN where a cell is none; "80 %" is 80, "4,5" is 4.5 and "1,200.5" is 1200.5."""
    return read_numbers(cells).values


def read_numbers(
    cells: pd.Series, *, chosen: Decimal | None = None, usual: Decimal | None = None, file: Decimal | None = None
) -> Numbers:
    """Read a column of numbers.

    A cell that can be read in one way only is read so. For the others the first of these decides: what a
    person chose, the cells of the column that can be read in one way only, what is usual, which reading is nearer
    to the numbers without a mark ("1,500" beside 801 is 1500), the file, and at last the point.

    Args:
        chosen: The decimal mark that a person chose.
        usual: The one that a model has learned from.
        file: The one that goes with the rest of the file, see ``decimal_of_file``.
    """
    text = cells.fillna("").str.strip()
    sure = text.str.fullmatch(_SURE).astype(bool)
    pointed = sure & text.str.contains(".", regex=False)
    values = text.where(sure, "nan").astype(np.float64)
    odd = {cell: read_number(cell) for cell in text[~sure].unique() if cell}
    points = [*text[pointed].unique(), *(cell for cell, one in odd.items() if isfinite(one.point) and isnan(one.comma))]
    commas = [cell for cell, one in odd.items() if isnan(one.point) and isfinite(one.comma)]
    undecided = {cell: one for cell, one in odd.items() if _differ(one)}
    decided: Decimal | None = None
    if len(points) != len(commas):
        decided = "." if len(points) > len(commas) else ","
    plain = [*values[sure & ~pointed].unique(), *(one.point for one in odd.values() if one.point == one.comma)]
    decimal = chosen or decided or usual or _nearer(list(undecided.values()), plain) or file or "."
    read = {cell: _with_mark(one, decimal) for cell, one in odd.items()}
    values = values.where(sure, text.map(read).astype(np.float64))
    clash = bool(points and commas)
    units = {one.unit for cell, one in odd.items() if isfinite(read[cell])}
    return Numbers(
        values.where(np.isfinite(values)), decimal,
        open=() if chosen or (decided and not clash) else tuple(undecided),
        clashing=(points[0], commas[0]) if clash else (),
        units=tuple(sorted(units | {""} if sure.any() else units)),
        fractions=tuple(cell for cell, one in odd.items() if one.fraction),
    )  # fmt: skip


def decimal_of_file(frame: pd.DataFrame, column: str) -> Decimal | None:
    """Return the decimal mark that the rest of a file speaks for; None where it says nothing.

    Other columns of numbers count first, then the delimiter: a table with semicolons between its cells comes from
    a country where the comma is taken by decimals.
    """
    votes = {",": 0, ".": 0}
    for name in frame.columns:
        head = frame[name].dropna().head(_LOOK)
        if name != column and len(head):
            other = [read_number(cell) for cell in head.unique()]
            votes["."] += sum(isfinite(one.point) and isnan(one.comma) for one in other)
            votes[","] += sum(isnan(one.point) and isfinite(one.comma) for one in other)
    if votes["."] != votes[","]:
        return "." if votes["."] > votes[","] else ","
    return "," if frame.attrs.get(DELIMITER) == ";" else None


def _differ(one: NumberCell) -> bool:
    return isfinite(one.point) and isfinite(one.comma) and one.point != one.comma


def _with_mark(one: NumberCell, decimal: Decimal) -> float:
    first, other = (one.point, one.comma) if decimal == "." else (one.comma, one.point)
    return first if isfinite(first) else other


def _nearer(undecided: Sequence[NumberCell], plain: Sequence[float]) -> Decimal | None:
    """Return the mark with which the undecided cells are as large as the numbers without a mark."""
    sizes = [log10(abs(value)) for value in plain if value and isfinite(value)]
    if not undecided or not sizes:
        return None
    centre = float(np.median(sizes))
    point, comma = (
        float(np.median([abs(log10(abs(value)) - centre) if value else inf for value in values]))
        for values in zip(*((one.point, one.comma) for one in undecided), strict=True)
    )
    return "." if point < comma else ","
