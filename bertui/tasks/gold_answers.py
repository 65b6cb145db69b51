"""The right answers to a question, and where the first stands in its context."""

from __future__ import annotations

import json
from dataclasses import dataclass

from bertui.errors import DataError


@dataclass(frozen=True, slots=True)
class Gold:
    """The right answers to a question and where the first stands; none where the context has no answer."""

    texts: tuple[str, ...]
    start: int
    stop: int


def read_gold(row: int, context: str, answer: str, start: str, every: str) -> Gold:
    """Return the right answers of a row, whose other ones are a JSON list in ``every``.

    Raises:
        DataError: The answer does not stand in the context.
    """
    answer = answer.strip()
    if not answer:
        return Gold((), -1, -1)
    place = place_of(context, answer, start)
    if place < 0:
        raise DataError(
            f"The answer of row {row}, '{answer[:60]}', does not stand in its context.",
            expected="An answer is a part of its context, word for word.",
            remedy="Mend the answer, or drop the row.",
        )
    try:
        more = [str(one) for one in json.loads(every)] if every.strip() else []
    except (ValueError, TypeError):
        more = []
    return Gold(tuple(dict.fromkeys([answer, *more])), place, place + len(answer))


def place_of(context: str, answer: str, start: str) -> int:
    """Return where an answer stands: at the given start, else the nearest place, else the first; -1 for nowhere."""
    given = start.strip().replace(".", "", 1).isdecimal()
    wanted = int(min(float(start), len(context))) if given else 0
    if context[wanted : wanted + len(answer)] == answer:
        return wanted
    after, before = context.find(answer, wanted), context.rfind(answer, 0, wanted + len(answer))
    places = [place for place in (before, after) if place >= 0]
    return min(places, key=lambda place: abs(place - wanted), default=-1)
