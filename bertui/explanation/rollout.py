"""Attention rollout: how much attention flows from each token to what the head reads. It is no explanation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.errors import ModelError
from bertui.explanation.encoder_output import also_giving

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.explanation.question import Question


def rollout(question: Question) -> np.ndarray:
    """Return the attention that flows from each token, ``float64 [sequences, seq]``, a sum of 1 in each sequence.

    A layer's attention is the mean of its heads, half of it the residual connection; the layers are multiplied from the
    bottom up. It flows to the tokens that are pooled, or to the one that is answered for.

    Raises:
        ModelError: The family does not attend from every token to every token.

    Source: Abnar and Zuidema 2020, equation 1.
    """
    import torch

    with torch.no_grad(), _attending(question.model) as layers:
        question.outputs(question.ids[None])
    real = torch.from_numpy(question.in_sequences)
    flow = torch.eye(real.shape[1], dtype=torch.float64).expand(len(real), -1, -1)
    for heads in layers or [None]:
        if heads is None or tuple(heads.shape[-2:]) != (real.shape[1],) * 2:
            raise ModelError(
                f"'{question.model.encoder.config.model_type}' does not tell its attention as tokens by tokens.",
                expected="A family in which every token attends to every token.",
                remedy="Choose another method.",
            )
        flow = (heads.double().mean(1).cpu() + torch.eye(real.shape[1], dtype=torch.float64)) / 2 @ flow
    read = _read(question, real)
    shares: np.ndarray = ((flow * read[..., None]).sum(1) / read.sum(1, keepdim=True)).numpy()
    return np.where(question.in_sequences, shares, 0.0)


def _read(question: Question, real: Tensor) -> Tensor:
    """Return 1 at the tokens that are read above the encoder, ``float64 [sequences, seq]``."""
    import torch

    read, token = real.double(), question.asked.token
    place = token if token is not None else 0 if question.model.features.pooling.first else None
    if place is None:
        return read
    only = torch.zeros_like(read)
    only[:, place] = 1
    return only


@contextmanager
def _attending(network: Any) -> Iterator[list[Any]]:
    """Note, within the block, the attention of every layer, ``[sequences, heads, seq, seq]``."""
    config = network.encoder.config
    usual = config._attn_implementation
    config._attn_implementation = "eager"  # the others do not keep the weights
    try:
        with also_giving(network.encoder, "attentions") as layers:
            yield layers
    finally:
        config._attn_implementation = usual
