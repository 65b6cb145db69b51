"""What can be shown of an answer or of a result, whatever the task: each kind of view is drawn in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal, Self

import numpy as np

from bertui.evaluation.calibration import Reliability, expected_calibration_error, reliability, softmax
from bertui.evaluation.counting import ClassScores
from bertui.evaluation.scores import Scores

Tone = Literal["predicted", "right", "wrong", "missed"]


@dataclass(frozen=True, slots=True)
class Bars:
    """Probabilities by name; with thresholds, a name is given where its probability reaches its own."""

    names: tuple[str, ...]
    values: tuple[float, ...]
    thresholds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Number:
    """One number in its own unit, and where 95 % of its like lie."""

    title: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A span of characters with a name; the tone says whether it should be there, the kind which type it is of."""

    start: int
    stop: int
    name: str
    tone: Tone = "predicted"
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """A text with marked spans; ``kinds`` are all types that marks can have, in the order of their colours."""

    title: str
    text: str
    marks: tuple[Mark, ...]
    kinds: tuple[str, ...] = ()


AnswerView = Bars | Number | Marked


@dataclass(frozen=True)
class ReportView:
    """A view of how good a run is on one part; saved with the run's report. Here for views of plain values."""

    kind: ClassVar[str]

    def to_json(self) -> dict[str, Any]:
        """Return plain values with the kind."""
        return {"kind": self.kind, **{one.name: _plain(getattr(self, one.name)) for one in fields(self)}}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        """Return the view that ``to_json`` wrote."""
        return cls(**{one.name: _frozen(saved[one.name]) for one in fields(cls)})


@dataclass(frozen=True)
class ConfusionView(ReportView):
    """The confusion matrix, with the scores of each class."""

    kind: ClassVar[str] = "classes"
    scores: Scores

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "scores": self.scores.to_json()}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        return cls(Scores.from_json(saved["scores"]))


@dataclass(frozen=True)
class ClassesView(ReportView):
    """The scores of each class, label or type, where they do not exclude one another."""

    kind: ClassVar[str] = "each"
    title: str
    words: str
    per_class: tuple[ClassScores, ...]

    def to_json(self) -> dict[str, Any]:
        per_class = [one.to_json() for one in self.per_class]
        return {"kind": self.kind, "title": self.title, "words": self.words, "per_class": per_class}

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        return cls(saved["title"], saved["words"], tuple(map(ClassScores.from_json, saved["per_class"])))


@dataclass(frozen=True)
class ReliabilityView(ReportView):
    """Whether confidence can be trusted, before and after the temperature."""

    kind: ClassVar[str] = "reliability"
    before: Reliability
    after: Reliability
    error_before: float
    error_after: float
    temperature: float

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind, "before": self.before.to_json(), "after": self.after.to_json(),
            "error_before": self.error_before, "error_after": self.error_after, "temperature": self.temperature,
        }  # fmt: skip

    @classmethod
    def of(cls, probabilities: np.ndarray, targets: np.ndarray, temperature: float) -> Self:
        """Return the view of answers ``[rows, classes]`` to ``targets [rows]``.

        The probabilities before the temperature are not needed: those after it determine them.
        """
        raw = softmax(np.log(np.maximum(probabilities, 1e-300)), 1 / temperature)
        return cls(
            reliability(raw, targets), reliability(probabilities, targets),
            expected_calibration_error(raw, targets), expected_calibration_error(probabilities, targets), temperature,
        )  # fmt: skip

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Self:
        errors = (float(saved[name]) for name in ("error_before", "error_after", "temperature"))
        return cls(Reliability.from_json(saved["before"]), Reliability.from_json(saved["after"]), *errors)


@dataclass(frozen=True)
class ScatterView(ReportView):
    """True numbers against predicted ones, with the row ids of the points."""

    kind: ClassVar[str] = "scatter"
    unit: str
    rows: tuple[int, ...]
    true: tuple[float, ...]
    predicted: tuple[float, ...]


@dataclass(frozen=True)
class MatrixView(ReportView):
    """A confusion matrix, where the rows of the table are not what is counted."""

    kind: ClassVar[str] = "matrix"
    title: str
    words: str
    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class TableView(ReportView):
    """A small table with a heading and a sentence on how to read it."""

    kind: ClassVar[str] = "table"
    title: str
    words: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


_VIEWS: dict[str, type[ReportView]] = {
    cls.kind: cls
    for cls in (ConfusionView, ClassesView, ReliabilityView, ScatterView, MatrixView, TableView)
}  # fmt: skip


def read_views(saved: Sequence[Mapping[str, Any]]) -> list[ReportView]:
    """Return saved views; a kind that this version does not know is left out."""
    return [_VIEWS[one["kind"]].from_json(one) for one in saved if one.get("kind") in _VIEWS]


def _plain(value: Any) -> Any:
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value
