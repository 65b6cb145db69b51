"""Pinned sentences: a few texts of a person's own, asked at every check, so that one sees their answers change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bertui.data.cells.blank import is_blank
from bertui.data.phrases import count
from bertui.errors import DataError, ModelError
from bertui.modeling.sources import folder_at_hand
from bertui.training.events import PinsAsked

if TYPE_CHECKING:
    from bertui.data.table import Table
    from bertui.encoding.encode import TextEncoder
    from bertui.modeling.model import TextModel
    from bertui.recipe import Recipe
    from bertui.tasks.results import Input
    from bertui.tasks.task import Task
    from bertui.training.state import Training

MOST_PINS = 5
"""They are read at every check, so their number is bounded."""

MOST_LETTERS = 5000
"""Of one sentence: its words are written into the log at every check."""

_BAR = " | "


def read_pins(lines: Sequence[str], texts: int) -> tuple[Input, ...]:
    """Return the texts of each line that is not blank.

    Args:
        lines: One sentence each; where a row has several texts, these stand between tabs or " | ".
        texts: How many texts a row of the table has.

    Raises:
        DataError: There are more than ``MOST_PINS``, or a line is too long, or has another number of texts.
    """
    written = [" ".join(line.splitlines()).strip() for line in lines if line.strip()]
    if len(written) > MOST_PINS:
        raise DataError(
            f"{len(written)} sentences are pinned.", expected=f"At most {MOST_PINS}: they are read at every check.",
            remedy="Leave some out.",
        )  # fmt: skip
    return tuple(_parts(line, number, texts) for number, line in enumerate(written, 1))


def pin_lines(pins: Sequence[Input]) -> list[str]:
    """Return a line of each sentence that ``read_pins`` reads as just these texts."""
    return [("\t" if any(_BAR in text for text in texts) else _BAR).join(texts) for texts in pins]


def check_pins(lines: Sequence[str], table: Table, recipe: Recipe) -> tuple[Input, ...]:
    """Return the sentences, each of which the recipe's model can read whole.

    Of a model that is not on this machine it is only known that there is a text: the hub is not asked.

    Raises:
        DataError: There are too many, or one has not the texts of a row, or cannot be read, or not whole.
    """
    pins = read_pins(lines, len(table.inputs(table.frame.index[:1])[0]))
    if pins and folder_at_hand(recipe.model) is not None:
        from bertui.encoding.encode import TextEncoder
        from bertui.experiment.preview import tokenizer_of
        from bertui.tasks.registry import task_class

        tokenizer, limit = tokenizer_of(recipe.model)
        encoder = TextEncoder(tokenizer, recipe.encoding, limit)
        task = task_class(table.roles.task).learn(table, []).chosen(recipe.task)
        read = tuple(map(task.read, pins))
        _check_readable(read, encoder)
        _check_whole(read, task, encoder)
    return pins


def _parts(line: str, number: int, texts: int) -> Input:
    if len(line) > MOST_LETTERS:
        raise DataError(
            f"Pinned sentence {number} has {len(line):,} characters.", expected=f"At most {MOST_LETTERS:,}.",
            remedy="Shorten it.",
        )  # fmt: skip
    parts = (line,) if texts == 1 else tuple(part.strip() for part in line.split("\t" if "\t" in line else _BAR))
    if texts == 1 and is_blank(line):
        raise _empty(number)
    if len(parts) != texts or any(map(is_blank, parts)):
        found = count(sum(not is_blank(part) for part in parts), "text", "texts")
        raise DataError(
            f"Pinned sentence {number} has {found}.",
            expected=f"{texts} texts, as a row of the table has, with a tab or “{_BAR}” between them.",
            remedy="Write all of them on its line, in the order of the columns.",
        )
    return parts


def _empty(number: int) -> DataError:
    return DataError(
        f"Pinned sentence {number} holds nothing the model can read.", expected="At least one word.",
        remedy="Change it, or leave it out.",
    )  # fmt: skip


def _check_readable(pins: Sequence[Input], encoder: TextEncoder) -> None:
    from bertui.encoding.unread import nothing_to_read

    for number, nothing in enumerate(nothing_to_read(encoder, pins), 1):
        if nothing:
            raise _empty(number)


def _check_whole(pins: Sequence[Input], task: Task, encoder: TextEncoder) -> None:
    for number, lost in enumerate(task.encode(encoder, pins).truncated.tolist(), 1):
        if lost:
            raise DataError(
                f"Pinned sentence {number} is too long: {count(lost, 'token', 'tokens')} of it would not be read.",
                expected=f"At most {encoder.max_length} tokens (word pieces), the special ones included.",
                remedy="Shorten it, or let the run read longer texts.",
            )


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
        _check_readable(self.inputs, self.encoder)

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
            words = attribute(model, self.encoder, inputs, self.task, focus, on=model).to_saved()
        except ModelError:  # a model of a kind that the frozen pass does not know; its answers are shown all the same
            words = None
        return {
            "texts": list(inputs), "answer": answer.summary(), "targets": list(focus.names), "unit": focus.unit,
            "words": words, **self._bars(answer),
        }  # fmt: skip

    def _bars(self, answer: Any) -> dict[str, Any]:
        from bertui.tasks.views import Bars

        bars = next((view for view in answer.views() if isinstance(view, Bars)), Bars((), ()))
        probabilities = {name: float(value) for name, value in zip(bars.names, bars.values, strict=True)}
        return {"probabilities": probabilities, "thresholds": [float(value) for value in bars.thresholds]}
