"""What a model reads: one text with the way back to its characters, or many texts end to end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Segment:
    """One text inside an encoding.

    Attributes:
        kept: Positions, among the tokens of the whole text, of the kept ones, ``[kept]``.
        offsets: Character span (start, stop) in the original text of every token of the whole text.
        first: Position in the encoding's ids of the first kept token; the kept tokens follow one another.
    """

    kept: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]
    first: int

    @property
    def truncated(self) -> int:
        """Number of tokens that did not fit."""
        return len(self.offsets) - len(self.kept)

    @property
    def places(self) -> slice:
        """Where its kept tokens stand among the encoding's ids."""
        return slice(self.first, self.first + len(self.kept))


@dataclass(frozen=True, slots=True)
class Encoding:
    """One example as the model reads it.

    Attributes:
        ids: Token ids, special tokens included, ``[seq]``.
        segments: Its texts, one or two.
        types: Segment number of each token, ``[seq]``; None where all are 0.
        focus_token: Position among the ids of the token that is explained, for tasks that answer for tokens.
    """

    ids: tuple[int, ...]
    segments: tuple[Segment, ...]
    types: tuple[int, ...] | None = None
    focus_token: int | None = None

    @property
    def truncated(self) -> int:
        """Number of tokens that did not fit."""
        return sum(segment.truncated for segment in self.segments)


@dataclass(frozen=True, slots=True)
class Encoded:
    """Many sequences as the model reads them, end to end: sequence i is ``ids[starts[i]:starts[i + 1]]``.

    Attributes:
        ids: ``int32 [tokens of all sequences]``, special tokens included.
        starts: ``int64 [sequences + 1]``.
        full: Tokens of each sequence before truncation, special tokens counted, ``int32 [sequences]``.
        types: Segment number of each token, ``int8 [tokens]``; None where all are 0.
        owners: Number of the row that each sequence belongs to, ``int32 [sequences]``, ascending; None where each
            row has one.
        places: Where each token stands in its row, ``int32 [tokens, ...]``, -1 for none; what a place is (a word's
            number, a span of characters) is for the task to say.
    """

    ids: np.ndarray
    starts: np.ndarray
    full: np.ndarray
    types: np.ndarray | None = None
    owners: np.ndarray | None = None
    places: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.starts) - 1

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.starts)

    def row(self, index: int) -> np.ndarray:
        return self.ids[self.starts[index] : self.starts[index + 1]]

    def sequences_of(self, row: int) -> range:
        """Return the numbers of a row's sequences."""
        if self.owners is None:
            return range(row, row + 1)
        first, last = np.searchsorted(self.owners, [row, row + 1])
        return range(int(first), int(last))


def pack(
    rows: Sequence[Sequence[int]], full: Sequence[int], *, types: Sequence[Sequence[int]] | None = None,
    owners: Sequence[int] | None = None, places: Sequence[np.ndarray] | None = None,
) -> Encoded:  # fmt: skip
    """Put sequences of ids, and what belongs to them, end to end."""
    lengths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    total = int(lengths.sum())
    return Encoded(
        ids=np.fromiter((token for row in rows for token in row), dtype=np.int32, count=total),
        starts=np.concatenate([[0], lengths.cumsum()]),
        full=np.asarray(full, dtype=np.int32),
        types=None if types is None else np.fromiter((one for row in types for one in row), np.int8, total),
        owners=None if owners is None else np.asarray(owners, dtype=np.int32),
        places=None if not places else np.concatenate(places).astype(np.int32),
    )


def join(chunks: Sequence[Encoded], rows: Sequence[int] | None = None) -> Encoded:
    """Put encoded parts end to end.

    Args:
        rows: Rows that each part was made of, where a row can have several sequences.
    """
    if not chunks:
        none = np.zeros(0, dtype=np.int32)  # rows that are not there fit every task
        return Encoded(none, np.zeros(1, dtype=np.int64), none, None, none, none)
    lengths = np.concatenate([chunk.lengths for chunk in chunks])
    shifts = np.concatenate([[0], np.cumsum(rows or [0] * len(chunks))])
    owners = [chunk.owners + shift for chunk, shift in zip(chunks, shifts, strict=False) if chunk.owners is not None]
    return Encoded(
        ids=np.concatenate([chunk.ids for chunk in chunks]),
        starts=np.concatenate([[0], lengths.cumsum()]),
        full=np.concatenate([chunk.full for chunk in chunks]),
        types=_all([chunk.types for chunk in chunks]),
        owners=np.concatenate(owners) if owners else None,
        places=_all([chunk.places for chunk in chunks]),
    )


def _all(chunks: Sequence[np.ndarray | None]) -> np.ndarray | None:
    given = [chunk for chunk in chunks if chunk is not None]
    return np.concatenate(given) if len(given) == len(chunks) else None
