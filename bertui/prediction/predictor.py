"""A Predictor answers in the words of its task."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoded
from bertui.encoding.unread import check_readable, nothing_to_read
from bertui.modeling.precision import pick_precision
from bertui.modeling.twin import Twins
from bertui.prediction.outputs import Progress, outputs_of, vectors_of
from bertui.tasks.registry import read_task
from bertui.tasks.results import Input
from bertui.tasks.task import Task

_CHUNK = 20_000  # rows held encoded at once, so that a large file needs little memory


class Predictor:
    """A loaded model that answers in the words of its task. Safe to share between threads.

    Args:
        folder: A run's ``model`` folder or an export.

    Attributes:
        twins: For those who look into the network.
    """

    def __init__(self, folder: Path) -> None:
        from bertui.modeling.saving import load_model

        saved = load_model(folder)
        self.model, self.tokenizer = saved.model, saved.tokenizer
        self.task: Task = read_task(saved.facts["task"])
        self.encoder = TextEncoder(
            saved.tokenizer,
            EncodingChoice.model_validate(saved.facts["encoding"]),
            saved.facts["token_limit"],
        )
        self.precision = pick_precision("auto", "cpu")
        self.lock = threading.Lock()
        self.twins = Twins(self.model)

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, labels or tags, where the task has such."""
        return self.task.names()

    def predict(self, *texts: str) -> Any:
        """Answer for what a person typed, computed in 32-bit; give as many texts as the task reads, in its order.

        Raises:
            DataError: There is nothing to read in a text.
        """
        return self.answer(self.task.read(texts))

    def answer(self, inputs: Input) -> Any:
        """Answer for one row as a table has it, computed in 32-bit.

        Raises:
            DataError: There is nothing to read in a text.
        """
        check_readable(self.encoder, inputs)
        return next(self.predict_all([inputs], precision="32-bit"))

    def predict_all(
        self,
        rows: Sequence[str] | Sequence[Input],
        *,
        precision: str | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Any]:
        """Answer for many rows in their order, with bounded memory; None for a row with nothing to read.

        Args:
            rows: One text, or one tuple of texts, for each.
            precision: "bf16", "32-bit", or None for bf16 where the processor computes it in hardware.
            progress: Called with the share done.
        """
        inputs = [(row,) if isinstance(row, str) else row for row in rows]
        for start in range(0, len(inputs), _CHUNK):
            chunk = inputs[start : start + _CHUNK]

            def partly(share: float, start: int = start, size: int = len(chunk)) -> None:
                if progress is not None:
                    progress((start + share * size) / len(inputs))

            blank = nothing_to_read(self.encoder, chunk)
            readable = [row for row, unread in zip(chunk, blank, strict=True) if not unread]
            answers = iter(self._answers(readable, precision, partly))
            yield from (None if unread else next(answers) for unread in blank)

    def _answers(self, inputs: Sequence[Input], precision: str | None, progress: Progress) -> list[Any]:
        if not inputs:
            return []
        encoded, outputs = self.read(inputs, precision=precision, progress=progress)
        return self.task.answer(inputs, encoded, outputs)

    def read(
        self, inputs: Sequence[Input], *, precision: str | None = None, progress: Progress | None = None
    ) -> tuple[Encoded, np.ndarray]:
        """Return rows as the network reads them, and its outputs."""
        encoded = self.task.encode(self.encoder, inputs)
        with self.lock:
            padding = self.tokenizer.pad_token_id
            return encoded, outputs_of(self.model, encoded, padding, precision or self.precision, progress)

    def vectors(self, rows: Sequence[str] | Sequence[Input]) -> np.ndarray:
        """Return what the head reads of each row, ``float32 [rows, dim]``; see ``vectors_of``."""
        inputs = [(row,) if isinstance(row, str) else row for row in rows]
        encoded = self.task.encode(self.encoder, inputs)
        with self.lock:
            return vectors_of(self.model, encoded, self.tokenizer.pad_token_id, self.precision)
