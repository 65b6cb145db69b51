"""One label for a text or a pair of texts: the classes exclude one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from bertui.encoding.encoded import Encoded
from bertui.errors import DataError
from bertui.evaluation.calibration import fit_temperature, softmax
from bertui.evaluation.scores import accuracy, f1_macro, f1_weighted, matthews, score
from bertui.tasks.examples import Examples
from bertui.tasks.pairs import best_of, same_halves, text_roles, with_metadata
from bertui.tasks.results import BaselineScores, Focus, Input, Judged, Measure, Prediction
from bertui.tasks.task import Guess, Task
from bertui.tasks.views import Bars, ConfusionView, ReliabilityView

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from bertui.data.checking.findings import Finding
    from bertui.data.columns import Column
    from bertui.data.table import Table
    from bertui.modeling.export import Plain


@dataclass(frozen=True, slots=True)
class LabelPrediction(Prediction):
    """The most probable label, and the probability of each, in the order of ``classes``."""

    label: str
    classes: tuple[str, ...]
    probabilities: tuple[float, ...]

    @property
    def answer(self) -> str:
        return self.label

    @property
    def probability(self) -> float:
        return max(self.probabilities)

    def columns(self) -> dict[str, Any]:
        each = zip(self.classes, self.probabilities, strict=True)
        probabilities = {f"probability of {name}": round(value, 6) for name, value in each}
        return {"prediction": self.label, "probability": round(self.probability, 6), **probabilities}

    def views(self, gold: Any = None) -> tuple[Bars, ...]:
        return (Bars(self.classes, self.probabilities),)


class SingleLabel(Task):
    """Softmax over classes with cross-entropy.

    Source: Devlin et al. 2018, section 4.1.
    """

    title: ClassVar[str] = "One label"
    help: ClassVar[str] = "Each text, or pair of texts, has one of several labels: topic, sentiment, same or not."
    kind: Literal["single-label"] = "single-label"
    needs: ClassVar[tuple[str, ...]] = ("text", "label")
    without: ClassVar[tuple[str, ...]] = ("task",)
    may: ClassVar[tuple[str, ...]] = ("text_b",)
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("accuracy", "Accuracy", "Share of rows whose predicted label is the true one.", "accuracy"),
        Measure("f1_macro", "Macro-F1", "Mean F1 of the classes; small ones count as much as large ones.", "macro-F1"),
        Measure("f1_weighted", "Weighted F1", "Mean F1 of the classes, each weighted by its rows.", "weighted F1"),
        Measure("mcc", "Matthews", "Matthews' correlation of label and prediction: 0 is chance, 1 all right, however "
                "unequal the classes.", "Matthews' correlation", percent=False),
    )  # fmt: skip
    chosen_by: ClassVar[str] = "f1_macro"
    rivals: ClassVar[bool] = True
    compared_by: ClassVar[str] = "accuracy"

    classes: tuple[str, ...]
    temperature: float = 1.0

    @classmethod
    def guess(cls, columns: Sequence[Column], frame: pd.DataFrame) -> Guess | None:
        from bertui.data.column_roles import class_weight

        roles = text_roles(columns)
        weight, label = best_of(columns, roles, class_weight)
        return Guess(0.01 + 0.9 * weight, with_metadata(roles.changed(label=label), columns, frame))

    @classmethod
    def check(cls, table: Table) -> list[Finding]:
        from bertui.tasks.labels.indicators import other_indicators

        return [*same_halves(table), *other_indicators(table)]

    @classmethod
    def learn(cls, table: Table, rows: Sequence[int] | np.ndarray) -> Self:
        return cls(classes=table.classes)

    def gold(self, table: Table, rows: Sequence[int] | np.ndarray) -> list[str]:
        labels = table.labels.loc[list(rows)]
        unknown = sorted(set(labels.dropna()) - set(self.classes))
        if unknown:
            raise DataError(
                f"The file has labels that the run has never seen: {', '.join(map(repr, unknown[:5]))}.",
                expected=f"Labels: {', '.join(self.classes[:20])}.",
                remedy="Choose the right label column, or mend the labels.",
            )
        return labels.tolist()

    def given(self, table: Table) -> set[str]:
        return set(table.labels.dropna())

    def respelled(self, table: Table, words: dict[str, str]) -> Table:
        from bertui.data.edits import Respell, apply_edits

        return apply_edits(table, [Respell(column=str(table.roles.label), words=words)])

    def names(self) -> tuple[str, ...]:
        return self.classes

    def examples(self, encoded: Encoded, inputs: Sequence[Input], gold: Sequence[str]) -> Examples:
        return Examples(encoded, self._numbers(gold), inputs, gold)

    @property
    def outputs(self) -> int:
        return len(self.classes)

    def class_weights(self, targets: np.ndarray) -> np.ndarray:
        """Return ``rows / (classes x rows of the class)``, mean 1 over the rows; ``[classes]``."""
        counts = np.bincount(targets, minlength=len(self.classes))
        return len(targets) / (len(self.classes) * np.maximum(counts, 1)).astype(np.float64)

    def loss(self, outputs: Tensor, targets: Tensor, *, weights: Tensor | None, smoothing: float) -> Tensor:
        from torch.nn.functional import cross_entropy

        losses = cross_entropy(outputs, targets, reduction="none", label_smoothing=smoothing)
        return (losses if weights is None else losses * weights[targets]).sum()

    def metrics(self, outputs: np.ndarray, examples: Examples) -> dict[str, float]:
        targets, predicted = examples.targets, outputs.argmax(1)
        shifted = outputs - outputs.max(1, keepdims=True)
        log_probabilities = shifted - np.log(np.exp(shifted).sum(1, keepdims=True))
        return {
            "loss": float(-log_probabilities[np.arange(len(targets)), targets].mean()),
            "accuracy": accuracy(targets, predicted),
            "f1_macro": f1_macro(targets, predicted, len(self.classes)),
            "f1_weighted": f1_weighted(targets, predicted, len(self.classes)),
            "mcc": matthews(targets, predicted, len(self.classes)),
        }

    def collapsed(self, outputs: np.ndarray, examples: Examples) -> str | None:
        predicted = np.unique(outputs.argmax(1))
        return self.classes[predicted[0]] if len(predicted) == 1 and len(np.unique(examples.targets)) > 1 else None

    def fitted(self, outputs: np.ndarray, examples: Examples) -> Self:
        return self.model_copy(update={"temperature": fit_temperature(outputs, examples.targets)})

    def answer(self, inputs: Sequence[Input], encoded: Encoded, outputs: np.ndarray) -> list[LabelPrediction]:
        probabilities = softmax(outputs, self.temperature)
        lost, best = encoded.truncated.tolist(), probabilities.argmax(1).tolist()
        return [
            LabelPrediction(texts, truncated, self.classes[top], self.classes, tuple(row))
            for texts, truncated, top, row in zip(inputs, lost, best, probabilities.tolist(), strict=True)
        ]

    def judge(
        self, gold: Sequence[str], answers: Sequence[LabelPrediction], rows: Sequence[int] | np.ndarray
    ) -> Judged:
        targets, predicted = self._numbers(gold), self._numbers([one.label for one in answers])
        probabilities = np.array([one.probabilities for one in answers])
        scores = score(targets, predicted, self.classes)
        views = (ConfusionView(scores), ReliabilityView.of(probabilities, targets, self.temperature))
        right = (targets == predicted).astype(float)
        return Judged(len(targets), self.measured(scores), views, right, tuple(gold), right)

    def baselines(
        self, train_inputs: Sequence[Input], train_gold: Sequence[str], inputs: Sequence[Input], gold: Sequence[str]
    ) -> list[BaselineScores]:
        from bertui.evaluation.baselines.single_label import majority, tfidf_logistic

        numbers, targets = self._numbers(train_gold), self._numbers(gold)
        texts = [list(map(" ".join, some)) for some in (train_inputs, inputs)]
        baselines = [
            majority(numbers, targets, self.classes),
            tfidf_logistic(texts[0], numbers, texts[1], targets, self.classes),
        ]
        return [
            BaselineScores(
                one.name, self.measured(one.scores), one.seconds, one.note,
                tuple(self.classes[number] for number in one.predicted), (one.predicted == targets).astype(float),
            )
            for one in baselines
        ]  # fmt: skip

    def plain(self) -> Plain:
        from bertui.modeling.export import Plain

        return Plain("text-classification", self.classes, "single_label_classification", 1 / self.temperature)

    def focuses(self, prediction: LabelPrediction) -> tuple[Focus, ...]:
        return (Focus("label", "the label", self.classes, self.classes.index(prediction.label)),)

    def explained(self, outputs: Tensor, focus: Focus, token: int | None) -> Tensor:
        return self.logits(outputs, focus, token).softmax(-1)

    def logits(self, outputs: Tensor, focus: Focus, token: int | None) -> Tensor:
        return outputs / self.temperature

    def _numbers(self, labels: Sequence[str]) -> np.ndarray:
        numbers = {name: number for number, name in enumerate(self.classes)}
        return np.array([numbers[label] for label in labels], dtype=np.int64)
