from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.errors import DataError
from bertui.evaluation.compare import Comparison, compare, shares_of_ratio
from bertui.evaluation.paired_shares import difference_interval, mcnemar
from bertui.evaluation.random_signs import random_signs


def runs(both: int, only_a: int, only_b: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    right_a = np.repeat([1.0, 1, 0, 0], [both, only_a, only_b, neither])
    right_b = np.repeat([1.0, 0, 1, 0], [both, only_a, only_b, neither])
    return right_a, right_b


def covers_zero(comparison: Comparison) -> bool:
    return comparison.difference.low <= 0 <= comparison.difference.high


def test_counts_by_hand() -> None:
    comparison = compare(*runs(12, 1, 5, 2))
    assert (comparison.n, comparison.mean_a, comparison.mean_b, comparison.test) == (
        20,
        0.65,
        0.85,
        "exact McNemar test",
    )
    assert comparison.difference.value == pytest.approx(-0.2)
    assert comparison.p_value == pytest.approx(2 * (1 + 6) / 64)


@pytest.mark.parametrize(("p_value", "better"), [(0.0499, True), (0.05, False), (0.12, False)])
def test_one_is_better_below_one_in_twenty(p_value: float, better: bool) -> None:
    assert replace(compare(*runs(12, 1, 5, 2)), p_value=p_value).significant == better


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


def score_statistic(only_a: int, only_b: int, rows: int, difference: float) -> float:
    """Return Tango's statistic with the nuisance share found by searching the likelihood instead of by formula."""
    from scipy.optimize import minimize_scalar

    def unlikely(share_b: float) -> float:
        chances = np.array([share_b + difference, share_b, 1 - 2 * share_b - difference])
        counts = np.array([only_a, only_b, rows - only_a - only_b])
        return -float(np.sum(counts * np.log(np.maximum(chances, 1e-300))))

    bounds = max(0.0, -difference), (1 - difference) / 2
    share = minimize_scalar(unlikely, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
    variance = (2 * share + difference * (1 - difference)) / rows
    return ((only_a - only_b) / rows - difference) / np.sqrt(variance)


@pytest.mark.parametrize(("only_a", "only_b", "rows"), [(40, 20, 160), (5, 25, 80), (9, 4, 33), (70, 20, 100)])
def test_the_interval_of_shares_ends_where_the_score_test_begins_to_reject(only_a: int, only_b: int, rows: int) -> None:
    interval = difference_interval(only_a, only_b, rows)
    assert score_statistic(only_a, only_b, rows, interval.low) == pytest.approx(1.959964, abs=1e-4)
    assert score_statistic(only_a, only_b, rows, interval.high) == pytest.approx(-1.959964, abs=1e-4)


def test_the_interval_of_shares_goes_on_to_0_where_the_exact_test_finds_nothing() -> None:
    assert mcnemar(9, 2) == pytest.approx(134 / 2048)
    assert score_statistic(9, 2, 33, 0.0) > 1.96
    assert difference_interval(9, 2, 33).low == 0.0


def test_the_interval_of_shares_turned_round() -> None:
    one, other = difference_interval(20, 5, 100), difference_interval(5, 20, 100)
    assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))


def test_the_interval_of_shares_that_never_differed_is_wilson_s() -> None:
    square = 1.959963984540054**2
    interval = difference_interval(0, 0, 40)
    assert (interval.low, interval.high) == pytest.approx((-square / (40 + square), square / (40 + square)))


@pytest.mark.parametrize("rows", [1, 2, 5, 30, 100])
def test_the_interval_of_shares_follows_the_test_for_every_count(rows: int) -> None:
    for only_a, only_b in itertools.product(range(rows + 1), repeat=2):
        if only_a + only_b > rows:
            continue
        interval = difference_interval(only_a, only_b, rows)
        assert (interval.low <= 0 <= interval.high) == (mcnemar(only_a, only_b) >= 0.05), (only_a, only_b)
        assert -1 <= interval.low < interval.high <= 1


def differ(only_a: int, only_b: int, rows: int) -> bool:
    return compare(*runs(0, only_a, only_b, rows - only_a - only_b)).significant


@pytest.mark.parametrize(("rows", "discordant"), [(30, 0.1), (100, 0.05), (200, 0.3)])
def test_equally_good_runs_are_called_different_in_at_most_5_of_100_samples(rows: int, discordant: float) -> None:
    drawn = np.random.default_rng(0).multinomial(rows, [discordant / 2, discordant / 2, 1 - discordant], size=1000)
    assert np.mean([differ(int(one), int(other), rows) for one, other, _ in drawn]) <= 0.05


@pytest.mark.parametrize("rows", [5, 8, 30, 100])
def test_equally_good_graded_runs_are_called_different_in_about_5_of_100_samples(rows: int) -> None:
    generator = np.random.default_rng(0)
    pairs = np.round(generator.random((400, 2, rows)) * 4) / 4
    assert np.mean([compare(a, b, limit=1.0).significant for a, b in pairs]) <= 0.075


def test_the_interval_of_shares_holds_the_truth_in_about_95_of_100_samples() -> None:
    drawn = np.random.default_rng(0).multinomial(300, [0.12, 0.06, 0.82], size=1000).tolist()
    intervals = [difference_interval(one, other, 300) for one, other, _ in drawn]
    assert 0.93 < np.mean([interval.low <= 0.06 <= interval.high for interval in intervals]) < 0.97


