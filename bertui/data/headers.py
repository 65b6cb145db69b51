"""Columns as read -> frame: every column has a name, one only, and the first row is one of names."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable

_MANY_WORDS, _LONG = 8, 60  # a column name of so many words or letters is more likely a text


def as_column(cells: Iterable[str | None]) -> pa.Array:
    """Return the cells (None is missing) as an Arrow column of text; half surrogates become \ufffd."""
    cells = list(cells)
    try:
        return pa.array(cells, pa.large_string())
    except UnicodeEncodeError:  # JSON may hold "\ud83d" alone, which no text encoding can store
        whole = [c and c.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for c in cells]
        return pa.array(whole, pa.large_string())


def to_frame(names: Sequence[str], columns: Sequence[pa.ChunkedArray]) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame of text columns with mended names, and one sentence for each thing mended."""
    stripped = [name.strip(" \t\r\n\f\v\ufeff\u00a0") for name in names]
    kept = [i for i, name in enumerate(stripped) if name or columns[i].null_count < len(columns[i])]
    final, notes = _named([stripped[i] for i in kept], kept)
    if left := len(stripped) - len(kept):
        notes.append(
            f"{left} column{'s' * (left > 1)} without a name and without values "
            f"{'were' if left > 1 else 'was'} left out."
        )
    frame = pa.table([columns[i] for i in kept], final).to_pandas()
    return frame.astype("str"), notes


def _named(names: list[str], places: list[int]) -> tuple[list[str], list[str]]:
    """Give a blank name its place ("column 3") and a repeated one a number ("text (2)")."""
    taken, final, notes = set(names), [], []
    for name, place in zip(names, places, strict=True):
        new = name or f"column {place + 1}"
        if new in final or (not name and new in taken):
            new = next(n for i in count(2) if (n := f"{new} ({i})") not in taken)
        if not name:
            notes.append(f"Column {place + 1} has no name; it is called {new!r} here.")
        elif new != name:
            notes.append(
                f"The column name {name!r} occurs more than once; the one in column {place + 1} is called {new!r} here."
            )
        taken.add(new)
        final.append(new)
    return final, notes


def missing_header(names: Sequence[str], columns: Sequence[pa.ChunkedArray]) -> str:
    """Return a sentence when the first row looks like data rather than like column names, else ""."""
    if not any(_like_data(name.strip(), column) for name, column in zip(names, columns, strict=True)):
        return ""
    shown = ", ".join(f'"{name[:40]}{"…" * (len(name) > 40)}"' for name in names[:4])
    more = ", …" if len(names) > 4 else ""
    return f"The first row was taken as the header: {shown}{more}. If it is data, add a first line with column names."


def _like_data(name: str, column: pa.ChunkedArray) -> bool:
    if not name:
        return False
    number = name.lstrip("+-").replace(".", "", 1).isdecimal()
    if number or len(name) > _LONG or len(name.split()) >= _MANY_WORDS:
        return True
    repeats = pc.sum(pc.equal(column, name)).as_py() or 0
    return repeats >= max(1, len(column) / 200)
