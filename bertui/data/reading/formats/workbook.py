"""Excel workbook (.xlsx) -> frame of one of its sheets."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from bertui.data.cells.typed import canonical
from bertui.data.file_layout import UNKNOWN, Layout
from bertui.data.reading.formats.headers import as_column, heading_notes, names_of, to_frame
from bertui.data.reading.formats.heading import ENOUGH_ROWS, Heading, find_heading
from bertui.data.reading.formats.limits import Limits, no_rows
from bertui.data.reading.formats.signatures import not_a_table
from bertui.data.reading.formats.workbook_parts import check_parts
from bertui.data.row_numbers import RowNumbers
from bertui.errors import DataError

if TYPE_CHECKING:
    from openpyxl import Workbook

_SHEET_ROWS = 1_048_576  # the most that Excel knows
_PLACE, _NUMBER = 8, 32  # bytes in memory of a cell, and of a value that is no text
_Row = tuple[Any, ...]
_Numbered = tuple[int, _Row]


def read_workbook(
    data: bytes, sheet: str | None, limits: Limits, layout: Layout = UNKNOWN
) -> tuple[pd.DataFrame, str, tuple[str, ...], Heading, list[str]]:
    """Return the frame, the sheet it comes from, the names of all sheets, the heading, and notes.

    Formulas count as the result that Excel stored with them. Without ``sheet`` the first visible sheet
    that holds anything is read.

    Raises:
        DataError: an unknown sheet, a damaged workbook, a sheet without rows, or too many of them.
    """
    try:
        check_parts(data)
        book = _open(data, formulas=False)
        names = tuple(page.title for page in book.worksheets)
        chosen, rows = _chosen(book, sheet, limits)
    except (DataError, MemoryError, RecursionError):
        raise
    except Exception as error:  # openpyxl raises errors of any kind where a workbook is put together wrongly
        raise not_a_table(
            "an Excel workbook that is damaged (its end may be missing)",
            "Open it in Excel, save it anew and upload that.",
        ) from error
    frame, heading, notes = _framed(rows, layout)
    if len(names) > 1 and sheet is None:
        notes.insert(0, f"The workbook has {len(names)} sheets; {chosen!r} was read.")
    empty = [name for name in frame.columns if frame[name].isna().all()]
    if empty and _has_formulas(data, chosen):
        notes.append(
            f"The column {empty[0]!r} is empty because the results of its formulas were never "
            "stored: open the file in Excel, save it, and upload it again."
        )
    return frame, chosen, names, heading, notes


def _open(data: bytes, *, formulas: bool) -> Workbook:
    from openpyxl import load_workbook

    return load_workbook(io.BytesIO(data), read_only=True, data_only=not formulas, keep_links=False)


def _chosen(book: Workbook, sheet: str | None, limits: Limits) -> tuple[str, list[_Numbered]]:
    pages = {page.title: page for page in book.worksheets}
    if sheet is not None:
        if sheet not in pages:
            raise DataError(
                f"The workbook has no sheet {sheet[:40]!r}.",
                expected=f"Sheets: {', '.join(pages)}.",
                remedy="Choose one of these.",
            )
        return sheet, _rows(pages[sheet], limits)
    for title, page in pages.items():
        if page.sheet_state == "visible" and (rows := _rows(page, limits)):
            return title, rows
    return next(iter(pages), ""), []


def _rows(page: Any, limits: Limits) -> list[_Numbered]:
    """Return the rows that hold anything after their numbers; openpyxl yields formatted but empty ones too."""
    page.reset_dimensions()  # what the file says of its own size is often wrong
    rows, size = [], 0
    for number, row in enumerate(page.iter_rows(values_only=True), 1):
        if number > _SHEET_ROWS:
            raise DataError(
                f"The sheet claims to have more than {_SHEET_ROWS:,} rows.",
                expected="Excel itself knows no more.",
                remedy="Copy the filled cells into a new workbook and save that.",
            )
        if any(cell is not None and cell != "" for cell in row):
            rows.append((number, row))
            limits.check_rows(len(rows) - 1)
            limits.check_columns(len(row))
            # A text that many cells share is held once here, but in the table each cell has its own.
            size += sum(map(_size, row))
            limits.check_text(size)
    return rows


def _size(cell: object) -> int:
    if cell is None:
        return _PLACE
    return _PLACE + (len(cell) if isinstance(cell, str) else _NUMBER)


def _framed(numbered: list[_Numbered], layout: Layout) -> tuple[pd.DataFrame, Heading, list[str]]:
    rows = [row for _, row in numbered]
    start = [[_name(cell) for cell in row] for row in rows[:ENOUGH_ROWS]]
    heading = find_heading(start, layout)
    count = heading.above + heading.naming
    width = max(map(len, rows[heading.above :]), default=0)
    names = names_of(start[heading.above : count], width)
    first = rows[heading.above] if heading.naming and sum(map(bool, names)) > 1 else None
    kept = [(number, row) for number, row in numbered[count:] if row != first]
    body = [(*row, *[None] * (width - len(row))) for _, row in kept]
    if not body:
        raise no_rows(names)
    columns = [
        pa.chunked_array([as_column(canonical([_cell(value) for value in column]))])
        for column in zip(*body, strict=True)
    ]
    frame, notes = to_frame(names, columns)
    heading = replace(heading, numbers=RowNumbers.counted([number for number, _ in kept]))
    return frame, heading, [*heading_notes(heading, start[:count], len(rows) - count - len(body)), *notes]


def _name(cell: object) -> str:
    return canonical([_cell(cell)])[0] or ""


def _cell(value: object) -> object:
    """Undo the escapes that Excel writes for control characters (_x000D_), and make "" missing."""
    from openpyxl.utils.escape import unescape

    if isinstance(value, str):
        return (unescape(value) if "_x" in value else value) or None
    return value


def _has_formulas(data: bytes, sheet: str) -> bool:
    cells = (cell for row in _open(data, formulas=True)[sheet].iter_rows() for cell in row)
    return any(cell.data_type == "f" for cell in cells)
