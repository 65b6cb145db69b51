"""The Results page's upper half: how good the run is, against what, by class, and how sure it may be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from bertui.evaluation.tables import only_class
from bertui.runs.results import PartResults, parts_of, read_part
from bertui.runs.run import Run
from bertui.tasks import words
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


def show_headline(found: PartResults) -> None:
    """Say how good the run is, in words and in its measures."""
    st.subheader(shell.plain(words.headline(found.main, found.metrics, found.baselines)), anchor=False)
    said = _collapsed(found) or verdict(found.task, found.baselines)
    if said:
        st.markdown(shell.plain(said))
    st.caption(_rows(found))
    with cards("results_scores", len(found.measures)):
        for measure in found.measures:
            value = found.metrics[measure.name]
            st.metric(
                measure.title, measure.shown(value.value), f"95 %: {measure.interval(value)}",
                delta_color="off", delta_arrow="off", border=True, help=measure.help,
            )  # fmt: skip


def show_baselines(run: Run, found: PartResults) -> None:
    """Set baselines beside the run."""
    if not found.baselines:
        return
    st.subheader("Baselines", anchor=False)
    st.caption(
        "Simple methods, trained on the same rows and asked about the same rows. What cannot beat them is not worth "
        "its cost."
    )
    frame = words.comparison_table(found.measures, run.name, found.metrics, found.seconds, found.baselines)
    if not frame["note"].any():
        frame = frame.drop(columns="note")
    shares = [words.titled(measure) for measure in found.measures if measure.percent]
    others = {words.titled(measure): _FINE for measure in found.measures if not measure.percent}
    st.dataframe(frame, hide_index=True, width="stretch", column_config=_numbers([*shares, "seconds"]) | others)


def _collapsed(found: PartResults) -> str:
    for view in found.views:
        if isinstance(view, ConfusionView) and (only := only_class(view.scores)) is not None:
            return f"It has learned nothing yet: every row is predicted “{only}”. Train it longer."
    return ""


def _rows(found: PartResults) -> str:
    rows = f"{found.n:,} {'row' if found.n == 1 else 'rows'}"
    if not found.task.graded:
        return f"On {rows}."
    wrong = int((~found.predictions["right"]).sum())
    return f"On {rows}, {f'{wrong:,} of them not wholly right' if wrong else 'all of them right'}."


def _numbers(names: Sequence[str]) -> dict[str, Any]:
    return {name: st.column_config.NumberColumn(format="%.1f") for name in names}


_FINE = st.column_config.NumberColumn(format="%.3f")
