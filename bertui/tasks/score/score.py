"""A number for a text or a pair of texts: learned standardised, given back in its own unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from bertui.data.cells.number_cells import Decimal
from bertui.data.roles import Roles
from bertui.encoding.encoded import Encoded
from bertui.errors import DataError
from bertui.evaluation.regression import pearson, r_squared, score_numbers, spearman
from bertui.tasks.examples import Examples
from bertui.tasks.pairs import best_of, same_halves, text_roles, with_metadata
from bertui.tasks.results import BaselineScores, Focus, Input, Judged, Measure, Prediction
from bertui.tasks.task import Guess, Task
from bertui.tasks.views import Number, ScatterView

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from bertui.data.checking.findings import Finding
    from bertui.data.columns import Column
    from bertui.data.table import Table
    from bertui.modeling.export import Plain

_MOST_POINTS = 2_000
_FULL_COLOUR = 0.1  # of the scores' standard deviation: a word that moves less is drawn paler
_ENOUGH = 40  # validation rows from which the spread of errors is reported


@dataclass(frozen=True, slots=True)
class ScorePrediction(Prediction):
    """The predicted number, and where 95 % of rows with such a prediction lie, as the validation rows say."""

    value: float
    low: float | None
    high: float | None

    @property
    def answer(self) -> str:
        return f"{self.value:.4g}"

    def columns(self) -> dict[str, Any]:
        return {"prediction": round(self.value, 6)}

    def views(self, gold: Any = None) -> tuple[Number, ...]:
        true = () if gold is None else (Number("True", gold),)
        return (Number("Predicted", self.value, self.low, self.high), *true)


class Score(Task):
    """One output with squared error on standardised targets.

    Source: Devlin et al. 2018, section 4.1, for STS-B.
    """

    title: ClassVar[str] = "A score"
    help: ClassVar[str] = "Each text, or pair of texts, has a number: how alike, how good, how urgent."
    kind: Literal["score"] = "score"
    needs: ClassVar[tuple[str, ...]] = ("text", "score")
    may: ClassVar[tuple[str, ...]] = ("text_b",)
    without: ClassVar[tuple[str, ...]] = ("task", "regularization.class_weights", "regularization.label_smoothing")
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("r2", "R²", "Part of the scores' variance that the predictions explain (coefficient of determination). "
                "1 is all of it, 0 no more than giving every row the mean, below 0 worse than that.", "R²",
                percent=False),
        Measure("spearman", "Spearman", "Do predictions rank the rows as the true numbers do? 1 is the same order, 0 "
                "none.", "Spearman's correlation", percent=False),
        Measure("pearson", "Pearson", "Do predictions rise in a straight line with the true numbers? 1 is wholly.",
                "Pearson's correlation", percent=False),
        Measure("mae", "Mean error", "How far off a prediction is on average, in the score's own unit.",
                "mean error", percent=False, falling=True),
        Measure("rmse", "Root mean square error", "Like the mean error, but large errors count more.",
                "root mean square error", percent=False, falling=True),
    )  # fmt: skip
    chosen_by: ClassVar[str] = "r2"
    compared_by: ClassVar[str] = "mae"
    credit: ClassVar[str] = "off by"
    graded: ClassVar[bool] = False
    no_flip: ClassVar[str] = "A score has no other answer to flip to: change the text and see how far it moves."

    mean: float = 0.0
    spread: float = 1.0
    errors: tuple[float, float] | None = None
    decimal: Decimal = "."
    """The mark before the decimals of the scores it learned from; another file's are read so where they could be
    read in two ways."""

    @classmethod
    def guess(cls, columns: Sequence[Column], frame: pd.DataFrame) -> Guess | None:
        from bertui.data.column_roles import score_weight

        roles = text_roles(columns)
        weight, score = best_of(columns, roles, score_weight)
        return Guess(0.9 * weight, with_metadata(roles.changed(score=score), columns, frame)) if score else None

    @classmethod
    def check(cls, table: Table) -> list[Finding]:
        from bertui.tasks.score.checking import check_scores

        return [*check_scores(table), *same_halves(table)]

    @classmethod
    def settled(cls, table: Table) -> Roles:
        from bertui.tasks.score.checking import scores_of

        return table.roles.with_decimal(scores_of(table).decimal)

    @classmethod
    def learn(cls, table: Table, rows: Sequence[int] | np.ndarray) -> Self:
        from bertui.tasks.score.checking import scores_of

        numbers = scores_of(table)
        values = numbers.values.loc[list(rows)].dropna()
        spread = float(values.std(ddof=0)) if len(values) else 1.0
        return cls(mean=float(values.mean()) if len(values) else 0.0, spread=spread or 1.0, decimal=numbers.decimal)

    def reading(self, table: Table) -> list[Finding]:
        from bertui.tasks.score.checking import how_read, scores_of

        return list(how_read(scores_of(table, self.decimal), table.cells("score")))

    def gold(self, table: Table, rows: Sequence[int] | np.ndarray) -> list[float]:
        from bertui.tasks.score.checking import scores_of

        values = scores_of(table, self.decimal).values.loc[list(rows)]
        if values.isna().any():
            cell = table.cells("score").loc[values.index[values.isna()][0]]
            raise DataError(
                f"A score reads '{cell[:40]}', which is no number.", expected="Numbers such as 4.5 or 80.",
                remedy="Mend the cell, drop the row, or choose another column.",
            )  # fmt: skip
        return values.tolist()

    def examples(self, encoded: Encoded, inputs: Sequence[Input], gold: Sequence[float]) -> Examples:
        targets = (np.asarray(gold, dtype=np.float32) - self.mean) / self.spread
        return Examples(encoded, targets.astype(np.float32), inputs, gold)

    @property
    def outputs(self) -> int:
        return 1

    def loss(self, outputs: Tensor, targets: Tensor, *, weights: Tensor | None, smoothing: float) -> Tensor:
        return ((outputs[:, 0] - targets) ** 2).sum()

    def metrics(self, outputs: np.ndarray, examples: Examples) -> dict[str, float]:
        true, predicted = np.asarray(examples.gold), self._values(outputs)
        off = predicted - true
        return {
            "loss": float(((off / self.spread) ** 2).mean()), "r2": r_squared(true, predicted),
            "spearman": spearman(true, predicted),
            "pearson": pearson(true, predicted), "mae": float(np.abs(off).mean()),
            "rmse": float(np.sqrt((off**2).mean())),
        }  # fmt: skip

    def fitted(self, outputs: np.ndarray, examples: Examples) -> Self:
        off = np.asarray(examples.gold) - self._values(outputs)
        if len(off) < _ENOUGH:
            return self
        low, high = np.quantile(off, (0.025, 0.975))
        return self.model_copy(update={"errors": (float(low), float(high))})

    def answer(self, inputs: Sequence[Input], encoded: Encoded, outputs: np.ndarray) -> list[ScorePrediction]:
        lost = encoded.truncated.tolist()
        low, high = self.errors or (None, None)
        return [
            ScorePrediction(
                texts, truncated, value, None if low is None else value + low, None if high is None else value + high
            )
            for texts, truncated, value in zip(inputs, lost, self._values(outputs).tolist(), strict=True)
        ]

    def judge(
        self, gold: Sequence[float], answers: Sequence[ScorePrediction], rows: Sequence[int] | np.ndarray
    ) -> Judged:
        true, predicted = np.asarray(gold), np.array([one.value for one in answers])
        some = np.unique(np.linspace(0, len(true) - 1, min(len(true), _MOST_POINTS)).astype(int))
        points = ScatterView("", *(tuple(np.asarray(column)[some].tolist()) for column in (rows, true, predicted)))
        expected, near = tuple(f"{value:.6g}" for value in gold), -np.abs(true - predicted)
        return Judged(len(true), self.measured(score_numbers(true, predicted)), (points,), near, expected, near)

    def baselines(
        self, train_inputs: Sequence[Input], train_gold: Sequence[float], inputs: Sequence[Input], gold: Sequence[float]
    ) -> list[BaselineScores]:
        from bertui.evaluation.baselines.score import mean, tfidf_ridge

        numbers, targets = np.asarray(train_gold), np.asarray(gold)
        methods = [
            ("Always the mean", *mean(numbers, targets)),
            ("TF-IDF with ridge regression", *tfidf_ridge(train_inputs, numbers, inputs, targets)),
        ]
        return [
            BaselineScores(
                name, self.measured(scores), seconds, answers=tuple(f"{value:.6g}" for value in predicted),
                contributions=-np.abs(targets - predicted),
            )
            for name, scores, predicted, seconds in methods
        ]  # fmt: skip

    def plain(self) -> Plain:
        from bertui.modeling.export import Plain

        return Plain("text-classification", ("score",), "regression", self.spread, self.mean)

    def focuses(self, prediction: ScorePrediction) -> tuple[Focus, ...]:
        return (Focus("score", "the score", ("the score",), 0, "points", full_colour=_FULL_COLOUR * self.spread),)

    def explained(self, outputs: Tensor, focus: Focus, token: int | None) -> Tensor:
        return outputs * self.spread + self.mean

    def logits(self, outputs: Tensor, focus: Focus, token: int | None) -> Tensor:
        return self.explained(outputs, focus, token)

    def _values(self, outputs: np.ndarray) -> np.ndarray:
        return outputs[:, 0].astype(np.float64) * self.spread + self.mean
