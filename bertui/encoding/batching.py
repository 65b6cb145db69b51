"""Batches to train on and to read, micro-batches, and their padding."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bertui.encoding.encoded import Encoded

if TYPE_CHECKING:
    from torch import Tensor

_POOL = 50  # batches sorted together at most: large enough to save padding, small enough to stay random
_POOLS = 8  # pools of an epoch at least, so that the batches of a small table are not each of one length


def training_batches(lengths: np.ndarray, batch_size: int, seed: int, epoch: int, *, alike: bool) -> list[np.ndarray]:
    """Return one epoch's batches of text numbers: shuffled, sorted by length within pools, shuffled again.

    Depends on ``seed`` and ``epoch`` alone, so a resumed run meets the same batches.

    Args:
        alike: Whether a batch has texts of like length. It saves padding, where padding is computed. Where the loss is
            a mean over tokens it must not: a token of a batch of short texts would count for several of a batch of
            long ones (0.3 points on 1,500 tagged rows).
    """
    random = np.random.default_rng([seed, epoch])
    order = random.permutation(len(lengths))
    if not alike:
        return [order[start : start + batch_size] for start in range(0, len(order), batch_size)]
    size = batch_size * max(1, min(_POOL, len(lengths) // (batch_size * _POOLS)))
    pools = [order[start : start + size] for start in range(0, len(order), size)]
    ordered = np.concatenate([pool[np.argsort(-lengths[pool], kind="stable")] for pool in pools])
    batches = [ordered[start : start + batch_size] for start in range(0, len(ordered), batch_size)]
    return [batches[number] for number in random.permutation(len(batches))]


def reading_batches(lengths: np.ndarray, tokens: int = 8192) -> list[np.ndarray]:
    """Return batches for reading only: sorted by length, each at most ``tokens`` with its padding."""
    order = np.argsort(lengths, kind="stable")
    batches: list[np.ndarray] = []
    start = 0
    while start < len(order):
        stop = start + 1
        # Ascending lengths: the newest text is the longest and sets the padded width.
        while stop < len(order) and (stop + 1 - start) * lengths[order[stop]] <= tokens:
            stop += 1
        batches.append(order[start:stop])
        start = stop
    return batches


def micro_batches(rows: np.ndarray, lengths: np.ndarray, tokens: int) -> list[np.ndarray]:
    """Return a batch as micro-batches of about so many tokens, as equal as may be; their gradients add up to its own.

    Args:
        rows: What the batch holds, ``[batch]``.
        lengths: Tokens of each, ``[batch]``.
    """
    number = -(-int(lengths.sum()) // tokens)
    middles = lengths.cumsum() - lengths / 2
    places = (middles * number / max(1, lengths.sum())).astype(int)
    return [rows[places == place] for place in np.unique(places)]


@dataclass(frozen=True, slots=True)
class Batch:
    """What a network takes: the sequences of some rows, padded to the longest.

    Attributes:
        input_ids, attention_mask: ``int64 [sequences, seq]``.
        rows: Row r owns the sequences ``rows[r]:rows[r + 1]``, ``int64 [rows + 1]``.
        token_type_ids: ``int64 [sequences, seq]``; None where all are 0.
        position_ids: ``int64 [sequences, seq]``, where they are not those that the model would count itself.
        origin: What the sequences were taken from, and their numbers there, so that what is kept of them can be found
            again; None where they were made for this batch alone.
    """

    input_ids: Tensor
    attention_mask: Tensor
    rows: Tensor
    token_type_ids: Tensor | None = None
    position_ids: Tensor | None = None
    origin: tuple[Encoded, np.ndarray] | None = None


def collate(encoded: Encoded, rows: Sequence[int] | np.ndarray, padding: int, device: str) -> Batch:
    """Return the batch of some rows."""
    import torch

    sequences = encoded.sequences_of(rows)
    ends = np.concatenate([[0], np.diff(encoded.rows)[np.asarray(rows)].cumsum()])
    spans = [slice(encoded.starts[one], encoded.starts[one + 1]) for one in sequences]
    ids = padded([encoded.ids[span] for span in spans], padding)
    mask = padded([np.ones(span.stop - span.start, dtype=np.int64) for span in spans], 0)
    types = None if encoded.types is None else padded([encoded.types[span] for span in spans], 0)

    def moved(array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(device, non_blocking=True)

    typed = None if types is None else moved(types)
    return Batch(moved(ids), moved(mask), moved(ends), typed, origin=(encoded, sequences))


def padded(rows: Sequence[np.ndarray], filler: int) -> np.ndarray:
    """Return rows of numbers filled up to the longest, ``int64 [rows, longest]``."""
    table = np.full((len(rows), max(map(len, rows))), filler, dtype=np.int64)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return table
