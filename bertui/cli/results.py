"""How good a model is, as a person reads it: measures beside baselines, the verdict, a line for each class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text

from bertui.cli.printing import safe, show, table
from bertui.evaluation.class_tables import only_class
from bertui.evaluation.confusion import confused_pairs
from bertui.evaluation.intervals import Interval
from bertui.tasks.results import BaselineScores
from bertui.tasks.task import Task
from bertui.tasks.verdicts import verdict
from bertui.tasks.views import ClassesView, ConfusionView, ReportView, TableView

if TYPE_CHECKING:
    from rich.table import Table

    from bertui.evaluation.counting import ClassScores

MOST_LINES = 60  # of a table: the app shows all
_PAIRS = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a model on some rows."""

    task: type[Task]
    metrics: Mapping[str, Interval]
    baselines: Sequence[BaselineScores] = ()
    views: Sequence[ReportView] = ()


def show_scores(shown: Shown, heading: str) -> None:
    """Print the measures with their intervals beside the baselines, and who is better."""
    show("", Text(safe(heading), style="bold"), "", _measures(shown))
    words = _collapsed(shown.views) or verdict(shown.task, shown.baselines)
    if words:
        show("", safe(words))


def show_views(views: Sequence[ReportView]) -> None:
    """Print what else there is to see: scores by class, what is confused, small tables."""
    for view in views:
        if isinstance(view, ConfusionView):
            show("", Text("Per-class scores", style="bold"), "", _classes(view.scores.per_class))
            _show_pairs(view)
        elif isinstance(view, ClassesView):
            show("", Text(view.title, style="bold"), "", _classes(view.per_class))
        elif isinstance(view, TableView):
            show("", Text(view.title, style="bold"), "", _plain_table(view))


def _measures(shown: Shown) -> Table:
    rows: list[tuple[str | Text, ...]] = []
    for measure in shown.task.measures_in(shown.metrics):
        own = shown.metrics[measure.name]
        others = [measure.shown(one.metrics[measure.name].value) for one in shown.baselines]
        rows.append((measure.title, Text(measure.shown(own.value), style="bold"), measure.interval(own), *others))
    headings = ("", "Model", "95 % interval", *(one.name for one in shown.baselines))
    return table(headings, rows, right=range(1, len(headings)), least=(2,))


def _collapsed(views: Sequence[ReportView]) -> str:
    for view in views:
        if isinstance(view, ConfusionView) and (only := only_class(view.scores)) is not None:
            return f"The model has learned nothing yet: every row is predicted '{only}'. Train it longer."
    return ""


def _classes(per_class: Sequence[ClassScores]) -> Table:
    rows = [
        (
            safe(one.name), _percent(one.f1), f"{100 * one.f1.low:.1f} to {100 * one.f1.high:.1f}",
            _percent(one.precision), _percent(one.recall), f"{one.support:,}", f"{one.predicted:,}",
        )
        for one in per_class
    ]  # fmt: skip
    headings = ("Class", "F1", "95 % interval", "Precision", "Recall", "Rows", "Predicted")
    return table(headings, _shortened(rows), right=range(1, 7), least=(2, 6, 3, 4))


def _show_pairs(view: ConfusionView) -> None:
    """Print the cells of the confusion matrix that hold the most mistakes, where there are more than two classes."""
    scores = view.scores
    if len(scores.per_class) < 3:
        return
    pairs = confused_pairs(scores.confusion, [one.name for one in scores.per_class]).head(_PAIRS)
    if pairs.empty:
        return
    rows = [(safe(line[0]), safe(line[1]), f"{line[2]:,}") for line in pairs.itertuples(index=False)]
    made = table(("True label", "Predicted label", "Rows"), rows, right=(2,))
    show("", Text("Most confused, from the confusion matrix", style="bold"), "", made)


def _plain_table(view: TableView) -> Table:
    numbers = [at for at in range(len(view.columns)) if all(isinstance(row[at], int | float) for row in view.rows)]
    rows = [[f"{cell:,.4g}" if isinstance(cell, float) else safe(cell) for cell in row] for row in view.rows]
    return table([*map(safe, view.columns)], _shortened(rows), right=numbers)


def _shortened(rows: Sequence[Sequence[str]]) -> Sequence[Sequence[str]]:
    if len(rows) <= MOST_LINES:
        return rows
    more = f"... {len(rows) - MOST_LINES:,} more, in the app"
    return [*rows[:MOST_LINES], (more, *("" for _ in rows[0][1:]))]


def _percent(value: Interval) -> str:
    return f"{100 * value.value:.1f} %"
