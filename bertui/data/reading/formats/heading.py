"""Which of a file's first rows name the columns: one as a rule, none where row 1 holds values, several in a survey.

Each column whose cells are alike (numbers, dates, a few classes, long texts) says whether a row's cell is one of them
or a name above them; the row is what most columns say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bertui.data.cells.cell_shapes import shape_of, shape_shares
from bertui.data.column_names import BRIEF_TEXT, CLASS, ID, LABEL, SIDE, TEXT, name_words
from bertui.data.file_layout import UNKNOWN, Layout
from bertui.data.row_numbers import BELOW_HEADER, RowNumbers

ENOUGH_ROWS = 300
"""So many rows show what a column holds."""
_MOST_ABOVE, _MOST_NAMING = 20, 3
_ALIKE = 0.85  # of a column's cells have one shape
_LONG = 25  # mean letters of a column of texts
_RETURNS = 4  # times that the values of a column of classes come back on average
_KNOWN = TEXT | BRIEF_TEXT | LABEL | CLASS | ID | SIDE
_FREE = {"word", "words"}  # shapes that anything may have

Row = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Heading:
    """How many rows above the header are left out, and how many rows name the columns (0: they are named by place).

    ``doubtful`` says that some columns speak for another reading; ``numbers`` are those of the rows below.
    """

    above: int = 0
    naming: int = 1
    doubtful: bool = False
    numbers: RowNumbers = BELOW_HEADER


@dataclass(frozen=True, slots=True)
class _Body:
    """What the cells of a column below a row are."""

    filled: float
    shape: str  # that of nearly all cells, or ""
    values: Counter[str]
    classes: bool  # a few values that come back
    length: float
    text: bool

    def says(self, cell: str) -> int:
        """Return 2 where the cell is surely one of the column's, -2 where it surely is none, 1 and -1 where likely."""
        shape = shape_of(cell)
        if self.shape and shape == self.shape:
            return 2
        if not any(map(str.isalpha, cell)):  # no name, if not quite like the others either
            return 1
        if self.shape:
            return -2
        if self.classes:
            return 2 if cell in self.values else -1
        if self.text:
            if shape == "list":
                return -2
            like = len(cell) > max(_LONG, self.length / 4) and len(cell.split()) > 3 and cell[-1:] not in "?:"
            return 1 if like or _unspaced(cell) else -1
        return 0


def find_heading(rows: Sequence[Row], layout: Layout = UNKNOWN) -> Heading:
    """Return the heading of a table by its first rows.

    Args:
        rows: About ``ENOUGH_ROWS`` rows that hold something; a cell without anything is None or blank.
        layout: What a person says of it, or a file of the same shape.
    """
    table = [[(cell or "").strip() for cell in row] for row in rows]
    start = layout.skip_rows
    if start is None:
        start = 0 if layout.header_rows == 0 else _rows_above(table)
    start = min(start, len(table))
    if layout.header_rows is not None:
        return Heading(start, min(layout.header_rows, len(table) - start), _contradicts(table[start:], layout))
    for_data, for_names = _votes(table[start:])
    if layout.skip_rows is None and start and for_data > for_names:  # no header below, so the sparse rows may be data
        start = 0
        for_data, for_names = _votes(table)
    if for_data > for_names:
        return Heading(start, 0)
    rest = table[start:]
    further = _further(rest)
    doubtful = 2 * for_data > for_names or _recurs(rest[:1] + rest[1 + further :])
    return Heading(start, min(1, len(rest)) + further, doubtful)


def _contradicts(table: list[list[str]], layout: Layout) -> bool:
    """Whether the cells speak for names where there are to be none."""
    for_data, for_names = _votes(table)
    return layout.header_rows == 0 and for_names > for_data + 2


