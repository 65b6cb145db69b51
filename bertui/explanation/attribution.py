"""How much each word of a text moved the model's answer: integrated gradients.

What is attributed is the label's *probability*, not its logit: the scores then add up to a change that people can
read ("from 12 % to 98 %"), and they say what moved this label against all others, which a logit alone does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.data.cells.words import Word, words_of
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoding
from bertui.encoding.unread import check_readable
from bertui.errors import DataError
from bertui.explanation.path import LinearPath, twin
from bertui.explanation.words import word_scores
from bertui.tasks.results import Focus, Input
from bertui.tasks.task import Task

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel

_TOLERANCE = 0.02  # largest convergence delta, in probability, that is let pass without more steps
_MOST_STEPS = 256


@dataclass(frozen=True, slots=True)
class Attribution:
    """The words that were read and how much each raised or lowered what is explained: one label's probability, say.

    The words' scores and ``other`` sum to ``output - baseline_output + convergence_delta``.

    Attributes:
        text: The text as given; of several, one on a line, with ``breaks`` where the second and later ones begin.
        words: Its words.
        scores: Signed score of each word: its part of the move of the target.
        seen: False where the model did not read the word, because it was truncated or its tokenizer drops it.
        target: Number of the explained target, such as a class.
        other: Score of what is no word: special tokens, which are hidden, and tokens of white space.
        output: The target's probability, 0 to 1, or its number in ``unit``.
        baseline_output: The same for the baseline: padding tokens in place of the text's tokens.
        convergence_delta: What all scores together are off ``output - baseline_output``.
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
    baseline_output: float
    convergence_delta: float
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


def integrated_gradients(
    model: TextModel, encoder: TextEncoder, inputs: Input, task: Task, focus: Focus, target: int | None = None, *,
    steps: int = 32,
) -> Attribution:  # fmt: skip
    """Attribute what a task explains to the words that were read, by integrated gradients on the embeddings.

    The path runs from a baseline (padding tokens in place of the texts' tokens; special tokens and positions
    kept) to the texts; steps are densest where the answer moves. When the convergence delta is above 0.02 the
    steps are doubled, to 256 at most. The model is left as it was; other threads may use it meanwhile.

    Args:
        model: The network; dropout is off for the attribution, whatever its mode.
        encoder: Turns texts into the ids that this model reads.
        inputs: What the task reads of one row.
        task: Knows what an answer is made of.
        focus: The part of the answer to explain.
        target: Number of the target to explain; None for the highest one.
        steps: Gradients taken along the path, to begin with.

    Raises:
        DataError: A text holds nothing that the model can read.
        ModelError: The encoder has no embeddings module, or there is no such target.

    Source: Sundararajan et al. 2017, equation 1, by captum's IntegratedGradients.
    """
    import torch

    encoding = _encode(encoder, inputs, task, focus)
    own = twin(model)
    device = next(model.parameters()).device
    with torch.inference_mode(False), torch.enable_grad(), torch.autocast(device.type, enabled=False):
        padding = int(encoder.tokenizer.pad_token_id)
        path = LinearPath(own, encoding, padding, device, lambda outputs: task.explained(outputs, encoding, focus))
        target = path.check(target)
        tolerance = tolerated(path.output(target) - path.baseline_output(target), focus.unit)
        scores = path.attribute(target, steps)
        while abs(path.delta(scores, target)) > tolerance and steps < _MOST_STEPS:
            steps = min(2 * steps, _MOST_STEPS)
            scores = path.attribute(target, steps)
    return Attribution(
        **_by_word(task.shown(inputs, focus), encoding, scores),
        target=target,
        output=path.output(target),
        baseline_output=path.baseline_output(target),
        convergence_delta=path.delta(scores, target),
        unit=focus.unit,
        full_colour=focus.full_colour,
    )


def _by_word(texts: Sequence[str], encoding: Encoding, scores: np.ndarray) -> dict[str, Any]:
    """Merge the tokens' scores into those of the words of all texts, which stand one on a line."""
    words: list[Word] = []
    merged: list[float] = []
    seen: list[bool] = []
    breaks, at = [], 0
    for text, segment in zip(texts, encoding.segments, strict=True):
        own = words_of(text)
        values, read = word_scores(own, segment, scores[segment.places])
        words += [Word(word.text, word.start + at, word.stop + at) for word in own]
        merged, seen = merged + values.tolist(), seen + read.tolist()
        breaks.append(at)
        at += len(text) + 1
    return {
        "text": "\n".join(texts), "words": tuple(words), "scores": tuple(merged), "seen": tuple(seen),
        "other": float(scores.sum() - sum(merged)), "breaks": tuple(breaks[1:]),
    }  # fmt: skip


def tolerated(move: float, unit: str) -> float:
    """Return the convergence delta that is let pass: 2 points of probability, or a fiftieth of a number's move."""
    return max(_TOLERANCE * abs(move), 1e-6) if unit else _TOLERANCE


def _encode(encoder: TextEncoder, inputs: Input, task: Task, focus: Focus) -> Encoding:
    for text in inputs:
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise DataError(
                f"Character {error.start + 1} of the text is broken: it is half of a pair.",
                expected="Text as UTF-8.",
                remedy="Type the text again, or remove that character.",
            ) from error
    check_readable(encoder, inputs)
    return task.encode_one(encoder, inputs, focus)


def _percent(probability: float) -> str:
    if 0 < probability < 0.001 or 0.999 < probability < 1:
        return "under 0.1 %" if probability < 0.5 else "over 99.9 %"
    return f"{100 * probability:.1f} %"


def _points(difference: float) -> str:
    rounded = round(100 * difference, 1) + 0.0  # no minus before a zero
    return f"{rounded:+.1f} points".replace("-", "−")
