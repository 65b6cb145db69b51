"""Scores of texts that may have several labels each, and the threshold of each label."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bertui.errors import DataError, ModelError, RecipeError
from bertui.evaluation.counting import ClassScores, count_scores, resampled_sums, share
from bertui.evaluation.intervals import Interval, bootstrap_interval, wilson

_FEWEST_POSITIVES = 5  # a threshold fitted on fewer rows of a label follows their accidents


@dataclass(frozen=True, slots=True)
class SeveralScores:
    """What the labels given to ``n`` rows are worth; ``subset_accuracy`` asks for all labels of a row at once."""

    n: int
    f1_micro: Interval
    f1_macro: Interval
    subset_accuracy: Interval
    per_label: tuple[ClassScores, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "f1_micro": self.f1_micro.to_json(),
            "f1_macro": self.f1_macro.to_json(),
            "subset_accuracy": self.subset_accuracy.to_json(),
            "per_label": [one.to_json() for one in self.per_label],
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> SeveralScores:
        micro, macro, subset = (Interval.from_json(saved[key]) for key in ("f1_micro", "f1_macro", "subset_accuracy"))
        return cls(int(saved["n"]), micro, macro, subset, tuple(map(ClassScores.from_json, saved["per_label"])))


def score_labels(
    targets: np.ndarray,
    predicted: np.ndarray,
    names: Sequence[str],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> SeveralScores:
    """All scores of the labels given to each row against its true ones, both 0 or 1 `[rows, labels]`.

    Macro-F1 is the mean over the labels that occur among the true or the given ones, as scikit-learn's
    ``f1_score(average="macro", zero_division=nan)`` has it. Intervals are 95 % bootstrap over rows, freed
    of bias (``bootstrap_interval``); where they collapse to a point they are Wilson's, for both kinds of
    F1 that of micro-F1. What has no rows behind it is 0, with an interval from 0 to 1.

    Raises:
        DataError: No rows, shapes that differ, or values other than 0 and 1.
    """
    targets, predicted = _checked(targets, predicted, names)
    if resamples < 1:
        raise DataError(f"The number of resamples is {resamples}.", expected="1 or more.", remedy="Use 1000.")
    rows, labels = targets.shape
    alike = (targets == predicted).all(1)
    # 32 bits count exactly up to 16 million rows, and many rows of many labels fill the memory
    columns = np.column_stack([targets & predicted, targets, predicted, alike]).astype(np.float32)
    drawn = resampled_sums(columns, resamples, np.random.default_rng(seed)).astype(np.float64)
    counts = columns.sum(0, dtype=np.float64)[:-1].reshape(3, labels)
    draws = drawn[:, :-1].reshape(resamples, 3, labels)
    micro = count_scores("", counts.sum(-1), draws.sum(-1)).f1
    right = int(alike.sum())
    return SeveralScores(
        n=rows,
        f1_micro=micro,
        f1_macro=bootstrap_interval(float(_macro(counts)), _macro(draws), collapsed=micro),
        subset_accuracy=bootstrap_interval(right / rows, drawn[:, -1] / rows, collapsed=wilson(right, rows)),
        per_label=tuple(count_scores(str(name), counts[:, at], draws[..., at]) for at, name in enumerate(names)),
    )


def f1_macro(targets: np.ndarray, predicted: np.ndarray) -> float:
    """Mean F1 over the labels that occur, both 0 or 1 `[rows, labels]`; 0 where none does.

    Raises:
        DataError: As ``score_labels``.
    """
    targets, predicted = _checked(targets, predicted, None)
    return float(_macro(np.stack([(targets & predicted).sum(0), targets.sum(0), predicted.sum(0)])))


def fit_thresholds(probabilities: np.ndarray, targets: np.ndarray, cost_of_missing: float = 1.0) -> np.ndarray:
    """The threshold of each label `[labels]`: a label is given where its probability reaches it.

    It makes false positives, plus ``cost_of_missing`` for each false negative, fewest on these rows, and
    stands midway between two neighbouring probabilities (or beyond the last: then all rows have the label,
    or none). Of equally good ones it is the nearest to 0.5. A label with fewer than 5 rows, or that all rows
    have, gets ``1 / (1 + cost_of_missing)``, the best where probabilities are calibrated.

    Args:
        probabilities: Of each label, on its own `[rows, labels]`.
        targets: 0 or 1 `[rows, labels]`.
        cost_of_missing: What a false negative costs, in false positives.

    Source: Elkan (2001), The foundations of cost-sensitive learning, equation 2, for the calibrated one.

    Raises:
        DataError: No rows, shapes that differ, or targets other than 0 and 1.
        ModelError: Probabilities that are none.
        RecipeError: A cost that is not positive.
    """
    if not (math.isfinite(cost_of_missing) and cost_of_missing > 0):
        raise RecipeError(
            f"A missed label costs {cost_of_missing}.",
            expected="A number above 0, in labels given wrongly.",
            remedy="Use 1 where a missed label is as bad as a wrong one, more where it is worse.",
        )
    probabilities, targets = np.asarray(probabilities), np.asarray(targets)
    _check_shapes(targets, probabilities)
    true = _zeros_and_ones("true labels", targets)
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ModelError(
            "The model's probabilities hold values that are not between 0 and 1.",
            expected="A trained model gives each label a probability.",
            remedy="Train again with a lower learning rate, or with precision set to 32-bit.",
        )
    columns = zip(probabilities.astype(np.float64).T, true.T, strict=True)
    return np.array([_threshold(chances, has_it, cost_of_missing) for chances, has_it in columns])


def _threshold(chances: np.ndarray, has_it: np.ndarray, cost_of_missing: float) -> float:
    """The best threshold of one label, from its probabilities and whether rows have it, both `[rows]`."""
    positives = int(has_it.sum())
    if positives < _FEWEST_POSITIVES or positives == len(has_it):
        return 1 / (1 + cost_of_missing)
    values, number = np.unique(chances, return_inverse=True)
    of_value = np.bincount(number, minlength=len(values))
    with_it = np.bincount(number, weights=has_it, minlength=len(values))
    # threshold k lets the values from the k-th on pass: from all of them to none
    missed = np.concatenate([[0], np.cumsum(with_it)])
    wrong = np.concatenate([[0], np.cumsum(of_value - with_it)])
    costs = wrong[-1] - wrong + cost_of_missing * missed
    cheapest = np.flatnonzero(np.isclose(costs, costs.min(), rtol=1e-12, atol=0))
    candidates = _between(values)[cheapest]
    return float(candidates[np.argmin(np.abs(candidates - 0.5))])


def _between(values: np.ndarray) -> np.ndarray:
    """Thresholds that let all of these rising probabilities pass, all but the first, ... none: `[values + 1]`."""
    below, above = np.concatenate([[0.0], values]), np.concatenate([values, [1.0]])
    middle = below + (above - below) / 2
    # between numbers too close for one in between, the upper lets the right ones pass; beyond 1 nothing does
    middle[1:] = np.where(middle[1:] > below[1:], middle[1:], above[1:])
    return np.append(middle[:-1], middle[-1] if values[-1] < 1 else np.nextafter(1.0, 2.0))


def _macro(counts: np.ndarray) -> np.ndarray:
    """Mean F1 `[...]` of the labels that occur, from true positives, support, predicted `[..., 3, labels]`."""
    hits, support, predicted = (counts[..., row, :] for row in range(3))
    f1 = share(2 * hits, support + predicted)
    occur = ~np.isnan(f1)
    return np.asarray(np.where(occur, f1, 0).sum(-1) / np.maximum(occur.sum(-1), 1))


def _checked(targets: np.ndarray, predicted: np.ndarray, names: Sequence[str] | None) -> tuple[np.ndarray, np.ndarray]:
    """Both as truth values `[rows, labels]`, or an error in words."""
    targets, predicted = np.asarray(targets), np.asarray(predicted)
    _check_shapes(targets, predicted)
    if names is not None and len(names) != targets.shape[1]:
        raise DataError(
            f"The rows have {targets.shape[1]} labels but there are {len(names)} names.",
            expected="One name for each label.",
            remedy="Give the labels that the model was trained on.",
        )
    return _zeros_and_ones("true labels", targets), _zeros_and_ones("predicted labels", predicted)


def _check_shapes(targets: np.ndarray, predicted: np.ndarray) -> None:
    if targets.ndim != 2 or targets.shape != predicted.shape:
        raise DataError(
            f"The true labels have the shape {list(targets.shape)} and the predicted ones {list(predicted.shape)}.",
            expected="A row for each text and a column for each label in both.",
            remedy="Predict the same rows that the labels come from.",
        )
    if not targets.size:
        raise DataError(
            "There are no rows to evaluate.",
            expected="At least one row and one label.",
            remedy="Give this part of the data more rows, or choose another split.",
        )


def _zeros_and_ones(name: str, values: np.ndarray) -> np.ndarray:
    if not np.isin(values, (0, 1)).all():
        raise DataError(
            f"The {name} hold values other than 0 and 1.",
            expected="1 where a row has the label, 0 where it has not.",
            remedy="Turn probabilities into labels with their thresholds first.",
        )
    return values.astype(bool)
