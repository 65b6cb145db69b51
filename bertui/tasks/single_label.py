"""One text, one label: the classes exclude one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bertui.evaluation.scores import accuracy, f1_macro

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class SingleLabel:
    """Softmax over classes with cross-entropy.

    Attributes:
        classes: Label names in the order of their numbers.
    """

    classes: tuple[str, ...]

    kind = "single-label"

    @property
    def outputs(self) -> int:
        """Size of the head's answer."""
        return len(self.classes)

    def class_weights(self, targets: np.ndarray) -> np.ndarray:
        """Return balanced weights, ``rows / (classes x rows of the class)``, mean 1 over the rows; ``[classes]``."""
        counts = np.bincount(targets, minlength=len(self.classes))
        return len(targets) / (len(self.classes) * np.maximum(counts, 1)).astype(np.float64)

    def loss(self, logits: Tensor, targets: Tensor, *, weights: Tensor | None, smoothing: float) -> Tensor:
        """Return the sum of the rows' cross-entropies, so that parts of a batch add up.

        ``logits [batch, classes]``, ``targets [batch]``. Weights scale a row's loss by its class.
        """
        from torch.nn.functional import cross_entropy

        losses = cross_entropy(logits, targets, reduction="none", label_smoothing=smoothing)
        return (losses if weights is None else losses * weights[targets]).sum()

    def metrics(self, logits: np.ndarray, targets: np.ndarray) -> dict[str, float]:
        """Return loss, accuracy and macro-F1 of ``logits [rows, classes]``."""
        shifted = logits - logits.max(1, keepdims=True)
        log_probabilities = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
        predicted = logits.argmax(1)
        return {
            "loss": float(-log_probabilities[np.arange(len(targets)), targets].mean()),
            "accuracy": accuracy(targets, predicted),
            "f1_macro": f1_macro(targets, predicted, len(self.classes)),
        }

    def collapsed(self, logits: np.ndarray, targets: np.ndarray) -> str | None:
        """Return the one class that everything is predicted as, when there is more to tell apart; else None."""
        predicted = np.unique(logits.argmax(1))
        return self.classes[predicted[0]] if len(predicted) == 1 and len(np.unique(targets)) > 1 else None

    def answer(self, probabilities: np.ndarray) -> tuple[str, float]:
        """Return the most probable label name and its probability."""
        top = int(probabilities.argmax())
        return self.classes[top], float(probabilities[top])


def make_task(kind: str, classes: Sequence[str]) -> SingleLabel:
    """Return the task of a saved run by its kind."""
    tasks = {SingleLabel.kind: SingleLabel}
    return tasks[kind](tuple(classes))
