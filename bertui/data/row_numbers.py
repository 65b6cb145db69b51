"""The numbers that a person's own program gives to the rows of a file: title rows, headers and blank rows count too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

_MOST_GAPS = 1_000  # a file with more, such as one whose every second line is blank, is numbered from its first row on

Starts = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class RowNumbers:
    """The number of each row of a table, by its row id.

    ``starts`` holds (row id, its number) of the first row, and of each row whose number is not the next one.
    """

    starts: Starts = ((0, 2),)

    @classmethod
    def counted(cls, numbers: Sequence[int] | np.ndarray) -> RowNumbers:
        """Return the numbers of rows 0, 1, 2 ..."""
        given = np.asarray(numbers, np.int64)
        if not len(given):
            return cls()
        gaps = np.flatnonzero(np.diff(given) != 1) + 1
        first = [0, *(gaps.tolist() if len(gaps) <= _MOST_GAPS else [])]
        return cls(tuple(zip(first, given[first].tolist(), strict=True)))

    @classmethod
    def below_each_other(cls, files: Iterable[tuple[RowNumbers, Sequence[int] | np.ndarray]]) -> RowNumbers:
        """Return the numbers of the rows of several files under each other: of each its numbers and the rows taken."""
        return cls.counted(np.concatenate([numbers.all(rows) for numbers, rows in files]))

    def of(self, row: int) -> int:
        """Return the number of one row."""
        return int(self.all([row])[0])

    def all(self, rows: Sequence[int] | np.ndarray) -> np.ndarray:
        """Return the numbers of rows, ``int64 [rows]``."""
        ids, first, numbers = np.asarray(rows, np.int64), *np.array(self.starts, np.int64).T
        at = np.maximum(0, np.searchsorted(first, ids, side="right") - 1)
        return np.asarray(numbers[at] + ids - first[at], np.int64)


BELOW_HEADER = RowNumbers()
"""A spreadsheet's count of rows below one header, where nothing else is known."""
ONE_BY_ONE = RowNumbers(((0, 1),))
"""Of files that are no table to look at: lines, sentences, items are counted from 1."""
