"""Each token's share of an answer, by one forward and one backward pass of a frozen network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

    from bertui.explanation.question import Question

_TOLERANCE = 0.01  # of what all parts are together in size; what 32-bit rounding leaves is under 1e-5


@dataclass(frozen=True, slots=True)
class Shares:
    """What a logit is made of; all parts together are the logit.

    Attributes:
        tokens: Share of each token's word embedding, ``float64 [sequences, seq]``; 0 for padding.
        layers: Share of each token's vector as it leaves a layer, 0 the embeddings, ``float64 [layers + 1, sequences,
            seq]``: positions and the biases below are in it. None where it was not asked for.
        logit: The explained number.
        gradient: The logit's gradient at each token's word embedding, ``float32 [sequences, seq, dim]``.
        positions, types: Shares of the position and type embeddings.
        biases: Share of all biases, those of norms among them.
    """

    tokens: np.ndarray
    layers: np.ndarray | None
    logit: float
    gradient: np.ndarray
    positions: float
    types: float
    biases: float

    @property
    def leaning(self) -> float:
        """What goes to no token: the model's own leaning, whatever the words."""
        return self.positions + self.types + self.biases

    @property
    def delta(self) -> float:
        """What all parts together are off the logit."""
        return float(self.tokens.sum() + self.leaning - self.logit)


def shares(question: Question, *, layers: bool = False) -> Shares:
    """Take a question's logit apart. The question's twin is left as it was.

    Args:
        layers: Whether the shares are asked for at every layer.

    Raises:
        ModelError: The parts do not make up the logit: the network holds something that cannot be held constant.
    """
    network = question.model
    with watched(network, layers=layers) as vectors, _learning(_biases(network)) as biases, frozen(network):
        outputs = question.outputs(question.ids[None])
        logit, hidden = question.asked.logit(outputs)[0], vectors.hidden
        parts = [vectors.words, *vectors.others.values(), *biases, *hidden]
        gradients = torch.autograd.grad(logit, parts, allow_unused=True)
    values = [_shares_of(part, gradient) for part, gradient in zip(parts, gradients, strict=True)]
    others = dict(zip(vectors.others, values[1:], strict=False))
    constant = float(question.asked.logit(torch.zeros_like(outputs))[0])
    found = Shares(
        _of_tokens(values[0], question),
        np.stack([_of_tokens(one, question) for one in values[-len(hidden) :]]) if hidden else None,
        float(logit.detach()),
        gradients[0].float().cpu().numpy(),
        sum(float(one.sum()) for name, one in others.items() if "type" not in name),
        sum(float(one.sum()) for name, one in others.items() if "type" in name),
        constant + sum(float(one.sum()) for one in values[1 + len(others) :][: len(biases)]),
    )
    _check(found, network)
    return found


class Vectors:
    """What passed through a network: the word embeddings, what is added to them, the vectors after each layer."""

    def __init__(self) -> None:
        self.words: Any = None
        self.others: dict[str, Tensor] = {}
        self.hidden: Sequence[Tensor] = ()


@contextmanager
def watched(network: Any, *, layers: bool) -> Iterator[Vectors]:
    """Note, within the block, the vectors of a network's tokens, with gradients from the embeddings on.

    Args:
        layers: Whether those of every layer are noted.
    """
    vectors, encoder = Vectors(), network.encoder
    words = encoder.get_input_embeddings()

    def note_words(module: Any, inputs: Any, output: Any) -> Tensor:
        if not isinstance(output, torch.Tensor):
            raise _unreadable(network, "its embeddings are no plain table of vectors")
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


def _of_tokens(values: np.ndarray, question: Question) -> np.ndarray:
    return np.where(question.in_sequences, values.reshape(question.in_sequences.shape), 0.0)


def _check(found: Shares, network: Any) -> None:
    size = np.abs(found.tokens).sum() + abs(found.positions) + abs(found.types) + abs(found.biases)
    if not abs(found.delta) <= _TOLERANCE * max(size, 1e-3):
        together = found.logit + found.delta
        raise _unreadable(network, f"its parts sum to {together:.3f} and its logit is {found.logit:.3f}")


def _unreadable(network: Any, why: str) -> ModelError:
    return ModelError(
        f"The frozen pass cannot read a model of the kind '{network.encoder.config.model_type}': {why}.",
        expected="A network of embeddings, linear layers, attention, norms and activations.",
        remedy="Choose integrated gradients.",
    )
