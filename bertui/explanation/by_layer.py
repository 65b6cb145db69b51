"""How much each word counts at each layer: shares of one frozen pass, from the embeddings to the top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.data.cells.words import words_of
from bertui.encoding.encode import TextEncoder
from bertui.explanation.question import asking
from bertui.explanation.shares import shares
from bertui.explanation.words import scores_by_word
from bertui.tasks.results import Focus, Input
from bertui.tasks.task import Task

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel


@dataclass(frozen=True, slots=True)
class WordsByLayer:
    """Each word's share of the explained logit at every layer.

    Attributes:
        words: The words of all texts, in their order.
        scores: ``float64 [layers + 1, words]``; layer 0 is the embeddings.
        special: What stands on special tokens, and on tokens of no word, at every layer, ``float64 [layers + 1]``: on
            the way up the answer gathers where it is read, which is often the first special token.
        logit: The explained number.
        explained: It in words.
    """

    words: tuple[str, ...]
    scores: np.ndarray
    special: np.ndarray
    logit: float
    explained: str

    def to_json(self) -> dict[str, Any]:
        return {
            "words": list(self.words), "scores": self.scores.tolist(), "special": self.special.tolist(),
            "logit": self.logit, "explained": self.explained,
        }  # fmt: skip


def words_by_layer(
    model: TextModel, encoder: TextEncoder, inputs: Input, task: Task, focus: Focus, target: int | None = None
) -> WordsByLayer:
    """Follow what the words of a row give to a target of its answer through the layers; see ``shares``.

    Args:
        target: Number of the target; None for the highest one.

    Raises:
        DataError: A text holds nothing that the model can read.
        ModelError: There is no such target, or the frozen pass cannot read a model of this kind.
    """
    with asking(model, encoder, inputs, task, focus, target) as question:
        found = shares(question, layers=True)
    assert found.layers is not None
    tokens = np.stack([question.of_tokens(layer) for layer in found.layers])
    scores = np.stack([scores_by_word(question.texts, question.encoded, layer)[0] for layer in tokens])
    words = tuple(word.text for text in question.texts for word in words_of(text))
    return WordsByLayer(words, scores, tokens.sum(1) - scores.sum(1), found.logit, question.asked.logit_in_words)
