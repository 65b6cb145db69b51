"""Which changes of single words may flip an answer: estimated from one frozen pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bertui.data.cells.words import words_of
from bertui.explanation.edits import Edit, cased_as
from bertui.explanation.shares import shares
from bertui.tasks.results import Input

if TYPE_CHECKING:
    from bertui.explanation.question import Question
    from bertui.explanation.replacements import Replacements

_WORDS = 14  # that speak the most for the answer
_KEPT = 8  # words that may stand for one of them: those that promise most


def moves(question: Question, inputs: Input, replacements: Replacements | None = None) -> list[Edit]:
    """Return deletions and replacements of the words that speak for the answer, with their estimated effects.

    Args:
        replacements: Finds words that may stand for others; without it words are deleted only.
    """
    parts = shares(question)
    token_shares, places = question.of_tokens(parts.tokens), question.places
    score = [float(token_shares[at].sum()) for at in places]
    strongest = sorted((word for word, at in enumerate(places) if at), key=lambda word: -score[word])[:_WORDS]
    known = [(inputs.index(text), word) for text in question.texts for word in words_of(text)]
    replaced = [word for word in strongest if any(map(str.isalpha, known[word][1].text))]
    effects = _effects(question, parts.gradient[question.in_sequences], replaced, replacements)
    found = []
    for word in strongest:
        text, old = known[word]
        others = [(cased_as(new, old.text), effect) for new, effect in effects.get(word, ())]
        others = [one for one in others if one[0].casefold() != old.text.casefold()][:_KEPT]
        found += [
            Edit(text, old.start, old.stop, old.text, new, effect - score[word]) for new, effect in [("", 0.0), *others]
        ]
    return found


def _effects(
    question: Question, gradient: np.ndarray, words: Sequence[int], replacements: Replacements | None
) -> dict[int, list[tuple[str, float]]]:
    """Return what may stand for words and what it adds to the logit: its embedding times the gradient at the word.

    Those that take most away come first.
    """
    if replacements is None:
        return {}
    weights = question.model.encoder.get_input_embeddings().weight.detach().float().cpu().numpy()
    found = {}
    for word, candidates in zip(words, replacements.of(question, [question.places[at] for at in words]), strict=True):
        slope = gradient[question.places[word][0]]
        added = [(new, float(weights[number] @ slope)) for new, number in candidates]
        found[word] = sorted(added, key=lambda one: one[1])
    return found