def test_the_interval_of_numbers_holds_the_truth_in_about_95_of_100_samples() -> None:
    generator = np.random.default_rng(0)
    intervals = [random_signs(generator.normal(0.3, 1.0, 60), limit=9.0)[1] for _ in range(500)]
    assert 0.92 < np.mean([interval.low <= 0.3 <= interval.high for interval in intervals]) < 0.98


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([0, 0.2, 0.5, 1]), st.sampled_from([0, 0.2, 0.5, 1])), min_size=1, max_size=60)
)
def test_verdict_and_interval_never_contradict_each_other(pairs: list[tuple[float, float]]) -> None:
    a, b = np.array(pairs).T
    comparison = compare(a, b, limit=1.0)
    assert covers_zero(comparison) == (comparison.p_value >= 0.05) == (not comparison.significant)
    assert comparison.difference.low < comparison.difference.high
    turned = compare(b, a, limit=1.0)
    assert turned.difference.value == pytest.approx(-comparison.difference.value)
    assert turned.p_value == pytest.approx(comparison.p_value, abs=0.03)


def test_the_p_value_of_numbers_by_hand() -> None:
    # Of the 8 choices of signs, +1 +2 +4 alone has so large a mean, and one more so small: 2 of 8.
    p_value, interval = random_signs(np.array([1.0, 2.0, 4.0]), limit=10.0)
    assert p_value == 2 / 8
    assert (interval.low, interval.high) == (-10.0, 10.0)  # three rows rule nothing out


def test_the_interval_of_numbers_by_hand() -> None:
    # Six rows have 63 subsets: 2 x 1/64 is the first p-value below 0.05, so the bounds are the outermost means.
    p_value, interval = random_signs(np.array([1.0, 2, 3, 4, 5, 60]), limit=100.0)
    assert p_value == 2 / 64
    reach = 12.5 * 3.8414588 / (6 + 3.8414588)
    assert (interval.low, interval.high) == (1.0, 60.0) and 12.5 - reach > 1.0


def test_the_p_value_of_numbers_agrees_with_scipy() -> None:
    from scipy.stats import permutation_test

    apart = np.random.default_rng(3).normal(0.25, 1, 60)
    expected = permutation_test(
        (apart,), np.mean, permutation_type="samples", n_resamples=20_000, rng=np.random.default_rng(0)
    ).pvalue
    assert random_signs(apart, limit=9.0)[0] == pytest.approx(expected, abs=0.02)


def test_one_row_says_nothing() -> None:
    comparison = compare(np.array([0.8]), np.array([0.5]), limit=1.0)
    assert comparison.p_value == 1.0 and (comparison.difference.low, comparison.difference.high) == (-1.0, 1.0)
    unlimited = compare(np.array([-1.25]), np.array([-3.0]))
    assert unlimited.p_value == 1.0 and (unlimited.difference.low, unlimited.difference.high) == (-1.75, 1.75)


def test_an_even_difference_does_not_collapse_to_a_point() -> None:
    comparison = compare(np.full(20, 0.8), np.full(20, 0.5), limit=1.0)
    assert comparison.significant
    share = 3.8414588 / (20 + 3.8414588)
    assert comparison.difference.low == pytest.approx(0.3 - 0.3 * share, abs=1e-6)


def test_many_rows_take_little_time_and_memory() -> None:
    generator = np.random.default_rng(0)
    comparison = compare(generator.random(100_000), generator.random(100_000), limit=1.0)
    spread = (2 / 12) ** 0.5  # of the difference of two numbers drawn evenly from 0 to 1
    assert comparison.difference.high - comparison.difference.low == pytest.approx(
        2 * 1.96 * spread / 100_000**0.5, rel=0.1
    )


def test_the_same_answers_do_not_prove_the_runs_equal() -> None:
    comparison = compare(*runs(30, 0, 0, 10))
    assert comparison.p_value == 1.0 and not comparison.significant
    assert comparison.difference.low == pytest.approx(-comparison.difference.high) and comparison.difference.low < -0.05


def test_always_against_never_right() -> None:
    interval = compare(*runs(0, 40, 0, 0)).difference
    assert (interval.value, interval.high) == (1.0, 1.0)
    assert 0.8 < interval.low < 1.0


def test_what_rows_add_to_a_ratio_by_hand() -> None:
    # F1 of two rows: (2 + 0) / (2 + 3) = 0.4, whole 2.5 on average
    added = shares_of_ratio(np.array([2, 0]), np.array([2, 3]))
    assert added.tolist() == pytest.approx([0.4 + (2 - 0.8) / 2.5, 0.4 - 1.2 / 2.5])
    assert added.mean() == pytest.approx(0.4)
    assert shares_of_ratio(np.zeros(3), np.zeros(3)).tolist() == [0, 0, 0]


def test_what_rows_add_varies_as_the_ratio_does() -> None:
    generator = np.random.default_rng(0)
    wholes = generator.integers(1, 9, 400)
    parts = generator.binomial(wholes, 0.6)
    drawn = generator.integers(0, 400, (2000, 400))
    bootstrap = (parts[drawn].sum(1) / wholes[drawn].sum(1)).std()
    assert shares_of_ratio(parts, wholes).std() / 20 == pytest.approx(bootstrap, rel=0.06)


def test_a_comparison_survives_json() -> None:
    comparison = compare(*runs(12, 1, 5, 2))
    assert Comparison.from_json(comparison.to_json()) == comparison


@pytest.mark.parametrize(
    ("a", "b", "says"),
    [([], [], "0 rows"), ([0, 1], [0, 1, 1], "answered 2 rows, the other 3"), ([0.5, np.nan], [1, 1], "not a number")],
)
def test_rows_that_do_not_fit_are_refused_in_words(a: list, b: list, says: str) -> None:
    with pytest.raises(DataError, match=says):
        compare(np.array(a), np.array(b))
