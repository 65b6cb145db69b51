"""The right one of several endings or answers to a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoded
from bertui.errors import DataError
from bertui.evaluation.calibration import fit_temperature, softmax
from bertui.evaluation.scores import accuracy, score
from bertui.modeling.readout import SEQUENCES, Readout
from bertui.tasks.choices.right_choice import (
    Naming,
    expected_words,
    first_number,
    name_of,
    naming_of,
    place_of_right,
)
from bertui.tasks.examples import Examples
from bertui.tasks.results import BaselineScores, Focus, Input, Judged, Measure, Prediction
from bertui.tasks.task import Decided, Guess, Task
from bertui.tasks.views import Bars, Mark, Marked, ReliabilityView

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from bertui.data.checking.findings import Finding
    from bertui.data.columns import Column
    from bertui.data.table import Table


@dataclass(frozen=True, slots=True)
class ChoicePrediction(Prediction):
    """The number of the chosen one as the table counts, and the probability of each."""

    number: int
    first: int
    probabilities: tuple[float, ...]
    naming: Naming = "number"

    @property
    def choices(self) -> tuple[str, ...]:
        return self.inputs[1:]

    @property
    def answer(self) -> str:
        return self._name(self.number - self.first)

    @property
    def in_words(self) -> str:
        return f"{self.answer}: {self.choices[self.number - self.first]}"

    def _name(self, place: int) -> str:
        return name_of(place, self.naming, self.first)

    @property
    def probability(self) -> float:
        return max(self.probabilities)

    def columns(self) -> dict[str, Any]:
        each = {f"probability of {self._name(at)}": round(p, 6) for at, p in enumerate(self.probabilities)}
        chosen = self.choices[self.number - self.first]
        return {"prediction": self.answer, "chosen": chosen, "probability": round(self.probability, 6), **each}

    def views(self, gold: int | None = None) -> tuple[Bars | Marked, ...]:
        names = tuple(f"{self._name(at)}: {choice}" for at, choice in enumerate(self.choices))
        bars = Bars(names, self.probabilities)
        if gold is None:
            return (bars,)
        chosen, right = (self.choices[number - self.first] for number in (self.number, gold))
        if gold == self.number:
            return (bars, Marked("Chosen", chosen, (Mark(0, len(chosen), "", "right"),)))
        wrong = Marked("Chosen", chosen, (Mark(0, len(chosen), "", "wrong"),))
        return (bars, wrong, Marked("Right", right, (Mark(0, len(right), "", "missed"),)))


class MultipleChoice(Task):
    """One score for the text with each choice, softmax over the choices.

    Source: Devlin et al. 2018, section 4.4.
    """

    title: ClassVar[str] = "The right choice"
    help: ClassVar[str] = "A text and several ways to go on or to answer, one of which is right."
    kind: Literal["multiple-choice"] = "multiple-choice"
    needs: ClassVar[tuple[str, ...]] = ("text", "choice", "label")
    readout: ClassVar[Readout] = SEQUENCES
    without: ClassVar[tuple[str, ...]] = ("task", "encoding.reading", "features.join", "regularization.class_weights")
    recipe_defaults: ClassVar[dict[str, Any]] = {"training.batch_size": 16}
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("accuracy", "Accuracy", "Share of rows in which the right choice is taken.", "accuracy"),
    )
    chosen_by: ClassVar[str] = "accuracy"
    compared_by: ClassVar[str] = "accuracy"

    choices: int
    first: int = 1
    """The number that the table gives to its first choice, 0 or 1."""
    naming: Naming = "number"
    """How the table names the right choice."""
    temperature: float = 1.0

    @classmethod
    def guess(cls, columns: Sequence[Column], frame: pd.DataFrame) -> Guess | None:
        from bertui.data.column_names import answer_weight
        from bertui.data.column_roles import text_weight
        from bertui.data.roles import Roles
        from bertui.tasks.choices.columns import choice_columns, names_choices
        from bertui.tasks.pairs import with_metadata

        choices = choice_columns(columns)
        rest = [column for column in columns if column.name not in choices]
        right = [column for column in rest if choices and names_choices(frame, column.name, choices)]
        label = max(right, key=lambda one: (answer_weight(one.name), one.place), default=None)
        texts = [column for column in rest if column is not label and column.natural > 0.3]
        if label is None or not texts:
            return None
        roles = Roles(max(texts, key=text_weight).name, label.name, choice=choices)
        return Guess(0.95, with_metadata(roles, columns, frame))

    @classmethod
    def check(cls, table: Table) -> list[Finding]:
        from bertui.tasks.choices.checking import check_choices

        return check_choices(table, cls.learn(table, ()))

    @classmethod
    def learn(cls, table: Table, rows: Sequence[int] | np.ndarray) -> Self:
        columns = list(table.roles.of("choice"))
        naming = naming_of(table.labels, table.frame[columns])
        first = first_number(table.labels) if naming == "number" else 1
        return cls(choices=len(columns), first=first, naming=naming)

    def gold(self, table: Table, rows: Sequence[int] | np.ndarray) -> list[int]:
        labels = table.labels.loc[list(rows)]
        numbers = self.places(table, rows)
        if None in numbers:
            raise DataError(
                f"A right choice reads '{str(labels.iloc[numbers.index(None)])[:40]}'.",
                expected=expected_words(self.naming, self.first, self.choices),
                remedy="Mend the cell, drop the row, or choose another column.",
            )
        return [self.first + place for place in numbers if place is not None]

    def places(self, table: Table, rows: Sequence[int] | np.ndarray) -> list[int | None]:
        """Return the place of each row's right choice, from 0; None where the cell names none."""
        labels = table.labels.loc[list(rows)]
        choices = table.frame.loc[list(rows), list(table.roles.of("choice"))].itertuples(index=False, name=None)
        return [place_of_right(*pair, self.naming, self.first) for pair in zip(labels, choices, strict=True)]

    @classmethod
    def in_windows(cls, choice: EncodingChoice) -> bool:
        return False

    def encode(self, encoder: TextEncoder, inputs: Sequence[Input], *, spans: bool = False) -> Encoded:
        """Encode the text with each of its choices, which are the sequences of a row.

        Raises:
            DataError: A row has more or fewer choices than the run was trained with.
        """
        for row in inputs:
            if len(row) != self.choices + 1:
                raise DataError(
                    f"There {'is 1 choice' if len(row) == 2 else f'are {len(row) - 1} choices'}.",
                    expected=f"A text and {self.choices} choices: so many the run was trained with.",
                    remedy=f"Give {self.choices} choices, in their order.",
                )
        pairs = [(row[0], choice) for row in inputs for choice in row[1:]]
        return encoder.encode(pairs, spans=spans, excerpts=encoder.cut).in_rows_of(self.choices)

    def examples(self, encoded: Encoded, inputs: Sequence[Input], gold: Sequence[int]) -> Examples:
        return Examples(encoded, np.array(gold, dtype=np.int64) - self.first, inputs, gold)

    @property
    def outputs(self) -> int:
        return 1

    def loss(self, outputs: Tensor, targets: Tensor, *, weights: Tensor | None, smoothing: float) -> Tensor:
        from torch.nn.functional import cross_entropy

        scores = outputs.view(-1, self.choices)
        return cross_entropy(scores, targets, reduction="sum", label_smoothing=smoothing)

    def metrics(self, outputs: np.ndarray, examples: Examples) -> dict[str, float]:
        probabilities = softmax(outputs.reshape(-1, self.choices))
        given = probabilities[np.arange(len(examples)), examples.targets]
        return {
            "loss": float(-np.log(np.maximum(given, 1e-12)).mean()),
            "accuracy": accuracy(examples.targets, probabilities.argmax(1)),
        }

    def fitted(self, outputs: np.ndarray, examples: Examples) -> Self:
        temperature = fit_temperature(outputs.reshape(-1, self.choices), examples.targets)
        return self.model_copy(update={"temperature": temperature})

    def answer(self, inputs: Sequence[Input], encoded: Encoded, outputs: np.ndarray) -> list[ChoicePrediction]:
        probabilities = softmax(outputs.reshape(-1, self.choices), self.temperature)
        lost = encoded.truncated.tolist()
        return [
            ChoicePrediction(
                texts, truncated, self.first + int(np.argmax(row)), self.first, tuple(row.tolist()), self.naming
            )
            for texts, truncated, row in zip(inputs, lost, probabilities, strict=True)
        ]

    def judge(
        self, gold: Sequence[int], answers: Sequence[ChoicePrediction], rows: Sequence[int] | np.ndarray
    ) -> Judged:
        targets, predicted = np.array(gold) - self.first, np.array([one.number for one in answers]) - self.first
        probabilities = np.array([one.probabilities for one in answers])
        names = self._names()
        scores = score(targets, predicted, names)
        view = ReliabilityView.of(probabilities, targets, self.temperature)
        credit = (targets == predicted).astype(float)
        return Judged(
            len(targets), {"accuracy": scores.accuracy}, (view,), credit, tuple(names[at] for at in targets), credit
        )

    def baselines(
        self, train_inputs: Sequence[Input], train_gold: Sequence[int], inputs: Sequence[Input], gold: Sequence[int]
    ) -> list[BaselineScores]:
        from bertui.evaluation.baselines.multiple_choice import commonest_place, most_alike

        places, targets = (np.array(some) - self.first for some in (train_gold, gold))
        names = self._names()
        alike, took = most_alike(train_inputs, inputs)
        usual = commonest_place(places, targets)
        methods = [("Most like the text by TF-IDF", alike, took), ("Commonest place", usual, 0.0)]
        return [
            BaselineScores(
                name, {"accuracy": score(targets, predicted, names).accuracy}, seconds,
                answers=tuple(names[at] for at in predicted), contributions=(predicted == targets).astype(float),
            )
            for name, predicted, seconds in methods
        ]  # fmt: skip

    def _names(self) -> list[str]:
        return [name_of(place, self.naming, self.first) for place in range(self.choices)]

    def focuses(self, prediction: ChoicePrediction) -> tuple[Focus, ...]:
        """Return the score of each choice, the chosen one first."""
        names = self._names()
        order = sorted(range(self.choices), key=lambda at: at != prediction.number - self.first)
        return tuple(
            Focus(str(at), f"the score of {names[at]}: {prediction.choices[at][:60]}",
                  (f"choice {names[at]}",), 0, "in logits", full_colour=0.2)
            for at in order
        )  # fmt: skip

    def decided_in(self, inputs: Input, encoded: Encoded, focus: Focus) -> Decided:
        return Decided((int(focus.key),))

    def shown(self, inputs: Input, focus: Focus) -> Input:
        return self.texts_of(inputs, int(focus.key))

    def texts_of(self, inputs: Input, sequence: int) -> Input:
        return inputs[0], inputs[1 + sequence]

    def explained(self, outputs: Tensor, focus: Focus, token: int | None) -> Tensor:
        return outputs[:, 0]

    def logits(self, outputs: Tensor, focus: Focus, token: int | None) -> Tensor:
        return self.explained(outputs, focus, token)
