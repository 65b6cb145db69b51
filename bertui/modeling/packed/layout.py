"""Where the tokens of a batch lie when padding is left out, and which of them attend to one another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

_SHORT = 32  # tokens
_SCORES = 1_600_000  # attention scores of a head-filled chunk: what stays in a processor's cache


@dataclass(frozen=True, slots=True)
class Chunk:
    """Sequences whose attention is computed at once, ``count`` of them padded to ``longest`` tokens.

    Attributes:
        tokens: Its tokens among the packed ones.
        first: The number of its first sequence, in packed order.
        dtype: What its scores are computed in.
        count, longest: Sequences, and tokens of the longest.
        spread: For each padded place the packed token, ``int64 [count * longest]``; None when all are of one length.
        places: For each packed token its padded place, ``int64 [stop - start]``.
        outside: What is added to scores, ``[count, 1, 1, longest]``: the lowest number at padding.
    """

    tokens: slice
    first: int
    count: int
    longest: int
    dtype: torch.dtype
    spread: Tensor | None = None
    places: Tensor | None = None
    outside: Tensor | None = None

    def rows(self, one: bool) -> slice:
        """Return where its rows are among all tokens, or among the sequences where each has one row."""
        return slice(self.first, self.first + self.count) if one else self.tokens


@dataclass(frozen=True, slots=True)
class PackedLayout:
    """A batch ``[batch, seq]`` packed: its tokens one after the other, longest sequence first.

    A few more stand at the end, copies of the batch's first, which nobody attends to or reads.

    Attributes:
        real: Tokens without those.
        tokens: Where each packed token is in the flattened batch, ``int64 [tokens]``.
        positions: Its number in its sequence, ``int64 [tokens]``.
        order: The sequences in packed order, ``int64 [batch]``.
        firsts: Each sequence's first packed token, in packed order, ``int64 [batch]``.
        chunks: How attention is divided.
    """

    real: int
    tokens: Tensor
    positions: Tensor
    order: Tensor
    firsts: Tensor
    chunks: tuple[Chunk, ...]


def layout_of(mask: Tensor, heads: int, dtype: torch.dtype) -> PackedLayout:
    """Return the layout of a batch padded at the end, whose ``mask [batch, seq]`` is 1 at tokens."""
    lengths = mask.sum(1).numpy()
    order = np.argsort(-lengths, kind="stable")
    ranked = lengths[order]
    firsts = np.concatenate([[0], np.cumsum(ranked)[:-1]])
    real = int(ranked.sum())
    positions = np.zeros(_rounded(real, 32), dtype=np.int64)
    tokens = np.zeros_like(positions)
    positions[:real] = np.arange(real) - np.repeat(firsts, ranked)
    tokens[:real] = np.repeat(order * mask.shape[1], ranked) + positions[:real]
    return PackedLayout(
        real, torch.from_numpy(tokens), torch.from_numpy(positions), torch.from_numpy(order), torch.from_numpy(firsts),
        tuple(_chunk(firsts, ranked, a, b, dtype) for a, b in _divided(ranked, heads)),
    )  # fmt: skip


def _divided(lengths: np.ndarray, heads: int) -> Iterator[tuple[int, int]]:
    """Yield the ends of runs of sequences, falling in length, whose scores are few enough together."""
    start = 0
    while start < len(lengths):
        most = max(1, _SCORES // (heads * padded_length(int(lengths[start])) ** 2))
        stop = min(len(lengths), start + most)
        yield start, stop
        start = stop


def padded_length(length: int) -> int:
    """Return a sequence's places in a chunk, a size of which there are few.

    For each new size PyTorch compiles the kernels of every layer anew, and keeps them.
    """
    return _rounded(length, 8 if length <= _SHORT else 32)


def _chunk(firsts: np.ndarray, lengths: np.ndarray, a: int, b: int, dtype: torch.dtype) -> Chunk:
    start, inside = int(firsts[a]), lengths[a:b]
    tokens, count, longest = slice(start, start + int(inside.sum())), b - a, padded_length(int(inside[0]))
    if longest <= _SHORT and dtype == torch.bfloat16:
        dtype = torch.float32  # rows no longer than a vector of 16-bit numbers take more time than of 32-bit ones
    if inside[-1] == longest:
        return Chunk(tokens, a, count, longest, dtype)
    there = np.arange(longest) < inside[:, None]
    spread = np.where(there, (firsts[a:b] - start)[:, None] + np.arange(longest), 0)
    outside = torch.zeros(count, 1, 1, longest, dtype=dtype)
    outside.masked_fill_(torch.from_numpy(~there)[:, None, None], torch.finfo(dtype).min)
    places = np.flatnonzero(there.ravel())
    return Chunk(tokens, a, count, longest, dtype, torch.from_numpy(spread.ravel()), torch.from_numpy(places), outside)


def _rounded(size: int, least: int) -> int:
    """Return the next multiple of a 16th of a size, or of ``least``."""
    step = max(least, 1 << max(0, size.bit_length() - 5))
    return -(-size // step) * step
