"""Where something lives: how well one linear classifier on a layer's vectors tells it, layer by layer."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bertui.errors import DataError
from bertui.evaluation.compare import Comparison, compare
from bertui.evaluation.intervals import Interval, wilson
from bertui.laboratory.collected import LayerVectors, Pooling
from bertui.laboratory.sample import Steps
from bertui.laboratory.targets import Target
from bertui.prediction.outputs import Progress

SHARES = (1 / 8, 1 / 4, 1 / 2, 1.0)
"""Of the training rows, for the curve over few rows."""
_PENALTY = 0.01  # scikit-learn's C, on standardised dimensions: about as good as the best of 0.001 to 1 on TREC

_ROUNDING = 1e-5  # of the largest number: what varies by less, as [CLS] among the embeddings, is one vector

ByLayer = tuple[Interval | None, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """How well a target is told from each layer's vectors: accuracies on rows that the probe has not seen.

    Attributes:
        target: What is told.
        pooling: Of the vectors.
        rows: Training rows and scored rows.
        majority: Always the most frequent answer of the training rows.
        right: Name of the network -> which scored rows are told rightly, ``bool [rows]`` for each layer from 0; None
            where all rows have the same vector there.
        control: Accuracies with the training answers shuffled: above ``majority`` something leaks.
    """

    target: str
    pooling: Pooling
    rows: tuple[int, int]
    majority: Interval
    right: Mapping[str, tuple[np.ndarray | None, ...]]
    control: Mapping[str, ByLayer]

    @property
    def scores(self) -> dict[str, ByLayer]:
        """The accuracy of each network at each layer."""
        return {name: tuple(map(_share, layers)) for name, layers in self.right.items()}

    def compared(self, layer: int, one: str = "after", other: str = "before") -> Comparison | None:
        """Return whether a layer of one network tells more rows than that of another; None where one is not there."""
        first, second = (self.right[name][layer] if name in self.right else None for name in (one, other))
        return None if first is None or second is None else compare(first, second)

    def to_json(self) -> dict[str, Any]:
        def by_name(scores: Mapping[str, ByLayer]) -> dict[str, Any]:
            return {name: [one and one.to_json() for one in values] for name, values in scores.items()}

        return {
            "target": self.target, "pooling": self.pooling, "rows": list(self.rows),
            "majority": self.majority.to_json(), "scores": by_name(self.scores), "control": by_name(self.control),
        }  # fmt: skip


def probe(
    train: Mapping[str, LayerVectors], held_out: Mapping[str, LayerVectors], target: Target, pooling: Pooling, *,
    controlled: tuple[str, ...] = ("before", "after"), seed: int = 0, progress: Progress | None = None,
) -> Probe:  # fmt: skip
    """Probe every layer of some networks, each by its own classifier fitted on the training rows.

    Args:
        train, held_out: Name of a network -> its vectors of the two parts; the rows are the same for all.
        controlled: Networks that are also probed with shuffled answers.
        seed: Of the shuffling.
        progress: Called with the share done; what it raises ends the work.

    Raises:
        DataError: The training rows have one answer alone, or there are no rows to score.

    Source: Alain and Bengio 2016 (linear classifier probes); the untrained network beside it: Conneau et al. 2018.
    """
    known, asked = _checked(target)
    shuffled = np.random.default_rng(seed).permutation(known)
    steps = Steps(progress, len(train) + len(controlled))

    def by_layer(name: str, answers: np.ndarray) -> tuple[np.ndarray | None, ...]:
        pairs = list(zip(train[name].of(pooling), held_out[name].of(pooling), strict=True))
        step, found = steps.next(), list[np.ndarray | None]()
        for number, (vectors, others) in enumerate(pairs, start=1):
            found.append(told(vectors, answers, others, asked))
            step(number / len(pairs))
        return tuple(found)

    values, counts = np.unique(known, return_counts=True)
    hits = int((asked == values[counts.argmax()]).sum())
    return Probe(
        target.title, pooling, (len(known), len(asked)), wilson(hits, len(asked)),
        {name: by_layer(name, known) for name in train},
        {name: tuple(map(_share, by_layer(name, shuffled))) for name in controlled},
    )  # fmt: skip


def few_rows(
    train: np.ndarray, held_out: np.ndarray, target: Target, *, seed: int = 0
) -> tuple[tuple[int, Interval | None], ...]:
    """Return the accuracy of one layer's probe with an eighth, a quarter, half and all of the training rows.

    Args:
        train, held_out: Vectors of that layer, ``[rows, hidden]``.

    Returns:
        Number of training rows and accuracy; None where the rows drawn have one answer alone.
    """
    known, asked = _checked(target)
    order = np.random.default_rng(seed).permutation(len(known))
    found = []
    for share in SHARES:
        rows = np.sort(order[: max(2, round(share * len(known)))])
        enough = len(np.unique(known[rows])) > 1
        found.append((len(rows), _share(told(train[rows], known[rows], held_out, asked)) if enough else None))
    return tuple(found)


def told(train: np.ndarray, answers: np.ndarray, held_out: np.ndarray, asked: np.ndarray) -> np.ndarray | None:
    """Fit a logistic regression on standardised vectors; return which held-out rows it tells rightly, ``bool [rows]``.

    None where the vectors do not vary.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    middle, spread = train.mean(0), train.std(0)
    varies = spread > _ROUNDING * np.abs(train).max()
    if not varies.any():
        return None
    fitted = LogisticRegression(C=_PENALTY, max_iter=300, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # nearly there is good enough for a probe
        fitted.fit((train - middle)[:, varies] / spread[varies], answers)
    given = fitted.predict((held_out - middle)[:, varies] / spread[varies])
    right: np.ndarray = given == asked
    return right


def _share(right: np.ndarray | None) -> Interval | None:
    return None if right is None else wilson(int(right.sum()), len(right))


def _checked(target: Target) -> tuple[np.ndarray, np.ndarray]:
    if len(np.unique(target.train)) < 2:
        raise DataError(
            f"All {len(target.train):,} training rows of the sample have the same answer to “{target.title}”.",
            expected="Two different answers at least.",
            remedy="Take more rows, or probe something else.",
        )
    if not len(target.held_out):
        raise DataError(
            "There are no validation rows to score a probe on.",
            expected="Rows that the model has not learned from.",
            remedy="Train again with a share of validation rows.",
        )
    return target.train, target.held_out
