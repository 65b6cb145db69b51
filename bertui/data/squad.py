"""SQuAD's JSON, versions 1.1 and 2.0 -> frame of questions, and predictions as its evaluation script reads them.

Source: Rajpurkar et al. 2016 and 2018; the format is that of the files on the SQuAD site.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from bertui.data.headers import as_column, to_frame
from bertui.data.limits import Limits, no_rows
from bertui.errors import DataError

_HEAD = 1 << 16  # bytes; the keys that tell the format stand before the first context
_EXPECTED = (
    'A SQuAD file is {"data": [{"title", "paragraphs": [{"context", "qas": [{"id", "question", "answers": '
    '[{"text", "answer_start"}], "is_impossible"}]}]}]}.'
)


class _Row(NamedTuple):
    """One question: a row of the frame."""

    id: str
    title: str | None
    context: str
    question: str
    answer: str | None
    answer_start: str | None
    answers: tuple[str, ...]


def looks_like_squad(clean: bytes) -> bool:
    """Say whether the text is one JSON object that holds "data", a list, and "paragraphs" or "qas" within."""
    head = clean[:_HEAD]
    return bool(re.match(rb'\s*\{\s*"', head) and re.search(rb'"data"\s*:\s*\[\s*\{', head)) and bool(
        re.search(rb'"(?:paragraphs|qas)"\s*:', head)
    )


def read_squad(clean: bytes, limits: Limits) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame, one row a question, and notes.

    Columns: id, title, context, question, answer, answer_start (characters before the answer). The last two are
    NA for a question without an answer; of several right answers they are the first, and a column "answers"
    then holds all of them as a JSON list of texts, if they differ for any question.

    Raises:
        DataError: no valid JSON, a part that is missing or of the wrong kind, which the message names by
            article, paragraph and question counted from 1; no questions or too many.
    """
    rows: list[_Row] = []
    for row in _questions(_parsed(clean)):
        rows.append(row)
        limits.check_rows(len(rows))
    if not rows:
        raise no_rows([])
    columns: dict[str, list[str | None]] = {
        name: [getattr(row, name) for row in rows] for name in _Row._fields if name != "answers"
    }
    if any(len(set(row.answers)) > 1 for row in rows):
        columns["answers"] = [json.dumps(row.answers, ensure_ascii=False) if row.answers else None for row in rows]
    texts = [pa.chunked_array([as_column(cells)]) for cells in columns.values()]
    frame, _ = to_frame(list(columns), texts)
    return frame, _notes(rows)


def to_squad_predictions(ids: Sequence[str], answers: Sequence[str | None]) -> bytes:
    """Return {"id": "answer"} as JSON, which the official evaluation script reads; no answer is the empty text.

    Raises:
        DataError: an id that occurs more than once, so that one answer would hide another.
    """
    if repeated := [name for name, times in Counter(ids).items() if times > 1]:
        raise DataError(
            f"{len(repeated):,} question id{'s occur' if len(repeated) > 1 else ' occurs'} more than once, "
            f"{repeated[0][:40]!r} for one.",
            expected="SQuAD's predictions name each answer by the id of its question.",
            remedy="Give every question an id of its own, or take the answers as CSV.",
        )
    named = {name: answer or "" for name, answer in zip(ids, answers, strict=True)}
    return json.dumps(named, ensure_ascii=False, indent=1).encode()


def _parsed(clean: bytes) -> Any:
    try:
        return json.loads(clean)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno}, character {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise DataError(
            f"The file starts like SQuAD's JSON but is not valid JSON{where}.",
            expected=_EXPECTED,
            remedy="Write the file again; perhaps it was cut off.",
        ) from error


def _questions(whole: Any) -> Iterator[_Row]:
    for a, article in enumerate(_list(whole, "data", "the file"), 1):
        place = f"article {a}"
        title = None if _object(article, place).get("title") is None else _text(article, "title", place)
        for p, paragraph in enumerate(_list(article, "paragraphs", place), 1):
            place = f"paragraph {p} of article {a}"
            context = _text(paragraph, "context", place)
            for q, question in enumerate(_list(paragraph, "qas", place), 1):
                yield _question(question, title, context, f"question {q} of paragraph {p} of article {a}")


def _question(question: Any, title: str | None, context: str, place: str) -> _Row:
    name, asked = _text(question, "id", place), _text(question, "question", place)
    # Files to be answered leave the key out; version 2 says of a question that nothing answers it.
    unanswered = question.get("is_impossible") is True or question.get("answers") is None
    given = [] if unanswered else _list(question, "answers", place)
    places = [f"answer {number} of {place}" for number in range(1, len(given) + 1)]
    found = [
        (text, _start(answer, where))
        for answer, where in zip(given, places, strict=True)
        if (text := _text(answer, "text", where)).strip()
    ]
    answer, start = found[0] if found else (None, None)
    return _Row(name, title, context, asked, answer, start, tuple(text for text, _ in found))


def _object(value: Any, place: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise _wrong(f"{place} is not a JSON object")


def _value(owner: Any, key: str, place: str) -> Any:
    if key in _object(owner, place):
        return owner[key]
    raise _wrong(f'{place} has no "{key}"')


def _list(owner: Any, key: str, place: str) -> list[Any]:
    value = _value(owner, key, place)
    if isinstance(value, list):
        return value
    raise _wrong(f'in {place}, "{key}" is not a list')


def _text(owner: Any, key: str, place: str) -> str:
    value = _value(owner, key, place)
    if key == "id" and type(value) is int:
        return str(value)
    if isinstance(value, str):
        return value
    raise _wrong(f'in {place}, "{key}" is not a text')


def _start(answer: Any, place: str) -> str:
    value = _value(answer, "answer_start", place)
    if type(value) is int:  # not a boolean, which is an int too
        return str(value)
    raise _wrong(f'in {place}, "answer_start" is not a whole number')


def _wrong(what: str) -> DataError:
    return DataError(
        f"{what[0].upper()}{what[1:]}.",
        expected=_EXPECTED,
        remedy="Mend it there, or upload a CSV file with the columns context, question, answer and answer_start.",
    )


def _notes(rows: Sequence[_Row]) -> list[str]:
    notes = []
    open_questions = sum(row.answer is None for row in rows)
    if open_questions:
        notes.append(f"{open_questions:,} of {len(rows):,} questions have no answer; their answer cells are empty.")
    if repeated := len(rows) - len({row.id for row in rows}):
        notes.append(f"{repeated:,} question{'s have' if repeated > 1 else ' has'} the id of an earlier one.")
    return notes
