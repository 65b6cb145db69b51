"""Is one run better than another, or only luckier? Both must have predicted the same rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bertui.errors import DataError
from bertui.evaluation.intervals import Interval, bootstrap_interval, wilson
from bertui.evaluation.rows import check_predictions


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs on the same ``n`` rows. ``difference`` is the accuracy of A minus that of B."""

    n: int
    accuracy_a: float
    accuracy_b: float
    difference: Interval
    only_a_right: int
    only_b_right: int
    p_value: float

    @property
    def within_noise(self) -> bool:
        """Whether the interval of the difference includes 0."""
        return self.difference.low <= 0 <= self.difference.high

    def sentence(self, name_a: str, name_b: str) -> str:
        """The comparison in plain words, with the difference in percentage points."""
        shares = (
            f"{name_a} is right on {100 * self.accuracy_a:.1f} % of {self.n:,} rows, "
            f"{name_b} on {100 * self.accuracy_b:.1f} %."
        )
        value, low, high = (100 * bound for bound in self._ordered())
        size = f"{value:.1f} points (95 % interval {low:.1f} to {high:.1f})"
        chance = f"Equally good runs would differ this much or more {_chance(self.p_value)} (McNemar's test)."
        if self.within_noise:
            return f"{shares} The difference of {size} is within noise. {chance}"
        better = name_a if self.difference.value > 0 else name_b
        return f"{shares} {better} is better by {size}. {chance}"

    def _ordered(self) -> tuple[float, float, float]:
        """Value, low and high of the better run minus the worse one."""
        apart = self.difference
        if apart.value < 0:
            return -apart.value, -apart.high, -apart.low
        return apart.value, apart.low, apart.high


def compare(
    labels: np.ndarray,
    predicted_a: np.ndarray,
    predicted_b: np.ndarray,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> Comparison:
    """Paired comparison of two runs' predicted classes `[rows]` on the same labels `[rows]`.

    The interval of the difference is a 95 % percentile bootstrap over rows, both runs resampled
    together; where it collapses to a point (the runs are right on exactly the same rows) it is as wide
    as Wilson's interval allows for something never seen in n rows. The p-value is the exact McNemar test.

    Source: McNemar (1947); Dietterich (1998), Approximate statistical tests for comparing supervised
    classification learning algorithms.

    Raises:
        DataError: No rows, or lengths that differ.
    """
    check_predictions(labels, predicted_a)
    check_predictions(labels, predicted_b)
    if resamples < 1:
        raise DataError(f"The number of resamples is {resamples}.", expected="1 or more.", remedy="Use 2000.")
    right_a, right_b = (np.asarray(labels) == np.asarray(run) for run in (predicted_a, predicted_b))
    only_a, only_b = int((right_a & ~right_b).sum()), int((right_b & ~right_a).sum())
    return Comparison(
        n=len(right_a),
        accuracy_a=float(right_a.mean()),
        accuracy_b=float(right_b.mean()),
        difference=_difference(only_a, only_b, len(right_a), resamples, np.random.default_rng(seed)),
        only_a_right=only_a,
        only_b_right=only_b,
        p_value=mcnemar(only_a, only_b),
    )


def compare_credit(
    credit_a: np.ndarray, credit_b: np.ndarray, said: str, *, resamples: int = 2000, seed: int = 0
) -> Callable[[str, str], str]:
    """Compare two runs by how good each answer is, `[rows]` each; return the sentence as a function of their names.

    Where an answer is right or wrong this is ``compare``. Else the interval of the difference of the means is a
    paired 95 % bootstrap, and its p-value that of random signs of the rows' differences.

    Source: Fisher (1935), The Design of Experiments, for the test by random signs.
    """
    if set(np.unique(np.concatenate([credit_a, credit_b]))) <= {0.0, 1.0}:
        rows = np.ones(len(credit_a), dtype=np.int64)
        return compare(rows, credit_a.astype(np.int64), credit_b.astype(np.int64)).sentence
    apart = credit_a - credit_b
    generator = np.random.default_rng(seed)
    counts = generator.multinomial(len(apart), np.full(len(apart), 1 / len(apart)), size=resamples)
    value = float(apart.mean())
    found = bootstrap_interval(value, counts @ apart / len(apart), collapsed=Interval(value, value, value))
    signs = generator.choice((-1.0, 1.0), size=(resamples, len(apart)))
    p_value = float((1 + (np.abs(signs @ apart) >= abs(apart.sum()) - 1e-12).sum()) / (1 + resamples))
    means = float(np.mean(credit_a)), float(np.mean(credit_b))
    return lambda name_a, name_b: _credit_sentence((name_a, name_b), means, found, p_value, said, len(apart))


def _credit_sentence(
    names: tuple[str, str], means: tuple[float, float], apart: Interval, p_value: float, said: str, rows: int
) -> str:
    shown = f"{names[0]} has {abs(means[0]):.3f}, {names[1]} {abs(means[1]):.3f}: {said}, mean of {rows:,} rows."
    low, high = sorted((abs(apart.low), abs(apart.high)))
    chance = f"Equally good runs would differ this much or more {_chance(p_value)} (random signs)."
    if apart.low <= 0 <= apart.high:
        return f"{shown} The difference of {abs(apart.value):.3f} is within noise. {chance}"
    better = names[0] if apart.value > 0 else names[1]
    interval = f"{abs(apart.value):.3f} (95 % interval {low:.3f} to {high:.3f})"
    return f"{shown} {better} is better by {interval}. {chance}"


def mcnemar(only_a: int, only_b: int) -> float:
    """Two-sided exact p-value that rows on which just one run is right fall to either by a fair coin."""
    rows, fewer = only_a + only_b, min(only_a, only_b)
    if only_a == only_b:
        return 1.0
    steps = np.arange(1, fewer + 1)
    # log of the binomial coefficients, each from the one before, as the numbers themselves overflow
    log_ways = np.concatenate([[0.0], np.cumsum(np.log((rows - steps + 1) / steps))])
    log_tail = np.logaddexp.reduce(log_ways) - rows * math.log(2)
    return min(1.0, 2 * math.exp(log_tail))


def _difference(only_a: int, only_b: int, rows: int, resamples: int, generator: np.random.Generator) -> Interval:
    value = (only_a - only_b) / rows
    shares = np.array([only_a, only_b, rows - only_a - only_b]) / rows
    counts = generator.multinomial(rows, shares, size=resamples)
    unseen = wilson(0, rows).high
    collapsed = Interval(value, max(-1.0, value - unseen), min(1.0, value + unseen))
    return bootstrap_interval(value, (counts[:, 0] - counts[:, 1]) / rows, collapsed=collapsed)


def _chance(p_value: float) -> str:
    if p_value < 0.001:
        return "less than once in 1,000 times"
    return f"{100 * p_value:.1f} % of the time" if p_value < 0.1 else f"{100 * p_value:.0f} % of the time"
