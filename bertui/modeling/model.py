"""The network that is trained: encoder -> features -> head."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from bertui.errors import RecipeError
from bertui.modeling.backbone import trim
from bertui.modeling.features import FeatureChoice


class Pooler(nn.Module):
    """A dense layer and tanh on each vector, as in Devlin et al. 2018; ``[..., hidden] -> [..., hidden]``."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.dense = nn.utils.skip_init(nn.Linear, hidden, hidden)  # the process's generator is not ours

    def forward(self, vectors: Tensor) -> Tensor:
        return torch.tanh(self.dense(vectors))


class LinearHead(nn.Module):
    """Dropout and one dense layer: ``[batch, dim] -> [batch, outputs]``."""

    def __init__(self, dim: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.dense = nn.utils.skip_init(nn.Linear, dim, outputs)

    def forward(self, vectors: Tensor) -> Tensor:
        return self.dense(self.dropout(vectors))


class TextModel(nn.Module):
    """Encoder, features and head; answers with logits ``[batch, outputs]``.

    Args:
        encoder: A transformers encoder; layers that no feature reads are dropped from it.
        features: Which layers and tokens feed the head.
        outputs: Size of the head's answer.
        dropout: Dropout before the head.
        seed: Seed of the new weights; the process's own generator is left alone.
    """

    def __init__(
        self, encoder: Any, features: FeatureChoice, outputs: int, *, dropout: float = 0.1, seed: int = 0
    ) -> None:
        super().__init__()
        hidden, layers = int(encoder.config.hidden_size), int(encoder.config.num_hidden_layers)
        chosen = features.layers.indices(layers)
        if max(chosen) > layers:
            raise RecipeError(
                f"Layer {max(chosen)} is asked for, but the model has {layers} layers.",
                expected=f"A layer from 0 (embeddings) to {layers} (top).",
                remedy="Choose a lower layer under Features.",
            )
        trim(encoder, max(chosen))
        self.encoder, self.features, self._chosen = encoder, features, chosen
        self._top_only = chosen == (int(encoder.config.num_hidden_layers),)
        self.pooler = self._take_pooler(hidden) if features.pooling.pooler else None
        self.head = LinearHead(features.combine.width(len(chosen), hidden), outputs, dropout)
        self._initialise(seed, getattr(encoder.config, "initializer_range", 0.02))

    def _take_pooler(self, hidden: int) -> Pooler:
        pooler = Pooler(hidden)
        dense = getattr(getattr(self.encoder, "pooler", None), "dense", None)
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
        if getattr(self.encoder, "pooler", None) is not None:
            self.encoder.pooler = None  # ours, or none, takes its place

    def hidden_states(self, attention_mask: Tensor, **inputs: Tensor) -> Tensor:
        """Return the chosen layers' hidden states, ``[layers, batch, seq, hidden]``."""
        output = self.encoder(
            attention_mask=attention_mask, output_hidden_states=not self._top_only, return_dict=True, **inputs
        )
        if self._top_only:
            return output.last_hidden_state[None]
        return torch.stack([output.hidden_states[index] for index in self._chosen])

    def vectors(self, attention_mask: Tensor, **inputs: Tensor) -> Tensor:
        """Return one vector per text, ``[batch, dim]``: what the head reads."""
        pooled = self.features.pooling.pool(self.hidden_states(attention_mask, **inputs), attention_mask)
        return self.features.combine.combine(pooled if self.pooler is None else self.pooler(pooled))

    def forward(self, attention_mask: Tensor, **inputs: Tensor) -> Tensor:
        return self.head(self.vectors(attention_mask, **inputs)).float()
