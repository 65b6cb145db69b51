"""How far a step moves each layer: its gradient, and its update beside the size of its weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from bertui.training.events import LayersMoved
from bertui.training.optimizer import layer_names

_BETWEEN = 16  # steps at least: a measured step copies the weights, see docs/speed.md
_MOST = 200  # measured steps of a run, about: more cannot be told apart in a picture


class Movement:
    """Measures single steps; between them nothing is kept or copied, and nothing random is drawn.

    A layer that does not learn has 0 for both. Of the word embeddings only those count that training meets.

    Args:
        model: The network whose layers are told apart.
        optimizer: Its groups have the names of layers.
        steps: Of the whole run.
    """

    def __init__(self, model: Any, optimizer: torch.optim.Optimizer, steps: int) -> None:
        self._layers = layer_names(model)
        self._owners = [str(group["name"]) for group in optimizer.param_groups for _ in group["params"]]
        self._weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        self._every = max(_BETWEEN, steps // _MOST)
        self._before: list[Tensor] = []
        self._gradients: dict[str, float] = {}

    def is_due(self, step: int) -> bool:
        """Whether ``step`` (from 0) is measured: the first, and then evenly, however the run was interrupted."""
        return step % self._every == 0

    @torch.no_grad()
    def begin(self) -> None:
        """Take note of weights and gradients, before these are clipped."""
        self._before = [weight.detach().clone() for weight in self._weights]
        gradients = [weight.grad for weight in self._weights]
        held = [number for number, one in enumerate(gradients) if one is not None]
        norms = torch.zeros(len(gradients), device=self._weights[0].device)
        norms[held] = torch.stack(torch._foreach_norm([gradients[number] for number in held])).float()
        self._gradients = self._by_layer(norms)

    @torch.no_grad()
    def end(self, step: int) -> LayersMoved:
        """Return what the update since ``begin`` did; ``step`` is the number of steps done."""
        sizes = self._by_layer(torch.stack(torch._foreach_norm(self._before)))
        torch._foreach_sub_(self._before, [weight.detach() for weight in self._weights])
        moved = self._by_layer(torch.stack(torch._foreach_norm(self._before)))
        self._before = []
        updates = {name: moved[name] / sizes[name] if sizes[name] else 0.0 for name in self._layers}
        return LayersMoved(step, self._gradients, updates)

    def _by_layer(self, norms: Tensor) -> dict[str, float]:
        """Return the norm of all weights of a layer together, from that of each tensor ``[tensors]``."""
        squares: Sequence[float] = norms.double().square().tolist()  # one wait for a GPU, not one a tensor
        sums = dict.fromkeys(self._layers, 0.0)
        for name, square in zip(self._owners, squares, strict=True):
            sums[name] += square
        return {name: total**0.5 for name, total in sums.items()}
