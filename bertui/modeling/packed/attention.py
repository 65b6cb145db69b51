"""Attention over packed sequences, chunk by chunk, so that the scores stay in the processor's cache.

Dropped probabilities keep their value and get a minus sign, so that one tensor holds both what the softmax gave and
what was dropped. Source of the arithmetic: Vaswani et al. 2017, equation 1; its gradient through the softmax is
PyTorch's own.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from bertui.modeling.dropout import RandomBytes, bits, scale_of, threshold
from bertui.modeling.packed.layout import Chunk

_Saved = tuple[Tensor, Tensor, Tensor, Tensor]


class Attention(torch.autograd.Function):
    """Each token attends to the tokens of its own sequence.

    Shapes: key and value ``[tokens, hidden]``; query alike, or ``[sequences, hidden]`` with ``one`` for the first token
    of each sequence alone. Returns what the query's shape is, 0 for tokens that belong to no sequence.
    """

    @staticmethod
    def forward(
        ctx: Any, query: Tensor, key: Tensor, value: Tensor, chunks: tuple[Chunk, ...], heads: int, one: bool,
        probability: float, stream: RandomBytes | None,
    ) -> Tensor:  # fmt: skip
        ctx.shapes = query.shape, key.shape, value.shape
        ctx.chunks, ctx.heads, ctx.one, ctx.probability = chunks, heads, one, probability
        attended, saved = query.new_zeros(query.shape), []
        for chunk in chunks:
            q = _query_heads(query, chunk, heads, one) * (query.shape[1] // heads) ** -0.5
            k, v = (_heads(given[chunk.tokens], chunk, heads) for given in (key, value))
            weights = _weights(q, k, chunk)
            if probability and stream is not None:
                _mark_dropped(weights, probability, stream)
            read = torch.bmm(_kept(weights, probability), v).mul_(scale_of(probability))
            attended[chunk.rows(one)] = _joined(read, chunk, heads, one)
            saved += [q, k, v, weights]
        if any(ctx.needs_input_grad):
            ctx.save_for_backward(*saved)
        return attended

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        of_query, of_key, of_value = (gradient.new_zeros(shape) for shape in ctx.shapes)
        for number, chunk in enumerate(ctx.chunks):
            by_head = _query_heads(gradient, chunk, ctx.heads, ctx.one, empty=True)
            q, k, v = _gradients(by_head, ctx.saved_tensors[4 * number : 4 * number + 4], ctx.probability)
            of_query[chunk.rows(ctx.one)] = _joined(q, chunk, ctx.heads, ctx.one)
            of_key[chunk.tokens] = _joined(k, chunk, ctx.heads, False)
            of_value[chunk.tokens] = _joined(v, chunk, ctx.heads, False)
        return of_query, of_key, of_value, None, None, None, None, None


def _weights(q: Tensor, k: Tensor, chunk: Chunk) -> Tensor:
    """Return the softmax of the scores, ``[sequences * heads, queries, longest]``."""
    scores = torch.bmm(q, k.transpose(1, 2))
    if chunk.outside is not None:
        scores.view(chunk.count, -1, *scores.shape[1:]).add_(chunk.outside)
    return scores.softmax(-1)


def _mark_dropped(weights: Tensor, probability: float, stream: RandomBytes) -> None:
    """Set the sign bit of each weight that is dropped."""
    whole = bits(weights)
    drawn = stream.draw(weights.shape).to(whole.dtype).sub_(threshold(probability))
    whole.bitwise_or_(drawn.bitwise_and_(torch.iinfo(whole.dtype).min))


def _kept(weights: Tensor, probability: float) -> Tensor:
    """Return marked weights with 0 for the dropped ones."""
    return weights.clamp(min=0) if probability else weights


def _gradients(gradient: Tensor, saved: _Saved, probability: float) -> tuple[Tensor, Tensor, Tensor]:
    """Return the gradients of query, key and value of a chunk, by head."""
    q, k, v, weights = saved
    gradient = gradient * scale_of(probability)
    of_value = torch.bmm(_kept(weights, probability).transpose(1, 2), gradient)
    of_weights = torch.bmm(gradient, v.transpose(1, 2))
    if probability:
        whole = bits(weights)
        dropped = whole.bitwise_right_shift(8 * weights.element_size() - 1)
        bits(of_weights).bitwise_and_(dropped.bitwise_not_())
        weights = (whole & torch.iinfo(whole.dtype).max).view(weights.dtype)  # without the mark
    of_scores = torch._softmax_backward_data(of_weights, weights, -1, weights.dtype)
    return torch.bmm(of_scores, k).mul_(q.shape[-1] ** -0.5), torch.bmm(of_scores.transpose(1, 2), q), of_value


def _query_heads(values: Tensor, chunk: Chunk, heads: int, one: bool, *, empty: bool = False) -> Tensor:
    rows = values[chunk.rows(one)]
    if one:
        return rows.reshape(chunk.count * heads, 1, -1).to(chunk.dtype)
    return _heads(rows, chunk, heads, empty=empty)


def _heads(values: Tensor, chunk: Chunk, heads: int, *, empty: bool = False) -> Tensor:
    """Return ``[tokens, hidden]`` as ``[sequences * heads, longest, head size]``; padding is 0 where ``empty``."""
    if chunk.spread is not None and chunk.places is not None:
        if empty:
            values = values.new_zeros(len(chunk.spread), values.shape[1]).index_copy_(0, chunk.places, values)
        else:
            values = values.index_select(0, chunk.spread)
    by_head = values.reshape(chunk.count, chunk.longest, heads, -1).transpose(1, 2)
    return by_head.reshape(chunk.count * heads, chunk.longest, -1).to(chunk.dtype)


def _joined(values: Tensor, chunk: Chunk, heads: int, one: bool) -> Tensor:
    """Return ``[sequences * heads, n, head size]`` as ``[tokens, hidden]``."""
    n, size = values.shape[1:]
    joined = values.view(chunk.count, heads, n, size).transpose(1, 2).reshape(chunk.count * n, heads * size)
    return joined if one or chunk.places is None else joined.index_select(0, chunk.places)
