"""Which words of one text act together with which of the other: what both do beyond what each does alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bertui.encoding.encode import TextEncoder
from bertui.explanation.attribution import Attribution
from bertui.explanation.question import Question
from bertui.tasks.results import Focus, Input
from bertui.tasks.task import Task

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel

MOST_WORDS = 12  # words of each text: 169 readings


@dataclass(frozen=True, slots=True)
class Interaction:
    """What pairs of words do together, beyond what each of the two does alone.

    Attributes:
        first: Numbers of the words of the first text, among the attribution's words, in the order of the text.
        second: Those of the second text.
        effects: ``float64 [first, second]``, in probability or the attribution's unit. Above 0: only together do they
            raise the target so far. Below 0: one alone does most of what both do. 0: each acts for itself.
    """

    first: tuple[int, ...]
    second: tuple[int, ...]
    effects: np.ndarray

    def strongest(self, most: int) -> list[tuple[int, int, float]]:
        """Return the pairs with the largest effects, word numbers and effect, strongest first."""
        order = np.argsort(-abs(self.effects), axis=None, kind="stable")[:most]
        places = zip(*np.unravel_index(order, self.effects.shape), strict=True)
        return [(self.first[a], self.second[b], float(self.effects[a, b])) for a, b in places]


def interactions(
    model: TextModel, encoder: TextEncoder, inputs: Input, task: Task, focus: Focus, attribution: Attribution, *,
    most: int = MOST_WORDS,
) -> Interaction:  # fmt: skip
    """Blank words of two texts out, one at a time and in pairs, and compare what that does to the target.

    A pair's effect is ``f(all) - f(without a) - f(without b) + f(without both)`` with every other word in place. A word
    is blanked out with padding tokens for its own, as in the baseline of integrated gradients. Where the model adds
    up what it makes of each text, all effects are 0.

    Args:
        attribution: That of the same texts, focus and target; its strongest words are the ones that are paired.
        most: Words of each text at most.

    Source: the second difference of Grabisch and Roubens 1999, for the full text; one of the two contexts of
    ArchDetect (Tsang et al. 2020).
    """
    import torch

    device = next(model.parameters()).device
    with torch.inference_mode(), torch.autocast(device.type, enabled=False):
        question = Question(model, encoder, inputs, task, focus, attribution.target)
        if len(question.texts) != 2:
            raise ValueError(f"{len(question.texts)} texts; words of two are compared.")
        middle = sum(word.start < attribution.breaks[0] for word in attribution.words)
        first = _strongest(attribution, range(middle), most)
        second = _strongest(attribution, range(middle, len(attribution.words)), most)
        blanked = [(), *((a,) for a in first), *((b,) for b in second), *((a, b) for a in first for b in second)]
        ids = question.ids.repeat(len(blanked), 1, 1)
        inside = torch.from_numpy(np.flatnonzero(question.in_sequences)).to(device)
        for row, words in zip(ids, blanked, strict=True):
            for word in words:
                row.view(-1)[inside[question.places[word]]] = question.padding
        answers = question.answers(ids)
    alone_a, alone_b, both = np.split(answers[1:], [len(first), len(first) + len(second)])
    effects = answers[0] - alone_a[:, None] - alone_b[None, :] + both.reshape(len(first), len(second))
    return Interaction(first, second, effects)


def _strongest(attribution: Attribution, words: Sequence[int], most: int) -> tuple[int, ...]:
    """Return the words that were read and have the largest scores, in the order of the text."""
    read = [word for word in words if attribution.seen[word]]
    return tuple(sorted(sorted(read, key=lambda word: -abs(attribution.scores[word]))[:most]))
