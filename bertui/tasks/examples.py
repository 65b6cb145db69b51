"""Rows made ready for learning: what the model reads of them and the true answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from bertui.encoding.batching import Batch, collate, padded
from bertui.encoding.encoded import Encoded

if TYPE_CHECKING:
    from torch import Tensor

IGNORED = -100
"""The target of a token that has none: it counts in no loss and no score."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Encoded rows with their targets; an example is a row.

    Attributes:
        encoded: The rows.
        targets: ``[rows, ...]``, ``[sequences, ...]``, or ``[tokens]`` with ``IGNORED`` where a token has none.
        inputs: What the model reads of each row, as texts.
        gold: The true answer of each row, as the task's own answers are.
        targets_of: What has a target.
    """

    encoded: Encoded
    targets: np.ndarray
    inputs: Sequence[tuple[str, ...]] = ()
    gold: Sequence[Any] = ()
    targets_of: Literal["row", "sequence", "token"] = "row"

    def __len__(self) -> int:
        return len(self.encoded)

    @property
    def longest(self) -> np.ndarray:
        """Tokens of each row's longest sequence, ``[rows]``."""
        return np.maximum.reduceat(self.encoded.lengths, self.encoded.rows[:-1]) if len(self) else np.zeros(0, int)

    @property
    def tokens(self) -> np.ndarray:
        """Tokens of each row, padding not counted, ``[rows]``."""
        return np.diff(self.encoded.starts[self.encoded.rows])

    def batch(self, rows: np.ndarray, padding: int, device: str) -> tuple[Batch, Tensor]:
        """Return what the network reads of some rows, and their targets."""
        import torch

        batch = collate(self.encoded, rows, padding, device)
        return batch, torch.from_numpy(self._targets(rows)).to(device)

    def _targets(self, rows: np.ndarray) -> np.ndarray:
        if self.targets_of == "row":
            return self.targets[rows]
        sequences, starts = self.encoded.sequences_of(rows), self.encoded.starts
        if self.targets_of == "sequence":
            return self.targets[sequences]
        return padded([self.targets[starts[one] : starts[one + 1]] for one in sequences], IGNORED)
