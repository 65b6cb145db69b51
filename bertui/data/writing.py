"""Table -> bytes of a file, in the format that the ending of its name says."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Any

import numpy as np
import pandas as pd

from bertui.data.reading.formats.formulas import harmless, is_formula
from bertui.errors import DataError

_PIECE = 5_000  # rows written at once, so that a large table is not copied whole
# JSON may hold these as they are, but many readers of lines take them for the end of one.
_LINE_ENDS = {ord(one): f"\\u{ord(one):04x}" for one in "\x85\u2028\u2029"}
_EXCEL_ROWS, _EXCEL_COLUMNS, _EXCEL_CELL = 1_048_575, 16_384, 32_767
_EXCEL_DIGITS = 15  # of a number; of longer ones, such as ids, Excel forgets the end


def ending_of(name: str, own: Sequence[str] = ()) -> str:
    """Return the ending that says in which format a file is to be written, in lower case: ".csv", ".csv.gz".

    Args:
        name: Of the file; one without an ending is written as CSV.
        own: Endings of further formats that the task writes, such as ".conll".

    Raises:
        DataError: No such format is written.
    """
    path = PurePath(name.lower())
    packed = path.suffix == ".gz"
    ending = (PurePath(path.stem) if packed else path).suffix
    if not path.suffix:
        return ".csv"
    if ending in WRITERS or ending in own:
        return ending + ".gz" * packed
    raise DataError(
        f"'{PurePath(name).name[:80]}' names a format that answers are not written in.",
        expected=f"An ending of {', '.join(dict.fromkeys((*WRITERS, *own)))}, each also with .gz.",
        remedy="Choose one of these endings.",
    )


def check_fits(frame: pd.DataFrame, ending: str) -> None:
    """Refuse a table that its format cannot hold.

    Raises:
        DataError: More rows, columns or letters in a cell than Excel allows.
    """
    if not ending.startswith(".xlsx"):
        return
    longest = max((int(frame[name].str.len().max()) for name in _filled_texts(frame)), default=0)
    for size, most, what in (
        (len(frame), _EXCEL_ROWS, "rows"), (len(frame.columns), _EXCEL_COLUMNS, "columns"),
        (longest, _EXCEL_CELL, "characters in one cell"),
    ):  # fmt: skip
        if size > most:
            raise DataError(
                f"The table has {size:,} {what}.", expected=f"An Excel sheet holds at most {most:,}.",
                remedy="Write .csv, .jsonl or .parquet instead.",
            )  # fmt: skip


def write_table(frame: pd.DataFrame, ending: str) -> bytes:
    """Return the content of a file whose name has this ending, as ``ending_of`` gives it."""
    return packed(WRITERS[ending.removesuffix(".gz")](frame), ending)


def packed(content: bytes, ending: str) -> bytes:
    """Return the content as gzip where the ending says so; equal content gives equal bytes."""
    return gzip.compress(content, mtime=0) if ending.endswith(".gz") else content


def to_csv(frame: pd.DataFrame) -> bytes:
    """Write a table as CSV that is safe to open in a spreadsheet: UTF-8 with its mark, every text in quotes.

    Texts that a spreadsheet would run as a formula get an apostrophe in front, in headers too; numbers stay
    numbers.
    """
    return _delimited(frame, ",")


def to_tsv(frame: pd.DataFrame) -> bytes:
    """Write a table as ``to_csv`` does, with tabs between the cells."""
    return _delimited(frame, "\t")


def to_json_lines(frame: pd.DataFrame) -> bytes:
    """Write a table as JSON lines, every text and number exactly as it is; missing cells are null."""
    return "".join(f"{record}\n" for record in _records(frame)).encode("utf-8", "replace")


def json_line(record: dict[str, Any]) -> str:
    """Return an object as one line of JSON lines, with the line's end."""
    return json.dumps(record, ensure_ascii=False).translate(_LINE_ENDS) + "\n"


