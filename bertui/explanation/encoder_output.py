"""What an encoder can give beside its top layer, while a network is asked as usual."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def also_giving(encoder: Any, name: str) -> Iterator[list[Any]]:
    """Note, within the block, what an encoder gives of each layer; it is left as it was.

    Args:
        encoder: Of a twin, whose modules nobody else uses.
        name: As transformers has it, such as "hidden_states" or "attentions".
    """
    found: list[Any] = []

    def ask(module: Any, args: Any, kwargs: Any) -> Any:
        return args, {**kwargs, f"output_{name}": True}

    def note(module: Any, inputs: Any, output: Any) -> None:
        found[:] = getattr(output, name, None) or ()

    hooks = [encoder.register_forward_pre_hook(ask, with_kwargs=True), encoder.register_forward_hook(note)]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
