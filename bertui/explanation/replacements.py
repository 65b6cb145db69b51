"""Words that may stand for others in a text: what a language model guesses there, or near ones of a vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from bertui.encoding.batching import padded

if TYPE_CHECKING:
    from bertui.explanation.question import Question

_MOST = 40  # words for each place

Candidates = list[tuple[str, int]]
"""Words of one token each, and their ids; the most likely first."""


class Replacements(Protocol):
    """One way of finding them."""

    def of(self, question: Question, words: Sequence[Sequence[int]]) -> list[Candidates]:
        """Return what may stand for each of some words, which are given as their tokens' places."""


class NearWords:
    """Words of a vocabulary that are near a word in the embedding matrix: a high cosine, each dimension on one scale.

    Args:
        vocabulary: Such as the words of the training rows; those of more than one token are left out.
    """

    def __init__(self, tokenizer: Any, vocabulary: Sequence[str]) -> None:
        pieces = tokenizer([*vocabulary], add_special_tokens=False)["input_ids"] if vocabulary else []
        self._words = [(word, ids[0]) for word, ids in zip(vocabulary, pieces, strict=True) if len(ids) == 1]

    def of(self, question: Question, words: Sequence[Sequence[int]]) -> list[Candidates]:
        if not self._words:
            return [[] for _ in words]
        weights = question.model.encoder.get_input_embeddings().weight.detach().float().cpu().numpy()
        standard = _unit((weights - weights.mean(0)) / (weights.std(0) + 1e-12))
        known, found = standard[[number for _, number in self._words]], []
        for places in words:
            old = _unit(standard[question.encoded.ids[list(places)]].mean(0, keepdims=True))[0]
            near = np.argsort(-(known @ old), kind="stable")[:_MOST]
            found.append([self._words[at] for at in near])
        return found


class Guesses:
    """Words that a language model guesses where a word is masked, so that the text stays one that people write.

    Args:
        model: With the head that it was pre-trained with; it reads the ids of the question's own tokenizer.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:
        self._model, self._tokenizer = model, tokenizer

    def of(self, question: Question, words: Sequence[Sequence[int]]) -> list[Candidates]:
        import torch

        if not words:
            return []
        masked = [self._masked(question, places) for places in words]
        ids = torch.from_numpy(padded([row for row, _ in masked], question.padding))
        present = torch.from_numpy(padded([np.ones(len(row), np.int64) for row, _ in masked], 0))
        with torch.no_grad():
            logits = self._model(input_ids=ids, attention_mask=present).logits
        places = torch.tensor([place for _, place in masked])
        likely = logits[torch.arange(len(masked)), places].topk(min(3 * _MOST, logits.shape[-1])).indices
        return [self._whole_words(row)[:_MOST] for row in likely.tolist()]

    def _masked(self, question: Question, places: Sequence[int]) -> tuple[np.ndarray, int]:
        """Return the sequence in which a word stands with one mask for it, and the mask's place."""
        row = question.encoded
        sequence = int(np.searchsorted(row.starts, places[0], side="right")) - 1
        start, stop = int(row.starts[sequence]), int(row.starts[sequence + 1])
        ids = row.ids[start:stop].astype(np.int64)
        own = [place - start for place in places if start <= place < stop]
        ids[own[0]] = question.mask
        return np.delete(ids, own[1:]), own[0]

    def _whole_words(self, ids: Sequence[int]) -> Candidates:
        """Return the tokens that are words by themselves, not pieces of longer ones."""
        words = [str(self._tokenizer.decode([number])).strip() for number in ids]
        written = self._tokenizer([f" {word}" for word in words], add_special_tokens=False)["input_ids"]
        return [
            (word, number)
            for word, number, again in zip(words, ids, written, strict=True)
            if word.isalpha() and again == [number]
        ]


def _unit(vectors: np.ndarray) -> np.ndarray:
    lengths: np.ndarray = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.maximum(lengths, 1e-12)
