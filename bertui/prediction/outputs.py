"""What a network gives for many texts, read in batches of like length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from bertui.encoding.batching import Batch, collate, reading_batches
from bertui.encoding.encoded import Encoded
from bertui.modeling.joins import MeanOfSequences
from bertui.modeling.precision import autocast
from bertui.modeling.readout import ROWS, TOKENS

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.modeling.model import TextModel

_TOKENS = {"cpu": 2048}  # in a batch: what stays in a processor's cache (a fifth less time than 8192, measured)
Progress = Callable[[float], None]


def outputs_of(
    model: TextModel, encoded: Encoded, padding: int, precision: str = "32-bit", progress: Progress | None = None
) -> np.ndarray:
    """Return the network's answers, in the order of rows, sequences or tokens, as it answers for them.

    ``float32 [rows, outputs]``, ``[sequences, outputs]`` or ``[tokens, outputs]``.
    """
    if model.readout == ROWS and encoded.sequences > len(encoded):
        vectors = np.stack(read_all(model, model.vectors, encoded, padding, precision, progress))
        return _of_rows(model, vectors, encoded, model.answer)
    outputs = read_all(model, model, encoded, padding, precision, progress)
    if model.readout == TOKENS and outputs:
        return np.concatenate(outputs)
    return np.stack(outputs) if outputs else np.zeros((0, model.head.dense.out_features), dtype=np.float32)


def vectors_of(
    model: TextModel, encoded: Encoded, padding: int, precision: str = "32-bit", progress: Progress | None = None
) -> np.ndarray:
    """Return what the head reads of each row, ``float32 [rows, dim]``.

    Of rows whose sequences or tokens are answered for apart, the mean over all of them.
    """
    vectors = read_all(model, model.vectors, encoded, padding, precision, progress)
    if model.readout == TOKENS:
        vectors = [one.mean(0) for one in vectors]
    join = model.joined if model.readout == ROWS else MeanOfSequences().join
    stacked = np.stack(vectors) if vectors else np.zeros((0, model.head.dense.in_features), dtype=np.float32)
    return _of_rows(model, stacked, encoded, join)


@contextmanager
def evaluating(model: TextModel) -> Iterator[None]:
    """Read with a network without learning: no dropout, no gradients; it is left in the mode it was in."""
    import torch

    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        model.train(was_training)


def read_all(
    model: TextModel, answer: Callable[[Batch], Tensor], encoded: Encoded, padding: int, precision: str = "32-bit",
    progress: Progress | None = None, *, by_token: bool | None = None,
) -> list[np.ndarray]:  # fmt: skip
    """Return what ``answer`` gives for each sequence; padding is cut off where it answers for tokens.

    Args:
        by_token: Whether it does; the model's own readout when left out.
    """
    by_token = model.readout == TOKENS if by_token is None else by_token
    device = next(model.parameters()).device.type
    answers: list[np.ndarray] = [np.zeros(0, dtype=np.float32)] * encoded.sequences
    apart = encoded.apart()
    lengths, read = encoded.lengths, 0
    with evaluating(model), autocast(device, precision):
        for batch in reading_batches(lengths, _TOKENS.get(device, 32_768)):
            outputs = answer(collate(apart, batch, padding, device)).float().cpu().numpy()
            for sequence, one in zip(batch, outputs, strict=True):
                answers[sequence] = one[: lengths[sequence]] if by_token else one
            read += int(lengths[batch].sum())
            if progress is not None:
                progress(read / max(1, len(encoded.ids)))
    return answers


def _of_rows(
    model: TextModel, vectors: np.ndarray, encoded: Encoded, answer: Callable[[Tensor, Tensor], Tensor]
) -> np.ndarray:
    """Return what ``answer`` makes of the vectors of all rows' sequences."""
    import torch

    device = next(model.parameters()).device
    with evaluating(model):
        outputs = answer(torch.from_numpy(vectors).to(device), torch.from_numpy(encoded.rows).to(device))
    given: np.ndarray = outputs.cpu().numpy()
    return given
