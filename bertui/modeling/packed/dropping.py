"""Dropout by bit masks: a value is zeroed by AND, which costs a fraction of a multiplication by a mask.

The probability is rounded to 1/256, as everywhere in bertui (``modeling/dropout.py``).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from bertui.modeling.dropout import RandomBytes

_INTEGERS = {2: torch.int16, 4: torch.int32, 8: torch.int64}


def bits(values: Tensor) -> Tensor:
    """Return floats seen as integers of the same size; the sign bit is the integer's sign."""
    return values.view(_INTEGERS[values.element_size()])


def threshold(probability: float) -> int:
    """Return the random byte below which a value is dropped; something is always kept."""
    return min(255, round(256 * probability))


def scale_of(probability: float) -> float:
    """Return what the kept values are multiplied by, so that the mean stays."""
    return 256 / (256 - threshold(probability))


def kept_bits(shape: torch.Size, like: Tensor, probability: float, stream: RandomBytes) -> Tensor:
    """Return a mask for AND, integers of ``like``'s size: all bits set where a value is kept, none where dropped."""
    drawn = stream.draw(shape).to(_INTEGERS[like.element_size()])
    return drawn.neg_().add_(threshold(probability) - 1).bitwise_right_shift_(8 * like.element_size() - 1)


class Drop(torch.autograd.Function):
    """Zero each value with a probability and scale the rest: ``[...] -> [...]``."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, probability: float, stream: RandomBytes) -> Tensor:
        kept = kept_bits(values.shape, values, probability, stream)
        ctx.save_for_backward(kept)
        ctx.scale = scale_of(probability)
        return _dropped(values, kept, ctx.scale)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        return _dropped(gradient, ctx.saved_tensors[0], ctx.scale), None, None


class DropAddNorm(torch.autograd.Function):
    """``LayerNorm(residual + dropout(values))`` in one: ``[tokens, hidden] -> [tokens, hidden]``."""

    @staticmethod
    def forward(
        ctx: Any, values: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float, probability: float,
        stream: RandomBytes,
    ) -> Tensor:  # fmt: skip
        kept = kept_bits(values.shape, values, probability, stream)
        ctx.scale = scale_of(probability)
        added = torch.add(residual, (bits(values) & kept).view(values.dtype), alpha=ctx.scale)
        found, mean, deviation = torch.native_layer_norm(added, weight.shape, weight, bias, eps)
        ctx.save_for_backward(added, kept, weight, bias, mean, deviation)
        return found

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        added, kept, weight, bias, mean, deviation = ctx.saved_tensors
        of_added, of_weight, of_bias = torch.ops.aten.native_layer_norm_backward(
            gradient.contiguous(), added, weight.shape, mean, deviation, weight, bias, [True, True, True]
        )
        return _dropped(of_added, kept, ctx.scale), of_added, of_weight, of_bias, None, None, None


def _dropped(values: Tensor, kept: Tensor, scale: float) -> Tensor:
    return (bits(values.contiguous()) & kept).view(values.dtype).mul_(scale)
