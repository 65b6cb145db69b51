"""What a model reads: rows, each of one sequence of tokens or several, end to end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, slots=True)
class Encoded:
    """Rows as the model reads them.

    Row r owns the sequences ``rows[r]:rows[r + 1]``: the windows of a long text, a text with each of its choices, or
    just one. Sequence s is ``ids[starts[s]:starts[s + 1]]``.

    Attributes:
        ids: ``int32 [tokens of all sequences]``, special tokens included.
        starts: ``int64 [sequences + 1]``.
        rows: ``int64 [rows + 1]``.
        full: Tokens of each sequence before truncation, special tokens counted, ``int32 [sequences]``.
        types: Segment number of each token, ``int8 [tokens]``; None where all are 0.
        spans: Where each token comes from, ``int32 [tokens, 3]``: the number of its text, and the characters from start
            to before stop in it; all -1 for special tokens. None where they were not asked for.
        answered: Whether a token is answered for by this sequence, ``bool [tokens]``: one in two windows is by that in
            which it has more around it. None where every text is in one sequence.
    """

    ids: np.ndarray
    starts: np.ndarray
    rows: np.ndarray
    full: np.ndarray
    types: np.ndarray | None = None
    spans: np.ndarray | None = None
    answered: np.ndarray | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows) - 1

    @property
    def sequences(self) -> int:
        """The number of sequences of all rows."""
        return len(self.starts) - 1

    @property
    def origins(self) -> np.ndarray:
        """The spans, ``[tokens, 3]``, of rows that were encoded with them."""
        if self.spans is None:
            raise ValueError("These rows were encoded without spans.")
        return self.spans

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each sequence, ``[sequences]``."""
        return np.diff(self.starts)

    @property
    def owners(self) -> np.ndarray:
        """The row of each sequence, ``[sequences]``."""
        return np.repeat(np.arange(len(self)), np.diff(self.rows))

    @property
    def truncated(self) -> np.ndarray:
        """Tokens of each row that are not read, of several sequences those of the worst, ``[rows]``."""
        lost = self.full - self.lengths
        return np.maximum.reduceat(lost, self.rows[:-1]) if len(self) else lost

    def sequence(self, number: int) -> np.ndarray:
        """Return the token ids of one sequence."""
        return self.ids[self.starts[number] : self.starts[number + 1]]

    def sequences_of(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """Return the numbers of some rows' sequences, one row's after the other's."""
        rows = np.asarray(rows, dtype=np.int64)
        counts = self.rows[rows + 1] - self.rows[rows]
        within = np.arange(counts.sum()) - np.repeat(counts.cumsum() - counts, counts)
        return np.repeat(self.rows[rows], counts) + within

    def only(self, sequences: Sequence[int] | np.ndarray) -> Encoded:
        """Return some sequences as one row."""
        places = [slice(self.starts[one], self.starts[one + 1]) for one in sequences]
        lengths = self.lengths[list(sequences)]

        def chosen(values: np.ndarray | None) -> np.ndarray | None:
            return None if values is None else np.concatenate([values[place] for place in places])

        return Encoded(
            np.concatenate([self.ids[place] for place in places]), np.concatenate([[0], lengths.cumsum()]),
            np.array([0, len(lengths)]), self.full[list(sequences)], chosen(self.types), chosen(self.spans),
            chosen(self.answered),
        )  # fmt: skip

    def in_rows_of(self, count: int) -> Encoded:
        """Return the same with ``count`` successive rows made one."""
        return replace(self, rows=self.rows[::count])

    def apart(self) -> Encoded:
        """Return the same with each sequence a row of its own."""
        return replace(self, rows=np.arange(self.sequences + 1))


def concatenated(chunks: Sequence[Encoded]) -> Encoded:
    """Put encoded rows end to end."""
    if not chunks:  # rows that are not there fit every task
        none, start = np.zeros(0, np.int32), np.zeros(1, np.int64)
        return Encoded(none, start, start, none, spans=np.zeros((0, 3), np.int32))
    lengths = np.concatenate([chunk.lengths for chunk in chunks])
    counts = np.concatenate([np.diff(chunk.rows) for chunk in chunks])
    return Encoded(
        ids=np.concatenate([chunk.ids for chunk in chunks]),
        starts=np.concatenate([[0], lengths.cumsum()]),
        rows=np.concatenate([[0], counts.cumsum()]),
        full=np.concatenate([chunk.full for chunk in chunks]),
        types=_all([chunk.types for chunk in chunks]),
        spans=_all([chunk.spans for chunk in chunks]),
        answered=_answered(chunks),
    )


def _answered(chunks: Sequence[Encoded]) -> np.ndarray | None:
    """A chunk in which every text is in one sequence answers for all of its tokens."""
    if all(chunk.answered is None for chunk in chunks):
        return None
    return np.concatenate(
        [np.ones(len(one.ids), dtype=bool) if one.answered is None else one.answered for one in chunks]
    )


def _all(chunks: Sequence[np.ndarray | None]) -> np.ndarray | None:
    given = [chunk for chunk in chunks if chunk is not None]
    return np.concatenate(given) if len(given) == len(chunks) else None
