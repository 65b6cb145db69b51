"""The best part of a text by the scores of where it starts and ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_CANDIDATES = 20


@dataclass(frozen=True, slots=True)
class Best:
    """The best part, as characters of the context.

    Attributes:
        share: Its share among the twenty best parts and no answer, 0 to 1; ``nothing`` is that of no answer.
        margin: By how much no answer scores above it.
    """

    start: int
    stop: int
    share: float
    nothing: float
    margin: float


def best_span(windows: Sequence[tuple[np.ndarray, np.ndarray]], longest: int) -> Best:
    """Return the part with the highest start plus end score over all windows of one context.

    Args:
        windows: For each, scores ``[seq, 2]`` and the characters (start, stop) of each piece ``[seq, 2]``, -1 for
            pieces that are not of the context. The first piece's scores are those of no answer.
        longest: Pieces of an answer at most.

    Source: Devlin et al. 2018, sections 4.2 and 4.3; over windows, no answer has the lowest score of any.
    """
    candidates: list[tuple[float, int, int]] = []
    for scores, places in windows:
        inside = np.flatnonzero((places[:, 0] >= 0) & (places[:, 1] > places[:, 0]))
        if len(inside):
            candidates += _candidates(scores[inside], places[inside], longest)
    nothing = min((float(scores[0].sum()) for scores, _ in windows), default=0.0)
    if not candidates:
        return Best(0, 0, 0.0, 1.0, np.inf)
    # A part may stand in two windows; it counts once, as where it scores highest.
    highest = {(start, stop): value for value, start, stop in sorted(candidates)}
    candidates = sorted(((value, *place) for place, value in highest.items()), key=lambda one: -one[0])[:_CANDIDATES]
    values = np.array([value for value, _, _ in candidates] + [nothing])
    shares = np.exp(values - values.max())
    shares /= shares.sum()
    value, start, stop = candidates[0]
    return Best(start, stop, float(shares[0]), float(shares[-1]), nothing - value)


def _candidates(scores: np.ndarray, places: np.ndarray, longest: int) -> list[tuple[float, int, int]]:
    """Return the best parts of one window: score, first character, character after the last."""
    together = scores[:, 0][:, None] + scores[:, 1][None, :]
    first, last = np.indices(together.shape)
    together = np.where((last >= first) & (last - first < longest), together, -np.inf)
    flat = together.ravel()
    best = np.argpartition(-flat, min(_CANDIDATES, len(flat)) - 1)[:_CANDIDATES]
    rows, columns = np.unravel_index(best, together.shape)
    return [
        (float(together[row, column]), int(places[row, 0]), int(places[column, 1]))
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        if np.isfinite(together[row, column])
    ]
