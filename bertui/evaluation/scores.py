"""Accuracy, precision, recall and F1 of a set of predictions, each with a 95 % interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bertui.errors import DataError
from bertui.evaluation.counting import ClassScores, share, wilson_f1
from bertui.evaluation.intervals import Interval, bootstrap_interval, wilson
from bertui.evaluation.same_rows import check_predictions

_COUNTS_AT_ONCE = 250_000  # resampled counts held in memory at a time: 2 MB, about a processor cache


@dataclass(frozen=True, slots=True)
class Scores:
    """What ``n`` predictions are worth. ``confusion`` has true classes as rows, predicted as columns.

    ``mcc`` is Matthews' correlation, -1 to 1: 0 is chance, however unequal the classes are.
    """

    n: int
    accuracy: Interval
    f1_macro: Interval
    f1_weighted: Interval
    mcc: Interval
    per_class: tuple[ClassScores, ...]
    confusion: tuple[tuple[int, ...], ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "accuracy": self.accuracy.to_json(),
            "f1_macro": self.f1_macro.to_json(),
            "f1_weighted": self.f1_weighted.to_json(),
            "mcc": self.mcc.to_json(),
            "per_class": [one.to_json() for one in self.per_class],
            "confusion": [list(row) for row in self.confusion],
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Scores:
        names = ("accuracy", "f1_macro", "f1_weighted", "mcc")
        accuracy, macro, weighted, mcc = (Interval.from_json(saved[key]) for key in names)
        per_class = tuple(ClassScores.from_json(one) for one in saved["per_class"])
        confusion = tuple(tuple(int(count) for count in row) for row in saved["confusion"])
        return cls(int(saved["n"]), accuracy, macro, weighted, mcc, per_class, confusion)


@dataclass(frozen=True, slots=True)
class _Rates:
    """The statistics of one or many confusion matrices; NaN where a class leaves one undefined.

    The first four are `[...]`, the others `[..., classes]`.
    """

    accuracy: np.ndarray
    f1_macro: np.ndarray
    f1_weighted: np.ndarray
    mcc: np.ndarray
    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray


def accuracy(labels: np.ndarray, predicted: np.ndarray) -> float:
    """Share of rows `[rows]` whose predicted class is the true one."""
    check_predictions(labels, predicted)
    return float(np.mean(np.asarray(labels) == np.asarray(predicted)))


def f1_macro(labels: np.ndarray, predicted: np.ndarray, classes: int) -> float:
    """Mean F1 over the classes that occur among the labels or the predictions `[rows]`.

    A class that is never right counts 0, as scikit-learn's ``f1_score(average="macro")`` has it.
    """
    check_predictions(labels, predicted, classes)
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    hits = np.bincount(labels[labels == predicted], minlength=classes)
    support = np.bincount(labels, minlength=classes)
    return float(_rates(hits, support, np.bincount(predicted, minlength=classes)).f1_macro)


def f1_weighted(labels: np.ndarray, predicted: np.ndarray, classes: int) -> float:
    """Mean F1 over the classes, each weighted by its share of the labels `[rows]`."""
    check_predictions(labels, predicted, classes)
    confusion = _confusion(np.asarray(labels), np.asarray(predicted), classes)
    return float(_rates(confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)).f1_weighted)


def matthews(labels: np.ndarray, predicted: np.ndarray, classes: int) -> float:
    """Matthews' correlation of true and predicted classes `[rows]`, -1 to 1."""
    check_predictions(labels, predicted, classes)
    confusion = _confusion(np.asarray(labels), np.asarray(predicted), classes)
    return float(_matthews(confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)))


