"""What a tagging model answers for a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bertui.tasks.results import Prediction
from bertui.tasks.tagging.marks import as_spans, entities_of, marks_of
from bertui.tasks.views import Marked

Tags = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TagPrediction(Prediction):
    """A tag for each token, as IOB2 where they mark entities, and how sure the model is of each.

    ``kinds`` are the types that the run knows.
    """

    tags: Tags
    probabilities: tuple[float, ...]
    kinds: Tags = ()

    @property
    def tokens(self) -> list[str]:
        return self.inputs[0].split()

    @property
    def answer(self) -> str:
        return " ".join(self.tags)

    @property
    def in_words(self) -> str:
        return entities_of(self.tokens, self.tags)

    def columns(self) -> dict[str, Any]:
        return {"prediction": self.answer}

    def views(self, gold: Tags | None = None) -> tuple[Marked, ...]:
        marks = marks_of(self.tokens, as_spans(self.tags), None if gold is None else as_spans(gold))
        return (Marked("", " ".join(self.tokens), marks, self.kinds),)
