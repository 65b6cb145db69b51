"""Reading texts with a finished network: logits of many texts, and a Predictor that answers with label names."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bertui.encoding.batching import collate, reading_batches
from bertui.encoding.encode import Encoded, TextEncoder
from bertui.encoding.truncation import EncodingChoice
from bertui.evaluation.calibration import softmax
from bertui.modeling.precision import autocast, pick_precision
from bertui.tasks.single_label import SingleLabel, make_task

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.modeling.model import TextModel

_TOKENS = {"cpu": 2048}  # in a batch: what stays in a processor's cache (a fifth less time than 8192, measured)
_CHUNK = 20_000  # texts held encoded at once, so that a large file needs little memory


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer to one text.

    Attributes:
        label: The most probable label.
        probabilities: One per class, calibrated by the run's temperature, in the order of ``classes``.
        cut: Tokens of the text that the model did not read.
    """

    text: str
    label: str
    probability: float
    classes: tuple[str, ...]
    probabilities: tuple[float, ...]
    cut: int = 0


def logits_of(
    model: TextModel, encoded: Encoded, padding: int, precision: str = "32-bit",
    progress: Callable[[float], None] | None = None,
) -> np.ndarray:  # fmt: skip
    """Return logits ``float32 [texts, outputs]``, read in batches of like length, in the order of the texts."""
    return _read(model, model, encoded, padding, precision, progress)


def vectors_of(
    model: TextModel, encoded: Encoded, padding: int, precision: str = "32-bit",
    progress: Callable[[float], None] | None = None,
) -> np.ndarray:  # fmt: skip
    """Return what the classifier reads of each text, ``float32 [texts, dim]``, in the order of the texts."""
    return _read(model, model.vectors, encoded, padding, precision, progress)


def _read(
    model: TextModel, answer: Callable[..., Tensor], encoded: Encoded, padding: int, precision: str,
    progress: Callable[[float], None] | None,
) -> np.ndarray:  # fmt: skip
    import torch

    device = next(model.parameters()).device.type
    was_training = model.training
    model.eval()
    answers: list[np.ndarray] = [np.zeros(0, dtype=np.float32)] * len(encoded)
    read = 0
    try:
        with torch.inference_mode(), autocast(device, precision):
            for rows in reading_batches(encoded.lengths, _TOKENS.get(device, 32_768)):
                found = answer(**collate(encoded, rows, padding, device)).float().cpu().numpy()
                for row, one in zip(rows, found, strict=True):
                    answers[row] = one
                read += int(encoded.lengths[rows].sum())
                if progress is not None:
                    progress(read / max(1, len(encoded.ids)))
    finally:
        model.train(was_training)
    return np.stack(answers) if answers else np.zeros((0, model.head.dense.out_features), dtype=np.float32)


class Predictor:
    """A loaded model that answers with label names and probabilities. Safe to share between threads.

    Args:
        folder: A run's ``model`` folder or an export.
    """

    def __init__(self, folder: Path) -> None:
        from bertui.modeling.saving import load_model

        saved = load_model(folder)
        self.model, self.tokenizer = saved.model, saved.tokenizer
        self.task: SingleLabel = make_task(saved.facts["task"], saved.facts["classes"])
        self.temperature = float(saved.facts.get("temperature", 1.0))
        self.encoder = TextEncoder(
            saved.tokenizer,
            EncodingChoice.model_validate(saved.facts["encoding"]),
            saved.facts["token_limit"],
        )
        self.precision = pick_precision("auto", "cpu")
        self.lock = threading.Lock()

    @property
    def classes(self) -> tuple[str, ...]:
        return self.task.classes

    def predict(self, text: str) -> Prediction:
        """Answer for one text, computed in 32-bit."""
        return next(self.predict_all([text], precision="32-bit"))

    def predict_all(
        self,
        texts: Sequence[str],
        *,
        precision: str | None = None,
        progress: Callable[[float], None] | None = None,
    ) -> Iterator[Prediction]:
        """Answer for many texts in their order, with bounded memory.

        Args:
            precision: "bf16", "32-bit", or None for bf16 where the processor computes it in hardware.
            progress: Called with the share done.
        """
        for start in range(0, len(texts), _CHUNK):
            chunk = list(texts[start : start + _CHUNK])

            def partly(share: float, start: int = start, size: int = len(chunk)) -> None:
                if progress is not None:
                    progress((start + share * size) / len(texts))

            encoded = self.encoder.encode_all(chunk)
            with self.lock:
                logits = logits_of(
                    self.model, encoded, self.tokenizer.pad_token_id, precision or self.precision, partly
                )
            yield from self._answers(chunk, softmax(logits, self.temperature), encoded)

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """Return what the classifier reads of each text, ``float32 [texts, dim]``."""
        encoded = self.encoder.encode_all(texts)
        with self.lock:
            return vectors_of(self.model, encoded, self.tokenizer.pad_token_id, self.precision)

    def _answers(self, texts: list[str], probabilities: np.ndarray, encoded: Encoded) -> Iterator[Prediction]:
        cuts = (encoded.full - encoded.lengths).tolist()
        for text, row, cut in zip(texts, probabilities, cuts, strict=True):
            label, probability = self.task.answer(row)
            yield Prediction(text, label, probability, self.classes, tuple(row.tolist()), cut)
