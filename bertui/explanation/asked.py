"""Which number is explained: a target of an answer, or the difference of two, as a probability or as a logit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bertui.errors import ModelError
from bertui.tasks.results import Focus
from bertui.tasks.task import Task

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Asked:
    """A target of one focus of an answer, beside another one or by itself.

    Attributes:
        token: The place that is answered for, for tasks that answer for tokens.
        target: Number of the explained target.
        against: Number of another target, where the difference of the two is explained.
    """

    task: Task
    focus: Focus
    token: int | None
    target: int
    against: int | None = None

    def answer(self, outputs: Tensor) -> Tensor:
        """Return the explained number, ``[copies]``: probabilities, or what the focus's unit measures."""
        return self._difference(self.answers(outputs))

    def answers(self, outputs: Tensor) -> Tensor:
        """Return the number of each target, ``[copies, targets]``."""
        return self.task.explained(outputs, self.focus, self.token)

    def logit(self, outputs: Tensor) -> Tensor:
        """Return the number behind it, ``[copies]``, which is linear in the network's outputs.

        Of targets that exclude each other it is the target's logit less the mean of the others': what moves all of them
        alike moves no probability.
        """
        logits = self.task.logits(outputs, self.focus, self.token)
        if self.against is not None or not self.task.rivals or logits.shape[1] < 2:
            return self._difference(logits)
        own = logits[:, self.target]
        return own - (logits.sum(1) - own) / (logits.shape[1] - 1)

    def _difference(self, values: Tensor) -> Tensor:
        own = values[:, self.target]
        return own if self.against is None else own - values[:, self.against]

    @property
    def answer_in_words(self) -> str:
        """What ``answer`` gives, such as "the probability of “good”"."""
        if self.focus.unit:
            return self._name(self.target)
        return self._beside("the probability of {}", " less that of {}")

    @property
    def logit_in_words(self) -> str:
        """What ``logit`` gives, such as "the logit of “good” less the mean of the other logits"."""
        if self.focus.unit:
            return self._name(self.target)
        words = self._beside("the logit of {}", " less that of {}")
        if self.against is not None or not self.task.rivals or len(self.focus.names) < 2:
            return words
        others = [name for number, name in enumerate(self.focus.names) if number != self.target]
        return f"{words} less that of “{others[0]}”" if len(others) == 1 else f"{words} less the mean of the others"

    def _beside(self, one: str, other: str) -> str:
        words = one.format(f"“{self._name(self.target)}”")
        return words if self.against is None else words + other.format(f"“{self._name(self.against)}”")

    def _name(self, number: int) -> str:
        return self.focus.names[number]


def asked(task: Task, focus: Focus, token: int | None, target: int, against: int | None) -> Asked:
    """Return what is asked.

    Raises:
        ModelError: There is no such target, or it is set against itself.
    """
    number = _checked(target, len(focus.targets))
    if against is not None and _checked(against, len(focus.targets)) == number:
        raise ModelError(
            f"The label “{focus.names[number]}” is set against itself.",
            expected="Two different labels.",
            remedy="Choose another one to compare with.",
        )
    return Asked(task, focus, token, number, against)


def _checked(target: int, targets: int) -> int:
    if not 0 <= target < targets:
        raise ModelError(
            f"The model has no label number {target}.",
            expected=f"A number from 0 to {targets - 1}.",
            remedy="Choose one of the model's labels.",
        )
    return target
