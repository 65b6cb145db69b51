"""The confusion matrix on the Results page, and the most confused pairs; both open rows."""

from __future__ import annotations

from typing import Any

import streamlit as st

from bertui.evaluation.class_tables import chosen_rows
from bertui.evaluation.confusion import Order, confused_pairs
from bertui.evaluation.scores import Scores
from bertui.plots.results import confusion_figure
from bertui.runs.results import PartResults
from bertui.runs.run import Run
from bertui.ui import shell
from bertui.ui.charts import draw_of
from bertui.ui.results.predictions import counted, show_rows

_MANY = 20  # classes beyond which the matrix shows the most confused ones first
_PAIRS = 300
_ORDERS: dict[Order, str] = {
    "given": "As in the table", "errors": "Most errors first", "rows": "Most rows first",
    "alike": "Often confused side by side",
}  # fmt: skip
_COLUMNS = {
    "share": st.column_config.ProgressColumn("share of the true label's rows", min_value=0, max_value=1,
                                             format="percent"),
}  # fmt: skip


def show_confusion(run: Run, results: PartResults, scores: Scores) -> None:
    """Show the most confused pairs and the matrix; a chosen pair or cell opens its rows."""
    st.header("Confusion matrix", anchor=False)
    st.caption("What is predicted as what: each line is a true label, each column a predicted one. Choose a pair "
               "or click a cell to read its rows.")  # fmt: skip
    names, key = [one.name for one in scores.per_class], f"{run.id}_{results.part}"
    pair = _choose_pair(scores, names, key) if len(names) > 2 else None
    order, most = _choose_view(len(names), key)
    event: Any = draw_of(
        confusion_figure, scores, order, most, key=f"results_confusion_{key}_{order}_{most}", on_select="rerun",
        selection_mode="points",
    )  # fmt: skip
    cell = clicked_cell(event)
    if cell is not None:
        pair = names[cell[0]], names[cell[1]]
    if pair is not None:
        _show_pair(run, results, *pair)


def clicked_cell(event: Any) -> tuple[int, int] | None:
    """Return the class numbers (true, predicted) of the clicked cell."""
    points = event.selection.points if event else []
    if not points or "customdata" not in points[0]:
        return None
    true, predicted_as = points[0]["customdata"]
    return int(true), int(predicted_as)


def _choose_pair(scores: Scores, names: list[str], key: str) -> tuple[str, str] | None:
    pairs = confused_pairs(scores.confusion, names)
    if not len(pairs):
        return None
    shown = pairs.head(_PAIRS)
    event: Any = st.dataframe(
        shown, hide_index=True, width="stretch", height=38 + 35 * min(6, len(shown)), on_select="rerun",
        selection_mode="single-row", key=f"results_pairs_{key}", column_config=_COLUMNS,
    )  # fmt: skip
    chosen = [at for at in event.selection.rows if at < len(shown)]
    line = shown.iloc[chosen[0]] if chosen else None
    return None if line is None else (line["true label"], line["predicted label"])


def _choose_view(classes: int, key: str) -> tuple[Order, int]:
    """Let the person choose the order and how many of many classes are drawn; 0 stands for all."""
    if classes < 4:
        return "given", 0
    left, right = st.columns(2, vertical_alignment="bottom")
    order: Order = left.selectbox("Order", list(_ORDERS), format_func=_ORDERS.__getitem__, key=f"results_order_{key}")
    if classes <= _MANY:
        return order, 0
    sizes = {_MANY: f"The {_MANY} most confused labels", 0: f"All {classes} labels (drag to zoom in)"}
    return order, right.selectbox("Show", list(sizes), format_func=sizes.__getitem__, key=f"results_most_{key}")


def _show_pair(run: Run, results: PartResults, label: str, prediction: str) -> None:
    rows = chosen_rows(results.predictions, label=label, prediction=prediction)
    st.markdown(shell.plain(f"{counted(rows)} with the true label “{label}”, predicted “{prediction}”:"))
    if len(rows):
        show_rows(run, results, rows, key=f"pair_{label}_{prediction}")
