"""The pooled vectors of every layer for some rows: read once, then every view answers from them in seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from bertui.encoding.batching import Batch
from bertui.encoding.encoded import Encoded
from bertui.prediction.outputs import Progress, read_all

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.modeling.model import TextModel

Pooling = Literal["cls", "mean"]


@dataclass(frozen=True, slots=True)
class LayerVectors:
    """What each layer makes of some rows, layer 0 being the embeddings.

    Attributes:
        cls, mean: The first token's vector, and the mean over the tokens, special ones included, ``float32 [layers + 1,
            rows, hidden]``; of a row with several sequences the mean over them.
        own: What the model's own pooling takes of each sequence, ``float32 [layers + 1, sequences, hidden]``; None
            where the model pools no tokens, as in tagging, or reads them once more above the encoder.
    """

    cls: np.ndarray
    mean: np.ndarray
    own: np.ndarray | None

    def of(self, pooling: Pooling) -> np.ndarray:
        return self.cls if pooling == "cls" else self.mean

    @property
    def layers(self) -> int:
        """The number of layers, the embeddings not counted."""
        return len(self.cls) - 1


def layer_vectors(model: TextModel, encoded: Encoded, padding: int, progress: Progress | None = None) -> LayerVectors:
    """Read rows with a network in one pass, in 32-bit, and pool what each layer makes of them.

    Args:
        padding: Id of the padding token.
        progress: Called with the share done; what it raises ends the work.
    """
    owned = not model.keeps_tokens

    def pooled(batch: Batch) -> Tensor:
        states, mask = model.every_layer(batch), batch.attention_mask
        weights = mask.to(states.dtype)[None, :, :, None]
        kinds = [states[:, :, 0], (states * weights).sum(2) / weights.sum(2)]
        if owned:
            kinds.append(model.readout.pooled(states, mask, model.features))
        return _stacked(kinds)

    read = np.stack(read_all(model, pooled, encoded, padding, "32-bit", progress, by_token=False))
    cls, mean, *own = np.moveaxis(read, 0, 2)  # [kinds, layers + 1, sequences, hidden]
    return LayerVectors(_by_row(cls, encoded), _by_row(mean, encoded), np.ascontiguousarray(own[0]) if own else None)


def _stacked(kinds: list[Tensor]) -> Tensor:
    """Return ``[sequences, kinds, layers + 1, hidden]``, so that a sequence is one entry."""
    import torch

    return torch.stack(kinds).movedim(2, 0)


def _by_row(vectors: np.ndarray, encoded: Encoded) -> np.ndarray:
    """Return the mean over each row's sequences, ``[layers + 1, rows, hidden]``."""
    if encoded.sequences == len(encoded):
        return np.ascontiguousarray(vectors)
    sums = np.add.reduceat(vectors, encoded.rows[:-1], axis=1)
    means: np.ndarray = (sums / np.diff(encoded.rows)[None, :, None]).astype(np.float32)
    return means
