"""Scores of predicted numbers: correlations, errors, their intervals."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.errors import DataError, ModelError
from bertui.evaluation import regression
from bertui.evaluation.baselines.score import mean
from bertui.evaluation.intervals import Interval, wilson
from bertui.evaluation.regression import RegressionScores, pearson, r_squared, score_numbers, spearman

TARGETS = np.array([1.0, 2.0, 3.0, 4.0])
PREDICTED = np.array([1.0, 3.0, 2.0, 6.0])

numbers = st.one_of(st.integers(-3, 3), st.floats(-1e3, 1e3, allow_subnormal=False))
rows_of_two = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=40)


def two_columns(rows: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Normal, with a correlation of 0.8; errors have a standard deviation of 1."""
    generator = np.random.default_rng(seed)
    predicted = generator.normal(0, 4 / 3, rows)
    return predicted + generator.normal(0, 1, rows), predicted


def test_a_case_by_hand() -> None:
    scores = score_numbers(TARGETS, PREDICTED)
    assert scores.n == 4
    assert scores.pearson.value == pytest.approx(7 / np.sqrt(5 * 14))
    assert scores.spearman.value == pytest.approx(0.8)  # 1 - 6 * (0 + 1 + 1 + 0) / (4 * 15)
    assert scores.mae.value == pytest.approx(1.0)
    assert scores.rmse.value == pytest.approx(np.sqrt(6 / 4))
    assert scores.r2.value == pytest.approx(1 - 6 / 5)  # squared errors 6, squares around the mean of the targets 5


def test_r_squared_shows_that_one_number_for_every_row_explains_nothing() -> None:
    """Ranked well, but all about 2.3: Spearman is 1 and the errors are no smaller than the mean's."""
    targets = np.arange(6.0)
    flat = 2.3 + targets / 1000
    assert spearman(targets, flat) == pytest.approx(1) and r_squared(targets, flat) < 0.01
    assert r_squared(targets, np.full(6, 2.5)) == pytest.approx(0)
    assert r_squared(targets, targets[::-1]) < -1
    assert r_squared(np.ones(3), np.array([1.0, 1.0, 1.1])) == 0
    assert score_numbers(np.ones(3), np.array([1.0, 1.0, 1.1])).r2 == Interval(0.0, -1.0, 1.0)


def test_equal_numbers_share_the_mean_of_their_ranks() -> None:
    # ranks 1.5 1.5 3 against 1 2 3: covariance 1.5, sums of squares 1.5 and 2
    assert spearman(np.array([5, 5, 9]), np.array([1, 2, 3])) == pytest.approx(1.5 / np.sqrt(1.5 * 2))


