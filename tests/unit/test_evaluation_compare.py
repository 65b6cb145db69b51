from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.errors import DataError
from bertui.evaluation.compare import Comparison, compare, compare_credit, mcnemar
from bertui.evaluation.intervals import Interval


def runs(both: int, only_a: int, only_b: int, neither: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    right_a = np.repeat([1, 1, 0, 0], [both, only_a, only_b, neither])
    right_b = np.repeat([1, 0, 1, 0], [both, only_a, only_b, neither])
    return np.ones(len(right_a), int), right_a, right_b


def test_counts_by_hand() -> None:
    found = compare(*runs(12, 1, 5, 2))
    assert (found.n, found.only_a_right, found.only_b_right) == (20, 1, 5)
    assert (found.accuracy_a, found.accuracy_b) == (0.65, 0.85)
    assert found.difference.value == pytest.approx(-0.2)
    assert found.p_value == pytest.approx(2 * (1 + 6) / 64)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 400), st.integers(0, 400))
def test_the_p_value_agrees_with_scipy(only_a: int, only_b: int) -> None:
    from scipy.stats import binomtest

    expected = binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    assert mcnemar(only_a, only_b) == pytest.approx(expected, rel=1e-7)


def test_the_p_value_of_many_rows_neither_overflows_nor_hangs() -> None:
    from scipy.stats import binomtest

    assert mcnemar(50_000, 50_900) == pytest.approx(binomtest(50_000, 100_900).pvalue, rel=1e-5)
    assert mcnemar(100_000, 0) == 0.0


def test_swapping_the_runs_turns_the_difference_round() -> None:
    labels, a, b = runs(70, 20, 5, 5)
    one, other = compare(labels, a, b), compare(labels, b, a)
    assert one.difference.value == -other.difference.value
    assert one.difference.low == pytest.approx(-other.difference.high, abs=0.015)
    assert one.p_value == other.p_value


def test_the_paired_interval_is_near_the_normal_one() -> None:
    found = compare(*runs(700, 120, 80, 100)).difference
    spread = 1.96 * np.sqrt((200 / 1000 - 0.04**2) / 1000)
    assert (found.low, found.high) == (
        pytest.approx(0.04 - spread, abs=0.003),
        pytest.approx(0.04 + spread, abs=0.003),
    )


def test_the_interval_holds_the_truth_in_about_95_of_100_samples() -> None:
    generator, samples, held = np.random.default_rng(0), 400, 0
    for _ in range(samples):
        counts = generator.multinomial(300, [0.7, 0.12, 0.06, 0.12])
        interval = compare(*runs(*counts.tolist()), resamples=300).difference
        held += interval.low <= 0.06 <= interval.high
    assert 0.91 < held / samples < 0.985


def test_the_same_answers_do_not_prove_the_runs_equal() -> None:
    found = compare(*runs(30, 0, 0, 10))
    assert found.p_value == 1.0
    assert found.difference.low == -found.difference.high < -0.05
    assert found.within_noise


def test_always_against_never_right() -> None:
    found = compare(*runs(0, 40, 0, 0)).difference
    assert (found.value, found.high) == (1.0, 1.0)
    assert 0.8 < found.low < 1.0


def test_a_clear_difference_names_the_better_run() -> None:
    said = compare(*runs(700, 20, 180, 100)).sentence("Small", "Large")
    assert said.startswith("Small is right on 72.0 % of 1,000 rows, Large on 88.0 %.")
    assert "Large is better by 16.0 points (95 % interval 13." in said
    assert "less than once in 1,000 times" in said
    assert "noise" not in said


def test_a_difference_that_may_be_none_is_called_noise() -> None:
    said = compare(*runs(80, 6, 5, 9)).sentence("A", "B")
    assert "within noise" in said
    assert "better" not in said


def test_a_sentence_by_hand() -> None:
    found = Comparison(500, 0.9, 0.93, Interval(-0.03, -0.05, -0.01), 5, 20, 0.004)
    assert found.sentence("A", "B") == (
        "A is right on 90.0 % of 500 rows, B on 93.0 %. B is better by 3.0 points (95 % interval 1.0 to "
        "5.0). Equally good runs would differ this much or more 0.4 % of the time (McNemar's test)."
    )


@pytest.mark.parametrize(
    ("labels", "a", "b", "says"),
    [
        ([], [], [], "no rows"),
        ([0, 1], [0, 1, 1], [0, 1], "2 labels but 3 predictions"),
        ([0, 1], [0, 1], [0], "2 labels but 1 predictions"),
    ],
)
def test_rows_that_do_not_fit_are_refused_in_words(labels: list, a: list, b: list, says: str) -> None:
    with pytest.raises(DataError, match=says):
        compare(np.array(labels), np.array(a), np.array(b))


def test_credit_of_right_and_wrong_is_compared_as_runs_are() -> None:
    right, wrong = np.array([1.0] * 90 + [0.0] * 10), np.array([1.0] * 60 + [0.0] * 40)
    said = compare_credit(right, wrong, "right")("A", "B")
    assert said == compare(np.ones(100, dtype=int), right.astype(int), wrong.astype(int)).sentence("A", "B")
    assert "A is better by 30.0 points" in said


def test_credit_of_numbers_is_compared_by_its_mean() -> None:
    near, far = -np.full(200, 0.5), -np.linspace(0.9, 1.1, 200)
    said = compare_credit(near, far, "off by")("A", "B")
    assert said.startswith("A has 0.500, B 1.000: off by, mean of 200 rows. A is better by 0.500 (95 % interval 0.49")
    assert "less than once in 1,000 times (random signs)" in said


def test_credit_that_differs_by_chance_alone_is_called_noise() -> None:
    random = np.random.default_rng(0)
    one, other = random.random(100), random.random(100)
    assert "within noise" in compare_credit(one, other, "F1")("A", "B")
