"""How well questions are answered, by what they ask and by whether there is an answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bertui.evaluation.spans_in_text import SpanScores
from bertui.tasks.views import TableView


def by_question_word(questions: Sequence[str], f1: np.ndarray, matches: np.ndarray) -> TableView:
    """Return mean F1 and exact match by the question word."""
    words = (question.lower().split() for question in questions)
    kinds = np.array([next((word for word in some if word in _ASKS), "other") for some in words])
    rows = [
        (str(kind), int((kinds == kind).sum()), round(100 * float(f1[kinds == kind].mean()), 1),
         round(100 * float(matches[kinds == kind].mean()), 1))
        for kind in sorted(set(kinds), key=lambda kind: -(kinds == kind).sum())
    ]  # fmt: skip
    note = "Mean of the questions that ask so; of few, chance moves it much."
    return TableView("By question word", note, ("question word", "rows", "F1 (%)", "exact (%)"), tuple(rows))


_ASKS = ("who", "whose", "whom", "what", "which", "when", "where", "why", "how")


def with_and_without(scores: SpanScores) -> tuple[TableView, ...]:
    """Return how questions with and without an answer fare; nothing where all have one."""
    if scores.unanswered is None or scores.answered_f1 is None:
        return ()
    rows = (
        ("F1 where there is an answer (%)", round(100 * scores.answered_f1.value, 1)),
        ("found to have none, of those without (%)", round(100 * scores.unanswered.value, 1)),
    )
    words = "The threshold for saying that there is no answer was set on the validation rows."
    return (TableView("With and without an answer", words, ("questions", "score"), rows),)
