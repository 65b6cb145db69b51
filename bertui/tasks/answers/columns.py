"""Which columns of a table are a question, the text that answers it, and the answer: it stands in that text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bertui.data.column_names import name_words
from bertui.tasks.answers.gold_answers import place_of

if TYPE_CHECKING:
    import pandas as pd

    from bertui.data.columns import Column

_ROWS = 200
_LETTERS = 2  # a letter stands in any text
_INSIDE = 0.7  # of the answers stand in their texts
_QUESTION = name_words("question query frage pregunta pergunta domanda vraag вопрос 问题 質問")
_ANSWER = name_words("answer span reponse antwort respuesta resposta risposta antwoord ответ 答案")


def answer_columns(columns: Sequence[Column], frame: pd.DataFrame) -> dict[str, str | None] | None:
    """Return question, context, answer, and answer_start where there is one; None for another kind of table."""
    head = frame.head(_ROWS)
    contexts = sorted((one for one in columns if one.natural > 0.5), key=lambda one: -one.length)[:3]
    for context in contexts:
        answer = _answer(columns, context, head)
        rest = [one for one in columns if one not in (context, answer)]
        question = max(filter(_asks, rest), key=lambda one: (bool(one.words & _QUESTION), one.questions), default=None)
        if answer is not None and question is not None:
            start = next((one.name for one in rest if _starts(one, context, answer, head)), None)
            return {
                "question": question.name, "context": context.name, "answer": answer.name, "answer_start": start,
            }  # fmt: skip
    return None


def _asks(column: Column) -> bool:
    return (bool(column.words & _QUESTION) and column.code < 0.5) or (column.natural > 0.3 and column.questions > 0.5)


def _answer(columns: Sequence[Column], context: Column, head: pd.DataFrame) -> Column | None:
    """Return the column whose cells stand in the context: one that is called the answer, or varied ones.

    A column of starts says what the file is for, however its answers are spelled.
    """
    started = any(column.number > 0.9 and {"answer", "start"} <= column.words for column in columns)
    inside = [
        column
        for column in columns
        if column is not context
        and column.length < context.length / 2
        and column.number < 0.9
        and column.length > _LETTERS
        and (column.words & _ANSWER or column.variety > 0.3)
        and ((started and column.words & _ANSWER) or _share_inside(column, context, head) > _INSIDE)
    ]
    return max(inside, key=lambda column: (bool(column.words & _ANSWER), column.variety), default=None)


def _share_inside(column: Column, context: Column, head: pd.DataFrame) -> float:
    pairs = head[[column.name, context.name]].dropna()
    inside = [place_of(whole, one.strip(), "") is not None for one, whole in pairs.itertuples(index=False, name=None)]
    return sum(inside) / len(inside) if inside else 0.0


def _starts(column: Column, context: Column, answer: Column, head: pd.DataFrame) -> bool:
    """Whether a column says where the answer stands in the context."""
    if column.number < 0.9:
        return False
    if "start" in column.words:
        return True
    rows = head[[column.name, context.name, answer.name]].dropna()
    cells = [row for row in rows.itertuples(index=False, name=None) if row[0].isdecimal()]
    right = [whole.startswith(one, int(at)) for at, whole, one in cells]
    return len(right) > 5 and sum(right) > _INSIDE * len(right)
