"""Scores and thresholds of texts with several labels."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from bertui.errors import DataError, ModelError, RecipeError
from bertui.evaluation.intervals import Interval, wilson
from bertui.evaluation.several_labels import SeveralScores, f1_macro, fit_thresholds, score_labels

NAMES = ["sport", "money", "art"]
TARGETS = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]])
PREDICTED = np.array([[1, 0, 0], [1, 0, 0], [1, 1, 0], [0, 0, 0]])

tables = st.integers(1, 30).flatmap(lambda rows: arrays(np.int64, (2, rows, 4), elements=st.integers(0, 1)))


def cost(threshold: float, chances: np.ndarray, has_it: np.ndarray, cost_of_missing: float) -> float:
    given_it = chances >= threshold
    return float((given_it & (has_it == 0)).sum() + cost_of_missing * (~given_it & (has_it == 1)).sum())


def test_a_case_by_hand() -> None:
    scores = score_labels(TARGETS, PREDICTED, NAMES)
    assert scores.n == 4
    assert scores.f1_micro.value == pytest.approx(2 * 3 / (4 + 4))
    assert scores.f1_macro.value == pytest.approx((0.8 + 2 / 3) / 2)  # art neither occurs nor is given
    assert scores.subset_accuracy.value == 0.5
    rows = [(c.name, c.precision.value, c.recall.value, c.f1.value, c.support, c.predicted)
             for c in scores.per_label]  # fmt: skip
    assert rows == [
        ("sport", pytest.approx(2 / 3), 1.0, pytest.approx(0.8), 2, 3),
        ("money", 1.0, 0.5, pytest.approx(2 / 3), 2, 1),
        ("art", 0.0, 0.0, 0.0, 0, 0),
    ]
    assert scores.per_label[2].recall == Interval(0.0, 0.0, 1.0)
    assert f1_macro(TARGETS, PREDICTED) == scores.f1_macro.value


@settings(max_examples=60, deadline=None)
@given(tables)
def test_agrees_with_scikit_learn(both: np.ndarray) -> None:
    from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

    targets, predicted = both
    scores = score_labels(targets, predicted, list("abcd"), resamples=10)
    assert scores.f1_micro.value == pytest.approx(f1_score(targets, predicted, average="micro", zero_division=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where no label occurs its mean is one of nothing
        macro = f1_score(targets, predicted, average="macro", zero_division=np.nan)
    assert scores.f1_macro.value == pytest.approx(np.nan_to_num(macro))
    assert f1_macro(targets, predicted) == pytest.approx(np.nan_to_num(macro))
    assert scores.subset_accuracy.value == pytest.approx(accuracy_score(targets, predicted))
    expected = precision_recall_fscore_support(targets, predicted, zero_division=0)
    rows = [[c.precision.value, c.recall.value, c.f1.value, c.support] for c in scores.per_label]
    np.testing.assert_allclose(np.array(rows).T, np.array(expected))


@settings(max_examples=40, deadline=None)
@given(tables, st.integers(1, 30))
def test_every_bound_is_a_share_and_json_keeps_all(both: np.ndarray, resamples: int) -> None:
    scores = score_labels(both[0], both[1], list("abcd"), resamples=resamples)
    per_label = [one for c in scores.per_label for one in (c.precision, c.recall, c.f1)]
    for interval in (scores.f1_micro, scores.f1_macro, scores.subset_accuracy, *per_label):
        assert 0 <= interval.low <= interval.value <= interval.high <= 1
    assert SeveralScores.from_json(json.loads(json.dumps(scores.to_json()))) == scores


def test_resampling_counts_equals_resampling_rows() -> None:
    generator = np.random.default_rng(5)
    targets = (generator.random((150, 3)) < (0.5, 0.3, 0.1)).astype(int)
    predicted = np.where(generator.random((150, 3)) < 0.8, targets, 1 - targets)
    by_rows = [f1_macro(targets[rows], predicted[rows]) for rows in generator.integers(0, 150, (4000, 150))]
    low, high = np.quantile(by_rows, (0.025, 0.975)) - (np.mean(by_rows) - f1_macro(targets, predicted))
    interval = score_labels(targets, predicted, NAMES, resamples=4000).f1_macro
    assert (interval.low, interval.high) == (pytest.approx(low, abs=0.008), pytest.approx(high, abs=0.008))


def test_all_right_is_not_certain() -> None:
    targets = np.tile([[1, 0], [0, 1]], (20, 1))
    scores = score_labels(targets, targets, ["a", "b"])
    assert scores.subset_accuracy == wilson(40, 40)
    assert scores.per_label[0].precision == wilson(20, 20)
    assert scores.f1_micro == scores.f1_macro
    assert 0.9 < scores.f1_micro.low < 1


def test_no_labels_at_all_say_nothing() -> None:
    scores = score_labels(np.zeros((5, 2)), np.zeros((5, 2)), ["a", "b"])
    assert scores.f1_micro == scores.f1_macro == Interval(0.0, 0.0, 1.0)
    assert scores.subset_accuracy.value == 1.0


def test_the_same_seed_gives_the_same_intervals() -> None:
    assert score_labels(TARGETS, PREDICTED, NAMES, seed=3) == score_labels(TARGETS, PREDICTED, NAMES, seed=3)
    assert score_labels(TARGETS, PREDICTED, NAMES, seed=3) != score_labels(TARGETS, PREDICTED, NAMES, seed=4)


def test_a_threshold_stands_midway_between_what_it_parts() -> None:
    chances = np.array([[0.1, 0.2, 0.3, 0.38, 0.7, 0.8, 0.9, 0.95]]).T
    targets = np.array([[0, 0, 0, 1, 1, 1, 1, 1]]).T
    assert fit_thresholds(chances, targets) == pytest.approx([0.34])


def test_the_cost_of_missing_moves_the_threshold() -> None:
    chances = np.array([[0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]]).T
    targets = np.array([[0, 1, 0, 0, 0, 1, 1, 1]]).T
    targets = np.vstack([targets, [[1]]])
    chances = np.vstack([chances, [[0.9]]])
    assert fit_thresholds(chances, targets, 1.0) == pytest.approx([0.55])  # misses one
    assert fit_thresholds(chances, targets, 2.0) == pytest.approx([0.55])  # missing costs 2, catching it 3
    assert fit_thresholds(chances, targets, 4.0) == pytest.approx([0.15])


def test_of_equally_good_thresholds_the_one_nearest_a_half_is_taken() -> None:
    chances = np.array([[0.1, 0.2, 0.3, 0.45, 0.65, 0.75, 0.85, 0.9, 0.95]]).T
    targets = np.array([[0, 0, 0, 1, 0, 1, 1, 1, 1]]).T
    assert fit_thresholds(chances, targets) == pytest.approx([0.375])  # 0.7 is as good, and further off
    chances[3:5, 0] = 0.15, 0.35
    chances[:3, 0] = 0.01, 0.02, 0.05
    assert fit_thresholds(chances, targets) == pytest.approx([0.55])  # 0.1 is as good


def test_where_nothing_is_worth_giving_the_threshold_is_out_of_reach() -> None:
    chances = np.full((20, 2), 0.3)
    targets = np.zeros((20, 2), int)
    targets[:5] = 1
    assert fit_thresholds(chances, targets) == pytest.approx([0.65, 0.65])
    certain = fit_thresholds(np.ones((20, 2)), targets)
    assert not (np.ones((20, 2)) >= certain).any()
    assert fit_thresholds(chances, targets, 10) == pytest.approx([0.15, 0.15])
    assert (np.zeros((20, 2)) >= fit_thresholds(np.zeros((20, 2)), targets, 10)).all()


@pytest.mark.parametrize("positives", [0, 4, 8])
def test_a_label_with_too_few_rows_gets_the_threshold_of_calibrated_probabilities(positives: int) -> None:
    chances = np.linspace(0.1, 0.9, 8)[:, None]
    targets = (np.arange(8) < positives).astype(int)[:, None]
    assert fit_thresholds(chances, targets) == pytest.approx([0.5])
    assert fit_thresholds(chances, targets, 3.0) == pytest.approx([0.25])


chance = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.5, np.nextafter(0.5, 1), 1.0]))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(chance, st.integers(0, 1)), min_size=6, max_size=30), st.sampled_from([0.1, 1.0, 1 / 3, 7.0]))
def test_no_other_threshold_is_cheaper_or_as_cheap_and_nearer_a_half(
    rows: list[tuple[float, int]], cost_of_missing: float
) -> None:
    chances, has_it = np.array([one for one, _ in rows]), np.array([one for _, one in rows])
    threshold = fit_thresholds(chances[:, None], has_it[:, None], cost_of_missing)[0]
    if not 5 <= has_it.sum() < len(rows):
        return
    lowest = cost(threshold, chances, has_it, cost_of_missing)
    different = np.unique(chances)
    middles = (different[1:] + different[:-1]) / 2
    between = middles[middles > different[:-1]]  # two neighbours have no number in between
    for other in [0.0, *between, 1.0, 1.1]:
        assert lowest <= cost(other, chances, has_it, cost_of_missing) + 1e-9
        if other in (0.0, 1.0, 1.1):
            continue
        if cost(other, chances, has_it, cost_of_missing) < lowest + 1e-9:
            assert abs(threshold - 0.5) <= abs(other - 0.5) + 1e-12


@pytest.mark.parametrize(
    ("targets", "predicted", "says"),
    [
        (np.zeros((0, 2)), np.zeros((0, 2)), "no rows"),
        (np.zeros((3, 2)), np.zeros((2, 2)), r"\[3, 2\] and the predicted ones \[2, 2\]"),
        (np.zeros(3), np.zeros(3), r"the shape \[3\]"),
        (np.full((2, 2), 2), np.zeros((2, 2)), "true labels hold values other than 0 and 1"),
        (np.zeros((2, 2)), np.full((2, 2), 0.5), "predicted labels hold values other than 0 and 1"),
        (np.zeros((2, 3)), np.zeros((2, 3)), "3 labels but there are 2 names"),
    ],
)
def test_rows_that_do_not_fit_are_refused_in_words(targets: np.ndarray, predicted: np.ndarray, says: str) -> None:
    with pytest.raises(DataError, match=says):
        score_labels(targets, predicted, ["a", "b"])


def test_no_resamples_is_refused() -> None:
    with pytest.raises(DataError, match="resamples is 0"):
        score_labels(TARGETS, PREDICTED, NAMES, resamples=0)


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan"), float("inf")])
def test_a_cost_that_is_none_is_refused(wrong: float) -> None:
    with pytest.raises(RecipeError, match="missed label costs"):
        fit_thresholds(np.full((6, 1), 0.5), np.ones((6, 1)), wrong)


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_probabilities_that_are_none_are_refused(wrong: float) -> None:
    with pytest.raises(ModelError, match="between 0 and 1"):
        fit_thresholds(np.full((6, 1), wrong), np.ones((6, 1)))
