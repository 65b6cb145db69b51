"""Clean UTF-8 of a CSV file -> frame: one strict parser, its mends, and a diagnosis of what it refuses.

Python's ``csv`` in strict mode is the only parser: it reads a million short rows in about 2 s, says in which
line it stands, and refuses what others swallow (a quote that is never closed eats the rest of the file).
"""

from __future__ import annotations

import csv
import re
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice

import numpy as np
import pandas as pd
import pyarrow as pa

from bertui.data.file_layout import UNKNOWN, Layout
from bertui.data.reading.formats.delimiters import checked_delimiter, csv_rows, guess_delimiter
from bertui.data.reading.formats.headers import as_column, heading_notes, names_of, to_frame
from bertui.data.reading.formats.heading import ENOUGH_ROWS, Heading, find_heading
from bertui.data.reading.formats.limits import Limits, no_rows
from bertui.data.reading.formats.malformed import MalformedError, cell_too_long, quote_problem, ragged
from bertui.data.reading.formats.row_names import is_divided_by_blanks, with_row_names_named
from bertui.data.row_numbers import RowNumbers

_RULE = re.compile(rb"\A(\s*[^\r\n]*\r?\n)[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*(?=\r?\n)")
_TALL = 200  # lines; few texts have so many, and a stray pair of quote marks often encloses more
_Line = tuple[int, int, int, list[str]]  # the row's number, that of its first line, how many lines it has, its cells
_CELLS_AT_ONCE = 100_000  # turned into Arrow together, so that Python's lists stay small


@dataclass(frozen=True, slots=True)
class _Mend:
    """Another way of reading a malformed file: when it makes sense, how, and the note that the person reads."""

    applies: Callable[[bytes, str], bool]
    note: str
    quoted: bool = True
    skip_space: bool = False
    backslash: bool = False


_PLAIN = _Mend(lambda clean, delimiter: True, "")
_MENDS = (
    _PLAIN,
    _Mend(
        lambda clean, delimiter: b'\\"' in clean,
        backslash=True,
        note='Quote marks inside cells are written \\" in this file; they were read as plain quote marks.',
    ),
    _Mend(
        lambda clean, delimiter: (delimiter + ' "').encode() in clean,
        skip_space=True,
        note="Blanks at the start of cells were dropped, because quoted cells follow them.",
    ),
    _Mend(
        lambda clean, delimiter: delimiter == "\t" and b'"' in clean,
        quoted=False,
        note="Quote marks were kept as ordinary characters, because they do not pair up as CSV quotes.",
    ),
)


@dataclass(slots=True)
class _Rows:
    """The rows of one pass over the file, and what was odd about them."""

    header: list[str]  # a name for each column
    heading: Heading
    above: list[list[str]]  # the rows that hold no data, those of the header included
    repeated: int = 0  # rows that repeat the header
    chunks: list[list[pa.Array]] = field(default_factory=list)
    numbers: array[int] = field(default_factory=lambda: array("q"))  # as a spreadsheet counts the rows
    count: int = 0
    tallest: tuple[int, int] = (0, 0)  # lines of the row with the most of them, and the first of these
    trimmed: int = 0  # rows whose surplus cells are all empty
    ragged: list[tuple[int, int]] = field(default_factory=list)  # (line, cells)

    def take(self, batch: list[list[str]], limits: Limits) -> None:
        """Count the rows and keep them by column; an empty cell is missing."""
        self.count += len(batch)
        limits.check_rows(self.count)
        if batch:
            columns = zip(*batch, strict=True)
            self.chunks.append([as_column(cell or None for cell in column) for column in columns])


def read_delimited(
    clean: bytes, delimiter: str | None, preferred: str, limits: Limits, layout: Layout = UNKNOWN
) -> tuple[pd.DataFrame, str, Heading, list[str]]:
    """Return the frame, the delimiter, the heading, and a sentence on each thing mended.

    Args:
        clean: UTF-8 without byte order mark and NUL.
        delimiter: one character, or None to find it.
        preferred: the delimiter that the name of the file suggests.
        limits: how many rows and columns may come.
        layout: what a person says of the header.

    Raises:
        DataError: no rows, too many, or rows that do not fit together; the message names lines.
    """
    hidden = 0
    if clean[:4].lower() == b"sep=" and clean[5:6] in (b"\r", b"\n"):  # a line that Excel writes for itself
        delimiter, clean = delimiter or chr(clean[4]), clean[5:]
        hidden = 1  # of which the end is left, as a blank row
    if delimiter is None and is_divided_by_blanks(clean):
        delimiter = " "
    mark = guess_delimiter(clean, preferred) if delimiter is None else checked_delimiter(delimiter)
    clean = _without_rule(with_row_names_named(clean, mark), mark)
    rows, note = _mended(clean, mark, limits, layout)
    frame, notes = _framed(rows)
    numbers = RowNumbers.counted(np.asarray(rows.numbers) - hidden)
    return frame, mark, replace(rows.heading, numbers=numbers), [*([note] if note else []), *notes]


