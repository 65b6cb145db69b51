"""What a finished run achieved on one part of its data, read from its folder and made ready to show."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from bertui.errors import RunError
from bertui.evaluation.intervals import Interval
from bertui.runs.answer_columns import beside
from bertui.runs.run import Run
from bertui.tasks.registry import task_class
from bertui.tasks.results import BaselineScores, Measure
from bertui.tasks.task import Task
from bertui.tasks.views import ReportView, read_views


@dataclass(frozen=True)
class PartResults:
    """Scores and predictions on the rows of one part.

    Attributes:
        part: "test" or "validation".
        metrics: The task's measures with their intervals, the main one first.
        baselines: Baselines on the same rows.
        views: What else there is to see.
        seconds: How long the run took.
        predictions: One line per row: row, text, expected, prediction, probability (where the task knows one),
            credit, right, characters, and what else the task's answers say.
    """

    part: str
    task: type[Task]
    n: int
    metrics: dict[str, Interval]
    baselines: tuple[BaselineScores, ...]
    views: tuple[ReportView, ...]
    seconds: float
    predictions: pd.DataFrame

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The task's measures that this report has, the main one first."""
        return self.task.measures_in(self.metrics)

    @property
    def main(self) -> Measure:
        return self.measures[0]

    @property
    def score(self) -> Interval:
        """The main measure's value."""
        return self.metrics[self.main.name]


def parts_of(run: Run) -> tuple[str, ...]:
    """Return the evaluated parts, test first; none before the run has ended."""
    evaluated = (run.report() or {}).get("parts", {})
    return tuple(part for part in ("test", "validation") if part in evaluated)


def read_part(run: Run, part: str) -> PartResults:
    """Read one part's results.

    Raises:
        RunError: The run has not evaluated this part, or its files are broken.
    """
    report, answers = run.report(), run.predictions(part)
    if report is None or answers is None or part not in report.get("parts", {}):
        raise RunError(
            f"The run '{run.name}' has no results on {part} rows.",
            remedy="Choose a finished run, or train again.",
        )
    saved = report["parts"][part]
    return PartResults(
        part=part,
        task=task_class(report["task"]),
        n=int(saved["n"]),
        metrics=metrics_of(saved),
        baselines=tuple(BaselineScores.from_json(one) for one in saved["baselines"]),
        views=tuple(read_views(saved["views"])),
        seconds=float(report["seconds"]),
        predictions=_with_texts(run, answers),
    )


def with_table(run: Run, predictions: pd.DataFrame) -> pd.DataFrame:
    """Return all columns of the run's table for the rows of ``predictions``, what the model says of them beside.

    "row" is the row's number as a spreadsheet shows the file; "true" is the answer that the model was to give.
    """
    kept = run.data()[0]
    table = kept.frame.loc[predictions["row"]].reset_index(drop=True)
    left_out = ["row", "text", "right", "credit", "characters", "contribution"]
    answers = predictions.drop(columns=left_out, errors="ignore").rename(columns={"expected": "true"})
    numbered = pd.DataFrame({"row": kept.numbers.all(predictions["row"].to_numpy())})
    first, _ = beside(table, numbered)
    answered, _ = beside(pd.concat([table, first], axis=1), answers.reset_index(drop=True))
    return pd.concat([first, table, answered], axis=1)


def metrics_of(saved: dict[str, dict[str, dict[str, float]]]) -> dict[str, Interval]:
    """Return the measures of one part of a report."""
    return {name: Interval.from_json(value) for name, value in saved["metrics"].items()}


def _with_texts(run: Run, answers: pd.DataFrame) -> pd.DataFrame:
    table, _ = run.data()
    texts = table.texts.loc[answers["row"]].reset_index(drop=True)
    frame = answers.drop(columns="contribution", errors="ignore")
    frame = frame.assign(right=answers["credit"] == 1, characters=texts.str.len().astype("int64"))
    if pd.api.types.is_numeric_dtype(frame["prediction"]):
        frame["expected"] = frame["expected"].astype(float)
    frame.insert(1, "text", texts)
    return frame
