"""Which character divides the cells of a CSV file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from bertui.data.reading.formats.limits import MAX_CELL
from bertui.errors import DataError

if TYPE_CHECKING:
    import _csv

CANDIDATES = (",", ";", "\t", "|")
NAMES = {",": "a comma", ";": "a semicolon", "\t": "a tab", " ": "a space"}
_RARE = ("@", "~", "^", "\x01", "\x1f", "¦", "§")  # of files whose texts hold all of the usual ones
_ROWS = 200  # enough to tell


def guess_delimiter(clean: bytes, preferred: str = ",") -> str:
    """Return the delimiter under which the first rows have as many cells as the header.

    Commas in texts are many, but their number differs from row to row, and the strict parse refuses the
    quotes that stand beside a wrong delimiter. ``preferred`` wins where two fit equally.
    """
    order = (preferred, *(mark for mark in CANDIDATES if mark != preferred))
    best = max(order, key=lambda mark: _fit(clean, mark))  # of equals, max takes the first
    if _fit(clean, best)[:2] < (True, 1.0):
        return next((mark for mark in _RARE if _parts_texts(clean, mark)), best)
    return best


def checked_delimiter(delimiter: str) -> str:
    """Return what a person gave as the delimiter, "tab" and "\\t" written out included.

    Raises:
        DataError: it is not one character, or a quote mark or line end.
    """
    delimiter = {"\\t": "\t", "tab": "\t"}.get(delimiter, delimiter)
    if len(delimiter) == 1 and delimiter not in '"\r\n\0':
        return delimiter
    raise DataError(
        f"{delimiter[:20]!a} cannot be the delimiter.",
        expected="One character is expected.",
        remedy="Choose comma, semicolon, tab or |, or leave it to be found by itself.",
    )


def text_lines(clean: bytes) -> Iterable[str]:
    """Return the lines of UTF-8 bytes with their ends, which may be LF, CRLF or CR."""
    return io.TextIOWrapper(io.BytesIO(clean), "utf-8", newline="")


def csv_rows(clean: bytes, delimiter: str, *, quoted: bool = True, skip_space: bool = False) -> _csv.Reader:
    """Return a strict reader of the rows; ``quoted=False`` takes quote marks as ordinary characters."""
    csv.field_size_limit(MAX_CELL)  # the built-in 128 KiB is less than a long document
    return csv.reader(
        text_lines(clean),
        delimiter=delimiter,
        strict=True,
        skipinitialspace=skip_space,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
    )


def _fit(clean: bytes, delimiter: str) -> tuple[bool, float, int]:
    """Score a delimiter: does it divide the header, the share of rows that agree with it, cells."""
    trust = 1.0
    try:
        widths = _widths(csv_rows(clean, delimiter))
    except csv.Error:
        trust = 0.5
        widths = []
        with suppress(csv.Error):  # a cell that is too long
            widths = _widths(csv.reader(islice(text_lines(clean), _ROWS), delimiter=delimiter))
    if titles := _titles(widths, delimiter):
        widths, trust = widths[titles:], 0.9 * trust  # lines of other cells speak for another mark, if there is one
    if not widths:
        return False, 0.0, 0
    agreeing = sum(width == widths[0] for width in widths[1:]) / max(1, len(widths) - 1)
    return widths[0] > 1, agreeing * trust, widths[0]


def _widths(rows: Iterable[list[str]]) -> list[int]:
    """Return how many cells each of the first rows has; rows with nothing in them are left out."""
    return [len(row) for row in islice(rows, _ROWS) if any(cell.strip() for cell in row)]


def _titles(widths: list[int], delimiter: str) -> int:
    """Return how many lines of one cell stand above rows of as many cells each; of two where no text holds the mark."""
    above = next((at for at, width in enumerate(widths) if width > 1), 0)
    below = set(widths[above:])
    return above if len(below) == 1 and len(widths) - above > 2 and min(below) > (2 if delimiter == "," else 1) else 0


def _parts_texts(clean: bytes, delimiter: str) -> bool:
    """Whether a mark stands once in each line, with a text before it and one of a few short words behind, or so."""
    lines = [line.rstrip("\r\n") for line in islice(text_lines(clean), _ROWS) if line.strip()]
    if len(lines) < 5 or any(line.count(delimiter) != 1 for line in lines):
        return False
    sides = [[line.split(delimiter)[side].strip() for line in lines] for side in (0, 1)]
    few, text = sorted(sides, key=lambda cells: len(set(cells)))
    return len(set(few)) * 4 <= len(few) and sum(" " in cell for cell in text) > 0.9 * len(text)
