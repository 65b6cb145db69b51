"""The Results page's upper half: how good the run is, against what, by class, and how sure it may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from bertui.evaluation.tables import baseline_table, class_table, headline, verdict
from bertui.plots.results import per_class_figure, reliability_figure
from bertui.runs.results import PartResults, parts_of, read_part
from bertui.runs.run import Run
from bertui.ui import shell
from bertui.ui.charts import draw

_ABOUT = {
    "test": "These rows were kept apart until the end: the model never saw them, nor was it chosen by them.",
    "validation": "The best model was chosen by these rows, so their scores are a little too good.",
}


def results_of(run: Run, part: str) -> PartResults:
    """Return one part's results, read once for all sessions."""
    return _read(run.id, (run.folder / "report.json").stat().st_mtime_ns, part, _run=run)


@st.cache_resource(max_entries=4, show_spinner="Reading the results …")
def _read(run_id: str, stamp: int, part: str, *, _run: Run) -> PartResults:
    return read_part(_run, part)


def choose_part(run: Run) -> str | None:
    """Let the person switch between test and validation rows; None when nothing was evaluated."""
    parts = parts_of(run)
    if not parts:
        st.info("This run had no test or validation rows, so nothing says how good it is.")
        return None
    part = st.segmented_control(
        "Rows", parts, default=parts[0], required=True, key=f"results_part_{run.id}",
        format_func=lambda name: {"test": "Test rows", "validation": "Validation rows"}[name],
    )  # fmt: skip
    st.caption(_ABOUT[part or parts[0]])
    return part or parts[0]


def show_headline(found: PartResults) -> None:
    """Say how good the run is, in words and in four numbers."""
    st.subheader(shell.plain(headline(found.scores, found.baselines)), anchor=False)
    if words := verdict(found.scores, found.baselines):
        st.markdown(shell.plain(words))
    numbers = (
        ("Right", found.scores.accuracy, "Share of rows whose predicted label is the true one (accuracy)."),
        (
            "Macro-F1",
            found.scores.f1_macro,
            "Mean F1 of the classes; small ones count as much as large ones.",
        ),
        ("Weighted F1", found.scores.f1_weighted, "Mean F1 of the classes, each weighted by its rows."),
    )
    with st.container(horizontal=True):
        for name, value, words in numbers:
            st.metric(
                name, f"{100 * value.value:.1f} %", f"95 %: {100 * value.low:.1f} to {100 * value.high:.1f}",
                delta_color="off", delta_arrow="off", border=True, help=words,
            )  # fmt: skip
        st.metric("Rows", f"{found.scores.n:,}", _mistakes(found), delta_color="off", delta_arrow="off", border=True)


def show_baselines(run: Run, found: PartResults) -> None:
    """Set simple classifiers beside the run."""
    st.subheader("Against simple classifiers", anchor=False)
    st.caption("Trained on the same rows, asked about the same rows. What cannot beat them is not worth its cost.")
    frame = baseline_table(run.name, found.scores, found.seconds, found.baselines)
    if not frame["note"].any():
        frame = frame.drop(columns="note")
    st.dataframe(frame, hide_index=True, width="stretch", column_config=_ONE_DIGIT)


def show_classes(found: PartResults) -> None:
    """Show how well each class is found."""
    st.subheader("Class by class", anchor=False)
    st.caption(
        "Precision: of the rows given this label, how many have it. Recall: of the rows that have it, how "
        "many are given it. F1: both in one. The bars are 95 % intervals: the play of chance."
    )
    chart = per_class_figure(found.scores)
    draw(chart, "results_classes")
    with st.expander("The same as a table", icon=":material/table:"):
        st.dataframe(class_table(found.scores), hide_index=True, width="stretch", column_config=_ONE_DIGIT)


def show_reliability(found: PartResults) -> None:
    """Show whether the model is as often right as it says it is sure."""
    st.subheader("Can its confidence be trusted?", anchor=False)
    st.markdown(shell.plain(_calibration_words(found)))
    chart = reliability_figure(found.before, found.after, temperature=found.temperature)
    draw(chart, "results_reliability")
    st.caption(
        "On the dotted line the model is right as often as it says; below it, it is too sure. The "
        "temperature, fitted on validation rows, makes answers more or less sure but changes none."
    )


def _calibration_words(found: PartResults) -> str:
    before, after = 100 * found.error_before, 100 * found.error_after
    if found.temperature == 1.0:
        return (
            f"Its confidence is off by {after:.1f} points on average "
            "(expected calibration error). No temperature was fitted: validation rows too few, or all right."
        )
    change = "more careful" if found.temperature > 1 else "surer"
    return (
        f"Its confidence is off by {after:.1f} points on average (expected calibration error); as trained "
        f"it was {before:.1f}. A temperature of {found.temperature:.2f} makes it {change}."
    )


def _mistakes(found: PartResults) -> str:
    wrong = int((~found.predictions["right"]).sum())
    return "no mistakes" if not wrong else f"{wrong:,} wrong"


def _numbers(names: Sequence[str]) -> dict[str, Any]:
    return {name: st.column_config.NumberColumn(format="%.1f") for name in names}


_ONE_DIGIT = _numbers(("right (%)", "macro-F1 (%)", "F1 (%)", "precision (%)", "recall (%)", "seconds"))
