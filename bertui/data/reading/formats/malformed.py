"""What a person is told on a CSV file whose rows do not fit together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from bertui.data.reading.formats.delimiters import NAMES, text_lines
from bertui.data.reading.formats.limits import MAX_CELL
from bertui.errors import DataError

_NAMED = 5  # faulty rows that a message names


class MalformedError(DataError):
    """The rows do not fit together under one way of reading them; another way may still do."""


def ragged(header: Sequence[str], rows: Sequence[tuple[int, int]], others: int, delimiter: str) -> MalformedError:
    """Return the error for ``rows`` (line, cells) that do not fit the header, while ``others`` do."""
    width, total = len(header), len(rows)
    names = ", ".join(name.strip()[:30] for name in header[:6])
    if not others and total > 1 and {cells for _, cells in rows} == {width + 1}:
        return MalformedError(
            f"Every row has {width + 1} cells, but the first line names only {width} "
            f"column{'s' * (width > 1)} ({names}).",
            expected="One name for each column is expected.",
            remedy="Add the missing name to the first line: often it is that of the row numbers at the left.",
        )
    lines = ", ".join(f"line {line} has {cells}" for line, cells in rows[:_NAMED])
    more = f", and {total - _NAMED:,} more" if total > _NAMED else ""
    mark = NAMES.get(delimiter, repr(delimiter))
    return MalformedError(
        f"{total:,} row{'s do' if total > 1 else ' does'} not have {width} cell{'s' * (width > 1)} "
        f"like the first line ({names}): {lines}{more}.",
        expected=f"Cells are divided by {mark} here, and each row needs one for every column.",
        remedy=f"Often a text holds {mark} or a line break: put such texts in double quotes, or save the "
        "table again as CSV from the program it comes from, or choose another delimiter.",
    )


def cell_too_long(line: int) -> MalformedError:
    """Return the error for a cell, in the row that starts in ``line``, that is longer than any text to be read."""
    return MalformedError(
        f"A cell of the row that starts in line {line} holds more than {MAX_CELL:,} characters.",
        expected="A quote mark that is not closed takes in all lines that follow; few texts are so long.",
        remedy=f"Look for a quote mark in line {line} that is not closed, or cut the text.",
    )


def quote_problem(clean: bytes, delimiter: str, done: int, until: int) -> MalformedError:
    """Return the error for the first unpaired quote mark in lines ``done`` + 1 to ``until``."""
    record = "".join(islice(text_lines(clean), done, until))
    start, end = _faulty_quote(record, delimiter)
    opened, closed = done + _line(record, start), done + _line(record, end)
    start_of_text = " ".join(record[start : start + 40].split())
    if end < 0:
        return MalformedError(
            f"The quote mark that opens a cell in line {opened} is never closed: {start_of_text} …",
            expected="A cell that starts with a quote mark ends with one.",
            remedy=f"Close or remove the quote mark in line {opened}; if the file was cut off, upload the whole file.",
        )
    where = f"in line {opened}" + (f" and ends in line {closed}" if closed > opened else "")
    return MalformedError(
        f"More text follows the closing quote mark of a cell that opens {where}: {start_of_text} …",
        expected='Within a cell in quotes, each quote mark is doubled: "she said ""yes""".',
        remedy=f"Mend the quote marks in line {opened}, or save the table again as CSV from the program it comes from.",
    )


def _faulty_quote(record: str, delimiter: str) -> tuple[int, int]:
    """Return where the first cell with unpaired quotes opens and where it closes (-1 for never)."""
    place = 0
    while 0 <= place < len(record):
        if record[place] == '"':
            end = _closing(record, place)
            if end < 0 or record[end + 1 : end + 2] not in (delimiter, "\r", "\n", ""):
                return place, end
            place = end + 2
        else:
            place = record.find(delimiter, place) + 1 or len(record)
    return 0, 0


def _closing(record: str, opening: int) -> int:
    place = record.find('"', opening + 1)
    while place >= 0 and record[place + 1 : place + 2] == '"':  # a doubled quote stands for one in the text
        place = record.find('"', place + 2)
    return place


def _line(record: str, place: int) -> int:
    before = record[: max(place, 0)]
    return 1 + before.count("\n") + before.count("\r") - before.count("\r\n")
