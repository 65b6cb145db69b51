"""How well tags are given: the measures of a task of tags, and what goes wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bertui.data.cells.tags import strict_spans
from bertui.evaluation.compare import shares_of_ratio
from bertui.evaluation.entities import EntityScores, score_entities
from bertui.tasks.tagging.marks import as_spans
from bertui.tasks.views import ClassesView, MatrixView, ReportView, TableView

Tags = tuple[str, ...]


def quick_metrics(gold: Sequence[Tags], predicted: Sequence[Tags]) -> dict[str, float]:
    """Return the measures without their intervals: quick enough for every check."""
    hits = entities = guesses = right = tokens = 0
    for true, given in zip(gold, predicted, strict=True):
        one, other = set(strict_spans(as_spans(true))), set(strict_spans(as_spans(given)))
        hits, entities, guesses = hits + len(one & other), entities + len(one), guesses + len(other)
        right += sum(a == b for a, b in zip(true, given, strict=True))
        tokens += len(true)
    return {
        "f1": 2 * hits / max(1, entities + guesses), "precision": hits / max(1, guesses),
        "recall": hits / max(1, entities), "accuracy": right / max(1, tokens),
    }  # fmt: skip


def entity_measures(gold: Sequence[Tags], predicted: Sequence[Sequence[str]]) -> tuple[EntityScores, dict[str, Any]]:
    """Return all scores with intervals, and those that are measures by their names."""
    scores = score_entities([as_spans(tags) for tags in gold], [as_spans(tags) for tags in predicted])
    names = {"f1": scores.f1, "precision": scores.precision, "recall": scores.recall, "accuracy": scores.token_accuracy}
    return scores, names


def shares_of_f1(gold: Sequence[Tags], predicted: Sequence[Sequence[str]]) -> np.ndarray:
    """Return what each sentence adds to the entity F1, ``[sentences]``."""
    numerators, denominators = np.zeros(len(gold)), np.zeros(len(gold))
    for row, pair in enumerate(zip(gold, predicted, strict=True)):
        true, given = (set(strict_spans(as_spans(tags))) for tags in pair)
        numerators[row], denominators[row] = 2 * len(true & given), len(true) + len(given)
    return shares_of_ratio(numerators, denominators)


def _errors_view(errors: dict[str, int]) -> TableView:
    words = "Boundary errors are told from type errors: the first call for clearer rules on where a name ends."
    return TableView("Errors by kind", words, ("entities", "times"), tuple((_ERRORS[k], n) for k, n in errors.items()))


_ERRORS = {
    "right": "right", "wrong_type": "found with another type", "boundary": "found with other ends",
    "both": "found with another type and other ends", "missed": "missed", "invented": "found where there is none",
}  # fmt: skip


def report_views(scores: EntityScores) -> tuple[ReportView, ...]:
    """Return the scores by type, the kinds of errors, and the confusion matrix of the types."""
    names = (*scores.confusion_names[:-1], "(none)")
    words = (
        "What is predicted as what: lines are true types, columns predicted ones; “(none)” is what was missed, or "
        "predicted where nothing is."
    )
    return (
        ClassesView("Per-type scores", "An entity is right when its type and both ends are.", scores.per_type),
        _errors_view(scores.errors.to_json()),
        MatrixView("Confusion matrix", words, names, scores.confusion),
    )
