"""How much each word of a text moved the model's answer.

Most methods score parts of the label's *probability*: they add up to a change that people can read ("from 12 % to
98 %"), and say what moved this label against all others. The frozen pass is linear in logits, so it scores parts of the
label's logit less the mean of the others', which moves with the probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.data.cells.words import Word, words_of
from bertui.data.phrases import percent
from bertui.encoding.batching import reading_batches
from bertui.encoding.encode import TextEncoder
from bertui.explanation.asked import Asked
from bertui.explanation.methods import FrozenPass, Method, TokenScores, tolerated
from bertui.explanation.question import TOKENS_AT_ONCE, Question, asking
from bertui.explanation.words import scores_by_word
from bertui.tasks.results import Focus, Input
from bertui.tasks.task import Task

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel


_FULL_COLOUR_OF_LOGITS = 0.2  # from even odds on, 0.2 more are 5 points of probability


@dataclass(frozen=True, slots=True)
class Attribution:
    """The words that were read and how much each raised or lowered what is explained: one label's probability, say.

    Where the method has a baseline, the words' scores and ``other`` sum to the explained number less
    ``baseline_output``, plus ``convergence_delta``. Where it has a ``logit``, they and ``leaning`` sum to that.

    Attributes:
        text: The text as given; of several, one on a line, with ``breaks`` where the second and later ones begin.
        words: Its words.
        scores: Signed score of each word: its part of the move of the target.
        seen: False where the model did not read the word, because it was truncated or its tokenizer drops it.
        target: Number of the explained target, such as a class.
        other: Score of what is no word: special tokens, which are hidden, and tokens of white space.
        output: The target's probability, 0 to 1, or its number in ``unit``.
        baseline_output: The explained number for the baseline, the text with all words blanked out; None without one.
        convergence_delta: What all scores together are off the move from there; None without a baseline.
        method: Id of the method, such as "frozen".
        signed: Whether a score says which way a word moved the target.
        explained: The number that the scores are parts of, in words.
        value: That number where it is not ``output``: the difference to another target's, or a logit.
        against: Number of the target that is set against, where a difference is explained.
        leaning: The part of a logit that goes to no token, whatever the words; None for other methods.
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
    method: str = "integrated-gradients"
    breaks: tuple[int, ...] = ()
    unit: str = ""
    full_colour: float = 0.05
    signed: bool = True
    explained: str = ""
    value: float | None = None
    against: int | None = None
    leaning: float | None = None

    def __post_init__(self) -> None:
        if not len(self.words) == len(self.scores) == len(self.seen):
            raise ValueError(f"{len(self.words)} words, {len(self.scores)} scores, {len(self.seen)} seen.")

    @property
    def scale(self) -> str:
        """What scores are measured in, "" for probability."""
        if not self.signed:
            return "shares of attention"
        return self.unit or ("logits" if self.leaning is not None else "")

    @property
    def number(self) -> float:
        """The explained number."""
        return self.output if self.value is None else self.value

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
        if self.leaning is not None:
            return self._parts_of_logit()
        if not self.signed:
            return (
                "These are shares of attention, the same for every answer. They show where information may flow and "
                "are no explanation of the answer."
            )
        if self.baseline_output is None or self.convergence_delta is None:
            return "The scores say which words count and which way, but do not add up to a change of the answer."
        return self._move(label, self.baseline_output, self.convergence_delta)

    def _parts_of_logit(self) -> str:
        total, words, marks, leaning = (
            f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")
            for value in (self.number, self.total, self.other, self.leaning or 0.0)
        )
        return (
            f"{self.explained[0].upper()}{self.explained[1:]} is {total}: the words give {words} of it, hidden special "
            f"marks {marks}, and {leaning} is the model's own leaning, whatever the words."
        )

    def _move(self, label: str, baseline: float, delta: float) -> str:
        what = f"“{label}”" if self.against is None else self.explained
        clauses = [
            f"Together the text moved {what} from {self._level(baseline)} (the model's answer when "
            f"every word is blanked out) to {self._level(self.number)}.",
            f"Its words account for {self._change(self.total)} of that, hidden special marks for "
            f"{self._change(self.other)}.",
        ]
        off = max(0.001, abs(delta))
        if off <= tolerated(self.number - baseline, self.unit):
            clauses.append(f"The scores add up to this move to within {self.size(off)}.")
        else:
            clauses.append(
                f"The scores miss this move by {self.size(off)}: read them as a rough picture, not as exact numbers."
            )
        return " ".join(clauses)

    def _level(self, value: float) -> str:
        return f"{value:.2f} {self.unit}" if self.unit else percent(value)

    def size(self, score: float) -> str:
        """Return the size of a score in words, such as "2.1 points"."""
        return self._change(abs(score)).lstrip("+")

    def _change(self, difference: float) -> str:
        if self.scale:
            return f"{round(difference, 2) + 0.0:+.2f} {self.scale}".replace("-", "−").rstrip()
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
            "signed": self.signed,
            "explained": self.explained,
            "against": self.against,
            "leaning": self.leaning,
            "breaks": list(self.breaks),
            "unit": self.unit,
            "full_colour": self.full_colour,
        }

    def to_saved(self) -> dict[str, Any]:
        """Return all of it as plain JSON values, for ``from_saved``."""
        return {**self.to_json(), "value": self.value}


