"""Two methods that are right or wrong on the same rows: the exact test, and how large the difference is."""

from __future__ import annotations

import math

from bertui.evaluation.intervals import Interval

_SQUARE = 1.959963984540054**2  # of the normal deviate that leaves 2.5 % in each tail
_HALVINGS = 60


def mcnemar(only_a: int, only_b: int) -> float:
    """Return the two-sided p-value of the exact McNemar test.

    Rows on which both are right or both are wrong say nothing. Of the others, ``only_a`` and ``only_b``, each would
    fall to either method by a fair coin if both were equally good.

    Source: McNemar (1947), Note on the sampling error of the difference between correlated proportions.
    """
    rows, fewer = only_a + only_b, min(only_a, only_b)
    if only_a == only_b:
        return 1.0
    # each binomial coefficient from the one before, in logarithms, as the numbers themselves overflow
    log_ways = [0.0]
    for step in range(1, fewer + 1):
        log_ways.append(log_ways[-1] + math.log((rows - step + 1) / step))
    largest = log_ways[-1]
    log_tail = largest + math.log(math.fsum(math.exp(ways - largest) for ways in log_ways)) - rows * math.log(2)
    return min(1.0, 2 * math.exp(log_tail))


def difference_interval(only_a: int, only_b: int, rows: int) -> Interval:
    """Return the share that is right by A minus that by B, with Tango's 95 % score interval.

    The score interval never collapses to a point: runs that are right on the very same rows may still differ on
    rows not seen. McNemar's exact test is the more careful of the two, so where it finds nothing (p >= 0.05) and the
    interval ends short of 0, the interval is continued to 0.

    Source: Tango (1998), Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design.
    """
    value = (only_a - only_b) / rows
    low = _bound(only_a, only_b, rows)
    high = -_bound(only_b, only_a, rows)
    if mcnemar(only_a, only_b) >= 0.05:
        low, high = min(low, 0.0), max(high, 0.0)
    return Interval(value, min(low, value), max(high, value))


def _bound(only_a: int, only_b: int, rows: int) -> float:
    """Return the smallest difference that the score test does not reject: between -1 and the one seen."""
    low, high = -1.0, (only_a - only_b) / rows
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _squared_score(only_a, only_b, rows, middle) > _SQUARE:
            low = middle
        else:
            high = middle
    return high


def _squared_score(only_a: int, only_b: int, rows: int, difference: float) -> float:
    """Return the squared score statistic of a difference; the share of ``only_b`` is the likeliest under it."""
    twice = 2 * rows
    linear = -only_a - only_b + (twice - only_a + only_b) * difference
    constant = -only_b * difference * (1 - difference)
    share = (math.sqrt(max(0.0, linear**2 - 4 * twice * constant)) - linear) / (2 * twice)
    variance = rows * (2 * share + difference * (1 - difference))
    apart = only_a - only_b - rows * difference
    if variance <= 0:
        return math.inf if apart else 0.0
    return apart**2 / variance
