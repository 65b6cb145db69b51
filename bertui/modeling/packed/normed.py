"""Dropout, residual and norm in one."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from bertui.modeling.dropout import RandomBytes, bits, kept_bits, masked, scale_of


class DropAddNorm(torch.autograd.Function):
    """``LayerNorm(residual + dropout(values))`` in one: ``[tokens, hidden] -> [tokens, hidden]``.

    The values may be of a smaller number format than the residual, which is that of the result.
    """

    @staticmethod
    def forward(
        ctx: Any, values: Tensor, residual: Tensor, weight: Tensor, bias: Tensor, eps: float, probability: float,
        stream: RandomBytes,
    ) -> Tensor:  # fmt: skip
        kept = kept_bits(values, probability, stream)
        ctx.scale = scale_of(probability)
        added = torch.add(residual, (bits(values) & kept).view(values.dtype), alpha=ctx.scale)
        normed, mean, deviation = torch.native_layer_norm(added, weight.shape, weight, bias, eps)
        ctx.save_for_backward(added, kept, weight, bias, mean, deviation)
        ctx.dtype = values.dtype
        return normed

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        added, kept, weight, bias, mean, deviation = ctx.saved_tensors
        of_added, of_weight, of_bias = torch.ops.aten.native_layer_norm_backward(
            gradient.contiguous(), added, weight.shape, mean, deviation, weight, bias, [True, True, True]
        )
        return masked(of_added.to(ctx.dtype), kept, ctx.scale), of_added, of_weight, of_bias, None, None, None
