"""Does a model that says 80 % come out right on 80 % of such rows, and how to make it so."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bertui.errors import DataError
from bertui.evaluation.intervals import Interval, wilson
from bertui.evaluation.same_rows import check_class_scores

COOLEST, HOTTEST = 0.05, 20.0  # the temperatures that fit_temperature may return
_ENOUGH_ROWS = 20  # with fewer, a fitted temperature is mostly luck
_GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Rows whose confidence is above ``low`` and at most ``high``: what was claimed, what came true."""

    low: float
    high: float
    confidence: float
    accuracy: Interval
    count: int

    def to_json(self) -> dict[str, Any]:
        return {
            "low": self.low,
            "high": self.high,
            "confidence": self.confidence,
            "accuracy": self.accuracy.to_json(),
            "count": self.count,
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> ReliabilityBin:
        low, high, confidence = (float(saved[key]) for key in ("low", "high", "confidence"))
        return cls(low, high, confidence, Interval.from_json(saved["accuracy"]), int(saved["count"]))


@dataclass(frozen=True, slots=True)
class Reliability:
    """The bins of a reliability diagram that hold rows, from low confidence to high."""

    bins: tuple[ReliabilityBin, ...]

    @property
    def expected_calibration_error(self) -> float:
        """Mean distance between confidence and accuracy over these bins, weighted by their rows."""
        rows = sum(one.count for one in self.bins)
        return sum(one.count * abs(one.accuracy.value - one.confidence) for one in self.bins) / rows

    def to_json(self) -> dict[str, Any]:
        return {"bins": [one.to_json() for one in self.bins]}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Reliability:
        return cls(tuple(ReliabilityBin.from_json(one) for one in saved["bins"]))


def reliability(probabilities: np.ndarray, labels: np.ndarray, bins: int = 10) -> Reliability:
    """Accuracy against confidence, in equal-width bins of the predicted class's probability.

    Args:
        probabilities: `[rows, classes]`; the predicted class is the most probable one.
        labels: True classes `[rows]`.
        bins: How many bins divide 0 to 1. Bins without rows are left out.

    Source: Guo et al. (2017), On Calibration of Modern Neural Networks, section 2. The interval of each
    bin's accuracy is Wilson's.
    """
    check_class_scores(probabilities, labels)
    _check_probabilities(probabilities, bins)
    confidence = np.max(probabilities, axis=1).astype(np.float64)
    right = np.argmax(probabilities, axis=1) == labels
    # Bins are closed above, as in the paper; a confidence of 0 cannot be the highest of a row.
    which = np.searchsorted(np.linspace(0.0, 1.0, bins + 1), confidence, side="left").clip(1, bins) - 1
    filled = np.unique(which).tolist()
    return Reliability(tuple(_bin(k, bins, confidence[which == k], right[which == k]) for k in filled))


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """Mean distance between confidence and accuracy, weighted by rows: 0 is perfectly calibrated.

    Source: Guo et al. (2017), equation 3.
    """
    return reliability(probabilities, labels, bins).expected_calibration_error


def softmax(logits: np.ndarray, temperature: float = 1.0) -> np.ndarray:
    """Probabilities over the last axis; a temperature above 1 makes them less sure, never reorders them."""
    return np.exp(_log_softmax(logits, temperature))


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature under which the true classes of validation rows are most probable.

    Args:
        logits: Scores before the softmax `[rows, classes]`.
        labels: True classes `[rows]`.

    Returns:
        A number from 0.05 to 20; 1.0 (change nothing) where the rows cannot tell: fewer than 20 rows,
        one class only, or all rows right, where ever more confidence always looks better.

    Source: Guo et al. (2017), section 4.2. The negative log-likelihood is convex in 1 / temperature, so
    it has one valley, which golden-section search over the logarithm finds.
    """
    check_class_scores(logits, labels)
    logits, labels = np.asarray(logits, dtype=np.float64), np.asarray(labels)
    all_right = bool((logits.argmax(axis=1) == labels).all())
    if len(labels) < _ENOUGH_ROWS or len(np.unique(labels)) < 2 or all_right:
        return 1.0

    def loss(log_temperature: float) -> float:
        log_probabilities = _log_softmax(logits, math.exp(log_temperature))
        return -float(log_probabilities[np.arange(len(labels)), labels].mean())

    low, high = math.log(COOLEST), math.log(HOTTEST)
    while high - low > 1e-4:
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        low, high = (low, right) if loss(left) <= loss(right) else (left, high)
    return math.exp((low + high) / 2)


def _log_softmax(logits: np.ndarray, temperature: float) -> np.ndarray:
    scaled = np.asarray(logits, dtype=np.float64) / temperature
    scaled = scaled - scaled.max(axis=-1, keepdims=True)
    return scaled - np.log(np.exp(scaled).sum(axis=-1, keepdims=True))


def _bin(index: int, bins: int, confidence: np.ndarray, right: np.ndarray) -> ReliabilityBin:
    hits, count = int(right.sum()), len(right)
    return ReliabilityBin(index / bins, (index + 1) / bins, float(confidence.mean()), wilson(hits, count), count)


def _check_probabilities(probabilities: np.ndarray, bins: int) -> None:
    lowest, highest = float(np.min(probabilities)), float(np.max(probabilities))
    if lowest < -1e-6 or highest > 1 + 1e-6:
        raise DataError(
            f"The probabilities run from {lowest:.3g} to {highest:.3g}.",
            expected="Probabilities lie between 0 and 1.",
            remedy="Turn the model's scores into probabilities (softmax) first.",
        )
    if bins < 1:
        raise DataError(f"The number of bins is {bins}.", expected="1 or more.", remedy="Use 10.")
