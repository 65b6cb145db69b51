"""A second network on the same weights, so that whoever looks into it touches nothing that others use."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel


def twin(model: TextModel) -> Any:
    """Return a model with the same weights in memory but modules of its own, in evaluation mode.

    Hooks, modes and gradients then touch nothing that another thread may be using.
    """
    import torch

    shared: dict[int, Any] = {id(buffer): buffer for buffer in model.buffers()}
    for weight in model.parameters():
        shared[id(weight)] = torch.nn.Parameter(weight.detach(), requires_grad=False)
    copied = copy.deepcopy(model, shared).eval()
    copied.packed = False  # transformers' own modules: hooks see what passes through them
    return copied


class Twins:
    """Twins of one model, lent to one borrower at a time and then used again: to copy modules takes as long as to read
    a sentence.

    Args:
        model: Its weights may be changed in place.
    """

    def __init__(self, model: TextModel) -> None:
        self._model, self._idle = model, list[Any]()

    @contextmanager
    def lent(self) -> Iterator[Any]:
        """Lend a twin within the block. It is to be given back as it was; after an error it is not used again."""
        try:
            network = self._idle.pop()
        except IndexError:
            network = twin(self._model)
        yield network
        self._idle.append(network)
