"""Whether a text is made of words that a model was trained on: a measured sign of another language or subject."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bertui.data.cells.words import words_of

_FEWEST = 3  # words below which a text says too little
_LOWEST = 0.02  # of the texts held out, those with the fewest known words, that may be called strange
_MOST = 0.5  # share of known words from which on no text is called strange


@dataclass(frozen=True, slots=True)
class Familiar:
    """The words of the training texts, and which share of its words a text of their kind has among them.

    Attributes:
        words: Of the training texts, capitals aside.
        usual: Median share of known words in texts that were held out, 0 to 1.
        limit: A text with a smaller share is called strange.
    """

    words: frozenset[str]
    usual: float
    limit: float

    @classmethod
    def of(cls, training: Iterable[str], held_out: Sequence[str]) -> Familiar:
        """Measure how familiar texts of the same kind are that were not trained on."""
        vocabulary = frozenset(word for text in training for word in _words(text))
        counted = [_known(words, vocabulary) / len(words) for text in held_out if len(words := _words(text)) >= _FEWEST]
        if not counted:
            return cls(vocabulary, 1.0, 0.0)
        return cls(vocabulary, float(np.median(counted)), min(_MOST, float(np.quantile(counted, _LOWEST))))

    def doubt(self, text: str) -> str:
        """Return a warning about a text with too few known words, for its answer is hardly to be trusted; else ""."""
        words = _words(text)
        number = _known(words, self.words)
        if len(words) < _FEWEST or number / len(words) >= self.limit:
            return ""
        count = f"Only {number:,} of its {len(words):,} words occur" if number else "None of its words occurs"
        return (
            f"{count} in the texts that the model was trained on; of texts like those, {100 * self.usual:.0f} % do. "
            "If this is another language or another subject, the answer is a guess, however sure it looks."
        )

    def knows_nothing_of(self, text: str) -> bool:
        """Whether not a single word of a text was trained on."""
        return not _known(_words(text), self.words)


def _words(text: str) -> list[str]:
    return [word.text.casefold() for word in words_of(text) if any(map(str.isalpha, word.text))]


def _known(words: Sequence[str], vocabulary: frozenset[str]) -> int:
    return sum(word in vocabulary for word in words)
