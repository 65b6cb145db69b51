"""SQuAD's JSON, versions 1.1 and 2.0 -> frame of questions, and predictions as its evaluation script reads them.

Read as well are its parts without the frame around them, as annotation tools write them: a bare list of articles or
of paragraphs, one of either, and one a line.

Source: Rajpurkar et al. 2016 and 2018; the format is that of the files on the SQuAD site.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from bertui.data.reading.formats.headers import as_column, to_frame
from bertui.data.reading.formats.limits import Limits, no_rows
from bertui.data.reading.formats.squad_answers import Answer, NotAnswersError, answers_in, is_impossible
from bertui.errors import DataError

_HEAD = 1 << 16  # bytes; the keys that tell the format stand before the first context
_EXPECTED = (
    'A SQuAD file is {"data": [{"title", "paragraphs": [{"context", "qas": [{"id", "question", "answers": '
    '[{"text", "answer_start"}], "is_impossible"}]}]}]}.'
)


class Question(NamedTuple):
    """One question: a row of the frame."""

    id: str
    title: str | None
    context: str
    question: str
    answers: tuple[Answer, ...]


def looks_like_squad(clean: bytes) -> bool:
    """Say whether the text begins like JSON and holds paragraphs or "qas", SQuAD's word for its questions."""
    head = clean[:_HEAD]
    return bool(re.match(rb'\s*(?:\[\s*)?\{\s*"', head)) and bool(
        re.search(rb'"(?:paragraphs|qas)"\s*:\s*\[\s*[{\]]', head)
    )


def read_squad(clean: bytes, limits: Limits) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame of ``frame_of`` for a whole file, and notes.

    Raises:
        DataError: no valid JSON, a part that is missing or of the wrong kind, which the message names by
            article, paragraph and question counted from 1; no questions or too many.
    """
    return frame_of(questions_in(_articles(_parsed(clean))), limits)


def frame_of(questions: Iterable[Question], limits: Limits) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame, one row a question, and notes.

    Columns: id, title, context, question, answer, answer_start (characters before the answer). The last two are
    NA for a question without an answer; of several right answers they are the first, and a column "answers"
    then holds all of them as a JSON list of texts, if they differ for any question.
    """
    rows: list[Question] = []
    text = 0
    for row in questions:
        rows.append(row)
        limits.check_rows(len(rows))
        text += sum(len(value) for value in (row.id, row.title, row.context, row.question) if value)
        limits.check_text(text)  # the context stands once in the file, and in the table once for each question
    if not rows:
        raise no_rows([])
    columns: dict[str, Sequence[str | None]] = {
        "id": [row.id for row in rows],
        "title": [row.title for row in rows],
        "context": [row.context for row in rows],
        "question": [row.question for row in rows],
        **answer_columns([row.answers for row in rows]),
    }
    frame, _ = to_frame(list(columns), [pa.chunked_array([as_column(cells)]) for cells in columns.values()])
    return frame, _notes(rows)


def answer_columns(answers: Sequence[Sequence[Answer]]) -> dict[str, list[str | None]]:
    """Return the columns answer and answer_start, and "answers" where a question has several that differ."""
    first = [given[0] if given else None for given in answers]
    columns: dict[str, list[str | None]] = {
        "answer": [answer and answer.text for answer in first],
        "answer_start": [None if one is None or one.start is None else str(one.start) for one in first],
    }
    texts = [[answer.text for answer in given] for given in answers]
    if any(len(set(given)) > 1 for given in texts):
        columns["answers"] = [json.dumps(given, ensure_ascii=False) if given else None for given in texts]
    return columns


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
        if (lines := _lines(clean)) is not None:
            return lines
        where = f" (line {error.lineno}, character {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        raise DataError(
            f"The file starts like SQuAD's JSON but is not valid JSON{where}.",
            expected=_EXPECTED,
            remedy="Write the file again; perhaps it was cut off.",
        ) from error


def _lines(clean: bytes) -> list[Any] | None:
    """Return one article or paragraph a line, without the header that some files begin with; None for other text."""
    try:
        values = [json.loads(line) for line in clean.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        return None
    return [value for value in values if not (isinstance(value, dict) and set(value) == {"header"})]


def _articles(whole: Any) -> list[Any]:
    """Return the articles of a file, be they in a frame of their own, bare, or paragraphs without an article."""
    if isinstance(whole, dict) and "data" not in whole and ("paragraphs" in whole or "qas" in whole):
        whole = [whole]
    articles = whole if isinstance(whole, list) else _list(whole, "data", "the file")
    return [{**one, "paragraphs": [one]} if isinstance(one, dict) and "qas" in one else one for one in articles]


def questions_in(articles: Iterable[Any]) -> Iterator[Question]:
    """Yield the questions of articles (or of paragraphs that stand alone) in their order."""
    for a, article in enumerate(articles, 1):
        place = f"article {a}"
        title = None if _object(article, place).get("title") is None else _text(article, "title", place)
        for p, paragraph in enumerate(_list(article, "paragraphs", place), 1):
            place = f"paragraph {p} of article {a}"
            context = _text(paragraph, "context", place)
            for q, question in enumerate(_list(paragraph, "qas", place), 1):
                yield _question(
                    question, title, context, f"question {q} of paragraph {p} of article {a}", f"{a}.{p}.{q}"
                )


def _question(question: Any, title: str | None, context: str, place: str, number: str) -> Question:
    text = _text(question, "question", place)
    name = number if _object(question, place).get("id", question.get("qid")) is None else None
    name = name or _text(question, "id" if "id" in question else "qid", place)
    # Files to be answered leave the key out; version 2 says of a question that nothing answers it.
    if is_impossible(question.get("is_impossible")):
        return Question(name, title, context, text, ())
    try:
        answers = answers_in(question.get("answers"))
    except NotAnswersError as error:
        raise _wrong(_placed(str(error), place)) from error
    return Question(name, title, context, text, tuple(answers))


def _placed(what: str, place: str) -> str:
    """Name the question in what is wrong with its answers: "in answer 1" becomes "in answer 1 of question 2 ..."."""
    named = re.sub(r"(answer \d+)", rf"\1 of {place}", what)
    return named if named != what else f"in {place}, {what}"


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
    if key in ("id", "qid") and type(value) is int:
        return str(value)
    if isinstance(value, str):
        return value
    raise _wrong(f'in {place}, "{key}" is not a text')


def _wrong(what: str) -> DataError:
    return DataError(
        f"{what[0].upper()}{what[1:]}.",
        expected=_EXPECTED,
        remedy="Mend it there, or upload a CSV file with the columns context, question, answer and answer_start.",
    )


def _notes(rows: Sequence[Question]) -> list[str]:
    notes = []
    open_questions = sum(not row.answers for row in rows)
    if open_questions:
        notes.append(f"{open_questions:,} of {len(rows):,} questions have no answer; their answer cells are empty.")
    if repeated := len(rows) - len({row.id for row in rows}):
        notes.append(f"{repeated:,} question{'s have' if repeated > 1 else ' has'} the id of an earlier one.")
    return notes
