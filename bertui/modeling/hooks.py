"""Whether something was hung upon a module that is lost where another takes its place, or where it is not called."""

from __future__ import annotations

from torch import nn


def is_changed(module: nn.Module) -> bool:
    """Whether a module has hooks, or a ``forward`` that is not its class's."""
    state = vars(module)
    return bool(
        state["_forward_pre_hooks"] or state["_forward_hooks"] or state["_backward_pre_hooks"]
        or state["_backward_hooks"] or "forward" in state
    )  # fmt: skip
