"""From the vectors of a row's sequences to one vector of the row: what its windows together say."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from bertui.choice import Shorthand, Strategy

if TYPE_CHECKING:
    from torch import Tensor


class Join(Strategy):
    """Makes one vector of the vectors of a row's sequences."""

    learned: ClassVar[bool] = False
    """Whether it has a weight for each number of a vector that is learned."""

    def join(self, vectors: Tensor, rows: Tensor, weights: Tensor | None = None) -> Tensor:
        """Join ``[sequences, dim]`` into ``[rows, dim]``.

        Args:
            rows: Row r owns the sequences ``rows[r]:rows[r + 1]``, one at least, ``int64 [rows + 1]``.
            weights: The learned ones, ``[dim]``.
        """
        if len(vectors) == len(rows) - 1:
            return vectors  # each row has one
        return self.joined(vectors, _owners(rows), len(rows) - 1, weights)

    @abstractmethod
    def joined(self, vectors: Tensor, owners: Tensor, rows: int, weights: Tensor | None) -> Tensor:
        """Join the vectors of ``owners [sequences]`` into ``[rows, dim]``."""


class MeanOfSequences(Join):
    title: ClassVar[str] = "Mean"
    help: ClassVar[str] = "Averages the windows' vectors."
    kind: Literal["mean"] = "mean"

    def joined(self, vectors: Tensor, owners: Tensor, rows: int, weights: Tensor | None) -> Tensor:
        counts = owners.bincount(minlength=rows).to(vectors.dtype)
        return _sums(vectors, owners, rows) / counts[:, None]


class MaxOfSequences(Join):
    title: ClassVar[str] = "Maximum"
    help: ClassVar[str] = "Takes the largest value over the windows, number by number."
    kind: Literal["max"] = "max"

    def joined(self, vectors: Tensor, owners: Tensor, rows: int, weights: Tensor | None) -> Tensor:
        return _largest(vectors, owners, rows)


class AttentionOverSequences(Join):
    """Windows weighted by learned attention: the softmax, over a row's windows, of a product with one learned vector.

    Source: Sun et al. 2019, section 5.3.1 (self-attention over the fractions of a text); the vector is Yang et al.
    2016, equation 9, without the dense layer before it. It begins at 0, so that training begins from the mean.
    """

    title: ClassVar[str] = "Attention"
    help: ClassVar[str] = "Learns which windows count, from what is in them; equal at first."
    kind: Literal["attention"] = "attention"
    learned: ClassVar[bool] = True

    def joined(self, vectors: Tensor, owners: Tensor, rows: int, weights: Tensor | None) -> Tensor:
        if weights is None:
            raise ValueError("Attention over sequences has a weight for each number of a vector.")
        scores = (vectors @ weights.to(vectors.dtype))[:, None]
        shares = (scores - _largest(scores.detach(), owners, rows)[owners]).exp()
        shares = shares / _sums(shares, owners, rows)[owners]
        return _sums(vectors * shares, owners, rows)


def _owners(rows: Tensor) -> Tensor:
    """Return the row of each sequence, ``int64 [sequences]``."""
    import torch

    counts = rows.diff()
    return torch.repeat_interleave(torch.arange(len(counts), device=rows.device), counts)


def _sums(values: Tensor, owners: Tensor, rows: int) -> Tensor:
    return values.new_zeros(rows, values.shape[1]).index_add(0, owners, values)


def _largest(values: Tensor, owners: Tensor, rows: int) -> Tensor:
    places = owners[:, None].expand_as(values)
    return values.new_zeros(rows, values.shape[1]).scatter_reduce(0, places, values, "amax", include_self=False)


JoinKind = Annotated[
    MeanOfSequences | MaxOfSequences | AttentionOverSequences, Field(discriminator="kind"), Shorthand
]  # fmt: skip
