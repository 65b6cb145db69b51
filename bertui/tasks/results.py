"""What tasks give to whoever asks: answers, judgements with their measures, things to explain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bertui.data.phrases import percent
from bertui.evaluation.compare import Comparison
from bertui.evaluation.intervals import Interval
from bertui.tasks.views import AnswerView, ReportView

Input = tuple[str, ...]
"""What the model reads of one row: one string for each text of its own, in the order of the roles."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that says how good a run is.

    Attributes:
        name: As in reports and events.
        title: Its heading; ``help`` says what it is.
        phrase: How a sentence goes on after the number, such as "right".
        percent: Whether it is a share, shown in percent.
        falling: Whether less is better.
    """

    name: str
    title: str
    help: str
    phrase: str
    percent: bool = True
    falling: bool = False

    @property
    def called(self) -> str:
        """The title as it stands within a sentence; a name keeps its capital."""
        keeps = self.title.isupper() or self.phrase[0].isupper()
        return self.title if keeps else self.title[0].lower() + self.title[1:]

    def shown(self, value: float) -> str:
        return f"{self.bare(value)} %" if self.percent else self.bare(value)

    def interval(self, value: Interval) -> str:
        return f"{self.bare(value.low)} to {self.bare(value.high)}"

    def bare(self, value: float) -> str:
        """Return the number without its unit; what rounds to nothing has no minus."""
        return f"{100 * value:z.1f}" if self.percent else f"{value:z.3f}"

    def better(self, one: float, other: float) -> bool:
        return one < other if self.falling else one > other


LOSS = Measure("loss", "Loss", "What training makes small.", "loss", percent=False, falling=True)
"""Of every task, beside its own measures."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The answer to one row; each task has its own kind.

    Attributes:
        inputs: The texts that were read.
        truncated: Tokens of them that the model did not read.
    """

    inputs: Input
    truncated: int

    @property
    def text(self) -> str:
        return self.inputs[0]

    @property
    def answer(self) -> str:
        """The answer as one cell of a table."""
        raise NotImplementedError

    @property
    def in_words(self) -> str:
        """The answer as a person would say it."""
        return self.answer

    @property
    def probability(self) -> float | None:
        """How sure the model is of its answer, 0 to 1; None where the task knows no such thing."""
        return None

    def summary(self, most: int = 120) -> str:
        """Return the answer in short, with how sure the model is where it knows."""
        words = self.in_words if len(self.in_words) <= most else f"{self.in_words[:most]} …"
        return words if self.probability is None else f"{words}, {percent(self.probability)}"

    def columns(self) -> dict[str, Any]:
        """Return the columns that this answer adds to a table."""
        sure = {} if self.probability is None else {"probability": round(self.probability, 6)}
        return {"prediction": self.answer, **sure}

    def views(self, gold: Any = None) -> tuple[AnswerView, ...]:
        """Return what to show of the answer; with the true answer, also where it errs."""
        return ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What the answers to some rows are worth.

    Attributes:
        n: Rows.
        metrics: The task's measures with their intervals, the main one first.
        views: What else there is to see.
        credit: How good each answer is, 0 to 1 or in the task's unit, more is better, ``[rows]``.
        expected: The true answers, each as one cell of a table.
        contributions: What each row adds to the measure by which methods are compared, ``[rows]``: their mean is the
            measure, with its sign turned where less is better.
    """

    n: int
    metrics: dict[str, Interval]
    views: tuple[ReportView, ...]
    credit: np.ndarray
    expected: tuple[str, ...]
    contributions: np.ndarray


@dataclass(frozen=True, slots=True)
class BaselineScores:
    """A simple method on the same rows, which a model must beat.

    Attributes:
        metrics: The task's measures.
        note: How it was cut short.
        answers: Its answer to each row as one cell of a table; ``contributions`` as of ``Judged``, ``[rows]``. Both
            are kept in a file of their own and are empty where only the report was read.
        comparison: The model (A) beside it (B), by the paired test of ``evaluation.compare``.
    """

    name: str
    metrics: dict[str, Interval]
    seconds: float
    note: str = ""
    answers: tuple[str, ...] = ()
    contributions: np.ndarray = field(default_factory=lambda: np.zeros(0), compare=False, repr=False)
    comparison: Comparison | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name, "metrics": {name: value.to_json() for name, value in self.metrics.items()},
            "seconds": self.seconds, "note": self.note,
            "comparison": None if self.comparison is None else self.comparison.to_json(),
        }  # fmt: skip

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> BaselineScores:
        metrics = {name: Interval.from_json(value) for name, value in saved["metrics"].items()}
        compared = saved.get("comparison")
        return cls(
            saved["name"], metrics, float(saved["seconds"]), saved.get("note", ""),
            comparison=None if compared is None else Comparison.from_json(compared),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Focus:
    """One thing of an answer that can be explained.

    Attributes:
        key: Names it for the task.
        title: Names it for people.
        targets: What the explained function gives, by number: labels, or the one thing it gives.
        default: Number of the target that the answer is, or that it comes nearest to.
        unit: "" for probabilities, else what the explained number is measured in.
        default_is: What the default is of the answer, in words for people.
        titles: The targets' names for people, where they differ from those in files.
        full_colour: A word's score, in probability or in ``unit``, from which on it may be drawn as strong as can be.
            Where all scores are smaller they stay pale, so that a text that moved nothing does not look as if it had.
    """

    key: str
    title: str
    targets: tuple[str, ...]
    default: int = 0
    unit: str = ""
    default_is: str = "the answer"
    titles: tuple[str, ...] = ()
    full_colour: float = 0.05

    @property
    def names(self) -> tuple[str, ...]:
        """The targets' names for people."""
        return self.titles or self.targets
