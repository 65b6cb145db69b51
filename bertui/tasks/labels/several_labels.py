"""Any number of labels for a text or a pair: each is decided by itself, with a threshold of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from bertui.encoding.encoded import Encoded
from bertui.errors import DataError
from bertui.evaluation.compare import shares_of_ratio
from bertui.evaluation.several_labels import f1_macro, fit_thresholds, score_labels
from bertui.tasks.examples import Examples
from bertui.tasks.labels.several_prediction import SeveralPrediction
from bertui.tasks.pairs import free_columns, places_beside, same_halves, text_roles, with_metadata
from bertui.tasks.results import BaselineScores, Focus, Input, Judged, Measure
from bertui.tasks.task import Guess, Task
from bertui.tasks.task_choice import TaskChoice
from bertui.tasks.views import ClassesView, TableView

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from bertui.data.cells.label_cells import Separator
    from bertui.data.checking.findings import Finding
    from bertui.data.columns import Column
    from bertui.data.table import Table
    from bertui.modeling.export import Plain

_HALF = 0.5
Labels = tuple[str, ...]
_SAMPLE = 20_000  # rows looked at to guess what a file is


class SeveralLabels(Task):
    """Independent sigmoids with binary cross-entropy."""

    title: ClassVar[str] = "Several labels"
    help: ClassVar[str] = "Each text, or pair of texts, has any number of labels: all themes that a letter touches."
    kind: Literal["several-labels"] = "several-labels"
    needs: ClassVar[tuple[str, ...]] = ("text", "labels")
    may: ClassVar[tuple[str, ...]] = ("text_b",)
    recipe_defaults: ClassVar[dict[str, Any]] = {"training.batch_size": 16}
    without: ClassVar[tuple[str, ...]] = ("task.stride", "task.longest_answer")
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("f1_micro", "Micro-F1", "F1 of all given labels together; frequent ones count more.", "micro-F1"),
        Measure("f1_macro", "Macro-F1", "Mean F1 of the labels; rare ones count as much as frequent ones.", "macro-F1"),
        Measure("subset_accuracy", "Subset accuracy", "Share of rows whose labels are all right and none is missing.",
                "subset accuracy"),
    )  # fmt: skip
    chosen_by: ClassVar[str] = "f1_micro"
    compared_by: ClassVar[str] = "f1_micro"
    credit: ClassVar[str] = "share of labels in common"

    labels: tuple[str, ...]
    separator: str | None = None
    thresholds: tuple[float, ...] = ()
    cost_of_missing: float = 1.0

    @classmethod
    def guess(cls, columns: Sequence[Column], frame: pd.DataFrame) -> Guess | None:
        from bertui.data.cells.indicators import indicator_columns
        from bertui.data.column_roles import indicators_weight, several_weight
        from bertui.tasks.labels.checking import holds_several

        roles, head = text_roles(columns), frame.head(_SAMPLE)
        free, beside = free_columns(columns, roles), places_beside(columns, roles)
        indicators = indicator_columns(head[[column.name for column in free]])
        candidates = [(indicators_weight([column for column in free if column.name in indicators]), indicators)]
        candidates += [(holds_several(one, head[one.name]) * several_weight(one, beside), [one.name]) for one in free]
        weight, labels = max(candidates, key=lambda pair: pair[0])
        if not labels or not weight:
            return None
        return Guess(0.9 * weight, with_metadata(roles.changed(labels=labels), columns, frame))

    @classmethod
    def check(cls, table: Table) -> list[Finding]:
        from bertui.tasks.labels.checking import check_labels

        return [*check_labels(table, labels_of(table, _separator(table))), *same_halves(table)]

    @classmethod
    def counts(cls, table: Table) -> pd.DataFrame:
        import pandas as pd

        given = labels_of(table, _separator(table)).explode().dropna().value_counts()
        return pd.DataFrame({"label": given.index, "rows": given.to_numpy(), "share": given / max(1, len(table.frame))})

    @classmethod
    def learn(cls, table: Table, rows: Sequence[int] | np.ndarray) -> Self:
        from bertui.data.table import sort_labels

        separator = _separator(table)
        given = labels_of(table, separator).explode().dropna().unique()
        return cls(labels=sort_labels(given), separator=separator)

    def chosen(self, choice: TaskChoice) -> Self:
        return self.model_copy(update={"cost_of_missing": choice.cost_of_missing})

    def gold(self, table: Table, rows: Sequence[int] | np.ndarray) -> list[tuple[str, ...]]:
        given = labels_of(table, self._separator(table)).loc[list(rows)]
        unknown = sorted({name for names in given for name in names} - set(self.labels))
        if unknown:
            raise DataError(
                f"The file has labels that the run has never seen: {', '.join(map(repr, unknown[:5]))}.",
                expected=f"Labels: {', '.join(self.labels[:20])}.",
                remedy="Choose the right column, or mend the labels.",
            )
        return given.tolist()

    def given(self, table: Table) -> set[str]:
        return set(labels_of(table, self._separator(table)).explode().dropna())

    def respelled(self, table: Table, words: dict[str, str]) -> Table:
        from bertui.data.edits import Respell, apply_edits

        columns = table.roles.of("labels")
        if len(columns) > 1:  # their names are the labels
            return table
        return apply_edits(table, [Respell(column=columns[0], words=words, mark=self._separator(table))])

    def _separator(self, table: Table) -> str | None:
        """Return what divides the labels of a cell: of what it looks like and what was learned, the one that gives
        more labels that are known."""
        from bertui.data.cells.spelling import key_of

        known = set(map(key_of, self.labels))

        def fit(separator: str | None) -> int:
            names = set(labels_of(table, separator).explode().dropna())
            return sum(1 if key_of(name) in known else -1 for name in names)

        return max((self.separator, _separator(table), "|"), key=fit)

    def names(self) -> tuple[str, ...]:
        return self.labels

    def examples(self, encoded: Encoded, inputs: Sequence[Input], gold: Sequence[tuple[str, ...]]) -> Examples:
        return Examples(encoded, self._indicators(gold), inputs, gold)

    @property
    def outputs(self) -> int:
        return len(self.labels)

    def class_weights(self, targets: np.ndarray) -> np.ndarray:
        """Return by how much a row that has a label weighs more than one that has it not: rows without / rows with."""
        having = targets.sum(0)
        return (len(targets) - having) / np.maximum(having, 1)

    def loss(self, outputs: Tensor, targets: Tensor, *, weights: Tensor | None, smoothing: float) -> Tensor:
        from torch.nn.functional import binary_cross_entropy_with_logits

        smoothed = targets * (1 - smoothing) + smoothing / 2
        losses = binary_cross_entropy_with_logits(outputs, smoothed, reduction="none", pos_weight=weights)
        return losses.mean(1).sum()

    def metrics(self, outputs: np.ndarray, examples: Examples) -> dict[str, float]:
        targets, predicted = examples.targets > 0, outputs >= 0
        losses = np.logaddexp(0, outputs) - examples.targets * outputs
        hits = (targets & predicted).sum()
        return {
            "loss": float(losses.mean()), "f1_micro": float(2 * hits / max(1, targets.sum() + predicted.sum())),
            "f1_macro": f1_macro(targets.astype(int), predicted.astype(int)),
            "subset_accuracy": float((targets == predicted).all(1).mean()),
        }  # fmt: skip

    def fitted(self, outputs: np.ndarray, examples: Examples) -> Self:
        thresholds = fit_thresholds(_sigmoid(outputs), examples.targets.astype(int), self.cost_of_missing)
        return self.model_copy(update={"thresholds": tuple(thresholds.tolist())})

    def answer(self, inputs: Sequence[Input], encoded: Encoded, outputs: np.ndarray) -> list[SeveralPrediction]:
        probabilities = _sigmoid(outputs)
        thresholds = self.thresholds or (_HALF,) * len(self.labels)
        reached = probabilities >= np.array(thresholds)
        lost = encoded.truncated.tolist()
        return [
            SeveralPrediction(
                texts, truncated, tuple(np.array(self.labels, dtype=object)[has]), self.labels, tuple(values.tolist()),
                thresholds,
            )
            for texts, truncated, has, values in zip(inputs, lost, reached, probabilities, strict=True)
        ]  # fmt: skip

    def judge(
        self, gold: Sequence[tuple[str, ...]], answers: Sequence[SeveralPrediction], rows: Sequence[int] | np.ndarray
    ) -> Judged:
        targets, predicted = (self._indicators(some).astype(int) for some in (gold, [one.labels for one in answers]))
        scores = score_labels(targets, predicted, self.labels)
        both, either = (targets & predicted).sum(1), (targets | predicted).sum(1)
        credit = np.divide(both, either, out=np.ones(len(targets)), where=either > 0)
        views = (ClassesView("Per-label scores", "", scores.per_label), self._threshold_view())
        expected = self._cells(targets)
        return Judged(len(targets), self.measured(scores), views, credit, expected, _shares_of_f1(targets, predicted))

    def _threshold_view(self) -> TableView:
        cost = self.cost_of_missing
        weight = "" if cost == 1 else f", each counted {cost:g} times,"
        words = (
            f"A label is given where its probability reaches its threshold. Thresholds are set on the validation rows "
            f"so that false positives and missed labels{weight} together are fewest."
        )
        rows = tuple(zip(self.labels, (round(one, 3) for one in self.thresholds), strict=False))
        return TableView("Thresholds", words, ("label", "threshold"), rows)

    def baselines(
        self,
        train_inputs: Sequence[Input],
        train_gold: Sequence[tuple[str, ...]],
        inputs: Sequence[Input],
        gold: Sequence[tuple[str, ...]],
    ) -> list[BaselineScores]:
        from bertui.evaluation.baselines.several_labels import tfidf_several, usual_labels

        indicators, targets = (self._indicators(some).astype(int) for some in (train_gold, gold))
        predicted, took = tfidf_several(list(map(" ".join, train_inputs)), indicators, list(map(" ".join, inputs)))
        methods = [
            ("Labels that most rows have", usual_labels(indicators, len(targets)), 0.0),
            ("TF-IDF with logistic regression", predicted, took),
        ]
        return [
            BaselineScores(
                name, self.measured(score_labels(targets, given, self.labels)), seconds,
                answers=self._cells(given), contributions=_shares_of_f1(targets, given),
            )
            for name, given, seconds in methods
        ]  # fmt: skip

    def plain(self) -> Plain:
        from bertui.modeling.export import Plain

        return Plain("text-classification", self.labels, "multi_label_classification")

    def focuses(self, prediction: SeveralPrediction) -> tuple[Focus, ...]:
        """Return the labels, of those that are given the likeliest first; where none is given, the likeliest of all."""
        given = [self.labels.index(name) for name in prediction.labels] or range(len(self.labels))
        likeliest = max(given, key=prediction.probabilities.__getitem__)
        what = ("the likeliest label, below its threshold", "the answer", "the likeliest label given")
        default_is = what[min(2, len(prediction.labels))]
        return (Focus("label", "the label", self.labels, likeliest, default_is=default_is),)

    def explained(self, outputs: Tensor, focus: Focus, token: int | None) -> Tensor:
        return outputs.sigmoid()

    def logits(self, outputs: Tensor, focus: Focus, token: int | None) -> Tensor:
        return outputs

    def _cells(self, indicators: np.ndarray) -> tuple[str, ...]:
        """Return each row's labels as one cell of a table."""
        return tuple("|".join(self.labels[at] for at in np.flatnonzero(row)) for row in indicators)

    def _indicators(self, gold: Sequence[tuple[str, ...]]) -> np.ndarray:
        """Return 1 where a row has a label, ``float32 [rows, labels]``."""
        numbers = {name: number for number, name in enumerate(self.labels)}
        indicators = np.zeros((len(gold), len(self.labels)), dtype=np.float32)
        for row, names in enumerate(gold):
            indicators[row, [numbers[name] for name in names]] = 1
        return indicators


def _shares_of_f1(targets: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Return what each row adds to micro-F1, ``[rows]``."""
    return shares_of_ratio(2 * (targets & predicted).sum(1), targets.sum(1) + predicted.sum(1))


def _sigmoid(outputs: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0, -outputs.astype(np.float64)))


def _separator(table: Table) -> Separator | None:
    """Return what divides the labels of a cell; None where each cell holds one, or each label has a column."""
    from bertui.data.cells.label_cells import separator_of

    columns = table.roles.of("labels")
    return separator_of(table.frame[columns[0]].dropna(), several=True) if len(columns) == 1 else None


def labels_of(table: Table, separator: Any) -> pd.Series:
    """Return the labels of each row as tuples; an empty cell has none."""
    import pandas as pd

    from bertui.data.cells.indicators import labels_from_indicators
    from bertui.data.cells.label_cells import split_by

    columns = list(table.roles.of("labels"))
    if len(columns) > 1:
        given = labels_from_indicators(table.frame, columns)
    else:
        given = split_by(table.frame[columns[0]], separator)
    return pd.Series([names if isinstance(names, tuple) else () for names in given], index=given.index, dtype=object)
