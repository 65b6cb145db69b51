from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.errors import DataError
from bertui.evaluation.intervals import wilson
from bertui.evaluation.scores import Scores, accuracy, f1_macro, f1_weighted, score

LABELS = np.array([0, 0, 0, 1, 1, 2])
PREDICTED = np.array([0, 0, 1, 1, 2, 2])
NAMES = ["ham", "spam", "other"]

pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=60)


def test_a_case_by_hand() -> None:
    scores = score(LABELS, PREDICTED, NAMES)
    assert scores.n == 6
    assert scores.confusion == ((2, 1, 0), (0, 1, 1), (0, 0, 1))
    assert scores.accuracy.value == pytest.approx(4 / 6)
    assert scores.f1_macro.value == pytest.approx((0.8 + 0.5 + 2 / 3) / 3)
    assert scores.f1_weighted.value == pytest.approx((3 * 0.8 + 2 * 0.5 + 2 / 3) / 6)
    rows = [(c.name, c.precision.value, c.recall.value, c.f1.value, c.support, c.predicted)
             for c in scores.per_class]  # fmt: skip
    assert rows == [
        ("ham", 1.0, pytest.approx(2 / 3), pytest.approx(0.8), 3, 2),
        ("spam", 0.5, 0.5, 0.5, 2, 2),
        ("other", 0.5, 1.0, pytest.approx(2 / 3), 1, 2),
    ]
    assert accuracy(LABELS, PREDICTED) == scores.accuracy.value
    assert f1_macro(LABELS, PREDICTED, 3) == scores.f1_macro.value
    assert f1_weighted(LABELS, PREDICTED, 3) == scores.f1_weighted.value


@settings(max_examples=40, deadline=None)
@given(pairs)
def test_agrees_with_scikit_learn(rows: list[tuple[int, int]]) -> None:
    from sklearn.metrics import confusion_matrix, f1_score, precision_recall_fscore_support

    labels, predicted = np.array(rows).T
    scores = score(labels, predicted, list("abcde"), resamples=20)
    expected = precision_recall_fscore_support(labels, predicted, labels=range(5), zero_division=0)
    ours = [[c.precision.value, c.recall.value, c.f1.value, c.support] for c in scores.per_class]
    np.testing.assert_allclose(np.array(ours).T, np.array(expected))
    np.testing.assert_array_equal(scores.confusion, confusion_matrix(labels, predicted, labels=range(5)))
    macro = f1_score(labels, predicted, average="macro", zero_division=0)
    assert f1_macro(labels, predicted, 5) == pytest.approx(macro)
    assert scores.f1_macro.value == pytest.approx(macro)
    weighted = f1_score(labels, predicted, average="weighted", zero_division=0)
    assert scores.f1_weighted.value == pytest.approx(weighted)


@settings(max_examples=30, deadline=None)
@given(pairs, st.integers(1, 30))
def test_every_bound_is_a_share_and_json_keeps_all(rows: list[tuple[int, int]], resamples: int) -> None:
    labels, predicted = np.array(rows).T
    scores = score(labels, predicted, list("abcde"), resamples=resamples)
    per_class = [one for c in scores.per_class for one in (c.precision, c.recall, c.f1)]
    for interval in (scores.accuracy, scores.f1_macro, scores.f1_weighted, *per_class):
        assert 0 <= interval.low <= interval.value <= interval.high <= 1
    assert Scores.from_json(json.loads(json.dumps(scores.to_json()))) == scores


def test_the_same_seed_gives_the_same_intervals() -> None:
    assert score(LABELS, PREDICTED, NAMES, seed=3) == score(LABELS, PREDICTED, NAMES, seed=3)
    assert score(LABELS, PREDICTED, NAMES, seed=3) != score(LABELS, PREDICTED, NAMES, seed=4)


