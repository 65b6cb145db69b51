"""How much text Arrow columns become, counted before it is made: a dictionary holds a text once for a million cells."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

_VALUE = 24  # bytes of a number, date or truth value as text, its place included
_NESTED = 40  # bytes of a value within a list or record, which Python holds one by one


def column_size(column: pa.ChunkedArray) -> int:
    """Return how many bytes the cells of a column have as text, at least roughly."""
    return sum(_size(chunk, _VALUE) for chunk in column.chunks)


def _size(array: pa.Array, value: int) -> int:
    """Return the bytes of an array as text; each value that is not text counts ``value``."""
    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        return _size(array.storage, value)
    if pa.types.is_dictionary(kind):
        return _total(pc.take(_lengths(array.dictionary, value), array.indices)) + 8 * len(array)
    if pa.types.is_struct(kind):
        names = sum(len(field.name.encode()) for field in kind)
        return len(array) * names + sum(_size(child, _NESTED) for child in array.flatten())
    if pa.types.is_map(kind):
        return _NESTED * len(array) + _sizes([array.keys, array.items])
    if _is_list(kind):
        return _NESTED * len(array) + _size(array.flatten(), _NESTED)
    return _total(_lengths(array, value)) + 8 * len(array)


def _sizes(arrays: Iterable[pa.Array]) -> int:
    return sum(_size(array, _NESTED) for array in arrays)


def _lengths(array: pa.Array, value: int) -> pa.Array:
    """Return the bytes of each value of a flat array."""
    kind = array.type
    if pa.types.is_string_view(kind) or pa.types.is_binary_view(kind):
        array, kind = array.cast(pa.large_binary()), pa.large_binary()
    if pa.types.is_fixed_size_binary(kind):
        value = kind.byte_width
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or _is_binary(kind):
        return pc.cast(pc.binary_length(array), pa.int64())
    return pa.repeat(pa.scalar(value, pa.int64()), len(array))


def _total(lengths: pa.Array) -> int:
    return pc.sum(lengths).as_py() or 0


def _is_binary(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _is_list(kind: pa.DataType) -> bool:
    checks = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list, pa.types.is_list_view)
    return any(check(kind) for check in (*checks, pa.types.is_large_list_view))
