from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.evaluation.intervals import Interval, bootstrap_interval, wilson

NOTHING = Interval(0.0, 0.0, 1.0)


def test_percent_reads_as_on_the_results_page() -> None:
    assert Interval(0.924, 0.91, 0.936).percent() == "92.4 % (91.0 to 93.6)"


def test_json_and_back() -> None:
    interval = Interval(0.1, 0.05, 1 / 3)
    assert Interval.from_json(json.loads(json.dumps(interval.to_json()))) == interval


@pytest.mark.parametrize("numbers", [(0.5, 0.6, 0.7), (0.5, 0.1, 0.4), (float("nan"), 0.0, 1.0)])
def test_an_interval_without_its_estimate_is_refused(numbers: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="outside"):
        Interval(*numbers)


def bounds(interval: Interval) -> tuple[float, float, float]:
    return interval.value, interval.low, interval.high


def test_wilson_by_hand() -> None:
    # all of 10: low = n / (n + z^2) = 10 / 13.8415
    assert bounds(wilson(10, 10)) == pytest.approx((1.0, 0.722467, 1.0), abs=1e-6)
    assert bounds(wilson(0, 10)) == pytest.approx((0.0, 0.0, 1 - 0.722467), abs=1e-6)
    assert wilson(0, 0) == NOTHING


@settings(max_examples=40, deadline=None)  # the first call imports scipy
@given(st.integers(0, 300), st.integers(1, 300))
def test_wilson_agrees_with_scipy(hits: int, trials: int) -> None:
    from scipy.stats import binomtest

    hits = min(hits, trials)
    low, high = binomtest(hits, trials).proportion_ci(method="wilson")
    interval = wilson(hits, trials)
    assert (interval.low, interval.high) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))


def test_draws_without_bias_give_their_percentiles() -> None:
    draws = np.linspace(0.0, 1.0, 1001)
    assert bounds(bootstrap_interval(0.5, draws, collapsed=NOTHING)) == pytest.approx((0.5, 0.025, 0.975))


def test_the_bias_of_the_draws_is_taken_off() -> None:
    draws = np.concatenate([np.linspace(0.3, 0.5, 1001), [0.9]])  # mean 0.4, estimate 0.45
    interval = bootstrap_interval(0.45, draws, collapsed=NOTHING)
    assert (interval.low, interval.high) == (pytest.approx(0.355, abs=1e-3), pytest.approx(0.545, abs=1e-3))


def test_bounds_stay_within_the_range_of_the_draws() -> None:
    draws = np.linspace(0.8, 1.0, 1001)
    assert bootstrap_interval(0.98, draws, collapsed=NOTHING).high == 1.0


def test_undefined_draws_are_left_out() -> None:
    draws = np.array([np.nan, 0.2, 0.4, np.nan])
    assert bootstrap_interval(0.3, draws, collapsed=NOTHING).high < 0.41


@pytest.mark.parametrize("draws", [np.ones(50), np.full(50, np.nan), np.empty(0)])
def test_collapsed_draws_give_the_other_bounds(draws: np.ndarray) -> None:
    interval = bootstrap_interval(1.0, draws, collapsed=Interval(0.8, 0.7, 0.9))
    assert interval == Interval(1.0, 0.7, 1.0)
