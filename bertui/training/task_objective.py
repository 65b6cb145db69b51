"""A task as what is learned: its loss on training rows, its measures on validation rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bertui.encoding.batching import Batch
from bertui.encoding.encoded import Encoded
from bertui.modeling.readout import Readout
from bertui.tasks.examples import Examples
from bertui.tasks.results import Measure
from bertui.tasks.task import Task
from bertui.training.choices import RegularizationChoice, best_measure
from bertui.training.masking import Masking
from bertui.training.objective import Check

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.training.network import Network


class TaskObjective:
    """The objective of a task.

    Args:
        train, validation: Rows with their true answers.
        padding: Id of the padding token.
        best: Name of the measure by which the best model is chosen, or "auto".
        masking: What hides words of training rows, if anything does.
    """

    def __init__(
        self, task: Task, train: Examples, validation: Examples, padding: int, device: str = "cpu",
        regularization: RegularizationChoice | None = None, best: str = "auto", masking: Masking | None = None,
    ) -> None:  # fmt: skip
        self.task, self.train, self.validation = task, train, validation
        self.padding, self.device, self.masking = padding, device, masking
        self.measure: Measure = best_measure(task, best)
        self._choices = regularization or RegularizationChoice()
        self._weights = self._class_weights()
        self.longest, self.tokens = train.longest, train.tokens

    def __len__(self) -> int:
        return len(self.train)

    @property
    def readout(self) -> Readout:
        return self.task.readout

    @property
    def outputs(self) -> int:
        return self.task.outputs

    @property
    def alike(self) -> bool:
        return self.train.targets_of != "token"

    @property
    def met(self) -> np.ndarray:
        ids = self.train.encoded.ids
        return ids if self.masking is None else np.append(ids, self.masking.mask)

    @property
    def fixed(self) -> tuple[Encoded, ...]:
        return () if self.masking is not None else (self.train.encoded, self.validation.encoded)

    @property
    def has_checks(self) -> bool:
        return len(self.validation) > 0

    def batch(self, rows: np.ndarray, random: np.random.Generator) -> tuple[Batch, Tensor]:
        batch, targets = self.train.batch(rows, self.padding, self.device)
        return (batch if self.masking is None else self.masking(batch, random)), targets

    def counted(self, targets: Tensor) -> int:
        return self.task.counted(targets)

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return self.task.loss(outputs, targets, weights=self._weights, smoothing=self._choices.label_smoothing)

    def check(self, network: Network) -> Check:
        outputs = network.outputs(self.validation.encoded)
        return Check(
            self.task.metrics(outputs, self.validation), self.task.collapsed(outputs, self.validation)
        )  # fmt: skip

    def _class_weights(self) -> Tensor | None:
        import torch

        if self._choices.class_weights == "none":
            return None
        weights = self.task.class_weights(self.train.targets)
        return None if weights is None else torch.tensor(weights, dtype=torch.float32, device=self.device)
