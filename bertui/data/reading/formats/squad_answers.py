"""The answers of one question in every shape in which SQuAD and its kin write them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple


class Answer(NamedTuple):
    """An answer and the characters before it, where the file says so."""

    text: str
    start: int | None


class NotAnswersError(ValueError):
    """The value holds no answers; the message says which part of it does not, from "answers" downwards."""


def answers_in(value: Any) -> list[Answer]:
    """Return the answers that stand in a value; empty ones are none.

    Read are a list of records {"text", "answer_start"}, one such record, a record of lists as ``datasets`` writes
    it {"text": [...], "answer_start": [...]}, a list of texts, and a text.

    Raises:
        NotAnswersError: The value is something else.
    """
    if value is None:
        return []
    if isinstance(value, str):
        value = [value]
    if isinstance(value, dict):
        value = _records(value)
    if not isinstance(value, list):
        raise NotAnswersError('"answers" is not a list')
    answers = [_answer(item, place) for place, item in enumerate(value, 1)]
    return [answer for answer in answers if answer.text.strip()]


def is_impossible(value: Any) -> bool:
    """Say whether the mark of SQuAD 2.0 says that nothing answers the question."""
    return str(value).strip().lower() in ("true", "1", "1.0", "yes")


def _records(value: dict[str, Any]) -> list[Any]:
    texts, starts = value.get("text"), value.get("answer_start", value.get("start"))
    if not isinstance(texts, list):
        return [] if texts is None else [value]
    if isinstance(starts, list) and len(starts) != len(texts):
        raise NotAnswersError(f'"answers" has {len(texts)} texts but {len(starts)} starts')
    given: Sequence[Any] = starts if isinstance(starts, list) else [starts] * len(texts)
    return [{"text": text, "answer_start": start} for text, start in zip(texts, given, strict=True)]


def _answer(item: Any, place: int) -> Answer:
    if isinstance(item, str):
        return Answer(item, None)
    if not isinstance(item, dict):
        raise NotAnswersError(f"answer {place} is neither a text nor a JSON object")
    text = item.get("text")
    if text is None and "text" not in item:
        raise NotAnswersError(f'answer {place} has no "text"')
    if not isinstance(text, str | None):
        raise NotAnswersError(f'in answer {place}, "text" is not a text')
    return Answer(text or "", _start(item.get("answer_start", item.get("start")), place))


def _start(value: Any, place: int) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal() and len(value) < 12:
        return int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and value == int(value):
        return int(value)
    raise NotAnswersError(f'in answer {place}, "answer_start" is not a whole number')
