"""A second network on the same weights, so that whoever looks into it touches nothing that others use."""

from __future__ import annotations

import copy
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
