"""Several files, one for each part, as one table with a split column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from bertui.errors import DataError


def join_parts(parts: Mapping[str, pd.DataFrame], needed: Sequence[str]) -> tuple[pd.DataFrame, str]:
    """Put the frames of train, validation and test under each other; return them and the split column's name.

    Args:
        parts: Frame by the name of its part; the first one's columns come first.
        needed: Columns that each must have: texts and label.

    Raises:
        DataError: One lacks a needed column.
    """
    check_columns(parts, needed)
    taken = {column for frame in parts.values() for column in frame.columns}
    name = next(name for name in ("split", *(f"split {n}" for n in range(2, len(taken) + 3))) if name not in taken)
    marked = [frame.assign(**{name: part}) for part, frame in parts.items()]
    return pd.concat(marked, ignore_index=True).astype("str"), name


def check_columns(parts: Mapping[str, pd.DataFrame], needed: Sequence[str]) -> None:
    """Refuse parts of which one lacks a needed column."""
    for part, frame in parts.items():
        missing = [column for column in needed if column not in frame.columns]
        if missing:
            raise DataError(
                f"The {part} file has no column {', '.join(map(repr, missing))}.",
                expected=f"The training file's columns. This one has: {', '.join(map(str, frame.columns))}.",
                remedy="Rename its columns, or choose another file.",
            )
