"""Each token's share of an answer, by one forward and one backward pass of a frozen network; of one row or many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from bertui.encoding.batching import collate
from bertui.encoding.encoded import Encoded, concatenated
from bertui.explanation.apart import taken_apart, unreadable
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

    apart = taken_apart(question.model, logit, layers=layers)
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

    apart = taken_apart(first.model, logits)
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


def _of_tokens(values: np.ndarray, question: Question) -> np.ndarray:
    """Return values of a row's tokens without those of padding, some of which a model may have added itself."""
    sequences, seq = question.in_sequences.shape
    return np.where(question.in_sequences, values.reshape(sequences, -1)[:, :seq], 0.0)


def _check(logit: float, tokens: np.ndarray, others: Sequence[float], network: Any) -> None:
    together, size = float(tokens.sum() + sum(others)), float(np.abs(tokens).sum() + sum(map(abs, others)))
    if not abs(together - logit) <= _TOLERANCE * max(size, 1e-3):
        raise unreadable(network, f"its parts sum to {together:.3f} and its logit is {logit:.3f}")
