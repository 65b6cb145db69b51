"""Changing what passes through the layers of a network, whatever its family."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from bertui.errors import ModelError
from bertui.modeling.families import family_of, module_at

Forward = Callable[..., Any]
Act = Callable[[int, Forward, Any, tuple[Any, ...], dict[str, Any]], Any]
"""Layer's number from 0, the module's own forward, its input, its other arguments -> what it gives instead."""


def layers_of(encoder: Any) -> int:
    """Return how many layers a text passes through."""
    return int(encoder.config.num_hidden_layers)


@contextmanager
def acting_in_layers(encoder: Any, act: Act, inside: str = "") -> Iterator[None]:
    """Let ``act`` stand in for each layer, or for a module inside each; everything is as before at the end.

    Layers are told by the order of their calls, since some families read the same weights again and again.

    Args:
        encoder: Of a twin, whose modules nobody else uses.
        inside: Path of the module within a layer.

    Raises:
        ModelError: The family is not known to have such a module.
    """
    modules = _modules(encoder, inside)
    calls = [0]
    reset = encoder.register_forward_pre_hook(lambda *_: calls.__setitem__(0, 0))
    own = [(module, vars(module).get("forward")) for module in modules]
    try:
        for module in modules:
            module.forward = partial(_counted, calls, act, module.forward)
        yield
    finally:
        reset.remove()
        for module, forward in own:
            del module.forward
            if forward is not None:
                module.forward = forward


def skipping(encoder: Any, skipped: Callable[[int], bool]) -> Any:
    """Return a context in which layers hand on what they are given: those whose number, from 0, is ``skipped``."""

    def act(layer: int, forward: Forward, hidden: Any, others: tuple[Any, ...], named: dict[str, Any]) -> Any:
        given = forward(hidden, *others, **named)
        if not skipped(layer):
            return given
        return (hidden, *given[1:]) if isinstance(given, tuple) else hidden  # families differ in what a layer returns

    return acting_in_layers(encoder, act)


def scaling_heads(encoder: Any, factors: Callable[[int], Any | None]) -> Any:
    """Return a context in which the results of heads are multiplied before they are joined.

    Args:
        factors: Number of a layer, from 0 -> factors ``[sequences or 1, heads]``, or None for a layer as it is.
    """
    family, heads = family_of(encoder.config), int(encoder.config.num_attention_heads)

    def act(layer: int, forward: Forward, joined: Any, others: tuple[Any, ...], named: dict[str, Any]) -> Any:
        given = factors(layer)
        if given is not None:
            by_head = joined.unflatten(-1, (heads, -1)) * given[:, None, :, None]
            joined = by_head.flatten(-2)
        return forward(joined, *others, **named)

    return acting_in_layers(encoder, act, f"{family.attention}.{family.heads_joined}")


def _counted(calls: list[int], act: Act, forward: Forward, *arguments: Any, **named: Any) -> Any:
    first, *others = arguments if arguments else (named.pop("hidden_states"),)
    layer = calls[0]
    calls[0] += 1
    return act(layer, forward, first, tuple(others), named)


def _modules(encoder: Any, inside: str) -> list[Any]:
    family = family_of(encoder.config)
    blocks = module_at(encoder, family.blocks)
    modules = [module_at(block, inside) if inside else block for block in blocks or ()]
    if not modules or any(module is None for module in modules):
        raise ModelError(
            f"Where the layers of '{encoder.config.model_type}' stand is not known, so none can be changed.",
            expected="BERT, RoBERTa, DistilBERT, ELECTRA, ALBERT, DeBERTa-v2, MPNet, ModernBERT or EuroBERT.",
            remedy="Train a run with one of these to see this view.",
        )
    return modules
