"""Where the answer appears: the run's own pooling and head, read at each layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.encoding.encoded import Encoded
from bertui.errors import ModelError
from bertui.laboratory.collected import LayerVectors
from bertui.prediction.outputs import evaluating
from bertui.tasks.results import Input
from bertui.tasks.task import Task

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel

_RIDGE = 1e-2  # of the vectors' mean variance, for each row


@dataclass(frozen=True, slots=True)
class Lens:
    """Which answer each layer gives already.

    Attributes:
        rows: Number of rows.
        raw: Share of rows for which layer k, read as if it were the top, gives the model's answer; 1 at the top.
        mapped: The same through one ridge map for each layer, fitted on training rows: the layers turn and stretch
            vectors, and the raw lens takes that for another answer (Belrose et al. 2023).
    """

    rows: int
    raw: tuple[float, ...]
    mapped: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        return {"rows": self.rows, "raw": list(self.raw), "mapped": list(self.mapped)}


class Reader:
    """Reads vectors of any layer with a model's own pooling, combination and head.

    Where the head reads several layers, layer k stands in the place of each of them; even the top of such a model is
    then not its own answer.

    Args:
        train: Vectors of training rows, on which the maps are fitted.

    Raises:
        ModelError: The model answers for tokens, or reads all tokens above the encoder: no vector stands for a row.
    """

    def __init__(self, model: TextModel, train: LayerVectors) -> None:
        if train.own is None:
            raise ModelError(
                "The lens reads one vector for each text, and this model's head reads every token.",
                expected="A model that pools its tokens: tasks about whole texts, with a linear head.",
                remedy="Look at the probe instead.",
            )
        self._model = model
        self._maps = [ridge_map(layer, train.own[-1]) for layer in train.own]

    def outputs(self, vectors: LayerVectors, encoded: Encoded, layer: int, *, mapped: bool) -> np.ndarray:
        """Return the network's outputs read at a layer, ``float32 [rows, outputs]`` or ``[sequences, outputs]``."""
        assert vectors.own is not None
        own = vectors.own[layer]
        if mapped and layer < vectors.layers:
            matrix, offset = self._maps[layer]
            own = (own @ matrix + offset).astype(np.float32)
        return self._read(own, encoded)

    def _read(self, own: np.ndarray, encoded: Encoded) -> np.ndarray:
        import torch

        model = self._model
        slots = len(model.features.layers.indices(int(model.encoder.config.num_hidden_layers)))
        with evaluating(model):
            given = torch.from_numpy(np.repeat(own[None], slots, axis=0)).to(next(model.parameters()).device)
            read = model.read(given, given.new_ones(given.shape[1], 1))
            outputs = model.answer(read, torch.from_numpy(encoded.rows).to(given.device))
        found: np.ndarray = outputs.cpu().numpy()
        return found


def lens(
    reader: Reader, task: Task, vectors: LayerVectors, encoded: Encoded, inputs: Sequence[Input],
    answers: Sequence[str],
) -> Lens:  # fmt: skip
    """Return, layer by layer, on how many rows the answer is the model's own.

    Args:
        vectors, encoded, inputs: Of rows that the maps were not fitted on.
        answers: What the model itself answers.
    """

    def share(layer: int, mapped: bool) -> float:
        given = task.answer(inputs, encoded, reader.outputs(vectors, encoded, layer, mapped=mapped))
        return float(np.mean([one.answer == own for one, own in zip(given, answers, strict=True)]))

    layers = range(vectors.layers + 1)
    return Lens(len(inputs), tuple(share(at, False) for at in layers), tuple(share(at, True) for at in layers))


def ridge_map(vectors: np.ndarray, top: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the matrix and the offset that take vectors nearest to the top ones, ``[hidden, hidden]``, ``[hidden]``.

    In closed form; the penalty is a hundredth of the vectors' mean variance for each row, so that it hangs on no scale.
    """
    middle, above = vectors.mean(0, dtype=np.float64), top.mean(0, dtype=np.float64)
    centred = vectors - middle
    gram = centred.T @ centred
    penalty = max(_RIDGE * float(np.trace(gram)) / len(gram), 1e-12)
    matrix: np.ndarray = np.linalg.solve(gram + penalty * np.eye(len(gram)), centred.T @ (top - above))
    return matrix, above - middle @ matrix
