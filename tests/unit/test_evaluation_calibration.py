from __future__ import annotations

import json
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.errors import DataError, ModelError
from bertui.evaluation.calibration import (
    Reliability,
    expected_calibration_error,
    fit_temperature,
    reliability,
    softmax,
)
from bertui.evaluation.intervals import wilson

# predicted class and confidence: 0 at 0.9, 0 at 0.8, 1 at 0.85, 1 at 0.6; right, wrong, right, wrong
PROBABILITIES = np.array([[0.9, 0.1], [0.8, 0.2], [0.15, 0.85], [0.4, 0.6]])
LABELS = np.array([0, 1, 1, 0])


def simulated(temperature: float, rows: int = 20_000, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Logits whose honest probabilities are softmax(logits / temperature), and labels drawn from those."""
    generator = np.random.default_rng(1)
    logits = 4 * generator.normal(size=(rows, classes))
    chances = softmax(logits, temperature).cumsum(axis=1)
    return logits, (generator.random((rows, 1)) > chances).sum(axis=1).clip(0, classes - 1)


def test_bins_by_hand() -> None:
    bins = reliability(PROBABILITIES, LABELS, bins=5).bins
    assert [(b.low, b.high, b.count) for b in bins] == [(0.4, 0.6, 1), (0.6, 0.8, 1), (0.8, 1.0, 2)]
    assert [b.confidence for b in bins] == pytest.approx([0.6, 0.8, 0.875])
    assert [b.accuracy for b in bins] == [wilson(0, 1), wilson(0, 1), wilson(2, 2)]


def test_calibration_error_by_hand() -> None:
    # a quarter of |0 - 0.6|, a quarter of |0 - 0.8|, half of |1 - 0.875|
    expected = 0.25 * 0.6 + 0.25 * 0.8 + 0.5 * 0.125
    assert expected_calibration_error(PROBABILITIES, LABELS, bins=5) == pytest.approx(expected)


def test_one_bin_compares_mean_confidence_with_accuracy() -> None:
    assert expected_calibration_error(PROBABILITIES, LABELS, bins=1) == pytest.approx(0.7875 - 0.5)


def test_the_error_agrees_with_the_paper_authors_loop() -> None:
    """The bins of Guo's published code: confidence above the lower and at most the upper boundary."""
    logits, labels = simulated(2.0, rows=3000)
    probabilities = softmax(logits)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    edges, expected = np.linspace(0, 1, 16), 0.0
    for low, high in pairwise(edges):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            expected += abs(confidence[inside].mean() - right[inside].mean()) * inside.mean()
    assert expected_calibration_error(probabilities, labels) == pytest.approx(expected)


def test_full_confidence_falls_into_the_last_bin() -> None:
    bins = reliability(np.array([[1.0, 0.0]]), np.array([0])).bins
    assert [(b.low, b.high, b.confidence) for b in bins] == [(0.9, 1.0, 1.0)]


def test_json_and_back() -> None:
    curve = reliability(PROBABILITIES, LABELS)
    assert Reliability.from_json(json.loads(json.dumps(curve.to_json()))) == curve


def test_softmax_by_hand_and_for_huge_logits() -> None:
    assert softmax(np.array([0.0, math.log(3)])) == pytest.approx([0.25, 0.75])
    assert softmax(np.array([0.0, 2 * math.log(3)]), temperature=2.0) == pytest.approx([0.25, 0.75])
    assert softmax(np.array([[1000.0, 1000.0], [-1000.0, 0.0]])).tolist() == [[0.5, 0.5], [0.0, 1.0]]


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5, 8.0])
def test_a_known_temperature_is_found_again(temperature: float) -> None:
    assert fit_temperature(*simulated(temperature)) == pytest.approx(temperature, rel=0.06)


def test_the_search_agrees_with_scipy() -> None:
    from scipy.optimize import minimize_scalar

    logits, labels = simulated(2.5, rows=500)

    def loss(log_temperature: float) -> float:
        chances = softmax(logits, math.exp(log_temperature))[np.arange(500), labels]
        return -float(np.log(chances).mean())

    best = minimize_scalar(loss, bounds=(math.log(0.05), math.log(20)), method="bounded")
    assert math.log(fit_temperature(logits, labels)) == pytest.approx(best.x, abs=1e-3)


def test_the_fitted_temperature_lowers_the_error_and_leaves_the_accuracy() -> None:
    logits, labels = simulated(2.5)
    before, after = softmax(logits), softmax(logits, fit_temperature(logits, labels))
    assert (before.argmax(axis=1) == after.argmax(axis=1)).all()
    assert expected_calibration_error(before, labels) > 0.1
    assert expected_calibration_error(after, labels) < 0.02


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 20))
def test_no_temperature_reorders_classes(seed: int, temperature: float) -> None:
    logits = 5 * np.random.default_rng(seed).normal(size=(8, 5))
    probabilities = softmax(logits, temperature)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(8))
    assert (probabilities.argmax(axis=1) == logits.argmax(axis=1)).all()


@pytest.mark.parametrize("case", ["few rows", "one class", "all right"])
def test_rows_that_cannot_tell_leave_the_temperature_at_one(case: str) -> None:
    logits, labels = simulated(3.0, rows=200)
    rows = {
        "few rows": np.arange(19),
        "one class": np.flatnonzero(labels == 2),
        "all right": np.flatnonzero(labels == logits.argmax(axis=1)),
    }[case]
    assert fit_temperature(logits[rows], labels[rows]) == 1.0


def test_enough_rows_are_fitted() -> None:
    logits, labels = simulated(3.0, rows=20)
    assert fit_temperature(logits, labels) != 1.0


def test_a_model_worse_than_chance_gets_the_hottest_temperature() -> None:
    logits, labels = simulated(1.0, rows=200)
    assert fit_temperature(logits, (logits.argmin(axis=1) + 0 * labels)) == pytest.approx(20, rel=1e-3)


@pytest.mark.parametrize(
    ("scores", "labels", "says"),
    [
        (np.zeros((0, 2)), np.zeros(0, int), "no rows"),
        (np.full((3, 2), 0.5), np.zeros(2, int), "3 x 2"),
        (np.full(2, 0.5), np.zeros(2, int), "shape 2"),
        (np.full((2, 2), 0.5), np.array([0, 2]), "class number 2"),
    ],
)
def test_rows_that_do_not_fit_are_refused_in_words(scores: np.ndarray, labels: np.ndarray, says: str) -> None:
    for call in (fit_temperature, reliability, expected_calibration_error):
        with pytest.raises(DataError, match=says):
            call(scores, labels)


def test_scores_that_are_not_numbers_are_the_models_fault() -> None:
    with pytest.raises(ModelError, match="not numbers"):
        fit_temperature(np.array([[np.nan, 0.0]]), np.array([0]))


def test_logits_in_place_of_probabilities_are_refused() -> None:
    with pytest.raises(DataError, match="softmax"):
        reliability(np.array([[3.0, -1.0]]), np.array([0]))


def test_no_bins_is_refused() -> None:
    with pytest.raises(DataError, match="bins is 0"):
        reliability(PROBABILITIES, LABELS, bins=0)