def _without_rule(clean: bytes, delimiter: str) -> bytes:
    """Empty the second line of a Markdown table, which draws a rule under the header."""
    return _RULE.sub(rb"\1", clean, count=1) if delimiter == "|" else clean


def _mended(clean: bytes, delimiter: str, limits: Limits, layout: Layout) -> tuple[_Rows, str]:
    """Return the rows under the first way of reading that fits; else raise the error of the plain way."""
    problems = []
    for mend in _MENDS:
        if mend.applies(clean, delimiter):
            try:
                return _read(_numbered(clean, delimiter, mend), delimiter, limits, layout), mend.note
            except MalformedError as error:
                problems.append(error)
    raise problems[0]


def _numbered(clean: bytes, delimiter: str, mend: _Mend) -> Iterator[_Line]:
    """Yield each row that is not blank after its number, the number of its first line and how many lines it has."""
    text = clean.replace(b'\\"', b'""') if mend.backslash else clean
    reader = csv_rows(text, delimiter, quoted=mend.quoted, skip_space=mend.skip_space)
    done = 0
    try:
        for number, row in enumerate(reader, 1):
            line, done = done + 1, reader.line_num
            if row:
                yield number, line, done - line + 1, row
    except csv.Error as error:
        if "field limit" in str(error):
            raise cell_too_long(done + 1) from error
        raise quote_problem(text, delimiter, done, reader.line_num) from error


def _read(numbered: Iterator[_Line], delimiter: str, limits: Limits, layout: Layout) -> _Rows:
    rows, numbered = _headed(numbered, layout)
    header, batch = rows.header, list[list[str]]()
    limits.check_columns(len(header))
    width, named = len(header), max((i for i, name in enumerate(header, 1) if name.strip()), default=0)
    first = rows.above[rows.heading.above] if rows.heading.naming and named > 1 else None
    for number, line, lines, row in numbered:
        if lines > rows.tallest[0]:
            rows.tallest = lines, line
        if row == first:
            rows.repeated += 1
            continue
        if len(row) != width:
            if len(row) == 1 and not row[0].strip():  # a line of blanks
                continue
            if len(row) < named or any(row[width:]):
                rows.ragged.append((line, len(row)))
                limits.check_rows(rows.count + len(rows.ragged))
                continue
            rows.trimmed += len(row) > width
            row = [*row[:width], *[""] * (width - len(row))]
        batch.append(row)
        rows.numbers.append(number)
        if len(batch) * width >= _CELLS_AT_ONCE:
            rows.take(batch, limits)
            batch = []
    rows.take(batch, limits)
    if rows.ragged:
        raise ragged(header, rows.ragged, rows.count, delimiter)
    if not rows.count:
        raise no_rows(header)
    return rows


def _headed(numbered: Iterator[_Line], layout: Layout) -> tuple[_Rows, Iterator[_Line]]:
    """Return the names of the columns with the rows above the data, and the lines that hold data."""
    start = list(islice(numbered, ENOUGH_ROWS))
    filled = [at for at, (*_, row) in enumerate(start) if any(cell.strip() for cell in row)]
    rows = [start[at][-1] for at in filled]
    heading = find_heading(rows, layout)
    count = heading.above + heading.naming
    width = Counter(map(len, rows)).most_common(1)[0][0] if rows and not heading.naming else 0
    header = names_of(rows[heading.above : count], width or max(map(len, rows[heading.above : count]), default=0))
    data = start[filled[count - 1] + 1 :] if count else start[filled[0] :] if filled else []
    return _Rows(header, heading, rows[:count]), chain(data, numbered)


def _framed(rows: _Rows) -> tuple[pd.DataFrame, list[str]]:
    columns = [pa.chunked_array(chunks, pa.large_string()) for chunks in zip(*rows.chunks, strict=True)]
    frame, notes = to_frame(rows.header, columns)
    if rows.trimmed:
        notes.append(
            f"{rows.trimmed} row{'s' * (rows.trimmed > 1)} ended with empty cells beyond the last "
            "column; these were left out."
        )
    lines, line = rows.tallest
    if lines > _TALL:
        notes.append(
            f"The row that starts in line {line} runs over {lines:,} lines, within quote marks. If "
            "that is not meant, a quote mark in that line is not closed."
        )
    return frame, [*heading_notes(rows.heading, rows.above, rows.repeated), *notes]
