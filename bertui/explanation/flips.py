"""The fewest words to delete or replace for another answer: a search that a frozen pass guides.

Each candidate is the text as a person would type it, read anew from its first character, so what is shown is what was
answered. Up to ``MOST_EDITS`` words are changed, and at most ``MOST_READ`` texts are read.

Source: the first-order estimate of a replacement is Ebrahimi et al. 2018 (HotFlip), with the gradient of the frozen
network; fewest edits first as in Ross et al. 2021 (MiCE).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bertui.explanation.edits import Edit, Edits, edited
from bertui.tasks.results import Input, Prediction

if TYPE_CHECKING:
    from bertui.prediction.predictor import Predictor

MOST_EDITS = 4
MOST_READ = 800
WANTED = 3
_AT_ONCE = 120  # candidates that are read for each number of edits
_BEAM = 6  # of them are gone on from

Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Flip:
    """A text with another answer.

    Attributes:
        inputs: The texts as edited.
        edits: What was changed, in the order of the text.
        answer: The new answer, as the task has it; ``prediction`` whole.
    """

    inputs: Input
    edits: Edits
    prediction: Prediction

    @property
    def text(self) -> str:
        return "\n".join(self.inputs)

    def in_words(self) -> str:
        """What was changed, such as "without “not”; “good” for “bad”"."""
        return "; ".join(edit.in_words() for edit in self.edits)

    def to_json(self) -> dict[str, Any]:
        return {
            "text": self.text, "answer": self.prediction.answer, "probability": self.prediction.probability,
            "changes": [edit.to_json() for edit in self.edits],
        }  # fmt: skip


def flips(
    predictor: Predictor, answer: Prediction, moves: Sequence[Edit], progress: Progress | None = None
) -> list[Flip]:
    """Return up to three texts with another answer, those with the fewest changes first.

    Of as many changes, those whose new answer is the surest come first, and those that change other words.

    Args:
        moves: Changes of single words, each with its estimated effect on the answer.
        progress: Called with the share done; what it raises ends the search.
    """
    beam: list[Edits] = [()]
    read = 0
    for count in range(1, MOST_EDITS + 1):
        candidates = _longer(beam, moves)[: min(_AT_ONCE, MOST_READ - read)]
        if not candidates:
            break
        texts = [edited(answer.inputs, edits) for edits in candidates]
        answers = list(predictor.predict_all(texts, precision="32-bit"))
        read += len(candidates)
        readable = [pair for pair in zip(candidates, texts, answers, strict=True) if pair[2] is not None]
        found = [Flip(text, edits, one) for edits, text, one in readable if one.answer != answer.answer]
        if found:
            return _apart(sorted(found, key=lambda one: -(one.prediction.probability or 0.0)))
        readable.sort(key=lambda pair: pair[2].probability if pair[2].probability is not None else 0.0)
        beam = [edits for edits, _, _ in readable[:_BEAM]]
        if progress is not None:
            progress(count / MOST_EDITS)
    return []


def _longer(beam: Sequence[Edits], moves: Sequence[Edit]) -> list[Edits]:
    """Return edits with one more, each set once, those that promise most first."""
    sets: dict[frozenset[Edit], float] = {}
    for edits in beam:
        taken = {edit.place for edit in edits}
        for move in moves:
            if move.place not in taken:
                sets[frozenset((*edits, move))] = sum(edit.effect for edit in (*edits, move))
    ranked = sorted(sets, key=lambda one: sets[one])
    return [tuple(sorted(one, key=lambda edit: edit.place)) for one in ranked]


def _apart(found: Sequence[Flip]) -> list[Flip]:
    """Return the first few, at first one for each set of words that are changed."""
    first: dict[tuple[tuple[int, int], ...], Flip] = {}
    for one in found:
        first.setdefault(tuple(edit.place for edit in one.edits), one)
    others = [one for one in found if one not in first.values()]
    return [*first.values(), *others][:WANTED]
