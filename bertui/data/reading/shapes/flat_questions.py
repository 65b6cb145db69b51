"""One question a row with its answers in one cell, as ``datasets`` writes SQuAD -> answer and its start."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from bertui.data.cells.cell_readers import parsed_or
from bertui.data.reading.formats.squad import answer_columns
from bertui.data.reading.formats.squad_answers import Answer, NotAnswersError, answers_in, is_impossible
from bertui.data.reading.shapes.shape import Kinds, Shaped, named, put_in_place
from bertui.errors import DataError

_QUESTIONS = ("question", "query")
_LOOK = 200


def read(frame: pd.DataFrame, kinds: Kinds) -> Shaped | None:
    """Return the frame with columns answer, answer_start and, where several are right, answers.

    Raises:
        DataError: A cell holds no answers; the message names its row.
    """
    column = next((name for name in kinds if _holds_answers(frame, name, kinds)), None)
    if column is None:
        return None
    answers = [_answers(cell, row, column) for row, cell in zip(frame.index, frame[column], strict=True)]
    mark = named(list(map(str, frame.columns)), "is_impossible")
    if mark is not None:
        answers = [[] if is_impossible(cell) else given for cell, given in zip(frame[mark], answers, strict=True)]
    note = f"The column '{column}' holds the answers of each question; they were read as answer and answer_start."
    without = sum(not given for given in answers)
    more = f" {without:,} of {len(answers):,} questions have no answer." if without else ""
    return Shaped(put_in_place(frame, column, answer_columns(answers)), (note + more,))


def _holds_answers(frame: pd.DataFrame, column: str, kinds: Kinds) -> bool:
    values = [parsed_or(cell) for cell in frame[column].dropna().head(_LOOK)]
    starts = ("answer_start", "start") if named(list(map(str, frame.columns)), *_QUESTIONS) else ("answer_start",)
    if kinds[column] == "record":
        return all(
            isinstance(value, dict) and "text" in value and _has_start(value, starts) for value in values if value
        )
    if kinds[column] == "records":
        items = [item for value in values if isinstance(value, list) for item in value]
        return all(isinstance(item, dict) and "text" in item and _has_start(item, starts) for item in items)
    return kinds[column] == "texts" and _stand_in_context(frame, column, values)


def _has_start(value: dict[str, Any], starts: Sequence[str]) -> bool:
    return any(key in value for key in starts)


def _stand_in_context(frame: pd.DataFrame, column: str, values: Sequence[Any]) -> bool:
    """Whether lists of texts, called answers, stand in the context beside a question."""
    names = list(map(str, frame.columns))
    context = named(names, "context", "passage", "paragraph", "document", "article")
    if context is None or named(names, *_QUESTIONS) is None or named([column], "answers", "answer") is None:
        return False
    if named([name for name in names if name != column], "answer") is not None:  # the list says what is right as well
        return False
    texts = frame[context][frame[column].notna()].head(_LOOK).fillna("")
    pairs = [(value[0], text) for value, text in zip(values, texts, strict=True) if isinstance(value, list) and value]
    return bool(pairs) and sum(str(one).lower() in text.lower() for one, text in pairs) >= len(pairs) / 2


def _answers(cell: Any, row: Any, column: str) -> list[Answer]:
    if not isinstance(cell, str):
        return []
    try:
        return answers_in(parsed_or(cell))
    except NotAnswersError as error:
        raise DataError(
            f"Row {row}, column '{column}': {error}.",
            expected='Answers are {"text": ["..."], "answer_start": [0]}, or a list of such records or of texts.',
            remedy="Mend the row, or upload a CSV file with the columns context, question, answer and answer_start.",
        ) from error
