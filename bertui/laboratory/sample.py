"""Rows with true answers on which a network is judged again and again, each time with something changed in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from bertui.encoding.encode import TextEncoder
from bertui.encoding.unread import nothing_to_read
from bertui.errors import DataError
from bertui.evaluation.intervals import Interval
from bertui.prediction.outputs import Progress, outputs_of
from bertui.tasks.examples import Examples
from bertui.tasks.results import Input, Measure
from bertui.tasks.task import Task

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel

MOST = 500
"""Rows of a sample: each further network costs a pass over all of them."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Encoded rows with their true answers.

    Attributes:
        padding: Id of the padding token.
    """

    task: Task
    examples: Examples
    padding: int

    @classmethod
    def of(
        cls, task: Task, encoder: TextEncoder, inputs: Sequence[Input], gold: Sequence[Any], *, most: int = MOST,
        seed: int = 0,
    ) -> Self:  # fmt: skip
        """Draw at most so many of the rows that have something to read, in their order.

        Raises:
            DataError: There is none.
        """
        readable = np.flatnonzero(~np.asarray(nothing_to_read(encoder, inputs), dtype=bool))
        if not len(readable):
            raise DataError(
                "No row of the sample has text that the model can read.", expected="At least one such row.",
                remedy="Take rows whose texts are filled in.",
            )  # fmt: skip
        random = np.random.default_rng(seed)
        places = np.sort(random.choice(readable, min(most, len(readable)), replace=False)).tolist()
        chosen, answers = [inputs[at] for at in places], [gold[at] for at in places]
        examples = task.examples(task.encode(encoder, chosen), chosen, answers)
        return cls(task, examples, int(encoder.tokenizer.pad_token_id))

    def __len__(self) -> int:
        return len(self.examples)

    @property
    def measure(self) -> Measure:
        """The task's main one, which is what a score is."""
        return self.task.measures[0]

    def score(self, model: TextModel, progress: Progress | None = None) -> Interval:
        """Return a network's score on the rows, in 32-bit.

        Args:
            progress: Called with the share done; what it raises ends the work.
        """
        rows = self.examples
        outputs = outputs_of(model, rows.encoded, self.padding, "32-bit", progress)
        answers = self.task.answer(rows.inputs, rows.encoded, outputs)
        return self.task.judge(rows.gold, answers, np.arange(len(rows))).metrics[self.measure.name]


class Steps:
    """Progress over several pieces of work of like size.

    Args:
        progress: Called with the share of all of them that is done; what it raises ends the work.
    """

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress, self._total, self._done = progress, max(1, total), 0

    def next(self) -> Progress:
        """Return the progress of the next piece."""
        begun = self._done
        self._done += 1
        report = self._progress or _nothing
        return lambda share: report((begun + share) / self._total)


def _nothing(share: float) -> None:
    """Nobody watches."""
