"""Batches of plain tensors, encoded rows of plain numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from bertui.encoding.batching import Batch
from bertui.encoding.encoded import Encoded


def batch_of(ids: torch.Tensor, mask: torch.Tensor | None = None, types: torch.Tensor | None = None) -> Batch:
    """Return a batch of sequences, ``[sequences, seq]``, each a row of its own."""
    return Batch(ids, torch.ones_like(ids) if mask is None else mask, torch.arange(len(ids) + 1), types)


def encoded_of(rows: Sequence[Sequence[Sequence[int]]], **more: np.ndarray) -> Encoded:
    """Return rows of sequences of token ids as they are encoded."""
    sequences = [ids for row in rows for ids in row]
    lengths = np.array([len(ids) for ids in sequences], dtype=np.int64)
    return Encoded(
        ids=np.array([token for ids in sequences for token in ids], dtype=np.int32),
        starts=np.concatenate([[0], lengths.cumsum()]),
        rows=np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64),
        **({"full": lengths} | more),
    )


def alike_of(sequences: Sequence[Sequence[int]], full: Sequence[int], *, per: int = 1) -> Encoded:
    """Return rows of ``per`` sequences each; ``full`` are the tokens of each sequence before truncation."""
    rows = [sequences[first : first + per] for first in range(0, len(sequences), per)]
    return encoded_of(rows, full=np.array(full, dtype=np.int32))
