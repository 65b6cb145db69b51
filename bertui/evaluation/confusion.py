"""Confusions: the most confused pairs of classes, and orders in which a large confusion matrix can be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

Counts = Sequence[Sequence[int]]
Order = Literal["given", "errors", "rows", "alike"]


def confused_pairs(confusion: Counts, names: Sequence[str]) -> pd.DataFrame:
    """Return one line for each pair of a true and another predicted class that occurs, most rows first.

    Columns: "true label", "predicted label", "rows", and "share" of the true label's rows, 0 to 1.
    """
    counts = np.array(confusion)
    support = np.maximum(counts.sum(axis=1), 1)
    wrong = counts - np.diag(counts.diagonal())
    shares = wrong / support[:, None]
    pairs = sorted(np.argwhere(wrong).tolist(), key=lambda at: (-wrong[tuple(at)], -shares[tuple(at)]))
    lines = [(names[a], names[b], int(wrong[a, b]), float(shares[a, b])) for a, b in pairs]
    return pd.DataFrame(lines, columns=["true label", "predicted label", "rows", "share"])


def chosen_classes(confusion: Counts, order: Order, most: int) -> list[int]:
    """Return the numbers of the ``most`` classes with the most errors, in the order in which they are to be drawn.

    "given" is the classes' own order; "errors" and "rows" begin with the most of them; "alike" puts classes side by
    side that are often confused.
    """
    counts = np.array(confusion)
    wrong = counts - np.diag(counts.diagonal())
    errors = wrong.sum(axis=0) + wrong.sum(axis=1)
    chosen = sorted(np.argsort(-errors, kind="stable")[:most].tolist())
    if order == "errors":
        return sorted(chosen, key=lambda one: -errors[one])
    if order == "rows":
        return sorted(chosen, key=lambda one: -counts[one].sum())
    return chosen if order == "given" else _chain(wrong + wrong.T, chosen)


def _chain(together: np.ndarray, chosen: list[int]) -> list[int]:
    """Begin with the most confused class and go on with the one that the last is most often confused with."""
    left = sorted(chosen, key=lambda one: -together[one].sum())
    chain = [left.pop(0)] if left else []
    while left:
        chain.append(left.pop(max(range(len(left)), key=lambda at: together[chain[-1], left[at]])))
    return chain
