"""How much each word of a text moved the model's answer.

What is attributed is the label's *probability*, not its logit: the scores then add up to a change that people can
read ("from 12 % to 98 %"), and they say what moved this label against all others, which a logit alone does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.data.cells.words import Word, words_of
from bertui.encoding.encode import TextEncoder
from bertui.explanation.methods import IntegratedGradients, Method, tolerated
from bertui.explanation.question import Question
from bertui.explanation.words import places_of_text, word_scores
from bertui.tasks.results import Focus, Input
from bertui.tasks.task import Task

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel


@dataclass(frozen=True, slots=True)
class Attribution:
    """The words that were read and how much each raised or lowered what is explained: one label's probability, say.

    The words' scores and ``other`` sum to ``output - baseline_output + convergence_delta``, where the method adds up.

    Attributes:
        text: The text as given; of several, one on a line, with ``breaks`` where the second and later ones begin.
        words: Its words.
        scores: Signed score of each word: its part of the move of the target.
        seen: False where the model did not read the word, because it was truncated or its tokenizer drops it.
        target: Number of the explained target, such as a class.
        other: Score of what is no word: special tokens, which are hidden, and tokens of white space.
        output: The target's probability, 0 to 1, or its number in ``unit``.
        baseline_output: The same for the baseline, padding tokens in place of the text's tokens; None without one.
        convergence_delta: What all scores together are off ``output - baseline_output``; None where they do not add up.
        method: Name of the method.
        full_colour: Score that a heatmap may draw in full colour; see ``Focus.full_colour``.
    """

    text: str
    words: tuple[Word, ...]
    scores: tuple[float, ...]
    seen: tuple[bool, ...]
    target: int
    other: float
    output: float
    baseline_output: float | None
    convergence_delta: float | None
    method: str = "integrated gradients"
    breaks: tuple[int, ...] = ()
    unit: str = ""
    full_colour: float = 0.05

    def __post_init__(self) -> None:
        if not len(self.words) == len(self.scores) == len(self.seen):
            raise ValueError(f"{len(self.words)} words, {len(self.scores)} scores, {len(self.seen)} seen.")

    @property
    def strongest(self) -> float:
        """The size of the largest score of a word."""
        return max(map(abs, self.scores), default=0.0)

    @property
    def reach(self) -> float:
        """The size of a score that a heatmap draws in full colour: the largest, unless all are too small for it."""
        return max(self.strongest, self.full_colour)

    @property
    def total(self) -> float:
        """What the words together added to the target's probability."""
        return sum(self.scores)

    def sentence(self, label: str) -> str:
        """Say in plain words what the scores sum to, and how far they can be trusted."""
        if self.baseline_output is None or self.convergence_delta is None:
            return (
                f"{self.method[0].upper()}{self.method[1:]}: the scores say which words count and which way, but do "
                "not add up to a change of the answer."
            )
        clauses = [
            f"Together the text moved “{label}” from {self._level(self.baseline_output)} (the model's answer when "
            f"every word is blanked out) to {self._level(self.output)}.",
            f"Its words account for {self._change(self.total)} of that, hidden special marks for "
            f"{self._change(self.other)}.",
        ]
        off = max(0.001, abs(self.convergence_delta))
        missed = self.size(off)
        if off <= tolerated(self.output - self.baseline_output, self.unit):
            clauses.append(f"The scores add up to this move to within {missed}.")
        else:
            clauses.append(
                f"The scores miss this move by {missed}: read them as a rough picture, not as exact numbers."
            )
        return " ".join(clauses)

    def _level(self, value: float) -> str:
        return f"{value:.2f} {self.unit}" if self.unit else _percent(value)

    def size(self, score: float) -> str:
        """Return the size of a score in words, such as "2.1 points"."""
        return self._change(abs(score)).lstrip("+")

    def _change(self, difference: float) -> str:
        if self.unit:
            return f"{round(difference, 2) + 0.0:+.2f} {self.unit}".replace("-", "−")
        return _points(difference)

    def to_json(self) -> dict[str, Any]:
        """Return the attribution as plain JSON values; ``spans`` are the words' (start, stop) in the text.

        Of several texts, ``breaks`` are where in the text the second and later ones begin.
        """
        return {
            "text": self.text,
            "words": [word.text for word in self.words],
            "spans": [[word.start, word.stop] for word in self.words],
            "scores": list(self.scores),
            "seen": list(self.seen),
            "target": self.target,
            "other": self.other,
            "output": self.output,
            "baseline_output": self.baseline_output,
            "convergence_delta": self.convergence_delta,
            "method": self.method,
            "breaks": list(self.breaks),
            "unit": self.unit,
            "full_colour": self.full_colour,
        }


def attribute(
    model: TextModel, encoder: TextEncoder, inputs: Input, task: Task, focus: Focus, target: int | None = None,
    method: Method | None = None,
) -> Attribution:  # fmt: skip
    """Attribute what a task explains to the words that were read. The model is left as it was.

    Args:
        model: The network; dropout is off for the attribution, whatever its mode; other threads may use it meanwhile.
        encoder: Turns texts into the ids that this model reads.
        inputs: What the task reads of one row.
        task: Knows what an answer is made of.
        focus: The part of the answer to explain.
        target: Number of the target to explain; None for the highest one.
        method: How; integrated gradients when left out.

    Raises:
        DataError: A text holds nothing that the model can read.
        ModelError: The encoder has no embeddings module, or there is no such target.
    """
    import torch

    method, device = method or IntegratedGradients(), next(model.parameters()).device
    with torch.inference_mode(False), torch.enable_grad(), torch.autocast(device.type, enabled=False):
        question = Question(model, encoder, inputs, task, focus, target)
        given = method.scores(question)
    return Attribution(
        **_by_word(question, question.of_tokens(given.scores)),
        target=question.target,
        output=question.output,
        baseline_output=given.baseline_output,
        convergence_delta=given.delta,
        method=method.name,
        unit=focus.unit,
        full_colour=focus.full_colour,
    )


def _by_word(question: Question, scores: np.ndarray) -> dict[str, Any]:
    """Merge the tokens' scores into those of the words of all texts, which stand one on a line."""
    words: list[Word] = []
    merged: list[float] = []
    seen: list[bool] = []
    breaks, at = [], 0
    for number, text in enumerate(question.texts):
        own = words_of(text)
        tokens = places_of_text(question.encoded, number)
        values, read = word_scores(own, question.encoded.origins[tokens, 1:], scores[tokens])
        words += [Word(word.text, word.start + at, word.stop + at) for word in own]
        merged, seen = merged + values.tolist(), seen + read.tolist()
        breaks.append(at)
        at += len(text) + 1
    return {
        "text": "\n".join(question.texts), "words": tuple(words), "scores": tuple(merged), "seen": tuple(seen),
        "other": float(scores.sum() - sum(merged)), "breaks": tuple(breaks[1:]),
    }  # fmt: skip


def _percent(probability: float) -> str:
    if 0 < probability < 0.001 or 0.999 < probability < 1:
        return "under 0.1 %" if probability < 0.5 else "over 99.9 %"
    return f"{100 * probability:.1f} %"


def _points(difference: float) -> str:
    rounded = round(100 * difference, 1) + 0.0  # no minus before a zero
    return f"{rounded:+.1f} points".replace("-", "−")