def from_saved(saved: dict[str, Any]) -> Attribution:
    """Return the attribution that ``to_saved`` gave."""
    words = tuple(Word(text, start, stop) for text, (start, stop) in zip(saved["words"], saved["spans"], strict=True))
    lists: dict[str, Any] = {name: tuple(saved[name]) for name in ("scores", "seen", "breaks")}
    rest = {name: value for name, value in saved.items() if name not in ("words", "spans", *lists)}
    return Attribution(words=words, **lists, **rest)


def attribute(
    model: TextModel, encoder: TextEncoder, inputs: Input, task: Task, focus: Focus, target: int | None = None,
    method: Method | None = None, *, against: int | None = None, on: Any = None,
) -> Attribution:  # fmt: skip
    """Attribute what a task explains to the words that were read. The model is left as it was.

    Args:
        model: The network; dropout is off for the attribution, whatever its mode; other threads may use it meanwhile.
        encoder: Turns texts into the ids that this model reads.
        inputs: What the task reads of one row.
        task: Knows what an answer is made of.
        focus: The part of the answer to explain.
        target: Number of the target to explain; None for the highest one.
        method: How; the frozen pass when left out.
        against: Number of another target, to explain the difference of the two.
        on: A twin of the model that nobody else uses meanwhile; else one is made.

    Raises:
        DataError: A text holds nothing that the model can read.
        ModelError: There is no such target, or the method cannot read a model of this kind.
    """
    with asking(model, encoder, inputs, task, focus, target, against, on=on) as question:
        return attribution_of(question, method or FrozenPass())


def attribution_of(question: Question, method: Method) -> Attribution:
    """Return what a method says of a question, word by word."""
    return _attribution(question, method, method.scores(question))


def attributions_of(questions: Sequence[Question], method: Method) -> list[Attribution]:
    """Return what a method says of several questions on one twin, in their order."""
    found: list[Attribution | None] = [None] * len(questions)
    for some in reading_batches(np.array([one.ids.numel() for one in questions]), TOKENS_AT_ONCE):
        batch = [questions[number] for number in some]
        for number, one, given in zip(some, batch, method.scores_of(batch), strict=True):
            found[number] = _attribution(one, method, given)
    return [one for one in found if one is not None]


def _attribution(question: Question, method: Method, given: TokenScores) -> Attribution:
    asked = question.asked
    in_logits = given.logit is not None
    return Attribution(
        **_by_word(question, question.of_tokens(given.scores)),
        target=asked.target,
        output=question.output,
        baseline_output=given.baseline_output,
        convergence_delta=given.delta,
        method=method.kind,
        unit=question.unit,
        full_colour=_FULL_COLOUR_OF_LOGITS if in_logits and not question.unit else asked.focus.full_colour,
        signed=method.signed,
        explained=_explained(asked, method, in_logits),
        value=given.logit if in_logits else question.value if asked.against is not None else None,
        against=asked.against,
        leaning=given.leaning,
    )


def _explained(asked: Asked, method: Method, in_logits: bool) -> str:
    if not method.signed:
        return "attention"
    return asked.logit_in_words if in_logits else asked.answer_in_words


def _by_word(question: Question, scores: np.ndarray) -> dict[str, Any]:
    """Merge the tokens' scores into those of the words of all texts, which stand one on a line."""
    merged, seen = scores_by_word(question.texts, question.encoded, scores)
    breaks = [0, *accumulate(len(text) + 1 for text in question.texts[:-1])]
    words = [
        Word(word.text, word.start + at, word.stop + at)
        for text, at in zip(question.texts, breaks, strict=True)
        for word in words_of(text)
    ]
    return {
        "text": "\n".join(question.texts), "words": tuple(words), "scores": tuple(merged.tolist()),
        "seen": tuple(seen.tolist()), "other": float(scores.sum() - merged.sum()), "breaks": tuple(breaks[1:]),
    }  # fmt: skip


def _points(difference: float) -> str:
    rounded = round(100 * difference, 1) + 0.0  # no minus before a zero
    return f"{rounded:+.1f} points".replace("-", "−")
