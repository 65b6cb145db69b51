"""Each token's share of an answer, by one forward and one backward pass of a frozen network; of one row or many."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from bertui.encoding.batching import collate
from bertui.encoding.encoded import Encoded, concatenated
from bertui.errors import ModelError
from bertui.explanation.encoder_output import also_giving
from bertui.explanation.frozen import frozen
from bertui.modeling.readout import ROWS, TOKENS

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

    def logit() -> Tensor:
        question.given = question.outputs(question.ids[None])
        return question.asked.logit(question.given)

    apart = _taken_apart(question.model, logit, layers=layers)
    constant = _constant(question)
    question.given = question.given.detach()
    found = Shares(
        _of_tokens(apart.tokens, question),
        np.stack([_of_tokens(one, question) for one in apart.layers]) if layers else None,
        float(apart.logits[0]),
        apart.gradient[:, : question.ids.shape[1]],
        apart.positions,
        apart.types,
        apart.biases + constant,
    )
    _check(found.logit, found.tokens, [found.positions, found.types, found.biases], question.model)
    return found


def shares_of_rows(questions: Sequence[Question]) -> list[tuple[np.ndarray, float]]:
    """Take the logits of several questions apart at once: rows do not hang on each other, so one pass serves all.

    What goes to no token is known for all rows together; that it makes up what the tokens leave is looked at there.

    Args:
        questions: On one network.

    Returns:
        Of each, the tokens' shares ``float64 [sequences, seq]`` and the logit.

    Raises:
        ModelError: As ``shares``.
    """
    first = questions[0]
    rows = concatenated([one.encoded for one in questions])
    batch = collate(rows, range(len(rows)), first.padding, str(first.device))

    def logits() -> Tensor:
        outputs = first.model(batch)
        for row, one in enumerate(questions):
            one.given = _of_row(outputs, row, rows, one)
        return torch.cat([one.asked.logit(one.given) for one in questions])

    apart = _taken_apart(first.model, logits)
    found = []
    for row, one in enumerate(questions):
        tokens = _of_tokens(apart.tokens[rows.rows[row] : rows.rows[row + 1]], one)
        found.append((tokens, float(apart.logits[row])))
        one.given = one.given.detach()
    others = [apart.positions, apart.types, apart.biases + sum(map(_constant, questions))]
    _check(float(apart.logits.sum()), np.concatenate([tokens.ravel() for tokens, _ in found]), others, first.model)
    return found


def _of_row(outputs: Tensor, row: int, rows: Encoded, question: Question) -> Tensor:
    """Return what the network gives for one row of several as it would give it for the row alone, ``[1, ...]``."""
    readout = question.model.readout
    if readout == ROWS:
        return outputs[row : row + 1]
    own = outputs[rows.rows[row] : rows.rows[row + 1]][None]
    return own[:, :, : question.ids.shape[1]] if readout == TOKENS else own


def _constant(question: Question) -> float:
    """Return what a logit is where the network gives nothing, such as the mean of a score."""
    return float(question.asked.logit(torch.zeros_like(question.given))[0])


@dataclass(frozen=True, slots=True)
class _Apart:
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


def _taken_apart(network: Any, logits: Callable[[], Tensor], *, layers: bool = False) -> _Apart:
    """Return the parts of the logits ``[rows]`` that a call gives, which lets the network answer."""
    with watched(network, layers=layers) as vectors, _learning(_biases(network)) as biases, frozen(network):
        found = logits()
        hidden = vectors.hidden
        parts = [vectors.words, *vectors.others.values(), *biases, *hidden]
        gradients = torch.autograd.grad(found.sum(), parts, allow_unused=True)
    values = [_shares_of(part, gradient) for part, gradient in zip(parts, gradients, strict=True)]
    others = dict(zip(vectors.others, values[1:], strict=False))
    return _Apart(
        found.detach().double().cpu().numpy(),
        values[0],
        values[-len(hidden) :] if hidden else [],
        gradients[0].float().cpu().numpy(),
        sum(float(one.sum()) for name, one in others.items() if "type" not in name),
        sum(float(one.sum()) for name, one in others.items() if "type" in name),
        sum(float(one.sum()) for one in values[1 + len(others) :][: len(biases)]),
    )


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
    """Return values of a row's tokens without those of padding, some of which a model may have added itself."""
    sequences, seq = question.in_sequences.shape
    return np.where(question.in_sequences, values.reshape(sequences, -1)[:, :seq], 0.0)


def _check(logit: float, tokens: np.ndarray, others: Sequence[float], network: Any) -> None:
    together, size = float(tokens.sum() + sum(others)), float(np.abs(tokens).sum() + sum(map(abs, others)))
    if not abs(together - logit) <= _TOLERANCE * max(size, 1e-3):
        raise _unreadable(network, f"its parts sum to {together:.3f} and its logit is {logit:.3f}")


def _unreadable(network: Any, why: str) -> ModelError:
    return ModelError(
        f"The frozen pass cannot read a model of the kind '{network.encoder.config.model_type}': {why}.",
        expected="A network of embeddings, linear layers, attention, norms and activations.",
        remedy="Choose integrated gradients.",
    )
