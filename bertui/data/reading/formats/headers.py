"""Columns as read -> frame: every column has a name, one only."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from bertui.data.reading.formats.heading import Heading

if TYPE_CHECKING:
    from collections.abc import Iterable


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


def names_of(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Return a name for each column: the first that a header row gives; by their place where there is no such row."""
    if not rows:
        return [f"column {place + 1}" for place in range(width)]
    return [next((row[at] for row in rows if at < len(row) and row[at].strip()), "") for at in range(width)]


def heading_notes(heading: Heading, rows: Sequence[Sequence[str]], repeated: int) -> list[str]:
    """Say which of the ``rows`` above the data name the columns and which were left out."""
    above, naming = rows[: heading.above], rows[heading.above :]
    notes = []
    if above:
        were = "rows were" if len(above) > 1 else "row was"
        notes.append(f"{len(above)} {were} left out above the header: {_shown(above[0])}.")
    if not naming:
        like = "looks like names, yet it" if heading.doubtful else "holds values like the rows below it and"
        notes.append(
            f"The first row {like} was read as data; the columns are named by their place. If it does name them, read "
            "the file with 1 header row."
        )
    if len(naming) > 1:
        were = "header rows were" if len(naming) > 2 else "header row was"
        notes.append(f"{len(naming) - 1} more {were} left out under the column names: {_shown(naming[1])}.")
    if heading.doubtful and naming:
        notes.append(
            f"The first row was taken as the header: {_shown(naming[0])}. If it is data, read the file with 0 header "
            "rows."
        )
    if repeated:
        rows = f"{repeated:,} rows that repeat the header were" if repeated > 1 else "1 row that repeats the header was"
        notes.append(f"{rows} left out.")
    return notes


def _shown(row: Sequence[str]) -> str:
    cells = [cell.strip() for cell in row if cell.strip()]
    shown = ", ".join(f'"{cell[:40]}{"…" * (len(cell) > 40)}"' for cell in cells[:4])
    return shown + ", …" * (len(cells) > 4)
