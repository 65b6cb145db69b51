"""How far maps of one text by several models agree: the rank correlation of their words' scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from bertui.explanation.attribution import Attribution

_FEWEST = 4  # words, below which a rank correlation says nothing
_ALIKE, _PARTLY = 0.8, 0.5


@dataclass(frozen=True, slots=True)
class Steadiness:
    """How alike the maps of one target of one text are.

    Attributes:
        maps: How many there are.
        words: Those that all models read.
        correlations: Spearman's, of each pair of maps; none where there are under four words, or a map is all the same.
    """

    maps: int
    words: int
    correlations: tuple[float, ...]

    @property
    def mean(self) -> float | None:
        return float(np.mean(self.correlations)) if self.correlations else None

    def sentence(self) -> str:
        """Say in plain words what that means for a map."""
        if self.mean is None:
            return "These texts have too few words for their order to be compared."
        pairs = f" ({min(self.correlations):.2f} to {max(self.correlations):.2f} between two)" if self.maps > 2 else ""
        return f"{self._judged()}: rank correlation {self.mean:.2f}{pairs}, over {self.words} words."

    def _judged(self) -> str:
        mean = self.mean or 0.0
        runs = f"{self.maps} runs that differ in their seed alone"
        if mean >= _ALIKE:
            return f"{runs} rank these words alike"
        if mean >= _PARTLY:
            return f"{runs} rank these words partly alike; read the strongest ones only"
        return f"{runs} do not rank these words alike; what the map says hangs on the seed as much as on the text"


def steadiness(maps: Sequence[Attribution]) -> Steadiness:
    """Compare the maps of one text.

    Args:
        maps: Of the same words; at least two.
    """
    from scipy.stats import spearmanr

    seen = np.all([one.seen for one in maps], axis=0)
    scores = [np.array(one.scores)[seen] for one in maps]
    words = int(seen.sum())
    if words < _FEWEST:
        return Steadiness(len(maps), words, ())
    pairs = [(a, b) for a, b in combinations(scores, 2) if np.ptp(a) > 0 and np.ptp(b) > 0]
    return Steadiness(len(maps), words, tuple(float(spearmanr(a, b).statistic) for a, b in pairs))
