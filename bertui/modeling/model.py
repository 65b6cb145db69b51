"""The network that is trained: encoder -> features -> head."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from bertui.encoding.batching import Batch
from bertui.errors import RecipeError
from bertui.modeling.backbone import trim
from bertui.modeling.families import family_of, module_at
from bertui.modeling.features import FeatureChoice
from bertui.modeling.packed.encoder import can_pack, hidden_states_of
from bertui.modeling.readout import ROWS, TOKENS, Readout


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
    """Encoder, features and head; answers with logits for each row, each sequence, or each token of each sequence.

    ``[rows, outputs]``, ``[sequences, outputs]`` or ``[sequences, seq, outputs]``.

    Args:
        encoder: A transformers encoder; layers that no feature reads are dropped from it.
        features: Which layers and tokens feed the head.
        outputs: Size of the head's answer.
        readout: What is answered for.
        dropout: Dropout before the head.
        seed: Seed of the new weights; the process's own generator is left alone.
    """

    def __init__(
        self, encoder: Any, features: FeatureChoice, outputs: int, *, readout: Readout = ROWS, dropout: float = 0.1,
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
        pooled = not self.keeps_tokens
        self._first_only = pooled and features.pooling.first
        self.mix = nn.Parameter(torch.zeros(len(chosen))) if features.combine.learned else None
        self.pooler = self._take_pooler(hidden) if pooled and features.pooling.pooler else None
        dim = width if self.reader is None else self.reader.width
        self.join = nn.Parameter(torch.zeros(dim)) if features.join.learned and readout == ROWS else None
        self.head = LinearHead(dim, outputs, dropout)
        self._initialise(seed, getattr(encoder.config, "initializer_range", 0.02))

    @property
    def keeps_tokens(self) -> bool:
        """Whether the tokens' vectors are read one by one above the encoder, and not only what is pooled of them."""
        return self.readout == TOKENS or self.reader is not None

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

    def hidden_states(self, batch: Batch) -> Tensor:
        """Return the chosen layers' hidden states, ``[layers, sequences, seq, hidden]``.

        Where nothing but the first token is read and the encoder can be packed, seq is 1.
        """
        mask, inputs = batch.attention_mask, self.encoder_inputs(batch)
        if batch.position_ids is None and not self.pads(mask.device.type):
            return hidden_states_of(self.encoder, mask, self._chosen, self._first_only, **inputs)
        output = self.encoder(
            attention_mask=mask, output_hidden_states=not self._top_only, return_dict=True, **inputs
        )  # fmt: skip
        if self._top_only:
            return output.last_hidden_state[None]
        return torch.stack([output.hidden_states[index] for index in self._chosen])

    def every_layer(self, batch: Batch) -> Tensor:
        """Return the hidden states of all layers from 0, the embeddings, ``[layers + 1, sequences, seq, hidden]``."""
        mask, inputs = batch.attention_mask, self.encoder_inputs(batch)
        if batch.position_ids is None and not self.pads(mask.device.type):
            layers = tuple(range(int(self.encoder.config.num_hidden_layers) + 1))
            return hidden_states_of(self.encoder, mask, layers, False, **inputs)
        output = self.encoder(attention_mask=mask, output_hidden_states=True, return_dict=True, **inputs)
        return torch.stack(list(output.hidden_states))

    def encoder_inputs(self, batch: Batch) -> dict[str, Tensor]:
        """Return what the encoder takes of a batch beside its mask."""
        given = {"input_ids": batch.input_ids, "position_ids": batch.position_ids}
        if self._typed:
            given["token_type_ids"] = batch.token_type_ids
        return {name: values for name, values in given.items() if values is not None}

    def condensed(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Return what is kept of hidden states where nothing below the head learns.

        ``[layers, sequences, seq, hidden]``, or ``[layers, sequences, hidden]`` where no token is read by itself.
        """
        return hidden if self.keeps_tokens else self.readout.pooled(hidden, mask, self.features)

    def read(self, condensed: Tensor, mask: Tensor) -> Tensor:
        """Return what condensed hidden states become, ``[sequences, (seq,) dim]``."""
        if self.pooler is not None:
            condensed = self.pooler(condensed)
        vectors = self.features.combine.combine(condensed, self.mix)
        if self.reader is None:
            return vectors
        return self.readout.pooled(self.reader(vectors, mask)[None], mask, self.features)[0]

    def vectors(self, batch: Batch) -> Tensor:
        """Return ``[sequences, dim]``, or ``[sequences, seq, dim]`` where tokens are answered for.

        A sequence's vector does not depend on the others of its row, so it may be read in any batch, or kept.
        """
        return self.read(self.condensed(self.hidden_states(batch), batch.attention_mask), batch.attention_mask)

    def joined(self, vectors: Tensor, rows: Tensor) -> Tensor:
        """Return what the head reads of the sequences' vectors: one of each row, unless they are answered for apart."""
        return self.readout.joined(vectors, rows, self.features, self.join)

    def answer(self, vectors: Tensor, rows: Tensor) -> Tensor:
        """Return the logits for vectors of sequences; row r owns the sequences ``rows[r]:rows[r + 1]``."""
        logits: Tensor = self.head(self.joined(vectors, rows)).float()
        return logits

    def forward(self, batch: Batch) -> Tensor:
        return self.answer(self.vectors(batch), batch.rows)


def _check_layers(chosen: tuple[int, ...], layers: int) -> None:
    if max(chosen) > layers:
        raise RecipeError(
            f"Layer {max(chosen)} is asked for, but the model has {layers} layers.",
            expected=f"A layer from 0 (embeddings) to {layers} (top).",
            remedy="Choose a lower layer under Features.",
        )
