"""A row read again without some of its words."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import numpy as np

from bertui.encoding.encoded import Encoded, concatenated
from bertui.modeling.readout import TOKENS

if TYPE_CHECKING:
    from bertui.explanation.question import Question

Replacement = Literal["delete", "mask"]


class Deletion:
    """What a question explains, of its row without some of the words.

    Words are numbered as those of an ``Attribution``: those of the first text, then those of the next. A word is
    deleted with all its tokens, in every sequence; what follows moves up, as in DeYoung et al. 2020 (ERASER). Where one
    token is answered for, as in tagging, its place must not move, and mask tokens stand for the word.

    Attributes:
        replacement: What happens to a word: it is deleted, or mask tokens stand for its own.
        seen: The words that are read, in their order.
    """

    def __init__(self, question: Question, replacement: Replacement = "delete") -> None:
        self._question = question
        self.replacement: Replacement = "mask" if question.model.readout == TOKENS else replacement
        self._places = question.places
        self.seen = tuple(word for word, places in enumerate(self._places) if places)

    def answers(self, without: Sequence[Collection[int]]) -> np.ndarray:
        """Return what is explained without each set of words, ``float64 [sets]``."""
        if not len(without):
            return np.zeros(0)
        gone = [[place for word in words for place in self._places[word]] for words in without]
        with _quickly(self._question):
            if self.replacement == "mask":
                return self._question.answers_to(self._masked(gone))
            return self._question.answers_to(concatenated([self._without(places) for places in gone]))

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Return values of words ``[words]`` on their tokens, in equal parts, ``[sequences, seq]``."""
        tokens = np.zeros(len(self._question.encoded.ids))
        for places, value in zip(self._places, values, strict=True):
            if places:
                tokens[places] += value / len(places)
        padded = np.zeros(self._question.in_sequences.shape)
        padded[self._question.in_sequences] = tokens
        return padded

    @property
    def words(self) -> int:
        """The number of words of all texts."""
        return len(self._places)

    def _masked(self, gone: Sequence[Sequence[int]]) -> Encoded:
        row = self._question.encoded
        ids = np.tile(row.ids, (len(gone), 1))
        for copy, places in zip(ids, gone, strict=True):
            copy[list(places)] = self._question.mask
        copies = [Encoded(copy, row.starts, row.rows, row.full, row.types) for copy in ids]
        return concatenated(copies)

    def _without(self, places: Sequence[int]) -> Encoded:
        row = self._question.encoded
        stays = np.ones(len(row.ids), dtype=bool)
        stays[list(places)] = False
        starts = np.concatenate([[0], stays.cumsum()])[row.starts]
        types = None if row.types is None else row.types[stays]
        return Encoded(row.ids[stays], starts, row.rows, row.full, types)


@contextmanager
def _quickly(question: Question) -> Iterator[None]:
    """Let the twin leave padding out where it can: there is nothing to watch within."""
    question.model.packed = question.packed
    try:
        yield
    finally:
        question.model.packed = False
