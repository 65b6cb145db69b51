"""The choices of a question in one cell, as a list or as {"text": [...], "label": [...]} -> a column for each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from bertui.data.cells.cell_readers import parsed_or
from bertui.data.phrases import count
from bertui.data.reading.shapes.shape import Kinds, Shaped, named, put_in_place

_NAMES = ("choices", "options", "endings", "candidates", "alternatives", "answer_choices")
_KEYS = ("answerkey", "answer_key", "answer", "label", "correct", "gold", "target")
_VARIED = 0.5  # of the items differ, or they are labels that come back
_MOST = 10


def read(frame: pd.DataFrame, kinds: Kinds) -> Shaped | None:
    """Return the frame with one column for each choice; a row with fewer than others leaves the last ones blank."""
    column = named(list(kinds), *_NAMES)
    if column is None or kinds[column] not in ("texts", "record"):
        return None
    rows = [_choices(parsed_or(cell)) for cell in frame[column]]
    filled = [texts for texts, _ in rows if texts]
    if not _are_choices(filled):
        return None
    width = max(map(len, filled))
    stem = column.strip().rstrip("s")
    fresh = {
        f"{stem} {place + 1}": [texts[place] if place < len(texts) else None for texts, _ in rows]
        for place in range(width)
    }
    shaped, note = _key_by_place(frame, column, [names for _, names in rows])
    widths = Counter(map(len, filled))
    fewer = count(len(filled) - widths[width], "row has", "rows have")
    more = "" if len(widths) == 1 else f" {fewer} fewer than {width}, which training leaves out."
    summary = f"The column '{column}' holds {width} choices in each cell; each has a column of its own here.{more}"
    return Shaped(put_in_place(shaped, column, fresh), (summary, *note))


def _choices(value: Any) -> tuple[list[str], list[str]]:
    """Return the texts of the choices, and the names that the file gives them (A, B ...), if any."""
    names: list[str] = []
    if isinstance(value, dict):
        inner = {str(key).casefold(): choice for key, choice in value.items()}
        names = [str(name) for name in inner.get("label", inner.get("labels", [])) if name is not None]
        value = inner.get("text", inner.get("choices", inner.get("options")))
        if value is None and all(isinstance(choice, str) for choice in inner.values()):  # {"A": "...", "B": "..."}
            names, value = [name.upper() for name in inner], list(inner.values())
    texts = [str(item) for item in value if item is not None] if isinstance(value, list) else []
    return texts, names if len(names) == len(texts) else []


def _are_choices(rows: Sequence[list[str]]) -> bool:
    """Whether there are between two and ten in nearly every row, and hardly any comes back."""
    items = Counter(text for row in rows for text in row)
    many = [2 <= len(row) <= _MOST for row in rows]
    return bool(rows) and sum(many) >= 0.9 * len(rows) and len(items) >= _VARIED * items.total()


def _key_by_place(frame: pd.DataFrame, column: str, names: list[list[str]]) -> tuple[pd.DataFrame, list[str]]:
    """Write the right choice as a letter by its place where some rows name their choices otherwise than others."""
    key = named([str(name) for name in frame.columns if name != column], *_KEYS)
    if key is None or len({tuple(row) for row in names if row}) < 2:
        return frame, []
    cells, changed = [], 0
    for cell, row in zip(frame[key], names, strict=True):
        place = row.index(cell.strip()) if isinstance(cell, str) and cell.strip() in row else None
        cells.append(cell if place is None else chr(ord("A") + place))
        changed += cells[-1] != cell
    if not changed:
        return frame, []
    note = (
        f"In {changed:,} rows the choices are not called A, B, C ...; the right one ('{key}') is written as a letter."
    )
    return frame.assign(**{key: pd.Series(cells, index=frame.index, dtype="str")}), [note]
