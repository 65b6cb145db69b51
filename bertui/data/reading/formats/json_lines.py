"""JSON lines, or one JSON value that holds a table -> frame."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator

import pandas as pd
import pyarrow as pa

from bertui.data.cells.typed import canonical
from bertui.data.reading.formats.headers import as_column, to_frame
from bertui.data.reading.formats.json_tables import rows_of
from bertui.data.reading.formats.limits import Limits, no_rows
from bertui.errors import DataError

_EXPECTED = 'Each line is expected to be one JSON object: {"text": "...", "label": "..."}.'
_REMEDY = "Write the table as JSON lines or CSV and upload that."
_BROKEN = (ValueError, RecursionError)  # not JSON, a number of 5,000 digits; thousands of nested brackets


def looks_like_json(clean: bytes) -> bool:
    """Say whether the text starts with a JSON object, on its own or in an array, as no CSV header does."""
    return bool(re.match(rb'\s*\[?\s*\{\s*"[^"]*"\s*:', clean))


def is_one_value(clean: bytes) -> bool:
    """Say whether the text is one JSON value rather than an object a line; nothing is parsed for it."""
    first, _, rest = clean.lstrip().partition(b"\n")
    return first[:1] == b"[" or not first.rstrip().endswith(b"}") or not rest.strip()


def read_json(clean: bytes, limits: Limits) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame of the objects, one column per key, and notes.

    Raises:
        DataError: a line that is not a JSON object, which the message names; no rows or too many.
    """
    value = _parsed(clean) if is_one_value(clean) else None
    if value == []:
        raise no_rows([])
    table = rows_of(value)
    columns = _columns(_lines(clean) if table is None else table.rows, limits)
    if not columns:
        raise no_rows([])
    texts = [pa.chunked_array([as_column(canonical(values))]) for values in columns.values()]
    frame, notes = to_frame(list(columns), texts)
    return frame, [table.note, *notes] if table is not None and table.note else notes


def _columns(rows: Iterable[dict[str, object]], limits: Limits) -> dict[str, list[object]]:
    columns: dict[str, list[object]] = {}
    for count, row in enumerate(rows):
        for key in row:
            if key not in columns:
                columns[key] = [None] * count
        limits.check_columns(len(columns))
        for key, values in columns.items():
            values.append(row.get(key))
        limits.check_rows(count + 1)
    return columns


def _parsed(text: bytes | str) -> object:
    try:
        return json.loads(text)
    except _BROKEN:
        return None


def _lines(clean: bytes) -> Iterator[dict[str, object]]:
    if clean.lstrip()[:1] == b"[":
        raise _no_array(clean)
    for number, line in enumerate(io.TextIOWrapper(io.BytesIO(clean), "utf-8"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except _BROKEN as error:
            if number == 1 and (whole := _parsed(clean)) is not None:
                raise _not_rows(whole) from error
            raise DataError(
                f"Line {number} is not valid JSON: {_shown(line)}.",
                expected=_EXPECTED,
                remedy=f"Mend line {number}, or upload the table as CSV.",
            ) from error
        if not isinstance(row, dict):
            raise DataError(f"Line {number} is not a JSON object: {_shown(line)}.", expected=_EXPECTED, remedy=_REMEDY)
        yield row


def _no_array(clean: bytes) -> DataError:
    try:
        return _not_rows(json.loads(clean))
    except _BROKEN as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        return DataError(
            f"The file starts like a JSON array but is not valid JSON{where}.",
            expected="An array of objects, or one object a line, is expected.",
            remedy="Write the table again; perhaps the file was cut off.",
        )


def _not_rows(whole: object) -> DataError:
    keys = f" with the keys {_shown(', '.join(whole))}" if isinstance(whole, dict) else ""
    kind = "one JSON object" if isinstance(whole, dict) else "JSON, but not a list of objects"
    return DataError(f"The file is {kind}{keys}, not a table.", expected=_EXPECTED, remedy=_REMEDY)


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text[:60] + " …" * (len(text) > 60)
