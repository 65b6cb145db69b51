"""What is learned: all that training knows of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bertui.encoding.batching import Batch
from bertui.encoding.encoded import Encoded
from bertui.modeling.readout import Readout
from bertui.tasks.results import Measure

if TYPE_CHECKING:
    from torch import Tensor

    from bertui.training.network import Network


@dataclass(frozen=True, slots=True)
class Check:
    """What the validation rows say.

    Attributes:
        metrics: "loss", and values of the measures by their names.
        collapsed: The one thing that everything is answered with, when there is more to tell apart.
    """

    metrics: dict[str, float]
    collapsed: str | None = None


class Objective(Protocol):
    """Something to learn from rows."""

    @property
    def readout(self) -> Readout:
        """What the network answers for."""
        ...

    @property
    def outputs(self) -> int:
        """Size of the network's answer."""
        ...

    @property
    def measure(self) -> Measure:
        """By which the best model is chosen."""
        ...

    @property
    def longest(self) -> np.ndarray:
        """Tokens of each row's longest sequence, ``[rows]``."""
        ...

    @property
    def tokens(self) -> np.ndarray:
        """Tokens of each row, padding not counted, ``[rows]``."""
        ...

    @property
    def alike(self) -> bool:
        """Whether a batch may have rows of like length; see ``training_batches``."""
        ...

    @property
    def met(self) -> np.ndarray | None:
        """Ids of all tokens that training can meet; None where they may be any."""
        ...

    @property
    def fixed(self) -> Sequence[Encoded]:
        """What is read unchanged in every epoch, so that features of a frozen encoder are computed once."""
        ...

    @property
    def has_checks(self) -> bool:
        """Whether there are validation rows."""
        ...

    def __len__(self) -> int:
        """Return the number of training rows."""
        ...

    def batch(self, rows: np.ndarray, random: np.random.Generator) -> tuple[Batch, Tensor]:
        """Return what the network reads of some training rows, and their targets.

        Args:
            random: For what is drawn anew each time; a resumed run draws the same.
        """
        ...

    def counted(self, targets: Tensor) -> int:
        """Return by how much the sum of the losses is to be divided; it is asked before the network answers."""
        ...

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Return the sum of the losses of a batch, so that parts of a batch add up."""
        ...

    def check(self, network: Network) -> Check:
        """Answer the validation rows and compare."""
        ...
