"""What a model answers to a question: a part of the context, or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bertui.evaluation.spans_in_text import exact
from bertui.tasks.answers.gold_answers import Gold
from bertui.tasks.results import Prediction
from bertui.tasks.views import Mark, Marked


@dataclass(frozen=True, slots=True)
class SpanPrediction(Prediction):
    """The answer with its place in the context, empty where there is none.

    Attributes:
        sure: The answer's share of the twenty likeliest parts and of no answer, 0 to 1.
        margin: By how much no answer scores above the best part, in logits.
    """

    span: str
    start: int
    stop: int
    sure: float
    margin: float

    @property
    def answer(self) -> str:
        return self.span

    @property
    def in_words(self) -> str:
        return self.span or "No answer"

    @property
    def probability(self) -> float:
        return self.sure

    def columns(self) -> dict[str, Any]:
        place = self.start if self.span else None
        return {"prediction": self.span, "probability": round(self.sure, 6), "prediction_start": place}

    def views(self, gold: Gold | None = None) -> tuple[Marked, ...]:
        return (Marked("Context", self.inputs[1], tuple(self._marks(gold))),)

    def _marks(self, gold: Gold | None) -> list[Mark]:
        right = gold is not None and exact(self.span, list(gold.texts)) == 1
        own = [Mark(self.start, self.stop, "answer", "predicted" if gold is None else "right" if right else "wrong")]
        marks = own if self.span else []
        if gold is not None and gold.texts and not right:
            marks = [*marks, Mark(gold.start, gold.stop, "right answer", "missed")]
        return marks
