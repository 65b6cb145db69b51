"""How a text that is longer than the model reads at once is read: truncated, or in windows that overlap."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from bertui.choice import Shorthand, Strategy, choice
from bertui.encoding.truncation import TruncationStrategy, longest_first
from bertui.encoding.windows import windows

Places = range | list[int]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What one sequence holds of a row.

    Attributes:
        kept: For each of the row's texts, the positions among its tokens of those that are read, ascending.
        answered: Which of the last text's are answered for by this sequence, as places among its kept ones; None: all.
        truncated: Tokens of the row that no sequence holds; said by one of its sequences.
    """

    kept: tuple[Places, ...]
    answered: range | None = None
    truncated: int = 0


class ReadingStrategy(Strategy):
    """Chooses the sequences in which a row is read."""

    @abstractmethod
    def excerpts(self, lengths: Sequence[int], budget: int, truncation: TruncationStrategy) -> list[Excerpt]:
        """Return the sequences of a row, one at least.

        Args:
            lengths: Number of tokens of each of its texts, one or two, special tokens not counted.
            budget: Number of tokens that fit into a sequence, special tokens already taken off.
            truncation: Which tokens of a text are kept when it is truncated.
        """


class Cut(ReadingStrategy):
    """One sequence; of a pair that is too long, the longer text gives way first."""

    title: ClassVar[str] = "Truncated"
    help: ClassVar[str] = "The model reads as much of a text as fits at once; the rest is truncated."
    kind: Literal["cut"] = "cut"

    def excerpts(self, lengths: Sequence[int], budget: int, truncation: TruncationStrategy) -> list[Excerpt]:
        if sum(lengths) <= budget:
            return [Excerpt(tuple(map(range, lengths)))]
        budgets = longest_first(lengths, budget)
        kept = tuple(truncation.keep(length, room) for length, room in zip(lengths, budgets, strict=True))
        return [Excerpt(kept, truncated=sum(lengths) - sum(map(len, kept)))]


class Windows(ReadingStrategy):
    """Windows that overlap; of a pair the second text's, each beside the first, which has half of the room at most."""

    title: ClassVar[str] = "In windows"
    help: ClassVar[str] = "A longer text is read in windows that overlap, and what the model makes of each is joined."
    kind: Literal["windows"] = "windows"
    stride: int = choice(
        64, title="Overlap",
        help="Tokens that stand in two windows, so that nothing falls between them; at most half a window.",
        unit="tokens", ge=0, le=4096, step=8,
    )  # fmt: skip
    most: int = choice(
        16, title="Most windows", help="Of a text with more, so many are read, evenly from its beginning to its end.",
        ge=1, le=512, step=1,
    )  # fmt: skip

    def excerpts(self, lengths: Sequence[int], budget: int, truncation: TruncationStrategy) -> list[Excerpt]:
        before = tuple(truncation.keep(length, budget // 2) for length in lengths[:-1])
        excerpts = in_windows(lengths[-1], budget - sum(map(len, before)), self.stride, before)
        cut = sum(lengths[:-1]) - sum(map(len, before))
        if len(excerpts) > self.most:
            excerpts = [excerpts[at] for at in np.linspace(0, len(excerpts) - 1, self.most).round().astype(int)]
        cut += lengths[-1] - len({place for one in excerpts for place in one.kept[-1]})
        return [replace(excerpts[0], truncated=cut), *excerpts[1:]]


def in_windows(length: int, budget: int, stride: int, before: tuple[Places, ...] = ()) -> list[Excerpt]:
    """Return all windows of a text of ``length`` tokens, each beside what is read of the texts before it."""
    return [
        Excerpt(
            (*before, range(window.start, window.stop)), range(window.first - window.start, window.last - window.start)
        )
        for window in windows(length, budget, stride)
    ]


Reading = Annotated[Cut | Windows, Field(discriminator="kind"), Shorthand]
