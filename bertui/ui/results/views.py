"""Drawing what a report shows: each kind of view in one place, whatever the task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from bertui.evaluation.class_tables import class_table
from bertui.evaluation.counting import ClassScores
from bertui.plots.results import per_class_figure, reliability_figure
from bertui.runs.results import PartResults
from bertui.runs.run import Run
from bertui.tasks.views import (
    ClassesView,
    ConfusionView,
    MatrixView,
    ReliabilityView,
    ReportView,
    ScatterView,
    TableView,
)
from bertui.ui import shell
from bertui.ui.charts import draw_of
from bertui.ui.results.confusion import show_confusion

_HOW = (
    "Precision: of the rows given this label, how many have it. Recall: of the rows that have it, how "
    "many are given it. F1: both in one. The bars are 95 % intervals: the play of chance."
)


def show_views(run: Run, results: PartResults) -> None:
    """Draw all views of a part."""
    for number, view in enumerate(results.views):
        _DRAWN[type(view)](run, results, view, f"results_view_{number}")


def _confusion(run: Run, results: PartResults, view: ConfusionView, key: str) -> None:
    _each("Per-class scores", _HOW, view.scores.per_class, key)
    show_confusion(run, results, view.scores)


def _classes(run: Run, results: PartResults, view: ClassesView, key: str) -> None:
    _each(view.title, f"{view.words} {_HOW}".strip(), view.per_class, key)


def _each(title: str, words: str, per_class: tuple[ClassScores, ...], key: str) -> None:
    st.header(title, anchor=False)
    st.caption(shell.plain(words))
    if len(per_class) <= _MANY:
        draw_of(per_class_figure, per_class, key=key)
        with st.expander("The same as a table", icon=":material/table:", key=f"{key}_table"):
            st.dataframe(class_table(per_class), hide_index=True, width="stretch", column_config=_PERCENT)
        return
    table = class_table(per_class).sort_values("F1 (%)", kind="stable")
    st.dataframe(table, hide_index=True, width="stretch", column_config=_BARS, height=460)
    with st.expander(f"The {_MANY} lowest as a chart with intervals", icon=":material/bar_chart:", key=f"{key}_chart"):
        draw_of(per_class_figure, per_class, _MANY, key=key)


def _reliability(run: Run, results: PartResults, view: ReliabilityView, key: str) -> None:
    st.header("Calibration", anchor=False)
    st.markdown(shell.plain(f"Can its confidence be trusted? {_calibration_words(view)}"))
    draw_of(reliability_figure, view.before, view.after, view.temperature, key=key)
    st.caption(
        "On the dotted line it is perfectly calibrated: right as often as it says. Below it, it is too sure. The "
        "temperature, fitted on validation rows, makes answers more or less sure but changes none."
    )


def _calibration_words(view: ReliabilityView) -> str:
    before, after = 100 * view.error_before, 100 * view.error_after
    if view.temperature == 1.0:
        return (
            f"Its confidence is off by {after:.1f} points on average "
            "(expected calibration error). No temperature was fitted: validation rows too few, or all right."
        )
    change = "more careful" if view.temperature > 1 else "surer"
    return (
        f"Its confidence is off by {after:.1f} points on average (expected calibration error); as trained "
        f"it was {before:.1f}. A temperature of {view.temperature:.2f} makes it {change}."
    )


def _scatter(run: Run, results: PartResults, view: ScatterView, key: str) -> None:
    from bertui.plots.scatter import residuals_figure, scatter_figure

    st.header("Predicted against true", anchor=False)
    st.caption("Each point is a row; on the dotted line the prediction is the true number.")
    draw_of(scatter_figure, view.true, view.predicted, key=key)
    st.header("How far off, by true number", anchor=False)
    st.caption("Above 0 the model gives too much, below too little. The line is the mean of the rows near by.")
    draw_of(residuals_figure, view.true, view.predicted, key=f"{key}_residuals")


def _matrix(run: Run, results: PartResults, view: MatrixView, key: str) -> None:
    from bertui.plots.results import matrix_figure

    st.header(shell.plain(view.title), anchor=False)
    st.caption(shell.plain(view.words))
    draw_of(matrix_figure, view.counts, view.names, key=key)


def _table(run: Run, results: PartResults, view: TableView, key: str) -> None:
    st.header(shell.plain(view.title), anchor=False)
    st.caption(shell.plain(view.words))
    frame = pd.DataFrame(list(view.rows), columns=list(view.columns))
    fractions = {str(name): st.column_config.NumberColumn(format="%.3f") for name in frame.select_dtypes("float")}
    st.dataframe(frame, hide_index=True, width="stretch", column_config=fractions)


_DRAWN: dict[type[ReportView], Callable[[Run, PartResults, Any, str], None]] = {
    ConfusionView: _confusion,
    ClassesView: _classes,
    ReliabilityView: _reliability,
    ScatterView: _scatter,
    MatrixView: _matrix,
    TableView: _table,
}
_MANY = 15  # classes that a chart can show; of more, a table with bars can be sorted
_BARS = {
    name: st.column_config.ProgressColumn(min_value=0, max_value=100, format="%.1f")
    for name in ("F1 (%)", "precision (%)", "recall (%)")
}
_PERCENT = {name: st.column_config.NumberColumn(format="%.1f") for name in ("F1 (%)", "precision (%)", "recall (%)")}