def test_resampling_cells_equals_resampling_rows() -> None:
    generator = np.random.default_rng(5)
    labels = generator.integers(0, 3, 200)
    predicted = np.where(generator.random(200) < 0.7, labels, generator.integers(0, 3, 200))
    picks = generator.integers(0, 200, (4000, 200))
    by_rows = [f1_macro(labels[rows], predicted[rows], 3) for rows in picks]
    low, high = np.quantile(by_rows, (0.025, 0.975)) - (np.mean(by_rows) - f1_macro(labels, predicted, 3))
    interval = score(labels, predicted, NAMES, resamples=4000).f1_macro
    assert (interval.low, interval.high) == (pytest.approx(low, abs=0.006), pytest.approx(high, abs=0.006))


@pytest.mark.parametrize(("rows", "classes", "right"), [(300, 2, 0.85), (400, 20, 0.6)])
def test_intervals_hold_the_truth_in_about_95_of_100_samples(rows: int, classes: int, right: float) -> None:
    """Classes equally common, mistakes spread evenly: accuracy, macro-F1 and recall are all ``right``."""
    generator, samples = np.random.default_rng(0), 300
    held = np.zeros(3)
    for _ in range(samples):
        labels = generator.integers(0, classes, rows)
        wrong = (labels + generator.integers(1, classes, rows)) % classes
        predicted = np.where(generator.random(rows) < right, labels, wrong)
        scores = score(labels, predicted, [str(name) for name in range(classes)], resamples=200)
        intervals = (scores.accuracy, scores.f1_macro, scores.per_class[0].recall)
        held += [interval.low <= right <= interval.high for interval in intervals]
    overall, of_one_class = held[:2] / samples, held[2] / samples
    assert ((overall > 0.91) & (overall < 0.985)).all(), overall
    assert of_one_class > 0.88  # 20 rows of a class: a bootstrap of so few is a little short


def test_all_right_is_not_certain() -> None:
    labels = np.repeat([0, 1], 20)
    scores = score(labels, labels, ["no", "yes"])
    assert scores.accuracy == scores.f1_macro == scores.f1_weighted == wilson(40, 40)
    yes = scores.per_class[1]
    assert yes.precision == yes.recall == wilson(20, 20)
    low = wilson(20, 20).low
    assert yes.f1.low == pytest.approx(2 * low / (1 + low))


def test_all_wrong_is_not_certain() -> None:
    scores = score(np.zeros(40, int), np.ones(40, int), ["no", "yes"])
    assert scores.accuracy == scores.f1_macro == wilson(0, 40)
    assert scores.accuracy.high > 0.08


def test_a_class_that_never_occurs_says_nothing_and_does_not_count() -> None:
    scores = score(np.array([0, 1, 1]), np.array([0, 1, 0]), ["a", "b", "never"])
    never = scores.per_class[2]
    assert (never.recall.value, never.recall.low, never.recall.high) == (0.0, 0.0, 1.0)
    assert scores.f1_macro.value == pytest.approx(2 / 3)


def test_a_rare_class_seen_once_is_uncertain() -> None:
    labels = np.array([0] * 99 + [1])
    assert score(labels, labels, ["common", "rare"]).per_class[1].recall == wilson(1, 1)


@pytest.mark.parametrize(
    ("labels", "predicted", "says"),
    [
        ([], [], "no rows"),
        ([0, 1], [0], "2 labels but 1 predictions"),
        ([0, 1], [0, 3], "class number 3"),
        ([0, -1], [0, 1], "class number -1"),
        ([0.5, 1.0], [0, 1], "float64"),
        ([[0], [1]], [[0], [1]], "2 x 1"),
    ],
)
def test_rows_that_do_not_fit_are_refused_in_words(labels: list, predicted: list, says: str) -> None:
    for call in (
        lambda: score(np.array(labels), np.array(predicted), NAMES),
        lambda: f1_macro(np.array(labels), np.array(predicted), 3),
    ):
        with pytest.raises(DataError, match=says):
            call()


def test_no_resamples_is_refused() -> None:
    with pytest.raises(DataError, match="resamples is 0"):
        score(LABELS, PREDICTED, NAMES, resamples=0)


def test_importing_the_room_loads_no_heavy_library() -> None:
    code = (
        "import sys, bertui.evaluation.baselines.single_label\n"
        "import bertui.evaluation.calibration, bertui.evaluation.compare\n"
        "print({'sklearn', 'scipy', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