@settings(max_examples=100, deadline=None)
@given(rows_of_two)
def test_agrees_with_scipy_and_scikit_learn(rows: list[tuple[float, float]]) -> None:
    from scipy import stats
    from sklearn.metrics import mean_absolute_error, root_mean_squared_error

    targets, predicted = np.array(rows, dtype=np.float64).T
    scores = score_numbers(targets, predicted, resamples=10)
    assert scores.mae.value == pytest.approx(mean_absolute_error(targets, predicted))
    assert scores.rmse.value == pytest.approx(root_mean_squared_error(targets, predicted))
    if len(rows) < 2 or np.ptp(targets) == 0 or np.ptp(predicted) == 0:
        assert (scores.pearson.value, scores.spearman.value) == (0, 0)
        return
    assert scores.spearman.value == pytest.approx(stats.spearmanr(targets, predicted).statistic, abs=1e-9)
    if min(np.ptp(targets), np.ptp(predicted)) > 1e-6:  # below that, both are rounding
        assert scores.pearson.value == pytest.approx(stats.pearsonr(targets, predicted).statistic, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(rows_of_two, st.integers(1, 30))
def test_intervals_hold_the_estimate_without_a_warning_and_json_keeps_all(
    rows: list[tuple[float, float]], resamples: int
) -> None:
    targets, predicted = np.array(rows, dtype=np.float64).T
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = score_numbers(targets, predicted, resamples=resamples)
    for interval in (scores.pearson, scores.spearman):
        assert -1 <= interval.low <= interval.value <= interval.high <= 1
    for interval in (scores.mae, scores.rmse):
        assert 0 <= interval.low <= interval.value <= interval.high
    assert np.isfinite(scores.r2.low) and scores.r2.low <= scores.r2.value <= scores.r2.high <= 1
    assert RegressionScores.from_json(json.loads(json.dumps(scores.to_json()))) == scores


@pytest.mark.parametrize("at_once", [10**6, 35])  # 35: three resamples of ten rows
def test_each_resample_is_scored_as_its_rows_are(at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy import stats

    monkeypatch.setattr(regression, "_DRAWS_AT_ONCE", at_once)
    targets, predicted = two_columns(10)
    predicted = np.round(predicted)  # with ties
    missed = np.abs(targets - predicted)
    resampled = regression._resample(targets, predicted, missed, 50, np.random.default_rng(5))
    for rows, scores in zip(np.random.default_rng(5).integers(0, 10, (50, 10)), resampled, strict=True):
        true, answers = targets[rows], predicted[rows]
        squares = np.mean((true - answers) ** 2)
        assert scores.tolist() == pytest.approx(
            [
                stats.pearsonr(true, answers).statistic, stats.spearmanr(true, answers).statistic,
                np.abs(true - answers).mean(), squares, 1 - squares / true.var(),
            ]
        )  # fmt: skip


def test_resampling_counts_equals_resampling_rows() -> None:
    from scipy import stats

    targets, predicted = two_columns(60)
    predicted = np.round(predicted)  # with ties
    picks = np.random.default_rng(5).integers(0, 60, (4000, 60))
    by_rows = np.array([
        [
            stats.pearsonr(targets[rows], predicted[rows]).statistic,
            stats.spearmanr(targets[rows], predicted[rows]).statistic,
            np.abs(targets[rows] - predicted[rows]).mean(),
            np.sqrt(np.mean((targets[rows] - predicted[rows]) ** 2)),
            1 - np.mean((targets[rows] - predicted[rows]) ** 2) / targets[rows].var(),
        ]
        for rows in picks
    ])  # fmt: skip
    scores = score_numbers(targets, predicted, resamples=4000)
    measures = (scores.pearson, scores.spearman, scores.mae, scores.rmse, scores.r2)
    for measure, draws in zip(measures, by_rows.T, strict=True):
        low, high = np.quantile(draws, (0.025, 0.975)) - (draws.mean() - measure.value)
        near = 0.05 if measure is scores.r2 else 0.015  # its draws spread three times as far
        assert (measure.low, measure.high) == (pytest.approx(low, abs=near), pytest.approx(high, abs=near))


def test_intervals_hold_the_truth_in_about_95_of_100_samples() -> None:
    samples, held = 300, np.zeros(3)
    for seed in range(samples):
        scores = score_numbers(*two_columns(150, seed), resamples=200)
        truths = ((scores.pearson, 0.8), (scores.mae, np.sqrt(2 / np.pi)), (scores.rmse, 1.0))
        held += [interval.low <= truth <= interval.high for interval, truth in truths]
    assert ((held / samples > 0.9) & (held / samples < 0.985)).all(), held / samples


@pytest.mark.parametrize("constant", [3.0, 0.1, 1e300])
def test_constant_numbers_have_no_correlation(constant: float) -> None:
    same = np.full(7, constant)
    for targets, predicted in ((same, np.arange(7.0)), (np.arange(7.0), same), (same, same)):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert pearson(targets, predicted) == spearman(targets, predicted) == 0
            if constant < 1e10:
                scores = score_numbers(targets, predicted, resamples=50)
                assert scores.pearson == scores.spearman == Interval(0.0, -1.0, 1.0)


def test_large_numbers_a_little_apart_keep_their_correlation() -> None:
    assert pearson(1e9 + TARGETS, PREDICTED) == pytest.approx(pearson(TARGETS, PREDICTED), abs=1e-6)


def test_a_perfect_prediction_is_not_certain() -> None:
    targets = np.arange(20.0)
    scores = score_numbers(targets, targets)
    unseen = wilson(0, 20).high
    for interval in (scores.pearson, scores.spearman):
        assert (interval.value, interval.low) == (pytest.approx(1), pytest.approx(1 - 2 * unseen))
    assert scores.mae == Interval(0.0, 0.0, 19 * unseen)
    assert scores.rmse == Interval(0.0, 0.0, 19 * np.sqrt(unseen))
    assert (scores.r2.value, scores.r2.high) == (1, 1) and scores.r2.low == pytest.approx(1 - 361 * unseen / 33.25)
    assert score_numbers(targets, -targets).spearman.high == pytest.approx(-1 + 2 * unseen)


def test_the_same_error_on_every_row_is_not_certain() -> None:
    targets = np.arange(20.0) / 7
    mae = score_numbers(targets, targets + 0.1).mae
    assert (mae.low, mae.high) == (0.0, pytest.approx(0.1 + 19 / 7 * wilson(0, 20).high))


def test_two_rows_say_nothing_of_a_correlation() -> None:
    scores = score_numbers(np.array([1.0, 2.0]), np.array([1.0, 3.0]))
    assert (scores.pearson.low, scores.pearson.high) == (-1.0, 1.0)


def test_whole_numbers_are_numbers() -> None:
    assert score_numbers(np.array([1, 2, 3]), np.array([1, 2, 4])).mae.value == pytest.approx(1 / 3)


def test_the_mean_of_the_training_targets_is_what_a_run_must_beat() -> None:
    scores = mean(np.array([0.0, 4.0]), np.array([1.0, 5.0]))[0]
    assert (scores.mae.value, scores.rmse.value) == (2.0, pytest.approx(np.sqrt(5)))
    assert scores.pearson == Interval(0.0, -1.0, 1.0)
    with pytest.raises(DataError, match="no rows"):
        mean(np.array([]), np.array([1.0]))


def test_the_same_seed_gives_the_same_intervals() -> None:
    columns = two_columns(30)
    assert score_numbers(*columns, seed=3) == score_numbers(*columns, seed=3)
    assert score_numbers(*columns, seed=3) != score_numbers(*columns, seed=4)


@pytest.mark.parametrize(
    ("targets", "predicted", "error", "says"),
    [
        ([], [], DataError, "no rows"),
        ([1.0, 2.0], [1.0], DataError, r"shape \[2\] and the predictions \[1\]"),
        ([[1.0]], [[1.0]], DataError, r"shape \[1, 1\]"),
        ([1.0, np.nan], [1.0, 2.0], DataError, "targets hold values that are not numbers"),
        (["1", "2"], [1.0, 2.0], DataError, "targets hold values that are not numbers"),
        ([1.0, 2.0], [1.0, np.inf], ModelError, "predictions hold values that are not numbers"),
    ],
)
def test_rows_that_do_not_fit_are_refused_in_words(targets: list, predicted: list, error: type, says: str) -> None:
    for call in (score_numbers, pearson, spearman):
        with pytest.raises(error, match=says):
            call(np.array(targets), np.array(predicted))


def test_no_resamples_is_refused() -> None:
    with pytest.raises(DataError, match="resamples is 0"):
        score_numbers(TARGETS, PREDICTED, resamples=0)
