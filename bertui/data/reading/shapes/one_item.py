"""Lists that hold exactly one item in every row -> the item: one label for each row, not several."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from bertui.data.cells.cell_readers import parsed_or
from bertui.data.reading.shapes.shape import Kinds, Shaped

_FEW = 2  # different items below which a column says nothing


def read(frame: pd.DataFrame, kinds: Kinds) -> Shaped | None:
    """Return the frame with the items in place of their lists."""
    fresh: dict[str, pd.Series] = {}
    for name, kind in kinds.items():
        if kind in ("texts", "whole numbers") and (items := _items(frame[name])) is not None:
            fresh[name] = pd.Series(items, index=frame.index, dtype="str")
    if not fresh:
        return None
    shown = ", ".join(f"'{name}'" for name in fresh)
    return Shaped(
        frame.assign(**fresh), (f"Each list of the column {shown} holds one item, which was read as the cell.",)
    )


def _items(cells: pd.Series) -> list[str | None] | None:
    values = [parsed_or(cell) for cell in cells]
    filled = [value for value in values if not (value is None or value != value)]
    if not all(isinstance(value, list) and len(value) == 1 and value[0] is not None for value in filled):
        return None
    items = [_text(value[0]) if isinstance(value, list) else None for value in values]
    return items if len(set(items)) >= _FEW else None


def _text(item: Any) -> str:
    return item if isinstance(item, str) else json.dumps(item)