def _rows_above(table: list[list[str]]) -> int:
    """Return how many rows above the header hold hardly a cell, as titles and remarks do."""
    counts = [sum(map(bool, row)) for row in table]
    usual = median(counts[1:] or [0])
    few = max(1, usual / 2)
    above = next((at for at, count in enumerate(counts) if count > few), 0)
    return above if usual >= 2 and above <= _MOST_ABOVE else 0


def _votes(table: list[list[str]]) -> tuple[int, int]:
    """Return how strongly the columns say that the first row is data, and that it holds names."""
    if len(table) < 2:
        return 0, 1
    row = table[0]
    if _counted(row):
        return 0, 1
    below = [other for other in table[1:] if other != row]
    bodies = _bodies(below or table[1:])
    for_data = for_names = 0
    for cell, body in zip(row, bodies, strict=False):
        if cell and body.filled:
            vote = body.says(cell)
            known = cell not in body.values and len(name_words(cell)) <= 4 and bool(name_words(cell) & _KNOWN)
            for_names += max(0, -vote) + 3 * (known and vote < 2)
            for_data += max(0, vote)
    return for_data, for_names


def _recurs(table: list[list[str]]) -> bool:
    """Whether a cell of the first row stands again below it, in a row that does not repeat the first as a whole."""
    first, below = (table or [[]])[0], [row for row in table[1:] if row != table[0]]
    return any(cell and any(row[at : at + 1] == [cell] for row in below) for at, cell in enumerate(first))


def _counted(row: list[str]) -> bool:
    """Whether the cells count the columns, as pandas names those that nobody has named."""
    filled = [cell for cell in row if cell]
    return len(filled) > 1 and filled in ([str(n + first) for n in range(len(filled))] for first in (0, 1))


def _further(table: list[list[str]]) -> int:
    """Return how many rows right below the first one are header rows too."""
    for last in range(min(_MOST_NAMING - 1, len(table) - 2), 0, -1):
        bodies = _bodies(table[last + 1 :])
        if _names_too(table[last], bodies) and all(_may_name(row, bodies) for row in table[1:last]):
            return last
    return 0


def _names_too(row: list[str], bodies: list[_Body]) -> bool:
    votes = [_below_header(cell, body) for cell, body in zip(row, bodies, strict=False)]
    return max(votes, default=0) < 2 and sum(vote < 0 for vote in votes) >= 2 and any(row)


def _may_name(row: list[str], bodies: list[_Body]) -> bool:
    return all(not cell or body.says(cell) < 2 for cell, body in zip(row, bodies, strict=False))


def _below_header(cell: str, body: _Body) -> int:
    """Return what a column says of a cell in a second header row: a short text and a rare class may be data."""
    if not cell:
        return -1 if body.filled > 0.98 else 0
    vote = body.says(cell)
    rare = body.text and vote == -1
    return 0 if rare or (body.classes and vote < 0 and not body.shape and len(body.values) > 20) else vote


def _bodies(rows: list[list[str]]) -> list[_Body]:
    width = max((len(row) for row in rows), default=0)
    return [_body([row[at] if at < len(row) else "" for row in rows]) for at in range(width)]


def _body(column: list[str]) -> _Body:
    cells = [cell for cell in column if cell]
    shares = shape_shares(cells) if cells else {}
    shape = max(shares, key=lambda name: shares[name], default="")
    values = Counter(cells)
    alike = shape not in _FREE and shares.get(shape, 0.0) >= _ALIKE
    classes = not alike and len(cells) >= _RETURNS * len(values) and len(cells) > 2
    length = sum(map(len, cells)) / max(1, len(cells))
    long = length >= _LONG or _unspaced("".join(cells[:20]))
    text = not alike and not classes and shares.get("words", 0.0) > 0.7 and long
    return _Body(len(cells) / max(1, len(column)), shape if alike else "", values, classes, length, text)


def _unspaced(cell: str) -> bool:
    """Whether a text is in a script that puts no blanks between its words, and not just a word or two."""
    return len(cell) > 8 and shape_of(cell) == "words" and " " not in cell
