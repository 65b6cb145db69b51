"""Which words push most towards each answer over many rows, counted row by row in little memory."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_EXAMPLES = 3
_FEWEST = 2  # rows of an answer in which a word stands, below which it says little of the answer


@dataclass(frozen=True, slots=True)
class Pushing:
    """A word that pushes towards an answer.

    Attributes:
        target: The answer.
        word: In small letters.
        rows: How many rows with this answer it stands in.
        mean: Of its scores there.
        total: Their sum, by which words are ranked.
        examples: Up to three of the rows' texts, those first in which it counts most.
        examples_in: The numbers of these rows.
    """

    target: str
    word: str
    rows: int
    mean: float
    total: float
    examples: tuple[str, ...]
    examples_in: tuple[Any, ...] = ()


@dataclass(slots=True)
class _Met:
    """Where a word was met: in how many rows, the sum of its scores, the three rows in which it counts most."""

    rows: int = 0
    total: float = 0.0
    best: list[tuple[float, str, Hashable]] = field(default_factory=list)

    def add(self, score: float, text: str, row: Hashable) -> None:
        self.rows, self.total = self.rows + 1, self.total + score
        if all(text != other for _, other, _ in self.best):
            self.best = sorted([*self.best, (score, text, row)], key=lambda one: -one[0])[:_EXAMPLES]


class WordsMet:
    """The words of explained rows, answer by answer.

    A word that stands several times in a row counts with the sum of its scores there. Words without a letter or digit
    are left out, and so are those that the model did not read.
    """

    def __init__(self) -> None:
        self._met: dict[str, dict[str, _Met]] = {}

    def add(self, line: Mapping[str, Any]) -> None:
        """Count an explained row, as ``explain_file`` gives it; one without an answer counts for nothing."""
        if line["answer"] is None:
            return
        words = self._met.setdefault(line["target"], {})
        for word, score in _by_word(line).items():
            words.setdefault(word, _Met()).add(score, line["text"], line.get("row"))

    def pushing(self, most: int = 20) -> list[Pushing]:
        """Return, answer by answer, the words with the largest sum of scores; not those of a single row.

        Args:
            most: How many words of each answer.
        """
        found = []
        for target in sorted(self._met):
            words = [(word, met) for word, met in self._met[target].items() if met.rows >= _FEWEST and met.total > 0]
            ranked = sorted(words, key=lambda pair: (-pair[1].total, pair[0]))[:most]
            found += [_pushing(target, word, met) for word, met in ranked]
        return found


def pushing_words(lines: Iterable[Mapping[str, Any]], most: int = 20) -> list[Pushing]:
    """Return, answer by answer, the words with the largest sum of scores over the rows with that answer.

    Args:
        lines: Explained rows, as ``explain_file`` gives them.
        most: How many words of each answer.
    """
    met = WordsMet()
    for line in lines:
        met.add(line)
    return met.pushing(most)


def _pushing(target: str, word: str, met: _Met) -> Pushing:
    _, texts, rows = zip(*met.best, strict=True)
    return Pushing(target, word, met.rows, met.total / met.rows, met.total, texts, rows)


def _by_word(line: Mapping[str, Any]) -> dict[str, float]:
    """Return the sum of each word's scores."""
    summed: dict[str, float] = {}
    for word, score, seen in zip(line["words"], line["scores"], line["seen"], strict=True):
        if seen and any(map(str.isalnum, word)):
            summed[word.casefold()] = summed.get(word.casefold(), 0.0) + score
    return summed
