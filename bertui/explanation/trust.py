"""How far a heatmap can be trusted: what its strongest words do to the answer, beside random ones and a search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bertui.explanation.attribution import Attribution
from bertui.explanation.deletion import Deletion, Replacement

STRONGEST = 5  # words that are taken away
MOST_WORDS = 40  # of a text that is searched
_ORDERS = 20  # random ones
_TOLD_APART = 0.4  # of what has full colour: 2 points of probability
_NUMBERS = ("no", "one", "two", "three", "four", "five")

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Trust:
    """What the answer falls by without some words: falls of the probability, or of the number in ``unit``.

    Attributes:
        k: How many words are taken away, 5 or all that were read.
        without_top: Without the k words with the highest scores.
        without_random: Without k random words, the mean of 20 draws.
        most: The largest fall that a greedy search found, never less than ``without_top``; None above 40 words.
        replacement: Whether words were deleted, or mask tokens stood for them.
        score: ``(without_top - without_random) / (most - without_random)``: 1 as good as the search, 0 as random, below
            0 worse; None where there was no search, or where it differs from random words by less than 2 points.

    Source: comprehensiveness of DeYoung et al. 2020 (ERASER), for one number of words, between bounds as in Edin et al.
    2025.
    """

    k: int
    without_top: float
    without_random: float
    most: float | None
    replacement: Replacement
    unit: str = ""
    least: float = 0.02

    @property
    def score(self) -> float | None:
        if self.most is None or self.most - self.without_random < self.least:
            return None
        return (self.without_top - self.without_random) / (self.most - self.without_random)

    def sentence(self) -> str:
        """Say in plain words what was found."""
        if self.k == 0:
            return "The model read no word, so there is nothing to take away."
        words = "its strongest word" if self.k == 1 else f"its {_NUMBERS[self.k]} strongest words"
        others = "a random one" if self.k == 1 else f"{_NUMBERS[self.k]} random ones"
        clauses = [f"Without {words} the answer {self._falls(self.without_top)}"]
        clauses.append(f"without {others} it {self._falls(self.without_random)}")
        if self.most is not None:
            clauses.append(f"the most that a search found is {self._size(self.most)}")
        return "; ".join(clauses) + self._judged()

    def _judged(self) -> str:
        if self.most is None:
            return f". Texts of over {MOST_WORDS} words are not searched."
        if self.score is None:
            return ". These differ by too little to judge the map."
        if self.score >= 0.8:
            return ". The map found nearly all that can be found."
        if self.score >= 0.3:
            return ". The map found part of what can be found."
        return ". The map is hardly better than chance here: do not rely on it." if self.score >= 0 else (
            ". The map is worse than chance here: do not rely on it."
        )  # fmt: skip

    def _falls(self, fall: float) -> str:
        if abs(fall) < self.least / 20:
            return "stays as it is"
        return f"{'falls' if fall > 0 else 'rises'} by {self._size(abs(fall))}"

    def _size(self, fall: float) -> str:
        return f"{fall:.2f} {self.unit}" if self.unit else f"{100 * fall:.0f} points"

    def to_json(self) -> dict[str, Any]:
        return {
            "k": self.k, "without_top": self.without_top, "without_random": self.without_random, "most": self.most,
            "score": self.score, "replacement": self.replacement, "unit": self.unit, "sentence": self.sentence(),
        }  # fmt: skip


def trust(
    deletion: Deletion, attribution: Attribution, full_colour: float, progress: Progress | None = None, *,
    search: bool = True,
) -> Trust:  # fmt: skip
    """Take words away and read the row again.

    Args:
        deletion: Of the same question.
        full_colour: That of the focus, by which differences count as too small.
        progress: Called with the share done; what it raises ends the work.
        search: Whether the most that words can do is searched for, which takes the most time.
    """
    seen = deletion.seen
    k = min(STRONGEST, len(seen))
    top = sorted(seen, key=lambda word: -attribution.scores[word])[:k]
    random = np.random.default_rng(0)
    draws = [random.permutation(seen)[:k].tolist() for _ in range(_ORDERS)]
    answers = deletion.answers([(), top, *draws])
    falls = answers[0] - answers[1:]
    searched = search and len(seen) <= MOST_WORDS
    most = max(float(falls[0]), _search(deletion, answers[0], k, progress)) if searched else None
    return Trust(
        k, float(falls[0]), float(falls[1:].mean()), most, deletion.replacement, attribution.unit,
        _TOLD_APART * full_colour,
    )  # fmt: skip


def _search(deletion: Deletion, whole: float, k: int, progress: Progress | None) -> float:
    """Take away, k times, the word without which the answer falls the most; return the fall in the end."""
    gone: list[int] = []
    fall = 0.0
    for step in range(k):
        left = [word for word in deletion.seen if word not in gone]
        falls = whole - deletion.answers([[*gone, word] for word in left])
        gone.append(left[int(falls.argmax())])
        fall = float(falls.max())
        if progress is not None:
            progress((step + 1) / k)
    return fall
