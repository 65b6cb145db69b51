"""Excel workbook (.xlsx) -> frame of one of its sheets."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

import pandas as pd
import pyarrow as pa

from bertui.data.headers import as_column, missing_header, to_frame
from bertui.data.limits import Limits, no_rows
from bertui.data.signatures import not_a_table
from bertui.data.typed import canonical
from bertui.errors import DataError

if TYPE_CHECKING:
    from openpyxl import Workbook

# What openpyxl lets through from a workbook that is cut off or was put together wrongly.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    EOFError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OSError,
)
_Row = tuple[Any, ...]


def read_workbook(
    data: bytes, sheet: str | None, limits: Limits
) -> tuple[pd.DataFrame, str, tuple[str, ...], list[str]]:
    """Return the frame, the sheet it comes from, the names of all sheets, and notes.

    Formulas count as the result that Excel stored with them. Without ``sheet`` the first visible sheet
    that holds anything is read.

    Raises:
        DataError: an unknown sheet, a damaged workbook, a sheet without rows, or too many of them.
    """
    try:
        book = _open(data, formulas=False)
        names = tuple(page.title for page in book.worksheets)
        chosen, rows = _chosen(book, sheet, limits)
    except _DAMAGED as error:
        raise not_a_table(
            "an Excel workbook that is damaged (its end may be missing)",
            "Open it in Excel, save it anew and upload that.",
        ) from error
    if len(rows) < 2:
        raise no_rows([_name(cell) for cell in rows[0]] if rows else [])
    frame, notes = _framed(rows)
    if len(names) > 1 and sheet is None:
        notes.insert(0, f"The workbook has {len(names)} sheets; {chosen!r} was read.")
    empty = [name for name in frame.columns if frame[name].isna().all()]
    if empty and _has_formulas(data, chosen):
        notes.append(
            f"The column {empty[0]!r} is empty because the results of its formulas were never "
            "stored: open the file in Excel, save it, and upload it again."
        )
    return frame, chosen, names, notes


def _open(data: bytes, *, formulas: bool) -> Workbook:
    from openpyxl import load_workbook

    return load_workbook(io.BytesIO(data), read_only=True, data_only=not formulas)


def _chosen(book: Workbook, sheet: str | None, limits: Limits) -> tuple[str, list[_Row]]:
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


def _rows(page: Any, limits: Limits) -> list[_Row]:
    """Return the rows that hold anything; openpyxl yields formatted but empty ones too."""
    page.reset_dimensions()  # what the file says of its own size is often wrong
    rows = []
    for row in page.iter_rows(values_only=True):
        if any(cell is not None and cell != "" for cell in row):
            rows.append(row)
            limits.check_rows(len(rows) - 1)
            limits.check_columns(len(row))
    return rows


def _framed(rows: list[_Row]) -> tuple[pd.DataFrame, list[str]]:
    width = max(map(len, rows))
    header, *body = [(*row, *[None] * (width - len(row))) for row in rows]
    names = [_name(cell) for cell in header]
    columns = [
        pa.chunked_array([as_column(canonical([_cell(value) for value in column]))])
        for column in zip(*body, strict=True)
    ]
    frame, notes = to_frame(names, columns)
    if note := missing_header(names, columns):
        notes.append(note)
    return frame, notes


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
