"""Rows made ready for learning: what the model reads of them and the true answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.encoding.batching import collate, padded
from bertui.encoding.encoded import Encoded

if TYPE_CHECKING:
    from torch import Tensor

IGNORED = -100
"""The target of a token that has none: it counts in no loss and no score."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Encoded rows with their targets.

    Attributes:
        encoded: The sequences; ``per`` of them, one after the other, are one example.
        targets: ``[examples, ...]``, or ``[tokens]`` with ``IGNORED`` where each token has a target.
        inputs: What the model reads of each row, as texts.
        gold: The true answer of each row, as the task's own answers are.
        per: Sequences of one example, such as one for each choice.
        by_token: Whether the targets are those of tokens.
    """

    encoded: Encoded
    targets: np.ndarray
    inputs: Sequence[tuple[str, ...]] = ()
    gold: Sequence[Any] = ()
    per: int = 1
    by_token: bool = False

    def __len__(self) -> int:
        return len(self.encoded) // self.per

    @property
    def lengths(self) -> np.ndarray:
        """Tokens of each example's longest sequence, ``[examples]``."""
        return self.encoded.lengths.reshape(-1, self.per).max(1)

    def tokens(self, rows: np.ndarray) -> np.ndarray:
        """Return the tokens of each of some examples, padding not counted, ``[rows]``."""
        return self.encoded.lengths[self.sequences(rows)].reshape(-1, self.per).sum(1)

    def batch(self, rows: np.ndarray, padding: int, device: str) -> tuple[dict[str, Tensor], Tensor]:
        """Return what the network reads of some examples, and their targets."""
        import torch

        inputs = collate(self.encoded, self.sequences(rows), padding, device)
        if not self.by_token:
            return inputs, torch.from_numpy(self.targets[rows]).to(device)
        starts = self.encoded.starts
        targets = padded([self.targets[starts[row] : starts[row + 1]] for row in rows], IGNORED)
        return inputs, torch.from_numpy(targets).to(device)

    def sequences(self, rows: np.ndarray) -> np.ndarray:
        """Return the numbers of some examples' sequences."""
        return rows if self.per == 1 else (np.asarray(rows)[:, None] * self.per + np.arange(self.per)).ravel()
