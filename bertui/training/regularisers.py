"""What is added to learning, whatever is learned: an average of the weights, an adapter, a second loss."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from bertui.encoding.batching import Batch

if TYPE_CHECKING:
    from bertui.training.choices import TrainingChoice
    from bertui.training.network import Network


@dataclass(frozen=True, slots=True)
class Answered:
    """A batch that the network has just answered."""

    network: Network
    batch: Batch
    targets: Tensor
    outputs: Tensor


class Regulariser:
    """One addition; each method does nothing unless it is overridden."""

    def prepare(self, model: Any) -> None:
        """Change the network before its optimizer is made, as an adapter does; or take note of its weights."""

    def further_losses(self, answered: Answered) -> Iterator[Tensor]:
        """Return sums of losses over a batch, which are divided as the objective's own."""
        yield from ()

    def updated(self, model: Any) -> None:
        """Take note of the weights after an optimizer step."""

    def weights_to_keep(self, model: Any) -> AbstractContextManager[None]:
        """Return a context in which the network has the weights by which it is judged and saved."""
        return nullcontext()

    def state(self) -> dict[str, Tensor]:
        """Return what a checkpoint must hold so that a resumed run ends bit for bit the same."""
        return {}

    def load(self, state: dict[str, Tensor]) -> None:
        """Take a state back."""


class WeightAverage(Regulariser):
    """Exponential moving average of the weights that learn; the average is what is judged and saved.

    ``average = d average + (1 - d) weights`` after each step, with ``d = min(decay, (1 + n) / (10 + n))`` at step n, so
    that the first steps do not hold it back.

    Source: Polyak and Juditsky 1992; the growing decay is that of Tarvainen and Valpola 2017 and TensorFlow's.
    """

    def __init__(self, decay: float) -> None:
        self.decay = decay
        self._average: dict[str, Tensor] = {}
        self._steps = 0

    def prepare(self, model: Any) -> None:
        self._average = {name: weight.detach().clone() for name, weight in _learned(model).items()}

    def updated(self, model: Any) -> None:
        self._steps += 1
        decay = min(self.decay, (1 + self._steps) / (10 + self._steps))
        weights = [weight.detach() for weight in _learned(model).values()]
        torch._foreach_lerp_(list(self._average.values()), weights, 1 - decay)

    @contextmanager
    def weights_to_keep(self, model: Any) -> Iterator[None]:
        self._swap(model)
        try:
            yield
        finally:
            self._swap(model)

    def state(self) -> dict[str, Tensor]:
        return {"steps": torch.tensor(self._steps), **self._average}

    def load(self, state: dict[str, Tensor]) -> None:
        self._steps = int(state["steps"])
        for name, value in self._average.items():
            value.copy_(state[name])

    def _swap(self, model: Any) -> None:
        for name, weight in _learned(model).items():
            weight.data, self._average[name] = self._average[name], weight.data


def regularisers_of(training: TrainingChoice) -> tuple[Regulariser, ...]:
    """Return the additions that the choices ask for."""
    return (WeightAverage(training.average),) if training.average else ()


def _learned(model: Any) -> dict[str, Any]:
    return {name: weight for name, weight in model.named_parameters() if weight.requires_grad}
