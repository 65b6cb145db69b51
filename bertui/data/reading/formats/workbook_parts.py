"""The XML parts of an Excel workbook, looked through before openpyxl builds them in memory.

openpyxl forgets a row or a shared text as soon as it has read it, and keeps everything else. An element takes a hundred
times the four bytes of its tag, and a tag repeated packs a thousandfold, so what comes between two ends is counted.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import IO

from bertui.data.reading.formats.limits import MAX_LINE, mib
from bertui.data.reading.formats.signatures import not_a_table
from bertui.errors import DataError

_CHUNK = 1 << 20
_TAGS = 1_000_000  # between two ends, or in a part that has none
_BYTES = 2 * MAX_LINE
_ROWS = 1_048_576  # the most that Excel knows
_END = re.compile(rb"</(?:[A-Za-z_][\w.-]*:)?(row|si)\s*>")
_SHEET = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?sheet\s")


def check_parts(data: bytes) -> None:
    """Raise DataError for a workbook whose parts take far more memory than its cells need.

    Raises:
        zipfile.BadZipFile, zlib.error, EOFError: A part is damaged.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        with archive.open("xl/workbook.xml") as book:
            if len(_SHEET.findall(book.read(_BYTES))) > len(names):
                raise _refused("names more sheets than it holds parts")
        for name in names:
            with archive.open(name) as part:
                _check_part(part)


def _check_part(part: IO[bytes]) -> None:
    tags = size = rows = 0
    marked = False
    tail = b""
    while chunk := part.read(_CHUNK):
        window = (tail + chunk).replace(b"\0", b"")  # UTF-16
        tail = chunk[-64:]
        if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
            raise _refused("declares entities of its own")
        marked = marked or b"<!" in window  # ends within comments are none
        ends = [] if marked else list(_END.finditer(window))
        if ends:
            tags = size = 0
            window = window[ends[-1].end() :]
        rows += sum(end[1] == b"row" for end in ends)
        tags += window.count(b"<")
        size += len(window)
        if tags > _TAGS:
            raise _refused(f"holds more than {_TAGS:,} tags in one place")
        if size > _BYTES:
            raise _refused(f"holds more than {mib(_BYTES)} in one place")
        if rows > _ROWS:
            raise _refused(f"holds more than {_ROWS:,} rows")


def _refused(what: str) -> DataError:
    return not_a_table(f"an Excel workbook that {what}", "Save the sheet as CSV (UTF-8) from Excel and upload that.")
