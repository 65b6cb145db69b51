"""The right answers to a question, and where the first stands in its context."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bertui.data.cells.printed import parsed
from bertui.errors import DataError


@dataclass(frozen=True, slots=True)
class Gold:
    """The right answers to a question and where the first stands; none where the context has no answer."""

    texts: tuple[str, ...]
    start: int
    stop: int


def read_gold(row: int, context: str, answer: str, start: str, every: str) -> Gold:
    """Return the right answers of row number ``row``, whose other ones are a list in ``every``.

    Where the answer stands in the context in other capitals or with other white space, the context's own words are
    the answer, since the model can mark nothing else.

    Raises:
        DataError: The answer does not stand in the context.
    """
    answer = answer.strip()
    if not answer:
        return Gold((), -1, -1)
    place = place_of(context, answer, start)
    if place is None:
        raise DataError(
            f"The answer of row {row}, '{answer[:60]}', does not stand in its context.",
            expected="An answer is a part of its context, word for word; only capitals and white space may differ.",
            remedy="Mend the answer, or drop the row.",
        )
    more = parsed(every)
    others = [str(one) for one in more] if isinstance(more, list) else []
    return Gold(tuple(dict.fromkeys([context[slice(*place)], *others])), *place)


def place_of(context: str, answer: str, start: str) -> tuple[int, int] | None:
    """Return start and end of an answer, nearest to the given start, else the first; None where it stands nowhere.

    Only where it stands nowhere word for word do other capitals and other white space count as the same.
    """
    given = start.strip().replace(".", "", 1).isdecimal()
    near = int(min(float(start), len(context))) if given else 0
    if context[near : near + len(answer)] == answer:
        return near, near + len(answer)
    after, before = context.find(answer, near), context.rfind(answer, 0, near + len(answer))
    places = [(place, place + len(answer)) for place in (before, after) if place >= 0]
    return min(places or _loosely(context, answer), key=lambda place: abs(place[0] - near), default=None)


def _loosely(context: str, answer: str) -> list[tuple[int, int]]:
    """Return every place where an answer stands, capitals and white space apart, those that overlap included."""
    pattern = r"\s+".join(map(re.escape, answer.split()))
    return [match.span(1) for match in re.finditer(f"(?=({pattern}))", context, re.IGNORECASE)]
