"""How near predicted numbers come to the true ones: correlations and errors, each with a 95 % interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from bertui.errors import DataError, ModelError
from bertui.evaluation.intervals import Interval, bootstrap_interval, wilson

_DRAWS_AT_ONCE = 250_000  # drawn rows held in memory at a time: 2 MB an array, about a processor cache
_FAR = 1e6  # standard deviations; an error is no larger in R squared
_NO_SPREAD = 1e-12  # a variance below this share of the whole sample's is rounding


class _Values(NamedTuple):
    """The different values of a column, upwards: which of them each row has, and the rows in that order."""

    number: np.ndarray
    by_value: np.ndarray
    starts: np.ndarray


@dataclass(frozen=True, slots=True)
class RegressionScores:
    """What ``n`` predicted numbers are worth. ``mae`` and ``rmse`` are in the unit of the targets.

    ``r2`` is the share of the targets' variance that the predictions explain: 1 is all of it, 0 what the mean of the
    targets does when given to every row, below 0 worse than that.
    """

    n: int
    r2: Interval
    pearson: Interval
    spearman: Interval
    mae: Interval
    rmse: Interval

    def to_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "r2": self.r2.to_json(),
            "pearson": self.pearson.to_json(),
            "spearman": self.spearman.to_json(),
            "mae": self.mae.to_json(),
            "rmse": self.rmse.to_json(),
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> RegressionScores:
        return cls(int(saved["n"]), *(Interval.from_json(saved[key]) for key in cls.__slots__[1:]))


def score_numbers(
    targets: np.ndarray, predicted: np.ndarray, *, resamples: int = 1000, seed: int = 0
) -> RegressionScores:
    """All scores of the predicted numbers `[rows]` against the true ones `[rows]`.

    Spearman is Pearson of the ranks, equal numbers sharing the mean of theirs; each resample is ranked
    anew. Where one side is constant there is no correlation, and where the targets are there is no variance to
    explain: 0, with an interval from -1 to 1. Intervals
    are 95 % percentile bootstrap over rows, freed of bias (``bootstrap_interval``). Where they collapse to
    a point (a perfect prediction, say) they are as wide as Wilson's interval allows for rows of a kind
    never seen in n rows: such rows may take a correlation to the other end of its range, and be wrong by
    the range of the targets.

    Raises:
        DataError: No rows, targets and predictions of different lengths, or targets that are not numbers.
        ModelError: The predictions hold NaN or infinity.
    """
    targets, predicted = checked_numbers(targets, predicted)
    if resamples < 1:
        raise DataError(f"The number of resamples is {resamples}.", expected="1 or more.", remedy="Use 1000.")
    missed = np.abs(predicted - targets)
    drawn = _resample(targets, predicted, missed, resamples, np.random.default_rng(seed))
    unseen, reach = wilson(0, len(targets)).high, float(np.ptp(targets))
    turned = 2 * unseen if len(targets) > 2 else 2.0  # two rows lie on a line whatever they are
    return RegressionScores(
        n=len(targets),
        r2=_explained(r_squared(targets, predicted), drawn[:, 4], unseen * np.ptp(_standard(targets)) ** 2),
        pearson=_correlation(pearson(targets, predicted), drawn[:, 0], turned),
        spearman=_correlation(spearman(targets, predicted), drawn[:, 1], turned),
        mae=_size(float(missed.mean()), drawn[:, 2], unseen * reach),
        rmse=_size(float(np.sqrt(np.mean(missed**2))), np.sqrt(drawn[:, 3]), np.sqrt(unseen) * reach),
    )


def pearson(targets: np.ndarray, predicted: np.ndarray) -> float:
    """Linear correlation of two columns of numbers `[rows]`; 0 where one of them is constant.

    Raises:
        DataError, ModelError: As ``score_numbers``.
    """
    targets, predicted = checked_numbers(targets, predicted)
    return _or_zero(_weighted_pearson(_standard(targets), _standard(predicted), np.ones((1, len(targets)))))


def r_squared(targets: np.ndarray, predicted: np.ndarray) -> float:
    """Share of the variance of the targets `[rows]` that the predictions explain; 0 where they do not vary.

    Raises:
        DataError, ModelError: As ``score_numbers``.
    """
    targets, predicted = checked_numbers(targets, predicted)
    if targets.min() == targets.max():
        return 0.0
    return float(1 - np.mean(_relative_errors(targets, predicted) ** 2))


def spearman(targets: np.ndarray, predicted: np.ndarray) -> float:
    """Correlation of the ranks of two columns of numbers `[rows]`; 0 where one of them is constant.

    Source: Spearman (1904), The proof and measurement of association between two things.

    Raises:
        DataError, ModelError: As ``score_numbers``.
    """
    targets, predicted = checked_numbers(targets, predicted)
    once = np.ones((1, len(targets)))
    true, predictions = (_weighted_ranks(_values(column), once) for column in (targets, predicted))
    return _or_zero(_weighted_pearson(true, predictions, once))


def _resample(
    targets: np.ndarray, predicted: np.ndarray, missed: np.ndarray, resamples: int, generator: np.random.Generator
) -> np.ndarray:
    """Pearson, Spearman, mean absolute and squared error, R squared of rows drawn with replacement: `[resamples, 5]`.

    NaN where a correlation or R squared is not defined. A row is drawn by counting how often it comes, `[block, rows]`.
    """
    rows = len(targets)
    true, predictions = _standard(targets), _standard(predicted)
    values = _values(targets), _values(predicted)
    relative = _relative_errors(targets, predicted) ** 2
    block = max(1, _DRAWS_AT_ONCE // rows)
    results: list[np.ndarray] = []
    for start in range(0, resamples, block):
        size = min(block, resamples - start)
        picks = generator.integers(0, rows, (size, rows)) + rows * np.arange(size)[:, None]
        times = np.bincount(picks.ravel(), minlength=size * rows).reshape(size, rows).astype(np.float64)
        linear = _weighted_pearson(true, predictions, times)
        true_ranks, predicted_ranks = (_weighted_ranks(column, times) for column in values)
        monotonic = _weighted_pearson(true_ranks, predicted_ranks, times)
        spread = times @ true**2 / rows - (times @ true / rows) ** 2
        missing = np.divide(times @ relative / rows, spread, out=np.full(size, np.nan), where=spread > _NO_SPREAD)
        results.append(
            np.column_stack([linear, monotonic, times @ missed / rows, times @ missed**2 / rows, 1 - missing])
        )
    return np.concatenate(results)


def _weighted_pearson(one: np.ndarray, other: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Correlation in each of several samples, `[samples]`, of rows that come ``times`` `[samples, rows]`.

    The columns, `[rows]` or `[samples, rows]`, have a mean near 0 and a variance of 0 or not far from 1.
    """
    total = times.sum(-1)
    mean_one, mean_other = ((times * column).sum(-1) / total for column in (one, other))
    variance_one = (times * one * one).sum(-1) / total - mean_one**2
    variance_other = (times * other * other).sum(-1) / total - mean_other**2
    covariance = (times * one * other).sum(-1) / total - mean_one * mean_other
    defined = (variance_one > _NO_SPREAD) & (variance_other > _NO_SPREAD)
    spread = np.sqrt(variance_one * variance_other, out=np.ones_like(total), where=defined)
    return np.where(defined, np.clip(covariance / spread, -1, 1), np.nan)


