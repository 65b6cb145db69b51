"""Precision, recall and F1 from counts, and the counts of rows drawn with replacement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bertui.evaluation.intervals import Interval, bootstrap_interval, wilson

_DRAWS_AT_ONCE = 500_000  # drawn rows held in memory at a time: 4 MB


@dataclass(frozen=True, slots=True)
class ClassScores:
    """How well one class is found: of ``support`` rows that have it and ``predicted`` rows given it."""

    name: str
    precision: Interval
    recall: Interval
    f1: Interval
    support: int
    predicted: int

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "precision": self.precision.to_json(),
            "recall": self.recall.to_json(),
            "f1": self.f1.to_json(),
            "support": self.support,
            "predicted": self.predicted,
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> ClassScores:
        precision, recall, f1 = (Interval.from_json(saved[key]) for key in ("precision", "recall", "f1"))
        return cls(saved["name"], precision, recall, f1, int(saved["support"]), int(saved["predicted"]))


def wilson_f1(hits: int, touched: int) -> Interval:
    """F1 with the interval of hits among the rows where the class is true or predicted.

    That share J is a plain proportion, and F1 = 2 J / (1 + J) grows with it.
    """
    share = wilson(hits, touched)
    return Interval(*(2 * bound / (1 + bound) for bound in (share.value, share.low, share.high)))


def share(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Divide counts; NaN where there is nothing to divide by."""
    return np.divide(numerator, denominator, out=np.full(np.shape(denominator), np.nan), where=denominator > 0)


def count_scores(name: str, counts: np.ndarray, draws: np.ndarray) -> ClassScores:
    """Precision, recall and F1 of one class from counts: true positives, support, predicted.

    Args:
        name: The class.
        counts: The three counts `[3]` on the rows themselves.
        draws: The same on each resample `[resamples, 3]`.
    """
    hits, support, predicted = (int(count) for count in counts)
    drawn_hits, drawn_support, drawn_predicted = draws.T
    precision, recall, f1 = (
        bootstrap_interval(numerator / denominator if denominator else 0.0, draws_of_it, collapsed=collapsed)
        for numerator, denominator, draws_of_it, collapsed in (
            (hits, predicted, share(drawn_hits, drawn_predicted), wilson(hits, predicted)),
            (hits, support, share(drawn_hits, drawn_support), wilson(hits, support)),
            (
                2 * hits,
                support + predicted,
                share(2 * drawn_hits, drawn_support + drawn_predicted),
                wilson_f1(hits, support + predicted - hits),
            ),
        )
    )
    return ClassScores(name, precision, recall, f1, support, predicted)


def resampled_sums(columns: np.ndarray, resamples: int, generator: np.random.Generator) -> np.ndarray:
    """Sums `[resamples, columns]` of rows drawn with replacement from ``columns`` `[rows, columns]`.

    A metric made of sums needs no more than these for its bootstrap. Work and memory grow with the rows,
    not with what is in them.
    """
    rows = len(columns)
    block = max(1, _DRAWS_AT_ONCE // rows)
    sums: list[np.ndarray] = []
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        picks = generator.integers(0, rows, (size, rows)) + rows * np.arange(size)[:, None]
        times = np.bincount(picks.ravel(), minlength=size * rows).reshape(size, rows)
        sums.append(times.astype(columns.dtype) @ columns)
    return np.concatenate(sums)
