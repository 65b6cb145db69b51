"""What the cells of a column hold, where they hold structure: lists of texts or numbers, spans, records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from bertui.data.cells.printed import OPENS, parsed

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["texts", "whole numbers", "vectors", "fractions", "offsets", "records", "record", "lists", "nothing"]
"""What the cells of a column hold: lists of texts, of whole numbers, of 0 and 1 by place, of other numbers, of
spans [start, end, name], of records, one record, other lists, or nothing but empty lists."""

WORDS: dict[Kind, str] = {
    "texts": "lists of texts",
    "whole numbers": "lists of numbers",
    "vectors": "lists of 0 and 1, all of one length",
    "fractions": "lists of numbers with fractions",
    "offsets": "spans with offsets",
    "records": "lists of records",
    "record": "records",
    "lists": "lists within lists",
    "nothing": "empty lists",
}

_LOOK = 1_000  # different cells from which a column's kind is recognised
_MARKS = ("start", "start_offset", "begin", "from"), ("end", "end_offset", "stop", "to")
_KINDS_OF_SPAN = ("label", "labels", "tag", "type", "entity", "entity_group", "class", "category", "ner")


class CharacterSpan(NamedTuple):
    """Characters of a text, ``start`` to before ``stop``, with the name that somebody gave them."""

    start: int
    stop: int
    name: str
    text: str | None = None  # what stands there, where the file says so


def kind_of(cells: pd.Series) -> Kind | None:
    """Return what the cells of a column hold; None where fewer than half of the filled ones hold structure."""
    filled = cells.dropna()
    first = filled.head(_LOOK).str.lstrip()
    if not len(first) or first.str.match(OPENS.pattern).mean() < 0.5:
        return None
    look = [cell for cell in filled.unique()[:_LOOK] if cell.strip()]
    values = [value for cell in look if (value := parsed(cell)) is not None]
    return _kind(values) if values and 2 * len(values) >= len(look) else None


def kinds_of(frame: pd.DataFrame) -> dict[str, Kind]:
    """Return the columns of a frame whose cells hold structure, with what they hold."""
    kinds = {str(name): kind_of(frame[name]) for name in frame.columns}
    return {name: kind for name, kind in kinds.items() if kind is not None}


def as_span(value: Any) -> CharacterSpan | None:
    """Return a span from [start, end, name] or from a record with such keys; None where the value is neither."""
    if isinstance(value, dict):
        start, stop = (next((value[key] for key in keys if key in value), None) for keys in _MARKS)
        name = next((value[key] for key in _KINDS_OF_SPAN if value.get(key)), None)
        name = name[0] if isinstance(name, list) and len(name) == 1 else name
        text = value.get("text") if isinstance(value.get("text"), str) else None
    elif isinstance(value, list) and len(value) == 3:
        start, stop, name, text = *value, None
    else:
        return None
    if start is None or stop is None or not (_is_whole(start) and _is_whole(stop)):
        return None
    return CharacterSpan(int(start), int(stop), name.strip(), text) if isinstance(name, str) and name.strip() else None


def _kind(values: Sequence[Any]) -> Kind:
    if any(isinstance(value, dict) for value in values):
        return "record"
    items = [item for value in values for item in value if item is not None]
    if not items:
        return "nothing"
    if all(isinstance(item, bool | int | float) for item in items):
        return _kind_of_numbers(values, items)
    if all(isinstance(item, str | bool | int | float) for item in items):
        return "texts"
    if all(as_span(item) is not None for item in items):
        return "offsets"
    return "records" if all(isinstance(item, dict) for item in items) else "lists"


def _kind_of_numbers(values: Sequence[list[Any]], items: Sequence[float]) -> Kind:
    lengths = {len(value) for value in values}
    if lengths != {1} and len(lengths) == 1 and set(items) <= {0, 1}:
        return "vectors"
    return "whole numbers" if all(_is_whole(item) for item in items) else "fractions"


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)
