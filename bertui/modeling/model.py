"""The network that is trained: encoder -> features -> head."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

from bertui.errors import RecipeError
from bertui.modeling.backbone import trim
from bertui.modeling.families import family_of, module_at
from bertui.modeling.features import FeatureChoice
from bertui.modeling.packed.encoder import can_pack, hidden_states_of

Readout = Literal["text", "token"]


class Pooler(nn.Module):
    """A dense layer and tanh on each vector, as in Devlin et al. 2018; ``[..., hidden] -> [..., hidden]``."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.dense = nn.utils.skip_init(nn.Linear, hidden, hidden)  # the process's generator is not ours

    def forward(self, vectors: Tensor) -> Tensor:
        return torch.tanh(self.dense(vectors))


class LinearHead(nn.Module):
    """Dropout and one dense layer: ``[..., dim] -> [..., outputs]``."""

    def __init__(self, dim: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.utils.skip_init(nn.Linear, dim, outputs)

    def forward(self, vectors: Tensor) -> Tensor:
        return self.dense(self.dropout(vectors))


class TextModel(nn.Module):
    """Encoder, features and head; answers with logits ``[batch, outputs]``, or ``[batch, seq, outputs]`` for tokens.

    Args:
        encoder: A transformers encoder; layers that no feature reads are dropped from it.
        features: Which layers and tokens feed the head.
        outputs: Size of the head's answer.
        readout: Whether each text or each token is answered for.
        dropout: Dropout before the head.
        seed: Seed of the new weights; the process's own generator is left alone.
    """

    def __init__(
        self, encoder: Any, features: FeatureChoice, outputs: int, *, readout: Readout = "text", dropout: float = 0.1,
        seed: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        hidden, layers = int(encoder.config.hidden_size), int(encoder.config.num_hidden_layers)
        chosen = features.layers.indices(layers)
        _check_layers(chosen, layers)
        trim(encoder, max(chosen))
        self.encoder, self.features, self.readout, self._chosen = encoder, features, readout, chosen
        self._top_only = chosen == (int(encoder.config.num_hidden_layers),)
        self._typed = int(getattr(encoder.config, "type_vocab_size", 0) or 0) > 1
        width = features.combine.width(len(chosen), hidden)
        self.reader = features.head.reader(width)
        self.packed = can_pack(encoder)
        self._first_only = readout == "text" and self.reader is None and features.pooling.first
        self.mix = nn.Parameter(torch.zeros(len(chosen))) if features.combine.learned else None
        pooled = readout == "text" and self.reader is None and features.pooling.pooler
        self.pooler = self._take_pooler(hidden) if pooled else None
        self.head = LinearHead(width if self.reader is None else self.reader.width, outputs, dropout)
        self._initialise(seed, getattr(encoder.config, "initializer_range", 0.02))

    def _take_pooler(self, hidden: int) -> Pooler:
        pooler = Pooler(hidden)
        dense = module_at(self.encoder, family_of(self.encoder.config).pooler)
        if dense is not None and getattr(self.encoder, "has_pretrained_pooler", False):
            pooler.load_state_dict({f"dense.{name}": value for name, value in dense.state_dict().items()})
            pooler.pretrained = True  # type: ignore[assignment]
        return pooler

    def _initialise(self, seed: int, spread: float) -> None:
        generator = torch.Generator().manual_seed(seed)
        fresh = [self.head.dense]
        if self.pooler is not None and not getattr(self.pooler, "pretrained", False):
            fresh.append(self.pooler.dense)
        for layer in fresh:
            nn.init.normal_(layer.weight, std=spread, generator=generator)
            nn.init.zeros_(layer.bias)
        if self.reader is not None:
            bound = (2 / self.reader.width) ** 0.5
            for weight in self.reader.parameters():
                nn.init.uniform_(weight, -bound, bound, generator=generator)
        if getattr(self.encoder, "pooler", None) is not None:
            self.encoder.pooler = None  # ours, or none, takes its place

    def pads(self, device: str) -> bool:
        """Whether the padding of a batch is computed, so that texts of like length belong together."""
        return not (self.packed and device == "cpu" and can_pack(self.encoder))

    def hidden_states(self, attention_mask: Tensor, **inputs: Tensor) -> Tensor:
        """Return the chosen layers' hidden states, ``[layers, batch, seq, hidden]``.

        Where nothing but the first token is read and the encoder can be packed, seq is 1.
        """
        if not self._typed:
            inputs.pop("token_type_ids", None)
        if not self.pads(attention_mask.device.type):
            return hidden_states_of(self.encoder, attention_mask, self._chosen, self._first_only, **inputs)
        output = self.encoder(
            attention_mask=attention_mask, output_hidden_states=not self._top_only, return_dict=True, **inputs
        )
        if self._top_only:
            return output.last_hidden_state[None]
        return torch.stack([output.hidden_states[index] for index in self._chosen])

    def condensed(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Return what is kept of hidden states where nothing below the head learns.

        ``[layers, batch, seq, hidden]``, or ``[layers, batch, hidden]`` where one vector per text is read at once.
        """
        if self.readout == "token" or self.reader is not None:
            return hidden
        return self.features.pooling.pool(hidden, mask)

    def read(self, condensed: Tensor, mask: Tensor) -> Tensor:
        """Return what the head reads, ``[batch, dim]`` or ``[batch, seq, dim]``, of condensed hidden states."""
        if self.pooler is not None:
            condensed = self.pooler(condensed)
        vectors = self.features.combine.combine(condensed, self.mix)
        if self.reader is None:
            return vectors
        vectors = self.reader(vectors, mask)
        return vectors if self.readout == "token" else self.features.pooling.pool(vectors[None], mask)[0]

    def vectors(self, attention_mask: Tensor, **inputs: Tensor) -> Tensor:
        """Return what the head reads, ``[batch, dim]``, or ``[batch, seq, dim]`` where tokens are answered for."""
        hidden = self.hidden_states(attention_mask, **inputs)
        return self.read(self.condensed(hidden, attention_mask), attention_mask)

    def forward(self, attention_mask: Tensor, **inputs: Tensor) -> Tensor:
        return self.head(self.vectors(attention_mask, **inputs)).float()


def _check_layers(chosen: tuple[int, ...], layers: int) -> None:
    if max(chosen) > layers:
        raise RecipeError(
            f"Layer {max(chosen)} is asked for, but the model has {layers} layers.",
            expected=f"A layer from 0 (embeddings) to {layers} (top).",
            remedy="Choose a lower layer under Features.",
        )
