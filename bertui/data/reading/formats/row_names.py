"""Tables of R's write.table: blanks between quoted cells, and no name above the row names."""

from __future__ import annotations

import csv
import re
from itertools import islice

from bertui.data.reading.formats.delimiters import csv_rows, text_lines

NAME = "row name"
_LOOK = 200  # rows
_CELL = r'(?:"(?:[^"\\]|\\.|"")*"|[-+\w.]+)'
_BLANKS = re.compile(rf'"(?:[^"\\]|\\.|"")*"(?: {_CELL})+')


def is_divided_by_blanks(clean: bytes) -> bool:
    """Say whether the first lines are quoted texts, numbers and words with single blanks between them."""
    lines = [line.rstrip("\r\n") for line in islice(text_lines(clean), _LOOK)]
    lines = [line for line in lines if line]
    quoted = [line for line in lines[1:] if _BLANKS.fullmatch(line)]
    header = bool(lines) and re.fullmatch(rf"{_CELL}(?: {_CELL})*", lines[0]) is not None and '"' in lines[0]
    return header and len(quoted) > 0.9 * max(1, len(lines) - 1) and any(line.count('"') > 2 for line in quoted)


def with_row_names_named(clean: bytes, delimiter: str) -> bytes:
    """Return the text with a name above the row names, where the first line has one name fewer than cells follow."""
    lines = [line for line in islice(text_lines(clean), _LOOK) if line.strip()]
    if not all(line.startswith('"') for line in lines):  # R puts names in quotes
        return clean
    try:
        rows = list(islice((row for row in csv_rows(clean.replace(b'\\"', b'""'), delimiter) if row), _LOOK))
    except csv.Error:
        return clean
    names = [row[0] for row in rows[1:]]
    if len(rows) < 3 or {len(row) for row in rows[1:]} != {len(rows[0]) + 1} or len(set(names)) < len(names):
        return clean
    return f'"{NAME}"{delimiter}'.encode() + clean.lstrip(b"\r\n")
