"""Uploaded bytes -> frame of texts, and how they were read: every diagnosis of a bad file starts here.

The content decides what a file is, then its name, then a look at its first line. The readers of the single
formats are beside this file; each says in plain sentences what it mended, and raises DataError for the rest.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import PurePath
from typing import Any, TypedDict, Unpack

import pandas as pd

from bertui.data.cells.numbers import DELIMITER
from bertui.data.file_layout import UNKNOWN, Layout
from bertui.data.reading.formats.decoding import decode
from bertui.data.reading.formats.delimited import read_delimited
from bertui.data.reading.formats.limits import MAX_COLUMNS, MAX_ROWS, MAX_UNPACKED, Limits, check_lines, mib, too_large
from bertui.data.reading.formats.parquet import read_parquet
from bertui.data.reading.formats.signatures import check_name, container, not_a_table
from bertui.data.reading.formats.text_formats import text_format
from bertui.data.reading.formats.workbook import read_workbook
from bertui.data.reading.shapes.all_shapes import reshaped
from bertui.data.row_numbers import BELOW_HEADER, ONE_BY_ONE, RowNumbers, Starts
from bertui.errors import DataError

SUFFIXES = [
    "csv", "tsv", "tab", "txt", "jsonl", "ndjson", "json", "parquet", "xlsx", "gz", "conll", "conllu", "iob", "iob2",
    "bio", "tags", "md",
]  # fmt: skip
"""Endings of the names of files that are read, as a person chooses among files; the content decides all the same."""

_TABBED = (".tsv", ".tab")


class ReadingOptions(TypedDict, total=False):
    """What a person says of how a file is to be read, as in ``Reading``; what is missing or None is found out."""

    encoding: str | None
    delimiter: str | None
    sheet: str | None
    header_rows: int | None
    skip_rows: int | None
    as_it_stands: bool | None


@dataclass(frozen=True, slots=True)
class Reading:
    """How the bytes were read, to be shown and changed: the defaults mean "not for this format".

    Attributes:
        format: "csv" (TSV is CSV with a tab), "parquet", "xlsx", or the name of one of ``TEXT_FORMATS``.
        encoding: of text formats.
        delimiter: of CSV.
        sheet: of a workbook, the one read; ``sheets`` are all.
        header_rows: of CSV and workbooks, how many rows name the columns; 0: they are named by their place.
        skip_rows: of CSV and workbooks, how many rows above them are left out; blank ones do not count.
        notes: plain sentences on what was mended.
        row_starts: which numbers a spreadsheet gives to the rows, see ``RowNumbers``.
        as_it_stands: rows and cells were left as they are, whatever shape they have.
        shapes: names of the shapes of ``data/shapes`` that were found in the rows and turned into others.
    """

    format: str
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    sheets: tuple[str, ...] = ()
    header_rows: int | None = None
    skip_rows: int | None = None
    row_starts: Starts = BELOW_HEADER.starts
    notes: tuple[str, ...] = ()
    as_it_stands: bool = False
    shapes: tuple[str, ...] = ()

    @property
    def layout(self) -> Layout:
        """How the rows lie in the file, which files of the same shape share."""
        return Layout(self.header_rows, self.skip_rows, self.as_it_stands or None)

    @property
    def numbers(self) -> RowNumbers:
        """The numbers of the rows in the file."""
        return RowNumbers(self.row_starts)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values, from which ``from_json`` makes an equal Reading."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Reading:
        """Return the Reading that ``to_json`` wrote."""
        read: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in values.items()
        }
        starts = read.get("row_starts", BELOW_HEADER.starts)  # tables of version 0.1 do not say
        return cls(**read | {"row_starts": tuple((int(row), int(number)) for row, number in starts)})


def read_table(data: bytes, name: str, **options: Unpack[ReadingOptions]) -> tuple[pd.DataFrame, Reading]:
    """Return the table in an uploaded file as texts, and how it was read.

    Args:
        data: the file.
        name: its name; only the suffix is used, and the name in messages.
        options: what the person chose instead of the guesses; ``as_it_stands`` leaves rows and cells as they are where
            they have one of the known shapes.

    Returns:
        A frame with a RangeIndex and one "str" column per named column, missing cells as NA; the Reading.

    Raises:
        DataError: the bytes hold no table that can be read; the message names the file and the lines.
    """
    try:
        frame, reading = _read(data, name, options)
        if options.get("as_it_stands"):
            return frame, replace(reading, as_it_stands=True)
        frame, numbers, shapes, notes = _reshaped(frame, reading.numbers)
        return frame, replace(reading, row_starts=numbers.starts, shapes=shapes, notes=(*reading.notes, *notes))
    except DataError as error:
        raise DataError(f"File {_shown(name)}: {error.found}", expected=error.expected, remedy=error.remedy) from error
    except (MemoryError, RecursionError) as error:
        what = "needs more memory than there is" if isinstance(error, MemoryError) else "is nested too deeply"
        raise DataError(
            f"File {_shown(name)} {what}.",
            expected="A table of texts is expected.",
            remedy="Keep only the columns you need, or take a sample of the rows.",
        ) from error


def _reshaped(frame: pd.DataFrame, numbers: RowNumbers) -> tuple[pd.DataFrame, RowNumbers, tuple[str, ...], list[str]]:
    """Return the frame in the shape that tasks take, and the numbers of its rows: those of the file where rows stay."""
    named = frame.set_axis(pd.Index(numbers.all(range(len(frame))), dtype="int64"))  # messages then name them so
    shaped, shapes, notes = reshaped(named)
    if not shapes:
        return frame, numbers, shapes, notes
    made_of_others = not shaped.index.isin(named.index).all() or not shaped.index.is_unique
    kept = ONE_BY_ONE if made_of_others else RowNumbers.counted(shaped.index.to_numpy())
    return shaped.reset_index(drop=True), kept, shapes, notes


def read_alike(
    data: bytes, name: str, layout: Layout, columns: Iterable[str], **options: Unpack[ReadingOptions]
) -> tuple[pd.DataFrame, Reading]:
    """Read a file like another one of the same shape, so that it has the columns that are needed.

    Where the other one names its columns by their place, so does this one, whatever its cells look like; else its own
    cells decide, and the other's layout where the columns are not found so. What a person left as it stands there is
    left so here.

    Args:
        layout: of the other file.
        columns: needed ones.
        options: as in ``read_table``; they count more than the layout.
    """
    if layout.as_it_stands:  # which only a person says
        options = {"as_it_stands": True, **options}
    alike: ReadingOptions = {"header_rows": layout.header_rows, "skip_rows": layout.skip_rows, **options}
    ways = [alike, options] if layout.header_rows == 0 else [options, alike]
    for way in ways if layout != UNKNOWN else []:
        with suppress(DataError):
            frame, reading = read_table(data, name, **way)
            if set(columns) <= set(frame.columns):
                return frame, reading
    return read_table(data, name, **options)


def _read(data: bytes, name: str, options: ReadingOptions) -> tuple[pd.DataFrame, Reading]:
    limits = Limits(MAX_ROWS, MAX_COLUMNS)
    kind = container(data)
    if kind == "gzip":
        data, name = _unpacked(data), name.removesuffix(".gz")
        kind = container(data)
    if kind == "gzip":
        raise not_a_table("a gzip file within a gzip file", "Unpack it once and upload that.")
    if kind == "parquet":
        frame, notes = read_parquet(data, limits)
        return frame, Reading("parquet", notes=tuple(notes))
    if kind == "xlsx":
        frame, sheet, sheets, rows, notes = read_workbook(data, options.get("sheet"), limits, _heading(options))
        return frame, Reading("xlsx", sheet=sheet, sheets=sheets, header_rows=rows.naming, skip_rows=rows.above,
                              row_starts=rows.numbers.starts, notes=tuple(notes))  # fmt: skip
    return _read_text(data, PurePath(name).suffix.lower(), options, limits)


def _heading(options: ReadingOptions) -> Layout:
    above, naming = options.get("skip_rows"), options.get("header_rows")
    for title, rows in (("rows to skip", above), ("header rows", naming)):
        if rows is not None and rows < 0:
            raise DataError(
                f"{rows} cannot be the number of {title}.", expected="0 or more.",
                remedy="Give such a number, or leave it to be found by itself.",
            )  # fmt: skip
    return Layout(naming, above)


def _read_text(data: bytes, suffix: str, options: ReadingOptions, limits: Limits) -> tuple[pd.DataFrame, Reading]:
    check_name(suffix)
    text, delimiter = decode(data, options.get("encoding")), options.get("delimiter")
    if not text.clean.strip():
        raise DataError(
            "The file is empty." if not data else "The file holds nothing but white space.",
            expected="A header and at least one row are expected.",
            remedy="Check that you chose the right file, and upload it again.",
        )
    if delimiter is None and (other := text_format(text.clean, suffix)) is not None:  # one asked for means CSV
        other.check(text.clean)
        frame, notes = other.read(text.clean, limits)
        notes = [*text.notes, *notes]
        return frame, Reading(other.name, encoding=text.encoding, row_starts=ONE_BY_ONE.starts, notes=tuple(notes))
    check_lines(text.clean)
    preferred = "\t" if suffix in _TABBED else ","
    frame, mark, rows, notes = read_delimited(text.clean, delimiter, preferred, limits, _heading(options))
    frame.attrs[DELIMITER] = mark
    return frame, Reading("csv", encoding=text.encoding, delimiter=mark, header_rows=rows.naming, skip_rows=rows.above,
                          row_starts=rows.numbers.starts, notes=(*text.notes, *notes))  # fmt: skip


def _unpacked(data: bytes) -> bytes:
    """Unpack gzip, but never more than may come: a bomb of 1 MiB holds 1 GiB."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            content = file.read(MAX_UNPACKED + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise not_a_table(
            "a damaged gzip file (its end may be missing)",
            "Upload it again, or unpack it and upload the table itself.",
        ) from error
    if len(content) > MAX_UNPACKED:
        raise too_large(f"The gzip file unpacks to more than {mib(MAX_UNPACKED)}.", MAX_UNPACKED)
    return content


def _shown(name: str) -> str:
    """Return a file's name as a person may safely be shown it: quoted, one line, nothing invisible."""
    return repr(name if len(name) <= 80 else name[:79] + "…")