def score(
    labels: np.ndarray,
    predicted: np.ndarray,
    class_names: Sequence[str],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> Scores:
    """All scores of the predicted classes `[rows]` against the true ones `[rows]`.

    Intervals are 95 % percentile bootstrap over rows, freed of bias (``bootstrap_interval``). Where a
    bootstrap collapses to a point (all rows right, say) they are Wilson's instead: for precision and
    recall of the class's own rows, for F1 of the rows where the class is true or predicted, for the
    three overall scores that of the accuracy (they collapse only when all rows are right, or none is,
    and then the three are equal).
    A precision or recall with no rows behind it is 0, with an interval from 0 to 1.

    Raises:
        DataError: No rows, labels and predictions of different lengths, or an unknown class number.
    """
    check_predictions(labels, predicted, len(class_names))
    if resamples < 1:
        raise DataError(f"The number of resamples is {resamples}.", expected="1 or more.", remedy="Use 1000.")
    confusion = _confusion(np.asarray(labels), np.asarray(predicted), len(class_names))
    hits, support, guessed = confusion.diagonal(), confusion.sum(axis=1), confusion.sum(axis=0)
    rates = _rates(hits, support, guessed)
    drawn = _rates(*_resample(confusion, resamples, np.random.default_rng(seed)))
    right = wilson(int(hits.sum()), int(support.sum()))
    return Scores(
        n=int(support.sum()),
        accuracy=bootstrap_interval(float(rates.accuracy), drawn.accuracy, collapsed=right),
        f1_macro=bootstrap_interval(float(rates.f1_macro), drawn.f1_macro, collapsed=right),
        f1_weighted=bootstrap_interval(float(rates.f1_weighted), drawn.f1_weighted, collapsed=right),
        mcc=bootstrap_interval(float(rates.mcc), drawn.mcc, collapsed=_around(float(rates.mcc), right)),
        per_class=tuple(
            _class_scores(name, index, rates, drawn, int(hits[index]), int(support[index]), int(guessed[index]))
            for index, name in enumerate(class_names)
        ),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
    )


def _class_scores(
    name: str, index: int, rates: _Rates, drawn: _Rates, hits: int, support: int, guessed: int
) -> ClassScores:
    precision, recall, f1 = (
        bootstrap_interval(float(np.nan_to_num(value[index])), draws[:, index], collapsed=collapsed)
        for value, draws, collapsed in (
            (rates.precision, drawn.precision, wilson(hits, guessed)),
            (rates.recall, drawn.recall, wilson(hits, support)),
            (rates.f1, drawn.f1, wilson_f1(hits, support + guessed - hits)),
        )
    )
    return ClassScores(str(name), precision, recall, f1, support, guessed)


def _around(value: float, right: Interval) -> Interval:
    """Matthews' correlation with as much play as the share of right rows has."""
    low, high = value - (right.value - right.low), value + (right.high - right.value)
    return Interval(value, max(-1.0, low), min(1.0, high))


def _confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    cells = labels.astype(np.int64) * classes + predicted
    return np.bincount(cells, minlength=classes**2).reshape(classes, classes)


def _rates(hits: np.ndarray, support: np.ndarray, guessed: np.ndarray) -> _Rates:
    """Scores from counts `[..., classes]`: true positives, true rows (support), predicted rows."""
    rows = support.sum(axis=-1)
    f1 = share(2 * hits, support + guessed)
    return _Rates(
        accuracy=hits.sum(axis=-1) / rows,
        f1_macro=np.nanmean(f1, axis=-1),
        f1_weighted=np.nansum(f1 * support, axis=-1) / rows,
        mcc=_matthews(hits, support, guessed),
        precision=share(hits, guessed),
        recall=share(hits, support),
        f1=f1,
    )


def _matthews(hits: np.ndarray, support: np.ndarray, guessed: np.ndarray) -> np.ndarray:
    """Matthews' correlation of labels and predictions, 0 where either has one class only.

    Source: Gorodkin 2004, Comparing two K-category assignments by a K-category correlation coefficient.
    """
    hits, support, guessed = (counts.astype(np.float64) for counts in (hits, support, guessed))
    rows = support.sum(axis=-1)
    together = hits.sum(axis=-1) * rows - (support * guessed).sum(axis=-1)
    spread = (rows**2 - (support**2).sum(axis=-1)) * (rows**2 - (guessed**2).sum(axis=-1))
    return np.divide(together, np.sqrt(spread), out=np.zeros_like(rows), where=spread > 0)


def _resample(
    confusion: np.ndarray, resamples: int, generator: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hits, support and predicted counts, each `[resamples, classes]`, of rows drawn with replacement.

    Drawing n rows with replacement is one multinomial draw over the cells of the confusion matrix, and
    cells without rows stay empty; so the work depends on the cells in use, not on the rows.
    """
    true, guessed = np.nonzero(confusion)
    cells, classes = confusion[true, guessed], len(confusion)
    rows = int(cells.sum())
    block = max(1, _COUNTS_AT_ONCE // len(cells))
    sums: list[np.ndarray] = []
    for start in range(0, resamples, block):
        counts = generator.multinomial(rows, cells / rows, size=min(block, resamples - start))
        on_diagonal = counts * (true == guessed)
        by_class = ((on_diagonal, true), (counts, true), (counts, guessed))
        sums.append(np.stack([_sum_by_class(cell, keys, classes) for cell, keys in by_class]))
    hits, support, guessed = np.concatenate(sums, axis=1)
    return hits, support, guessed


def _sum_by_class(counts: np.ndarray, keys: np.ndarray, classes: int) -> np.ndarray:
    """`[resamples, cells]` -> `[resamples, classes]`, where ``keys`` `[cells]` names each cell's class."""
    order = np.argsort(keys, kind="stable")
    present, starts = np.unique(keys[order], return_index=True)
    sums = np.zeros((len(counts), classes), dtype=np.int64)
    sums[:, present] = np.add.reduceat(counts[:, order], starts, axis=1)
    return sums
