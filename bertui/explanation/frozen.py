"""A network held as it is at one input, so that its answer is linear in the vectors of the tokens.

Attention weights, the deviations that norms divide by, and the slopes act(x) / x of activations are constants; of the
product in a gated layer each factor gets half of the gradient. What the network answers stays the same; what changes is
the gradient: a token's vector times it is the token's share of the answer, with nothing left over.

Source: Modarressi et al. 2023 (DecompX), equations 4 to 10, without the step that shares biases out. A linear network
needs no N x N vectors: one backward pass gives all shares.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from bertui.explanation.frozen_lstm import unrolled
from bertui.modeling.readers import RecurrentReader

_ZERO = 1e-6  # nearer to 0 than this, act(x) / x is act'(0)

Rule = Callable[..., Any]


class Frozen(TorchFunctionMode):
    """While it is entered, this thread computes with what ``_RULES`` puts in the place of PyTorch's functions."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _RULES.get(func, func)(*args, **(kwargs or {}))


@contextmanager
def frozen(network: nn.Module) -> Iterator[None]:
    """Hold a network constant within the block. It must be a twin: its modules get hooks, which are gone afterwards."""
    handles = [module.register_forward_hook(_activation) for module in network.modules() if _is_activation(module)] + [
        module.register_forward_hook(_recurrent) for module in network.modules() if isinstance(module, RecurrentReader)
    ]
    try:
        with Frozen():
            yield
    finally:
        for handle in handles:
            handle.remove()


def _is_activation(module: nn.Module) -> bool:
    return type(module).__module__ == "transformers.activations"


def _activation(module: Any, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
    """Give transformers' activations, some of which are made of products, their slope as a whole."""
    return _straight(inputs[0], output, _slope_at_zero(module.forward))


def _recurrent(module: Any, inputs: tuple[Tensor, Tensor], output: Tensor) -> Tensor:
    return unrolled(module.lstm, *inputs)


def _straight(given: Tensor, output: Tensor, at_zero: float) -> Tensor:
    """Return the output as the input times a constant slope."""
    slope = torch.where(given.abs() < _ZERO, at_zero, output / given)
    return given * slope.detach()


def _slope_at_zero(function: Rule, step: float = 1e-3) -> float:
    with torch.no_grad():
        below, above = function(torch.tensor([-step, step], dtype=torch.float64)).tolist()
    return float(above - below) / (2 * step)


def _sloped(function: Rule, at_zero: float) -> Rule:
    def rule(given: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return _straight(given, function(given, *args, **kwargs), at_zero)

    return rule


def _constant(function: Rule) -> Rule:
    def rule(*args: Any, **kwargs: Any) -> Tensor:
        output: Tensor = function(*args, **kwargs)
        return output.detach()

    return rule


def _halved(function: Rule) -> Rule:
    """The product of two numbers that both hang on the tokens, as in a gated layer; any other is linear already."""

    def rule(left: Any, right: Any, **kwargs: Any) -> Tensor:
        if not all(isinstance(one, Tensor) and one.requires_grad for one in (left, right)):
            product: Tensor = function(left, right, **kwargs)
            return product
        return (left * right.detach() + left.detach() * right) / 2

    return rule


def _attention(query: Tensor, key: Tensor, value: Tensor, *args: Any, **kwargs: Any) -> Tensor:
    """Its weights are made of queries and keys alone."""
    return functional.scaled_dot_product_attention(query.detach(), key.detach(), value, *args, **kwargs)


def _layer_norm(
    given: Tensor, shape: Any, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    axes = tuple(range(-len(shape), 0))
    middle = given - given.mean(axes, keepdim=True)
    normed = middle / (middle.detach().pow(2).mean(axes, keepdim=True) + eps).sqrt()
    normed = normed if weight is None else normed * weight
    return normed if bias is None else normed + bias


def _rms_norm(given: Tensor, shape: Any, weight: Tensor | None = None, eps: float | None = None) -> Tensor:
    axes, least = tuple(range(-len(shape), 0)), torch.finfo(given.dtype).eps if eps is None else eps
    normed = given / (given.detach().pow(2).mean(axes, keepdim=True) + least).sqrt()
    return normed if weight is None else normed * weight


_CONSTANT = (
    torch.softmax, functional.softmax, Tensor.softmax, torch.sigmoid, Tensor.sigmoid, torch.exp, Tensor.exp,
    torch.sqrt, Tensor.sqrt, torch.rsqrt, Tensor.rsqrt,
)  # fmt: skip
_SLOPED: dict[Any, float] = {
    functional.gelu: 0.5, functional.silu: 0.5, torch.tanh: 1.0, Tensor.tanh: 1.0, functional.tanh: 1.0,
    functional.mish: math.tanh(math.log(2)),
}  # fmt: skip
_RULES: dict[Any, Rule] = {
    **{function: _constant(function) for function in _CONSTANT},
    **{function: _sloped(function, at_zero) for function, at_zero in _SLOPED.items()},
    **{function: _halved(torch.mul) for function in (torch.mul, Tensor.mul, Tensor.__mul__, Tensor.mul_)},
    functional.scaled_dot_product_attention: _attention,
    functional.layer_norm: _layer_norm,
    functional.rms_norm: _rms_norm,
}
"""What stands for a function of PyTorch; what is not named is linear, or does not touch the tokens."""
