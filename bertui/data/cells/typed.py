"""Values with a type (numbers, dates, lists) -> the one text each is known by."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal

_EXACT = 2.0**53  # beyond it, a float no longer tells neighbouring whole numbers apart


def canonical(values: Sequence[object]) -> list[str | None]:
    """Return a column's values as text; None, NaN and NaT become None (missing).

    3.0 is "3" where all decimals of the column are whole, so that a label 3 stays the label 3 when a
    missing value has turned its column into decimals; likewise a date is without time where all are
    midnight. Booleans are "true" and "false", lists and objects JSON.
    """
    whole = all(_whole(value) for value in values if isinstance(value, float | Decimal))
    midnight = all(
        value.time() == time() and value.tzinfo is None
        for value in values
        if isinstance(value, datetime) and value == value
    )
    return [_text(value, whole, midnight) for value in values]


def _whole(number: float | Decimal) -> bool:
    return math.isnan(number) or (-_EXACT < number < _EXACT and number == int(number))


def _text(value: object, whole: bool, midnight: bool) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float | Decimal):
        return _number(value, whole)
    if isinstance(value, datetime):
        if value != value:  # pandas' NaT
            return None
        return value.date().isoformat() if midnight else value.isoformat()
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    return _plain(value)


def _number(value: float | Decimal, whole: bool) -> str | None:
    if math.isnan(value):
        return None
    if whole:
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)


def _plain(value: object) -> str:
    """Return the text of a value that JSON does not know."""
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8")
    return str(value)
