"""An LSTM written out step by step, so that its gates can be held constant."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def unrolled(lstm: nn.LSTM, vectors: Tensor, mask: Tensor) -> Tensor:
    """Return what a bidirectional LSTM gives for each token, 0 for padding, ``[batch, seq, 2 * hidden]``.

    Args:
        vectors: ``[batch, seq, dim]``.
        mask: 1 for tokens, 0 for the padding after them, ``[batch, seq]``.
    """
    real = mask[..., None].to(vectors.dtype)
    for layer in range(lstm.num_layers):
        ways = (_one_way(lstm, vectors, real, layer, backwards) for backwards in (False, True))
        vectors = torch.cat(list(ways), -1)
    return vectors


def _one_way(lstm: nn.LSTM, vectors: Tensor, real: Tensor, layer: int, backwards: bool) -> Tensor:
    name = f"l{layer}{'_reverse' if backwards else ''}"
    given = vectors @ getattr(lstm, f"weight_ih_{name}").T + getattr(lstm, f"bias_ih_{name}")
    again, bias = getattr(lstm, f"weight_hh_{name}"), getattr(lstm, f"bias_hh_{name}")
    hidden = cell = vectors.new_zeros(len(vectors), lstm.hidden_size)
    steps = range(vectors.shape[1])
    outputs: dict[int, Tensor] = {}
    for step in reversed(steps) if backwards else steps:
        # The gates first: the order in which PyTorch keeps them is input, forget, candidate, output.
        enters, stays, candidate, leaves = (given[:, step] + hidden @ again.T + bias).chunk(4, -1)
        cell = (stays.sigmoid() * cell + enters.sigmoid() * candidate.tanh()) * real[:, step]
        hidden = leaves.sigmoid() * cell.tanh() * real[:, step]
        outputs[step] = hidden
    return torch.stack([outputs[step] for step in steps], 1)
