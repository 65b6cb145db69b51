"""Is one method better than another, or only luckier? Both must have answered the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bertui.errors import DataError
from bertui.evaluation.intervals import Interval
from bertui.evaluation.paired_shares import difference_interval, mcnemar
from bertui.evaluation.random_signs import random_signs

Test = Literal["exact McNemar test", "sign-flip test"]
LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two methods on the same ``n`` rows.

    Attributes:
        mean_a: What A's rows are worth on average; likewise ``mean_b``.
        difference: ``mean_a - mean_b``; its interval holds 0 whenever the test finds nothing.
        p_value: How often equally good methods would differ as much or more, by ``test``.
    """

    n: int
    mean_a: float
    mean_b: float
    difference: Interval
    p_value: float
    test: Test

    @property
    def significant(self) -> bool:
        """Whether one is better by more than chance: the test alone decides."""
        return self.p_value < LEVEL

    def to_json(self) -> dict[str, Any]:
        return {
            "n": self.n, "mean_a": self.mean_a, "mean_b": self.mean_b, "difference": self.difference.to_json(),
            "p_value": self.p_value, "test": self.test,
        }  # fmt: skip

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Comparison:
        return cls(**{**saved, "difference": Interval.from_json(saved["difference"])})


def compare(a: np.ndarray, b: np.ndarray, *, limit: float | None = None) -> Comparison:
    """Compare two methods by what each row is worth, ``[rows]`` each, in the same order; more is better.

    Where every row is right (1) or wrong (0) the test is McNemar's, exact, and the interval Tango's. Else rows have
    numbers and the test is that of random signs, whose interval is the test turned round. A verdict follows from the
    p-value; the interval says how large the difference may be, and the two never contradict each other.

    Args:
        limit: The largest difference of the means that can be: 1 for shares. Left out, it is the distance
            between the smallest and the largest number that was seen.

    Source: Dietterich (1998), Approximate statistical tests for comparing supervised classification learning
    algorithms, for McNemar's test. ``paired_shares`` and ``random_signs`` name theirs.

    Raises:
        DataError: No rows, numbers that are not finite, or lengths that differ.
    """
    a, b = (np.asarray(each, dtype=np.float64) for each in (a, b))
    _check(a, b)
    if set(np.unique(np.concatenate([a, b]))) <= {0.0, 1.0}:
        only_a, only_b = int((a > b).sum()), int((b > a).sum())
        test: Test = "exact McNemar test"
        p_value, difference = mcnemar(only_a, only_b), difference_interval(only_a, only_b, len(a))
    else:
        widest = float(max(a.max(), b.max()) - min(a.min(), b.min())) if limit is None else limit
        test = "sign-flip test"
        p_value, difference = random_signs(a - b, limit=max(widest, abs(float((a - b).mean()))))
    return Comparison(len(a), float(a.mean()), float(b.mean()), difference, p_value, test)


def shares_of_ratio(numerators: np.ndarray, denominators: np.ndarray) -> np.ndarray:
    """Return what each row adds to a ratio of sums, such as F1: numbers ``[rows]`` whose mean is the ratio.

    A row adds what its part is above or below the ratio times its whole. So a measure that is no mean of rows can be
    compared row by row; 0 everywhere where the wholes are 0.

    Source: Cochran (1977), Sampling Techniques, chapter 6, for the residuals of a ratio.
    """
    numerators, denominators = np.asarray(numerators, dtype=np.float64), np.asarray(denominators, dtype=np.float64)
    if not denominators.sum():
        return np.zeros(len(numerators))
    ratio = numerators.sum() / denominators.sum()
    return ratio + (numerators - ratio * denominators) / denominators.mean()


def _check(a: np.ndarray, b: np.ndarray) -> None:
    if a.shape != b.shape or a.ndim != 1 or not len(a):
        raise DataError(
            f"One method has answered {len(a):,} rows, the other {len(b):,}.",
            expected="Both have answered the same rows, at least one.",
            remedy="Let both answer the same rows.",
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise DataError(
            "What some rows are worth is not a number.",
            expected="A finite number for each row.",
            remedy="Evaluate both again.",
        )
