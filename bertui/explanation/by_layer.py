"""How much each word counts at each layer: shares of one frozen pass, from the embeddings to the top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.data.cells.words import words_of
from bertui.encoding.encode import TextEncoder
from bertui.explanation.question import Question
from bertui.explanation.shares import shares
from bertui.explanation.words import places_of_text, word_scores
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
    import torch

    device = next(model.parameters()).device
    with torch.inference_mode(False), torch.enable_grad(), torch.autocast(device.type, enabled=False):
        question = Question(model, encoder, inputs, task, focus, target)
        found = shares(question, layers=True)
    assert found.layers is not None
    tokens = np.stack([question.of_tokens(layer) for layer in found.layers])
    words, scores = _by_word(question, tokens)
    return WordsByLayer(words, scores, tokens.sum(1) - scores.sum(1), found.logit, question.asked.logit_in_words)


def _by_word(question: Question, tokens: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """Merge shares of tokens ``[layers, tokens]`` into those of words ``[layers, words]``."""
    words: list[str] = []
    merged = []
    for number, text in enumerate(question.texts):
        own, places = words_of(text), places_of_text(question.encoded, number)
        spans = question.encoded.origins[places, 1:]
        merged.append(np.array([word_scores(own, spans, layer[places])[0] for layer in tokens]))
        words += [word.text for word in own]
    return tuple(words), np.concatenate(merged, axis=1)
