"""What a model of several labels answers for a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bertui.tasks.results import Prediction
from bertui.tasks.views import Bars


@dataclass(frozen=True, slots=True)
class SeveralPrediction(Prediction):
    """The labels whose probability reaches their threshold, and the probability of each, in the order of ``names``."""

    labels: tuple[str, ...]
    names: tuple[str, ...]
    probabilities: tuple[float, ...]
    thresholds: tuple[float, ...] = ()

    @property
    def answer(self) -> str:
        return "|".join(self.labels)

    @property
    def in_words(self) -> str:
        return ", ".join(self.labels) or "None of the labels"

    def columns(self) -> dict[str, Any]:
        each = zip(self.names, self.probabilities, strict=True)
        return {"prediction": self.answer, **{f"probability of {name}": round(value, 6) for name, value in each}}

    def views(self, gold: Any = None) -> tuple[Bars, ...]:
        return (Bars(self.names, self.probabilities, self.thresholds),)
