"""The Results page's upper half: how good the run is, against what, by class, and how sure it may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from bertui.evaluation.class_tables import only_class
from bertui.runs.results import PartResults, parts_of, read_part
from bertui.runs.run import Run
from bertui.tasks import sentences
from bertui.tasks.verdicts import verdict
from bertui.tasks.views import ConfusionView
from bertui.ui import shell
from bertui.ui.cards import cards

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


def show_headline(results: PartResults) -> None:
    """Say how good the run is, in words and in its measures."""
    st.header(shell.plain(sentences.headline(results.main, results.metrics, results.baselines)), anchor=False)
    verdict_words = _collapsed(results) or verdict(results.task, results.baselines)
    if verdict_words:
        st.markdown(shell.plain(verdict_words))
    st.caption(_rows(results))
    with cards("results_scores", len(results.measures)):
        for measure in results.measures:
            value = results.metrics[measure.name]
            st.metric(
                measure.title, measure.shown(value.value), f"95 %: {measure.interval(value)}",
                delta_color="off", delta_arrow="off", border=True, help=measure.help,
            )  # fmt: skip


def show_baselines(run: Run, results: PartResults) -> None:
    """Set baselines beside the run."""
    if not results.baselines:
        return
    st.header("Baselines", anchor=False)
    st.caption(
        "Simple methods, trained on the same rows and asked about the same rows. What cannot beat them is not worth "
        "its cost."
    )
    frame = sentences.comparison_table(results.measures, run.name, results.metrics, results.seconds, results.baselines)
    if not frame["note"].any():
        frame = frame.drop(columns="note")
    shares = [sentences.titled(measure) for measure in results.measures if measure.percent]
    others = {sentences.titled(measure): _FINE for measure in results.measures if not measure.percent}
    st.dataframe(frame, hide_index=True, width="stretch", column_config=_numbers([*shares, "seconds"]) | others)


def _collapsed(results: PartResults) -> str:
    for view in results.views:
        if isinstance(view, ConfusionView) and (only := only_class(view.scores)) is not None:
            return f"It has learned nothing yet: every row is predicted “{only}”. Train it longer."
    return ""


def _rows(results: PartResults) -> str:
    rows = f"{results.n:,} {'row' if results.n == 1 else 'rows'}"
    if not results.task.graded:
        return f"On {rows}."
    wrong = int((~results.predictions["right"]).sum())
    how = "wrong" if results.predictions["credit"].isin((0, 1)).all() else "not wholly right"
    return f"On {rows}, {f'{wrong:,} of them {how}' if wrong else 'all of them right'}."


def _numbers(names: Sequence[str]) -> dict[str, Any]:
    return {name: st.column_config.NumberColumn(format="%.1f") for name in names}


_FINE = st.column_config.NumberColumn(format="%.3f")
