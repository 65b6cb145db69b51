"""Two methods with a number for each of the same rows: the test by random signs, turned into an interval."""

from __future__ import annotations

import numpy as np

from bertui.evaluation.intervals import Interval, wilson

_DRAWS = 4_000
_FEWEST_DRAWS = 1_000
_MOST_NUMBERS = 100_000_000  # drawn in all: more rows get fewer draws
_PIECE = 10_000_000
_ENUMERATED = 12  # up to so many rows every choice of signs is tried
_TAIL = 0.025


def random_signs(apart: np.ndarray, *, limit: float, seed: int = 0) -> tuple[float, Interval]:
    """Test whether the mean of differences ``[rows]`` is 0; return the two-sided p-value and the 95 % interval.

    Were both methods equally good, each row's difference might as well have the other sign. A choice of signs gives a
    larger mean than the one seen just where the rows whose sign it turns have a mean of 0 or less; so the means of
    random subsets of the rows hold both the p-value and the interval: it reaches from the 2.5th to the 97.5th of
    100 of them, is the set of differences that the test does not reject, and holds 0 just where p >= 0.05.
    Up to 12 rows all subsets are taken, else 4,000 random ones (fewer from 25,000 rows on).

    Such an interval knows only what was seen. It is made at least as wide as a share of unseen rows allows (Wilson's
    bound for something that never came in so many rows), each with a difference as large as those seen; it is no
    wider than ``limit``, the largest difference that can be.

    Source: Fisher (1935), The Design of Experiments; Hartigan (1969), Using subsample values as typical values.
    """
    apart = np.asarray(apart, dtype=np.float64)
    value = float(apart.mean())
    means, never = _subset_means(apart, np.random.default_rng(seed))
    choices = len(means) + never
    below = (never + int((means <= 0).sum())) / choices
    above = (never + int((means >= 0).sum())) / choices
    # the fewest subsets that must lie beyond a difference for it not to be rejected
    needed = int(np.ceil(_TAIL * choices - never))
    low, high = (means[needed - 1], means[-needed]) if needed > 0 else (-limit, limit)
    reach = wilson(0, len(apart)).high * (float(np.abs(apart[apart != 0]).mean()) if apart.any() else limit)
    low, high = max(-limit, min(low, value - reach)), min(limit, max(high, value + reach))
    return min(1.0, 2 * min(below, above)), Interval(value, min(float(low), value), max(float(high), value))


def _subset_means(apart: np.ndarray, generator: np.random.Generator) -> tuple[np.ndarray, int]:
    """Return the ascending means of subsets of the rows, and how many choices count as beyond any difference.

    Those are the empty subset and, of random subsets, the signs as they were seen.
    """
    seen, same = apart[apart != 0], int((apart == 0).sum())
    if len(apart) <= _ENUMERATED:
        sizes, sums = _all_subsets(apart)
    else:
        sizes, sums = _random_subsets(seen, same, generator)
    kept = sizes > 0
    means = sums[kept] / sizes[kept]
    # sums that are 0 but for rounding
    means[np.abs(means) < 1e-12 * np.abs(apart).max(initial=0.0)] = 0.0
    return np.sort(means), int((~kept).sum()) + (len(apart) > _ENUMERATED)


def _all_subsets(apart: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    taken = np.arange(2 ** len(apart))[:, None] >> np.arange(len(apart)) & 1
    return taken.sum(1), taken @ apart


def _random_subsets(seen: np.ndarray, same: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw subsets: the size of each, and the sum of its differences; rows without one count for the size alone."""
    draws = int(np.clip(_MOST_NUMBERS // max(1, len(seen)), _FEWEST_DRAWS, _DRAWS))
    sizes, sums = generator.binomial(same, 0.5, size=draws), np.zeros(draws)
    step = max(1, _PIECE // max(1, len(seen)))
    for first in range(0, draws, step):
        piece = slice(first, min(first + step, draws))
        taken = generator.integers(0, 2, size=(piece.stop - first, len(seen)), dtype=np.int8)
        sizes[piece] += taken.sum(1, dtype=np.int64)
        sums[piece] = taken @ seen
    return sizes, sums
