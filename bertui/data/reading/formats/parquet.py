"""Parquet -> frame."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from bertui.data.cells.typed import canonical
from bertui.data.reading.formats.arrow_sizes import column_size
from bertui.data.reading.formats.headers import as_column, to_frame
from bertui.data.reading.formats.limits import Limits, no_rows
from bertui.data.reading.formats.signatures import not_a_table

if TYPE_CHECKING:
    from pyarrow.parquet import FileMetaData, ParquetFile, ParquetSchema, RowGroupMetaData

# Bytes of a value in memory by its physical type; of a text its place in the dictionary.
_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "INT64": 8, "INT96": 8, "FLOAT": 4, "DOUBLE": 8, "BYTE_ARRAY": 4}


def read_parquet(data: bytes, limits: Limits) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame with every value as its canonical text, and notes.

    Raises:
        DataError: the file is damaged, holds no rows, or is too large; the sizes are checked before reading.
    """
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(data))
        _check_size(file, limits)
        # Texts stay in their dictionaries, where a million cells may share one.
        table = pq.ParquetFile(io.BytesIO(data), read_dictionary=_text_columns(file.metadata)).read()
    except (pa.ArrowException, OSError) as error:
        raise not_a_table(
            "a damaged Parquet file (its end may be missing)", "Upload it again, or write it anew."
        ) from error
    size = 0
    for column in table.columns:
        size += column_size(column)
        limits.check_text(size)
    names: list[str] = []
    columns, notes = [], []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if name.startswith("__index_level_"):
            notes.append(f"The row index that pandas stored ({name}) was left out.")
            continue
        try:
            columns.append(_texts(column))
            names.append(name)
        except UnicodeDecodeError:
            notes.append(f"The column {name!r} holds binary data, not text, and was left out.")
    if not columns:
        raise no_rows([])
    frame, more = to_frame(names, columns)
    return frame, [*notes, *more]


def _check_size(file: ParquetFile, limits: Limits) -> None:
    limits.check_rows(file.metadata.num_rows)
    limits.check_columns(len(file.schema_arrow.names))
    if not file.metadata.num_rows:
        raise no_rows(file.schema_arrow.names)
    groups = [file.metadata.row_group(i) for i in range(file.metadata.num_row_groups)]
    limits.check_text(sum(group.total_byte_size for group in groups))
    limits.check_text(sum(_held(group, file.metadata.schema) for group in groups))


def _held(group: RowGroupMetaData, schema: ParquetSchema) -> int:
    """Return the bytes that the values of a row group take in memory, texts apart: lists may hold millions in a row."""
    columns = (group.column(i) for i in range(group.num_columns))
    widths = (_WIDTHS.get(schema.column(i).physical_type) or schema.column(i).length for i in range(group.num_columns))
    return sum(column.num_values * width for column, width in zip(columns, widths, strict=True))


def _text_columns(metadata: FileMetaData) -> list[str]:
    leaves = [metadata.schema.column(i) for i in range(metadata.num_columns)]
    return [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY" and leaf.logical_type.type != "DECIMAL"]


def _texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    if pa.types.is_dictionary(kind):
        kind, column = kind.value_type, column.cast(kind.value_type)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.large_string())
    values = _pythons(column)
    if pa.types.is_float16(kind) or pa.types.is_float32(kind):
        # The shortest text that tells the number from its neighbours: 0.1, not 0.10000000149011612.
        single: type[np.floating] = kind.to_pandas_dtype()
        values = [v if v is None else float(str(single(v))) for v in values]
    return pa.chunked_array([as_column(canonical(values))], pa.large_string())


def _pythons(column: pa.ChunkedArray) -> list[Any]:
    try:
        values: list[Any] = column.to_pylist()
    except (ValueError, OverflowError):  # a date beyond the year 9999
        values = column.cast(pa.large_string()).to_pylist()
    return values
