"""The encoder of BERT and its like, read from transformers' modules and computed on packed tokens.

What is the same: the weights, the arithmetic up to rounding, the dropout probabilities. What is not done: padding is
not computed; where only the first token of the top layer is read, the top layer computes nothing else of the others
than what that token attends to.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from bertui.modeling.dropout import SEEDED, RandomBytes, drop, stream_of
from bertui.modeling.families import family_of
from bertui.modeling.packed.attention import Attention
from bertui.modeling.packed.layout import PackedLayout, layout_of
from bertui.modeling.packed.normed import DropAddNorm
from bertui.modeling.packed.plain import is_plain

_ATTENTION = (None, "eager", "sdpa", SEEDED)  # what computes the attention that is computed here


def can_pack(encoder: Any) -> bool:
    """Whether an encoder is BERT or built like it, with absolute positions and, just now, nothing added to its layers.

    Otherwise transformers' own modules compute it. They are asked for anew in each pass: an adapter, say, may be put on
    at any time.
    """
    config = encoder.config
    return (
        family_of(config).packed
        and getattr(config, "position_embedding_type", "absolute") in (None, "absolute")
        and not getattr(config, "is_decoder", False)
        and getattr(config, "_attn_implementation", None) in _ATTENTION
        and is_plain(encoder)
    )


def hidden_states_of(encoder: Any, mask: Tensor, layers: tuple[int, ...], first_only: bool, **inputs: Tensor) -> Tensor:
    """Return the hidden states of some layers (0 are the embeddings) ``[layers, batch, seq, hidden]``, 0 at padding.

    Args:
        encoder: One that can be packed; in training mode its dropout draws from the run's stream.
        mask: 1 at tokens, 0 at the padding behind them, ``int64 [batch, seq]``; so are ``inputs``.
        first_only: Return those of the first tokens alone, seq being 1.
    """
    dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else encoder.dtype
    with torch.autocast("cpu", enabled=False):
        return Packed(encoder, mask, dtype).hidden_states(layers, first_only, **inputs)


class Packed:
    """One pass of an encoder over a batch.

    Args:
        dtype: What matrices are multiplied in. What is handed from layer to layer, and its norms, stay in 32-bit, as
            under autocast: in bf16 the states would be twice as far from those of 32-bit.
    """

    def __init__(self, encoder: Any, mask: Tensor, dtype: torch.dtype) -> None:
        self.encoder, self.config, self.dtype = encoder, encoder.config, dtype
        self.stream: RandomBytes | None = stream_of(encoder) if encoder.training else None
        self.heads, self.shape = int(self.config.num_attention_heads), mask.shape
        self.layout: PackedLayout = layout_of(mask, self.heads, dtype)

    def hidden_states(self, numbers: tuple[int, ...], first_only: bool, **inputs: Tensor) -> Tensor:
        states, layers = self._embedded(**inputs), self.encoder.encoder.layer
        states_of = {0: states}
        for number, layer in enumerate(layers[: max(numbers)], start=1):
            top = first_only and numbers == (number,)
            states_of[number] = states = self._layer(layer, states, one=top)
        return torch.stack([self._unpacked(states_of[number], first_only) for number in numbers])

    def _embedded(self, input_ids: Tensor, token_type_ids: Tensor | None = None) -> Tensor:
        embeddings, tokens = self.encoder.embeddings, self.layout.tokens
        ids = input_ids.flatten()[tokens]
        types = torch.zeros_like(ids) if token_type_ids is None else token_type_ids.flatten()[tokens]
        positions = self.layout.positions
        if family_of(self.config).first_position:  # RoBERTa and its kin, whose positions begin after the padding's
            positions = positions + embeddings.padding_idx + 1
        summed = (
            embeddings.word_embeddings(ids)
            + embeddings.token_type_embeddings(types)
            + embeddings.position_embeddings(positions)
        )
        normed = embeddings.LayerNorm(summed)
        projection = getattr(self.encoder, "embeddings_project", None)  # ELECTRA's small models
        states = normed if self.stream is None else drop(normed, embeddings.dropout.p, self.stream)
        return states if projection is None else self._linear(states, projection).to(states.dtype)

    def _layer(self, layer: Any, states: Tensor, *, one: bool) -> Tensor:
        attention = layer.attention
        read = self._attended(attention.self, states, one)
        if one:
            states = states[self.layout.firsts]
        states = self._add_norm(self._linear(read, attention.output.dense), states, attention.output)
        inner = layer.intermediate.intermediate_act_fn(self._linear(states, layer.intermediate.dense))
        return self._add_norm(self._linear(inner, layer.output.dense), states, layer.output)

    def _attended(self, attention: Any, states: Tensor, one: bool) -> Tensor:
        hidden = attention.query.out_features
        states = states.to(self.dtype)
        if one:
            query = self._linear(states[self.layout.firsts], attention.query)
            key, value = self._linear(states, attention.key, attention.value).split(hidden, 1)
        else:
            query, key, value = self._linear(states, attention.query, attention.key, attention.value).split(hidden, 1)
        probability = attention.dropout.p if self.stream is not None else 0.0
        attended: Tensor = Attention.apply(
            query, key, value, self.layout.chunks, self.heads, one, probability, self.stream
        )
        return attended

    def _linear(self, values: Tensor, *layers: Any) -> Tensor:
        """Multiply by the weights of one or several layers at once, in the pass's number format."""
        weight = torch.cat([layer.weight for layer in layers]) if len(layers) > 1 else layers[0].weight
        bias = torch.cat([layer.bias for layer in layers]) if len(layers) > 1 else layers[0].bias
        return functional.linear(values.to(self.dtype), weight.to(self.dtype), bias.to(self.dtype))

    def _add_norm(self, values: Tensor, residual: Tensor, output: Any) -> Tensor:
        norm = output.LayerNorm
        if self.stream is None or not output.dropout.p:
            return functional.layer_norm(values + residual, norm.normalized_shape, norm.weight, norm.bias, norm.eps)
        normed: Tensor = DropAddNorm.apply(
            values, residual, norm.weight, norm.bias, norm.eps, output.dropout.p, self.stream
        )
        return normed

    def _unpacked(self, states: Tensor, first_only: bool) -> Tensor:
        """Return packed states in the batch's own order and shape."""
        batch, seq = self.shape
        if first_only:
            firsts = states if len(states) == batch else states[self.layout.firsts]
            return firsts.new_empty(firsts.shape).index_copy(0, self.layout.order, firsts)[:, None]
        real = self.layout.real
        whole = states.new_zeros(batch * seq, states.shape[1]).index_copy(0, self.layout.tokens[:real], states[:real])
        return whole.view(batch, seq, -1)
