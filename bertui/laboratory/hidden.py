"""The vectors of all tokens at every layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.encoding.batching import Batch


def every_layer(model: Any, batch: Batch, mask: Tensor | None = None, **more: Any) -> Any:
    """Return what transformers gives for a batch, with ``hidden_states``: ``[sequences, seq, hidden]`` by layer from 0.

    Args:
        model: A twin.
        mask: Tokens that may be attended to, ``[sequences, seq]``; the batch's own when left out.
        more: What else the encoder is to give.
    """
    inputs = {"input_ids": batch.input_ids, "token_type_ids": batch.token_type_ids, "position_ids": batch.position_ids}
    if int(getattr(model.encoder.config, "type_vocab_size", 0) or 0) <= 1:
        del inputs["token_type_ids"]
    given = {name: values for name, values in inputs.items() if values is not None}
    mask = batch.attention_mask if mask is None else mask
    return model.encoder(attention_mask=mask, output_hidden_states=True, return_dict=True, **given, **more)
