"""What a network gives for many texts, read in batches of like length."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from bertui.encoding.batching import collate, reading_batches
from bertui.encoding.encoded import Encoded
from bertui.modeling.precision import autocast

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.modeling.model import TextModel

_TOKENS = {"cpu": 2048}  # in a batch: what stays in a processor's cache (a fifth less time than 8192, measured)
Progress = Callable[[float], None]


def outputs_of(
    model: TextModel, encoded: Encoded, padding: int, precision: str = "32-bit", progress: Progress | None = None
) -> np.ndarray:
    """Return the network's answers, read in batches of like length, in the order of the sequences.

    ``float32 [sequences, outputs]``, or ``[tokens, outputs]`` where it answers for tokens.
    """
    outputs = read_all(model, model, encoded, padding, precision, progress)
    if model.readout == "token":
        return np.concatenate(outputs) if outputs else np.zeros((0, model.head.dense.out_features), dtype=np.float32)
    return np.stack(outputs) if outputs else np.zeros((0, model.head.dense.out_features), dtype=np.float32)


def vectors_of(
    model: TextModel, encoded: Encoded, padding: int, precision: str = "32-bit", progress: Progress | None = None
) -> np.ndarray:
    """Return what the head reads of each sequence, the mean over its tokens where it reads those: ``[n, dim]``."""
    vectors = read_all(model, model.vectors, encoded, padding, precision, progress)
    if model.readout == "token":
        vectors = [one.mean(0) for one in vectors]
    return np.stack(vectors) if vectors else np.zeros((0, model.head.dense.in_features), dtype=np.float32)


def read_all(
    model: TextModel, answer: Callable[..., Tensor], encoded: Encoded, padding: int, precision: str = "32-bit",
    progress: Progress | None = None, *, by_token: bool | None = None,
) -> list[np.ndarray]:  # fmt: skip
    """Return what ``answer`` gives for each sequence; padding is cut off where it answers for tokens.

    Args:
        by_token: Whether it does; the model's own readout when left out.
    """
    import torch

    by_token = model.readout == "token" if by_token is None else by_token
    device = next(model.parameters()).device.type
    was_training = model.training
    model.eval()
    answers: list[np.ndarray] = [np.zeros(0, dtype=np.float32)] * len(encoded)
    lengths, read = encoded.lengths, 0
    try:
        with torch.inference_mode(), autocast(device, precision):
            for rows in reading_batches(lengths, _TOKENS.get(device, 32_768)):
                outputs = answer(**collate(encoded, rows, padding, device)).float().cpu().numpy()
                for row, one in zip(rows, outputs, strict=True):
                    answers[row] = one[: lengths[row]] if by_token else one
                read += int(lengths[rows].sum())
                if progress is not None:
                    progress(read / max(1, len(encoded.ids)))
    finally:
        model.train(was_training)
    return answers
