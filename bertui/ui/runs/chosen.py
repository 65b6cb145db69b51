"""The Runs page: the table, and what is shown of the chosen runs."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from bertui.plots.overlay import overlay_figure
from bertui.runs.feed import feed_of
from bertui.runs.overview import overview, paired, side_by_side, unique_names
from bertui.runs.run import HAS_MODEL, LIVE, Run
from bertui.tasks.results import LOSS, Measure
from bertui.ui import shell
from bertui.ui.charts import draw
from bertui.ui.run_actions import duplicate, result, result_buttons
from bertui.ui.runs.change import ask_name, confirm_deletion
from bertui.ui.states import STATES

_MOST_COMPARED = 8


def choose(runs: Sequence[Run]) -> list[Run]:
    """Draw the table and return the chosen runs; those in the address, one or two, are chosen at first."""
    in_address = [st.query_params.get(name) for name in ("run", "against")]
    first = [number for number, run in enumerate(runs) if run.id in in_address]
    frame = overview(runs, {state: words for state, (words, _, _) in STATES.items()})
    event = st.dataframe(
        frame, key=f"runs_table {runs[0].id} {len(runs)} {in_address[1]}", width="stretch", hide_index=True,
        on_select="rerun",
        selection_mode="multi-row", selection_default={"selection": {"rows": first}},
        column_order=("State", "Name", "Task", "Test", "Validation", "Differs", "Data", "Model", "Time", "When"),
        column_config={
            "Validation": st.column_config.TextColumn("On validation rows"),
            "Test": st.column_config.TextColumn("On test rows"),
            "Differs": st.column_config.TextColumn("Differs from recommended", width="medium"),
            "Time": st.column_config.TextColumn(width="small"),
            "When": st.column_config.DatetimeColumn(format="distance"),
        },
        placeholder="–", alt="All runs, newest first, with state, data, model and scores.",
    )  # fmt: skip
    return [runs[number] for number in event.selection.rows if number < len(runs)]


def actions(chosen: Sequence[Run]) -> None:
    """Draw the buttons for the chosen runs."""
    with st.container(horizontal=True):
        if len(chosen) == 1:
            _open_buttons(chosen[0])
        if len(chosen) == 1 and st.button("Duplicate with changes", icon=":material/content_copy:"):
            duplicate(chosen[0])
        if len(chosen) == 1 and st.button("Rename", icon=":material/edit:"):
            ask_name(chosen[0].id)
        if chosen and st.button("Delete", icon=":material/delete:", key="danger-delete"):
            confirm_deletion([run.id for run in chosen])


def _open_buttons(run: Run) -> None:
    state = run.state
    if st.button("Watch" if state in LIVE else "Open training", icon=":material/model_training:"):
        shell.go_to("train", run=run.id, view="run")
    if state in HAS_MODEL:
        result_buttons(run)


def together(chosen: Sequence[Run]) -> None:
    """Draw two or more runs side by side."""
    if len(chosen) > _MOST_COMPARED:
        st.info(f"The first {_MOST_COMPARED} are shown; more lines cannot be told apart.")
        chosen = chosen[:_MOST_COMPARED]
    st.header("Curves", anchor=False)
    curves = _curves(chosen)
    title = st.segmented_control(
        "Curve", list(curves), default=next(iter(curves)), required=True, label_visibility="collapsed",
        key=f"runs_curve {' '.join(curves)}",
    )  # fmt: skip
    histories = {name: feed_of(run).history for name, run in zip(unique_names(chosen), chosen, strict=True)}
    draw(overlay_figure(histories, *curves[str(title)]), "runs_overlay")
    _recipes(chosen)
    _pairs(chosen)


def _curves(chosen: Sequence[Run]) -> dict[str, tuple[Measure, str]]:
    """Return title -> measure and part of what can be drawn of all of the runs: the measures they share, the losses."""
    shared = [measure for measure in chosen[0].task.measures if all(measure in run.task.measures for run in chosen)]
    drawn = [one for one in shared if any(one.name in feed_of(run).history.evaluations.metrics for run in chosen)]
    scores = {f"Validation {one.title}": (one, "validation") for one in drawn}
    return scores | {f"{part.capitalize()} loss": (LOSS, part) for part in ("validation", "training")}


def _recipes(chosen: Sequence[Run]) -> None:
    st.header("Choices", anchor=False)
    everything = st.toggle("Show the equal ones too", key="runs_all_choices")
    frame = side_by_side(chosen, everything=everything)
    if len(frame):
        st.dataframe(frame, hide_index=True, width="stretch", alt="The choices of each run side by side.")
    else:
        st.caption("The runs were made with the same choices.")


def _pairs(chosen: Sequence[Run]) -> None:
    st.header("Better, or only luckier?", anchor=False)
    for other in chosen[1:]:
        comparison = paired(chosen[0], other)
        if comparison.possible:
            st.markdown(shell.plain(comparison.words))
        else:
            st.caption(shell.plain(comparison.words))


def alone(run: Run) -> None:
    """Draw one chosen run in short."""
    shell.name_run(run)
    if run.state in HAS_MODEL:
        result(run)
    elif run.state == "failed":
        st.error(shell.plain(run.facts().get("error") or "The run failed."), icon=":material/error:")
