"""What a network answers for: rows, sequences or tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.modeling.features import FeatureChoice

ReadoutName = Literal["row", "sequence", "token"]


@dataclass(frozen=True, slots=True)
class TextReadout:
    """One answer for each row, from the pooled tokens of its sequences; or for each sequence, where they stay apart."""

    apart: bool = False

    @property
    def name(self) -> ReadoutName:
        return "sequence" if self.apart else "row"

    def pooled(self, hidden: Tensor, mask: Tensor, features: FeatureChoice) -> Tensor:
        """Return one vector for each sequence of its tokens': ``[layers, sequences, seq, dim]`` without seq."""
        return features.pooling.pool(hidden, mask)

    def joined(self, vectors: Tensor, rows: Tensor, features: FeatureChoice, weights: Tensor | None) -> Tensor:
        """Return what the head reads of ``vectors [sequences, dim]``: ``[rows, dim]``, or they themselves."""
        return vectors if self.apart else features.join.join(vectors, rows, weights)


@dataclass(frozen=True, slots=True)
class TokenReadout:
    """One answer for each token."""

    @property
    def name(self) -> ReadoutName:
        return "token"

    def pooled(self, hidden: Tensor, mask: Tensor, features: FeatureChoice) -> Tensor:
        return hidden

    def joined(self, vectors: Tensor, rows: Tensor, features: FeatureChoice, weights: Tensor | None) -> Tensor:
        return vectors


Readout = TextReadout | TokenReadout
ROWS, SEQUENCES, TOKENS = TextReadout(), TextReadout(apart=True), TokenReadout()


def readout_of(name: ReadoutName) -> Readout:
    """Return the readout of a name that was saved with a model."""
    return next(one for one in (ROWS, SEQUENCES, TOKENS) if one.name == name)
