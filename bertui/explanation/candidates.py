"""Which changes of single words may flip an answer: estimated from one frozen pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.data.cells.words import words_of
from bertui.explanation.edits import Edit, cased_as
from bertui.explanation.shares import shares
from bertui.tasks.results import Input

if TYPE_CHECKING:
    from bertui.explanation.question import Question

_WORDS = 14  # that speak the most for the answer
_ALIKE = 40  # words near a word in the embedding matrix
_KEPT = 8  # of them, those that promise most


def moves(question: Question, inputs: Input, tokenizer: Any, vocabulary: Sequence[str]) -> list[Edit]:
    """Return deletions and replacements of the words that speak for the answer, with their estimated effects.

    Args:
        vocabulary: Words that may stand for others, such as those of the training rows; those of more than one token
            are left out. Near are words whose standardised embeddings have a high cosine.
    """
    parts = shares(question)
    gradient = parts.gradient[question.in_sequences]
    token_shares = question.of_tokens(parts.tokens)
    places = question.places
    score = [float(token_shares[at].sum()) for at in places]
    strongest = sorted((word for word, at in enumerate(places) if at), key=lambda word: -score[word])[:_WORDS]
    known = [(inputs.index(text), word) for text in question.texts for word in words_of(text)]
    near, found = Near(question, tokenizer, vocabulary), []
    for word in strongest:
        (text, old), effects = known[word], list[tuple[str, float]]()
        if any(map(str.isalpha, old.text)):
            effects = near.effects(question.encoded.ids[places[word]], gradient[places[word][0]])
        others = [(cased_as(new, old.text), effect) for new, effect in effects if new.casefold() != old.text.casefold()]
        found += [
            Edit(text, old.start, old.stop, old.text, new, effect - score[word])
            for new, effect in [("", 0.0), *others[:_KEPT]]
        ]
    return found


class Near:
    """Words of one token, and which of them are near some other word."""

    def __init__(self, question: Question, tokenizer: Any, vocabulary: Sequence[str]) -> None:
        weights = question.model.encoder.get_input_embeddings().weight.detach().float().cpu().numpy()
        pieces = tokenizer([*vocabulary], add_special_tokens=False)["input_ids"] if vocabulary else []
        single = [(word, ids[0]) for word, ids in zip(vocabulary, pieces, strict=True) if len(ids) == 1]
        self._words = [word for word, _ in single]
        self._vectors = weights[[number for _, number in single]]
        self._mean, self._spread = weights.mean(0), weights.std(0) + 1e-12
        self._all, self._unit = weights, _unit((self._vectors - self._mean) / self._spread)

    def effects(self, ids: np.ndarray, gradient: np.ndarray) -> list[tuple[str, float]]:
        """Return near words with what they are estimated to add to the logit, those that take most away first."""
        if not self._words:
            return []
        old = _unit((self._all[ids].mean(0, keepdims=True) - self._mean) / self._spread)[0]
        near = np.argsort(-(self._unit @ old), kind="stable")[:_ALIKE]
        effects = self._vectors[near] @ gradient
        order = np.argsort(effects, kind="stable")
        return [(self._words[near[at]], float(effects[at])) for at in order]


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths: np.ndarray = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-12)
