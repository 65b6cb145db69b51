"""A network's logits taken apart, held as it is: what its embeddings and biases give, by one backward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from bertui.errors import ModelError
from bertui.explanation.encoder_output import also_giving
from bertui.explanation.frozen import frozen

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Apart:
    """The parts of the logits of some rows together.

    Attributes:
        logits: ``float64 [rows]``.
        tokens: ``float64 [sequences, seq]``.
        layers: The same at each layer, where they were asked for.
        gradient: ``float32 [sequences, seq, dim]``.
    """

    logits: np.ndarray
    tokens: np.ndarray
    layers: list[np.ndarray]
    gradient: np.ndarray
    positions: float
    types: float
    biases: float


def taken_apart(network: Any, logits: Callable[[], Tensor], *, layers: bool = False) -> Apart:
    """Return the parts of the logits ``[rows]`` that a call gives, which lets the network answer."""
    with _watched(network, layers=layers) as vectors, _learning(_biases(network)) as biases, frozen(network):
        found = logits()
        hidden = vectors.hidden
        parts = [vectors.words, *vectors.others.values(), *biases, *hidden]
        gradients = torch.autograd.grad(found.sum(), parts, allow_unused=True)
    values = [_shares_of(part, gradient) for part, gradient in zip(parts, gradients, strict=True)]
    others = dict(zip(vectors.others, values[1:], strict=False))
    return Apart(
        found.detach().double().cpu().numpy(),
        values[0],
        values[-len(hidden) :] if hidden else [],
        gradients[0].float().cpu().numpy(),
        sum(float(one.sum()) for name, one in others.items() if "type" not in name),
        sum(float(one.sum()) for name, one in others.items() if "type" in name),
        sum(float(one.sum()) for one in values[1 + len(others) :][: len(biases)]),
    )


class _Vectors:
    """What passed through a network: the word embeddings, what is added to them, the vectors after each layer."""

    def __init__(self) -> None:
        self.words: Any = None
        self.others: dict[str, Tensor] = {}
        self.hidden: Sequence[Tensor] = ()


@contextmanager
def _watched(network: Any, *, layers: bool) -> Iterator[_Vectors]:
    """Note, within the block, the vectors of a network's tokens, with gradients from the embeddings on.

    Args:
        layers: Whether those of every layer are noted.
    """
    vectors, encoder = _Vectors(), network.encoder
    words = encoder.get_input_embeddings()

    def note_words(module: Any, inputs: Any, output: Any) -> Tensor:
        if not isinstance(output, torch.Tensor):
            raise unreadable(network, "its embeddings are no plain table of vectors")
        vectors.words = output.detach().requires_grad_()
        return vectors.words

    def noting(name: str) -> Any:
        def note(module: Any, inputs: Any, output: Tensor) -> Tensor:
            vectors.others[name] = output.detach().requires_grad_()
            return vectors.others[name]

        return note

    with ExitStack() as hooks:
        for name, module in encoder.named_modules():
            if module is words or isinstance(module, torch.nn.Embedding):
                hook = note_words if module is words else noting(name)
                hooks.callback(module.register_forward_hook(hook).remove)
        if layers:
            vectors.hidden = hooks.enter_context(also_giving(encoder, "hidden_states"))
        yield vectors


def _biases(network: Any) -> list[Tensor]:
    return [weight for name, weight in network.named_parameters() if "bias" in name.rsplit(".", 1)[-1]]


@contextmanager
def _learning(weights: list[Tensor]) -> Iterator[list[Tensor]]:
    """Let weights have gradients within the block."""
    try:
        for weight in weights:
            weight.requires_grad_()
        yield weights
    finally:
        for weight in weights:
            weight.requires_grad_(False)


def _shares_of(part: Tensor, gradient: Tensor | None) -> np.ndarray:
    """Return a part times its gradient, summed over the last axis; 0 where it has none."""
    if gradient is None:
        return np.zeros(part.shape[:-1])
    share: np.ndarray = (part.detach().double() * gradient.double()).sum(-1).cpu().numpy()
    return share


def unreadable(network: Any, why: str) -> ModelError:
    """Return the error of a network that cannot be held constant."""
    return ModelError(
        f"The frozen pass cannot read a model of the kind '{network.encoder.config.model_type}': {why}.",
        expected="A network of embeddings, linear layers, attention, norms and activations.",
        remedy="Choose integrated gradients.",
    )
