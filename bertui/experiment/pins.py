"""Pinned sentences: a few texts of a person's own, asked at every check, so that one sees their answers change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bertui.errors import DataError, ModelError
from bertui.training.events import PinsAsked

if TYPE_CHECKING:
    from bertui.encoding.encode import TextEncoder
    from bertui.modeling.model import TextModel
    from bertui.tasks.results import Input
    from bertui.tasks.task import Task
    from bertui.training.state import Training

MOST_PINS = 5
"""They are read at every check, so their number is bounded."""

_BAR = " | "


def read_pins(lines: Sequence[str], texts: int) -> tuple[Input, ...]:
    """Return the texts of each line that is not blank.

    Args:
        lines: One sentence each; where a row has several texts, these stand between tabs or " | ".
        texts: How many texts a row of the table has.

    Raises:
        DataError: There are more than ``MOST_PINS``, or a line has another number of texts.
    """
    written = [line.strip() for line in lines if line.strip()]
    if len(written) > MOST_PINS:
        raise DataError(
            f"{len(written)} sentences are pinned.", expected=f"At most {MOST_PINS}: they are read at every check.",
            remedy="Leave some out.",
        )  # fmt: skip
    return tuple(_parts(line, number, texts) for number, line in enumerate(written, 1))


def _parts(line: str, number: int, texts: int) -> Input:
    if texts == 1:
        return (line,)
    parts = tuple(part.strip() for part in line.split("\t" if "\t" in line else _BAR))
    if len(parts) != texts or not all(parts):
        found = sum(map(bool, parts))
        raise DataError(
            f"Pinned sentence {number} has {found} {'text' if found == 1 else 'texts'}.",
            expected=f"{texts} texts, as a row of the table has, with a tab or “{_BAR}” between them.",
            remedy="Write all of them on its line, in the order of the columns.",
        )
    return parts


@dataclass(frozen=True, slots=True)
class Pins:
    """Asks a network in the middle of its training without touching it: a twin in evaluation mode answers.

    Raises:
        DataError: The model can read nothing of a sentence.
    """

    inputs: tuple[Input, ...]
    task: Task
    encoder: TextEncoder

    def __post_init__(self) -> None:
        from bertui.encoding.unread import check_readable

        for inputs in self.inputs:
            check_readable(self.encoder, inputs)

    def ask(self, training: Training) -> PinsAsked:
        """Return the answers of the weights by which the model is judged at this step."""
        from bertui.modeling.twin import twin

        with training.weights_to_keep():
            model = twin(training.model)
            return PinsAsked(training.progress.step, [self._asked(model, inputs) for inputs in self.inputs])

    def _asked(self, model: TextModel, inputs: Input) -> dict[str, Any]:
        from bertui.explanation.attribution import attribute
        from bertui.prediction.outputs import outputs_of

        encoded = self.task.encode(self.encoder, [inputs])
        outputs = outputs_of(model, encoded, self.encoder.tokenizer.pad_token_id)
        answer = self.task.answer([inputs], encoded, outputs)[0]
        focus = self.task.focuses(answer)[0]
        try:
            words = attribute(model, self.encoder, inputs, self.task, focus, own=True).to_saved()
        except ModelError:  # a model of a kind that the frozen pass does not know; its answers are shown all the same
            words = None
        return {
            "texts": list(inputs), "answer": answer.summary(), "targets": list(focus.names), "unit": focus.unit,
            "probabilities": self._probabilities(answer), "words": words,
        }  # fmt: skip

    def _probabilities(self, answer: Any) -> dict[str, float]:
        from bertui.tasks.views import Bars

        bars = [view for view in answer.views() if isinstance(view, Bars)]
        return {name: float(value) for bar in bars for name, value in zip(bar.names, bar.values, strict=True)}
