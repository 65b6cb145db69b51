"""What a task is: everything between a table's columns and an answer that one question to BERT needs.

Each task is one file beside this one. It says which columns it needs, how a row is read, what the network gives
for it, the loss, the measures, how outputs become an answer, and what an attribution explains. Nothing else in
bertui knows one task from another.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from bertui.choice import Section
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoded
from bertui.evaluation.intervals import Interval
from bertui.modeling.readout import ROWS, Readout
from bertui.tasks.examples import Examples
from bertui.tasks.results import BaselineScores, Focus, Input, Judged, Measure
from bertui.tasks.task_choice import TaskChoice

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from bertui.data.checking.findings import Finding
    from bertui.data.columns import Column
    from bertui.data.roles import Roles
    from bertui.data.table import Table
    from bertui.modeling.export import Plain


@dataclass(frozen=True, slots=True)
class Guess:
    """How likely a file is meant for a task, 0 to 1, and the roles its columns would play."""

    likelihood: float
    roles: Roles


@dataclass(frozen=True, slots=True)
class Decided:
    """Where in a row the explained thing is decided.

    Attributes:
        sequences: Numbers of the row's sequences.
        token: Place in the sequence of the token that is answered for, for tasks that answer for tokens.
    """

    sequences: Sequence[int]
    token: int | None = None


class Task(Section):
    """One question to BERT, with what it learned of the table (classes) and of the validation rows (thresholds)."""

    title: ClassVar[str]
    help: ClassVar[str]
    kind: str
    needs: ClassVar[tuple[str, ...]]
    """Roles that must have a column."""
    may: ClassVar[tuple[str, ...]] = ()
    """Roles that may have one."""
    readout: ClassVar[Readout] = ROWS
    """What the network answers for: rows, the sequences of a row apart, or tokens."""
    recipe_defaults: ClassVar[dict[str, Any]] = {}
    """Choices of a recipe that suit it better than the usual ones, by path."""
    shapes: ClassVar[tuple[str, ...]] = ()
    """Suffixes of the file shapes that ``files`` writes."""
    without: ClassVar[tuple[str, ...]] = ()
    """Choices of a recipe that do nothing for it: paths, or whole sections."""
    measures: ClassVar[tuple[Measure, ...]]
    """The main one, by which runs are judged, first."""
    credit: ClassVar[str] = "right"
    """What an answer's credit is called beside a row; a share where it is "right"."""
    compared_by: ClassVar[str]
    """The measure by which two methods are compared on the same rows; ``Judged.contributions`` are its parts."""
    graded: ClassVar[bool] = True
    """Whether an answer can be wholly right; a number is only ever near or far."""
    chosen_by: ClassVar[str]
    """The measure on validation rows by which the best model is chosen."""
    no_flip: ClassVar[str] = ""
    """Why no other answer is looked for by changing words; empty where it is."""
    rivals: ClassVar[bool] = False
    """Whether the targets of what is explained exclude each other, so that a logit counts beside the others' logits."""

    # --- the table ---

    @classmethod
    @abstractmethod
    def guess(cls, columns: Sequence[Column], frame: pd.DataFrame) -> Guess | None:
        """Return the roles that a file's columns would play, or None where the file is of another kind."""

    @classmethod
    def check(cls, table: Table) -> list[Finding]:
        """Return what is wrong or odd with the answers of a table."""
        return []

    @classmethod
    def counts(cls, table: Table) -> pd.DataFrame | None:
        """Return how often each label or tag is given, for tasks whose answers are not one class for each row."""
        return None

    @classmethod
    def settled(cls, table: Table) -> Roles:
        """Return the roles of a table with what its cells decided once for all, so that a run reads them alike."""
        return table.roles

    @classmethod
    @abstractmethod
    def learn(cls, table: Table, rows: Sequence[int] | np.ndarray) -> Self:
        """Return the task for a table: its classes and whatever else the training ``rows`` say."""

    def chosen(self, choice: TaskChoice) -> Self:
        """Return the task with what the recipe chooses for it."""
        return self

    def reading(self, table: Table) -> list[Finding]:
        """Return how the answers of a table are read where a person might mean them otherwise."""
        return []

    @abstractmethod
    def gold(self, table: Table, rows: Sequence[int] | np.ndarray) -> list[Any]:
        """Return the true answer of each row.

        Raises:
            DataError: A row's answer is none that the task knows.
        """

    def given(self, table: Table) -> set[str]:
        """Return the names that the answers of a table use; none where the task has no names."""
        return set()

    def respelled(self, table: Table, words: dict[str, str]) -> Table:
        """Return a table whose answers use other words: old -> new."""
        return table

    def names(self) -> tuple[str, ...]:
        """Return the names of the classes, labels or tags; none where the task has no such thing."""
        return ()

    def possible_answers(self) -> tuple[str, ...]:
        """Return what the task can answer by the names that people know: types of entities rather than their tags."""
        return self.names()

    # --- reading ---

    def read(self, typed: Input) -> Input:
        """Return what a person typed as a table would have it."""
        return typed

    def encode(self, encoder: TextEncoder, inputs: Sequence[Input], *, spans: bool = False) -> Encoded:
        """Encode rows.

        Args:
            spans: Whether to say where each token comes from.
        """
        return encoder.encode(inputs, spans=spans)

    @classmethod
    def in_windows(cls, choice: EncodingChoice) -> bool:
        """Whether texts that are too long are read in windows instead of being truncated."""
        return choice.reading.kind == "windows"

    @abstractmethod
    def examples(self, encoded: Encoded, inputs: Sequence[Input], gold: Sequence[Any]) -> Examples:
        """Put encoded rows and their true answers together."""

    # --- learning ---

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Size of the network's answer for each row, sequence or token."""

    @abstractmethod
    def loss(self, outputs: Tensor, targets: Tensor, *, weights: Tensor | None, smoothing: float) -> Tensor:
        """Return the sum of the losses of a batch, so that parts of a batch add up.

        ``outputs`` are ``[rows, outputs]``, ``[sequences, outputs]`` or ``[sequences, seq, outputs]``, as the readout
        says. Weights scale a loss by its class.
        """

    def counted(self, targets: Tensor) -> int:
        """Return by how much the sum of the losses is to be divided."""
        return len(targets)

    def class_weights(self, targets: np.ndarray) -> np.ndarray | None:
        """Return balanced weights, ``[outputs]``; None where the task has no classes."""
        return None

    @abstractmethod
    def metrics(self, outputs: np.ndarray, examples: Examples) -> dict[str, float]:
        """Return "loss" and the measures, from the network's outputs for all of the examples."""

    def collapsed(self, outputs: np.ndarray, examples: Examples) -> str | None:
        """Return the one thing that everything is answered with, when there is more to tell apart; else None."""
        return None

    def fitted(self, outputs: np.ndarray, examples: Examples) -> Self:
        """Return the task with what is fitted on validation rows: temperature, thresholds."""
        return self

    # --- answering and judging ---

    @abstractmethod
    def answer(self, inputs: Sequence[Input], encoded: Encoded, outputs: np.ndarray) -> list[Any]:
        """Return a prediction for each row."""

    @abstractmethod
    def judge(self, gold: Sequence[Any], answers: Sequence[Any], rows: Sequence[int] | np.ndarray) -> Judged:
        """Score answers against the true ones."""

    @classmethod
    def measure(cls, name: str) -> Measure:
        """Return one of the task's measures by its name."""
        return next(measure for measure in cls.measures if measure.name == name)

    @classmethod
    def measures_in(cls, metrics: Container[str]) -> tuple[Measure, ...]:
        """Return the measures that a report has, the main one first: an older report may have fewer."""
        return tuple(measure for measure in cls.measures if measure.name in metrics)

    def measured(self, scores: Any) -> dict[str, Interval]:
        """Return the task's measures from scores that have them as attributes of the same names."""
        return {measure.name: getattr(scores, measure.name) for measure in self.measures}

    def baselines(
        self, train_inputs: Sequence[Input], train_gold: Sequence[Any], inputs: Sequence[Input], gold: Sequence[Any]
    ) -> list[BaselineScores]:
        """Train baselines on training rows and their true answers, and score them on others."""
        return []

    def files(self, answers: Sequence[Any], ids: Sequence[str]) -> dict[str, bytes]:
        """Return the task's own file shapes: file suffix -> content. Tables are offered whatever the task."""
        return {}

    def plain(self) -> Plain | None:
        """Return what transformers is told of the task; None where it has no pipeline for it."""
        return None

    # --- explaining ---

    @abstractmethod
    def focuses(self, prediction: Any) -> tuple[Focus, ...]:
        """Return what can be explained of an answer, the usual one first."""

    def decided_in(self, inputs: Input, encoded: Encoded, focus: Focus) -> Decided:
        """Return the sequences of a row in which the explained thing is decided: all, unless a task knows better.

        Args:
            encoded: The row alone, with spans.
        """
        return Decided(range(encoded.sequences))

    def shown(self, inputs: Input, focus: Focus) -> Input:
        """Return the texts of those sequences, in their order."""
        return inputs

    def texts_of(self, inputs: Input, sequence: int) -> Input:
        """Return the texts that stand in a sequence of a row, in their order."""
        return inputs

    @abstractmethod
    def explained(self, outputs: Tensor, focus: Focus, token: int | None) -> Tensor:
        """Return the explained function ``[copies, targets]`` of what the network gives for copies of one row.

        Args:
            outputs: ``[copies, outputs]``, ``[copies, sequences, outputs]`` or
                ``[copies, sequences, seq, outputs]``, as the readout says; the sequences are those of ``decided_in``.
            token: As ``decided_in`` gives it.
        """

    @abstractmethod
    def logits(self, outputs: Tensor, focus: Focus, token: int | None) -> Tensor:
        """Return the numbers behind what is explained, ``[copies, targets]``: linear in the network's outputs.

        Args:
            outputs, token: As for ``explained``.
        """