def to_json(frame: pd.DataFrame) -> bytes:
    """Write a table as one JSON list with an object for each row, exact as JSON lines are."""
    return ("[" + ",\n".join(_records(frame)) + "]\n").encode("utf-8", "replace")


def to_parquet(frame: pd.DataFrame) -> bytes:
    """Write a table as Parquet; columns keep their types."""
    written = io.BytesIO()
    frame.to_parquet(written, index=False)
    return written.getvalue()


def to_xlsx(frame: pd.DataFrame) -> bytes:
    """Write a table as an Excel workbook of one sheet.

    A text is stored as text, so Excel runs none as a formula. Columns that hold whole or decimal numbers in
    every filled cell are numbers. Control characters, which no workbook can hold, become "�".
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("answers")
    sheet.freeze_panes = "A2"
    sheet.append([_excel_cell(sheet, str(name)) for name in frame.columns])
    columns = [_excel_values(frame[name]) for name in frame.columns]
    for cells in zip(*columns, strict=True):
        sheet.append([_excel_cell(sheet, cell) for cell in cells])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


WRITERS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    ".csv": to_csv, ".tsv": to_tsv, ".xlsx": to_xlsx, ".jsonl": to_json_lines, ".json": to_json,
    ".parquet": to_parquet,
}  # fmt: skip


def _delimited(frame: pd.DataFrame, mark: str) -> bytes:
    header = pd.DataFrame(columns=[harmless(str(name)) for name in frame.columns])
    written = io.BytesIO(_lines(header, mark, header=True).encode("utf-8-sig", "replace"))
    written.seek(0, io.SEEK_END)
    for start in range(0, len(frame), _PIECE):
        piece = frame.iloc[start : start + _PIECE]
        safe = piece.apply(lambda cells: cells if _is_number(cells) else cells.map(_harmless_cell))
        written.write(_lines(safe, mark, header=False).encode("utf-8", "replace"))
    return written.getvalue()


def _lines(frame: pd.DataFrame, mark: str, *, header: bool) -> str:
    return frame.to_csv(None, sep=mark, header=header, index=False, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")


def _is_number(cells: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_bool_dtype(cells))


def _harmless_cell(cell: Any) -> Any:
    return harmless(cell) if isinstance(cell, str) else cell


def _records(frame: pd.DataFrame) -> list[str]:
    names = [str(name) for name in frame.columns]
    rows = frame.itertuples(index=False, name=None)
    records = (dict(zip(names, map(_plain_value, cells), strict=True)) for cells in rows)
    return [json.dumps(record, ensure_ascii=False).translate(_LINE_ENDS) for record in records]


def _plain_value(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell
    if pd.isna(cell):
        return None
    return cell.item() if isinstance(cell, np.generic) else cell


def _filled_texts(frame: pd.DataFrame) -> list[Any]:
    return [name for name in frame.columns if frame[name].dtype == "str" and frame[name].notna().any()]


def _excel_values(cells: pd.Series) -> list[Any]:
    """Return a column's cells; as numbers where each is written as Excel would write it."""
    if _is_number(cells):
        return cells.tolist()
    values = [_plain_value(cell) for cell in cells]
    numbers = [None if value is None else _excel_number(value) for value in values]
    return (
        numbers if all((one is None) == (value is None) for one, value in zip(numbers, values, strict=True)) else values
    )


def _excel_number(value: Any) -> int | float | None:
    """Return the number that a text is, if it is the shortest way to write it, so that nothing is lost."""
    if not isinstance(value, str) or len(value) > _EXCEL_DIGITS:
        return None
    try:
        number: int | float = int(value) if value.lstrip("-").isdecimal() else float(value)
    except ValueError:
        return None
    return number if str(number) == value and np.isfinite(number) else None


def _excel_cell(sheet: Any, value: Any) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    if not isinstance(value, str):
        return None if isinstance(value, float) and np.isnan(value) else value
    cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("�", value)[:_EXCEL_CELL])
    cell.data_type = "s"  # openpyxl takes a text that begins with "=" for a formula
    cell.quotePrefix = is_formula(value)  # still a text after somebody has edited it
    return cell