def _values(column: np.ndarray) -> _Values:
    number = np.unique(column, return_inverse=True)[1]
    by_value = np.argsort(number, kind="stable")
    return _Values(number, by_value, np.flatnonzero(np.diff(number[by_value], prepend=-1)))


def _weighted_ranks(values: _Values, times: np.ndarray) -> np.ndarray:
    """Ranks among rows that come ``times`` `[samples, rows]`, scaled to lie from -0.5 to 0.5 `[samples, rows]`.

    Equal values share the mean of their ranks.
    """
    each = np.add.reduceat(times[:, values.by_value], values.starts, axis=1)
    ranks = np.cumsum(each, axis=1) - each / 2
    return np.asarray(ranks[:, values.number] / times.sum(-1, keepdims=True) - 0.5)


def _standard(column: np.ndarray) -> np.ndarray:
    """Mean 0 and variance 1, so that sums of squares lose no digits; all 0 where the column is constant."""
    if column.min() == column.max():
        return np.zeros_like(column)
    scaled = column / np.abs(column).max()  # a square of the largest numbers would overflow
    return np.asarray((scaled - scaled.mean()) / scaled.std())


def _or_zero(correlation: np.ndarray) -> float:
    return float(np.nan_to_num(correlation[0]))


def _correlation(value: float, draws: np.ndarray, allowance: float) -> Interval:
    if np.isnan(draws).all():
        return Interval(value, -1.0, 1.0)
    collapsed = Interval(value, max(-1.0, value - allowance), min(1.0, value + allowance))
    return bootstrap_interval(value, _unrounded(draws, 1.0), collapsed=collapsed)


def _explained(value: float, draws: np.ndarray, allowance: float) -> Interval:
    if np.isnan(draws).all():
        return Interval(value, min(-1.0, value), 1.0)
    collapsed = Interval(value, value - allowance, min(1.0, value + allowance))
    return bootstrap_interval(value, _unrounded(draws, 1.0), collapsed=collapsed)


def _relative_errors(targets: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """The errors in standard deviations of the targets, at most so large that sums of squares are finite."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        spread = targets.std() if targets.max() > targets.min() else 1.0
        off = np.abs(predicted - targets) / spread
    return np.asarray(np.nan_to_num(np.minimum(off, _FAR), nan=_FAR))


def _size(value: float, draws: np.ndarray, allowance: float) -> Interval:
    collapsed = Interval(value, max(0.0, value - allowance), value + allowance)
    return bootstrap_interval(value, _unrounded(draws, value), collapsed=collapsed)


def _unrounded(draws: np.ndarray, scale: float) -> np.ndarray:
    """The draws, made equal where they differ by rounding only, so that a collapse is seen."""
    defined = draws[~np.isnan(draws)]
    return np.full_like(defined, defined[0]) if np.ptp(defined) <= _NO_SPREAD * scale else defined


def checked_numbers(targets: np.ndarray, predicted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as 64-bit numbers `[rows]`, or an error in words."""
    targets, predicted = np.asarray(targets), np.asarray(predicted)
    if targets.ndim != 1 or targets.shape != predicted.shape:
        raise DataError(
            f"The targets have the shape {list(targets.shape)} and the predictions {list(predicted.shape)}.",
            expected="One target and one prediction for each row.",
            remedy="Predict the same rows that the targets come from.",
        )
    if not targets.size:
        raise DataError(
            "There are no rows to evaluate.",
            expected="At least one row with a score.",
            remedy="Give this part of the data more rows, or choose another split.",
        )
    if targets.dtype.kind not in "iuf" or not np.isfinite(targets).all():
        raise DataError(
            "The targets hold values that are not numbers.",
            expected="A finite number for each row.",
            remedy="Mend these cells, or leave their rows out.",
        )
    if predicted.dtype.kind not in "iuf" or not np.isfinite(predicted).all():
        raise ModelError(
            "The model's predictions hold values that are not numbers.",
            expected="A trained model gives a finite number to every row.",
            remedy="Train again with a lower learning rate, or with precision set to 32-bit.",
        )
    return targets.astype(np.float64), predicted.astype(np.float64)
