"""Where the heads of each layer look, and what changes when nobody may look at a token. Attention is no explanation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.encoding.batching import Batch, collate
from bertui.encoding.encode import TextEncoder
from bertui.encoding.unread import check_readable
from bertui.errors import DataError, ModelError
from bertui.modeling.twin import twin
from bertui.prediction.standard import cosines, standardised
from bertui.tasks.results import Input
from bertui.tasks.task import Task

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel


@dataclass(frozen=True, slots=True)
class Attention:
    """Attention in one sequence.

    Attributes:
        tokens: The tokens, special ones included.
        spans: Number of each token's text and its characters, ``int32 [seq, 3]``; -1 for special tokens.
        weights: Share of its attention that each token (third axis) gives to each token (fourth), summing to 1;
            ``float32 [layers, heads, seq, seq]``.
    """

    tokens: tuple[str, ...]
    spans: np.ndarray
    weights: np.ndarray

    def to_json(self) -> dict[str, Any]:
        return {"tokens": list(self.tokens), "spans": self.spans.tolist(), "weights": self.weights.tolist()}


@dataclass(frozen=True, slots=True)
class HiddenToken:
    """What changes where no other token can attend to one.

    Attributes:
        tokens: As of ``Attention``.
        place: The hidden token.
        change: Cosine distance of each token's vector from what it was, 0 to 2, each dimension standardised by the
            text's own tokens as they were; ``float64 [layers + 1, seq]``. NaN for the hidden token itself.
    """

    tokens: tuple[str, ...]
    place: int
    change: np.ndarray

    def to_json(self) -> dict[str, Any]:
        values = [[None if np.isnan(one) else float(one) for one in layer] for layer in self.change]
        return {"tokens": list(self.tokens), "place": self.place, "change": values}


def attention_of(model: TextModel, encoder: TextEncoder, task: Task, inputs: Input, sequence: int = 0) -> Attention:
    """Return the attention of every head in a sequence of a row.

    Raises:
        DataError: A text holds nothing that the model can read, or there is no such sequence.
        ModelError: The family does not attend from every token to every token.
    """
    import torch

    batch, tokens, spans = _read(model, encoder, task, inputs, sequence)
    copied = twin(model)
    copied.encoder.config._attn_implementation = "eager"  # the others do not keep the weights
    with torch.no_grad():
        read = copied.encoder_inputs(batch)
        given = copied.encoder(attention_mask=batch.attention_mask, output_attentions=True, **read).attentions
    square = (len(tokens), len(tokens))
    if not given or any(one is None or tuple(one.shape[-2:]) != square for one in given):
        raise ModelError(
            f"'{model.encoder.config.model_type}' does not give its attention as tokens by tokens.",
            expected="A family in which every token attends to every token.",
            remedy="Train a run with BERT or one of its kin to see this view.",
        )
    return Attention(tokens, spans, torch.stack([one[0] for one in given]).float().cpu().numpy())


def hide_token(
    model: TextModel, encoder: TextEncoder, task: Task, inputs: Input, place: int, sequence: int = 0
) -> HiddenToken:
    """Hide a token from the attention of all others and compare every layer's vectors.

    Args:
        place: Number of the token in the sequence, special tokens counted.

    Raises:
        DataError: As ``attention_of``, or there is no such token.
    """
    import torch

    batch, tokens, _ = _read(model, encoder, task, inputs, sequence)
    if not 0 <= place < len(tokens):
        raise DataError(
            f"The text has no token number {place}.", expected=f"A number from 0 to {len(tokens) - 1}.",
            remedy="Choose one of its tokens.",
        )  # fmt: skip
    mask = batch.attention_mask.clone()
    mask[0, place] = 0
    hiding, copied = replace(batch, attention_mask=mask), twin(model)
    with torch.no_grad():
        pairs = [[layer[0].double().cpu().numpy() for layer in copied.every_layer(which)] for which in (batch, hiding)]
    change = np.stack([1 - cosines(standardised(old), standardised(new, old)) for old, new in zip(*pairs, strict=True)])
    same = np.stack([(old == new).all(1) for old, new in zip(*pairs, strict=True)])
    change = np.where(same, 0.0, change)
    change[:, place] = np.nan
    return HiddenToken(tokens, place, change)


def _read(
    model: TextModel, encoder: TextEncoder, task: Task, inputs: Input, sequence: int
) -> tuple[Batch, tuple[str, ...], np.ndarray]:
    check_readable(encoder, inputs)
    row = task.encode(encoder, [inputs], spans=True)
    if not 0 <= sequence < row.sequences:
        raise DataError(
            f"The row has no sequence number {sequence}.", expected=f"A number from 0 to {row.sequences - 1}.",
            remedy="Choose one of its windows or choices.",
        )  # fmt: skip
    encoded = row.only([sequence])
    device = str(next(model.parameters()).device)
    tokens = tuple(encoder.tokenizer.convert_ids_to_tokens(encoded.ids.tolist()))
    return collate(encoded, [0], int(encoder.tokenizer.pad_token_id), device), tokens, encoded.origins
