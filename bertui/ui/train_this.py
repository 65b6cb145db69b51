"""The run that is chosen: its state, what can be done with it, and its curves."""

from __future__ import annotations

import os

import pandas as pd
import streamlit as st

from bertui.recipe import Recipe, choices, flat
from bertui.runs.run import HAS_MODEL, LIVE, Run
from bertui.runs.workspace import StoredTable
from bertui.ui import shell
from bertui.ui.forms import value_at
from bertui.ui.live import curves, follow, start_again
from bertui.ui.naming import origin
from bertui.ui.run_names import brief
from bertui.ui.states import STATES
from bertui.ui.train_feed import feed_of, remedy_words
from bertui.ui.train_form import use_recipe
from bertui.ui.train_plan import against_baselines, headline, is_perfect, next_step


def this_run(run: Run) -> None:
    """Draw a run in whatever state it is."""
    state = run.state
    _head(run, state)
    if state in LIVE:
        follow(run, state)
    else:
        _over(run, state)
    with st.expander("Choices of this run"):
        _summary(run.recipe)


def _head(run: Run, state: str) -> None:
    words, color, icon = STATES[state]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(shell.plain(run.name), anchor=False, width="stretch")
        st.badge(words, color=color, icon=icon)  # type: ignore[arg-type]
        if state in LIVE:
            _live_buttons(run, state)
    st.caption(" · ".join(map(shell.plain, origin(run))))


def _live_buttons(run: Run, state: str) -> None:
    if run.facts().get("pid") != os.getpid():
        st.caption("Started outside the app; stop it where it was started.")
        return
    if state != "queued" and st.button(
        "Stop and keep best", disabled=state == "stopping", icon=":material/stop:",
        help="Finishes the step, evaluates the best model so far and saves it.",
    ):  # fmt: skip
        shell.executor().stop(run)
        st.rerun()
    with st.popover("Cancel", icon=":material/close:"):
        st.text("This throws the run's model away.")
        if st.button("Throw away", type="primary", key="cancel_run"):
            shell.executor().cancel(run)
            st.rerun()


def _over(run: Run, state: str) -> None:
    if state in HAS_MODEL:
        result(run)
    elif state == "failed":
        facts = run.facts()
        st.error(shell.plain(facts.get("error") or "The run failed."), icon=":material/error:")
        remedy = (facts.get("alarm") or {}).get("remedy")
        if remedy and st.button(shell.plain(f"Start again with {remedy_words(remedy)}"), type="primary",
                                icon=":material/restart_alt:"):  # fmt: skip
            start_again(run, remedy)
    elif state == "interrupted":
        st.warning(
            "The app or the computer went away while this run trained. It can go on where it was last saved.",
            icon=":material/power_off:",
        )
    else:
        st.info("This run was thrown away. Its choices are still here.", icon=":material/close:")
    _next_buttons(run, state)
    if (feed := feed_of(run)).plan is not None:
        curves(run, feed)


def result(run: Run) -> None:
    """Say how good the model is, and plainly so where a simpler method does as well."""
    report = run.report()
    if report is None:
        return
    where, verdict = against_baselines(run.task, report)
    words = shell.plain(f"{headline(run.task, report)} {verdict}")
    if where == "better":
        st.success(words, icon=":material/check_circle:")
        return
    tell = st.warning if where else st.info
    tell(words, icon=":material/info:")
    if where and not is_perfect(run.task, report):
        label, changes = next_step(run)
        if st.button(label, icon=":material/restart_alt:", help="The same test rows; this run stays as it is."):
            start_again(run, changes)


def _next_buttons(run: Run, state: str) -> None:
    with st.container(horizontal=True):
        if state in HAS_MODEL:
            result_buttons(run)
        if state in ("failed", "interrupted") and st.button("Resume", icon=":material/resume:"):
            shell.executor().submit(run)
            st.rerun()
        if st.button("Duplicate with changes", icon=":material/content_copy:"):
            duplicate(run)


def result_buttons(run: Run) -> None:
    """Draw the ways from a finished run to what it has learned."""
    if st.button("See results", type="primary", icon=":material/analytics:"):
        shell.go_to("results", run=run.id)
    if st.button("Try a sentence", icon=":material/short_text:"):
        shell.go_to("sentence", run=run.id)


def duplicate(run: Run) -> None:
    """Turn to the form with the run's recipe, and its table where that still exists."""
    with shell.showing_errors():
        table_id = str(run.facts().get("table_id"))
        if not any(table.id == table_id for table in shell.workspace().tables()):
            table_id = _table_again(run).id
        use_recipe(table_id, run.recipe, run.task_kind, source=run.name)
        shell.go_to("train", table=table_id, run=run.id, view="new")


def _table_again(run: Run) -> StoredTable:
    """Make a table of the rows that the run keeps, divided as they were: the one it was made from has been removed."""
    table, split = run.data()
    frame, roles = table.frame, table.roles
    if roles.split is None:
        column = "split" if "split" not in frame.columns else "part of the run"
        parts = pd.Series("train", index=frame.index, dtype="str")
        for part, rows in split.parts().items():
            parts.loc[rows] = part
        frame, roles = frame.assign(**{column: parts}), roles.changed(split=column)
    stored = shell.workspace().add_frame(frame, table.name, roles=roles)
    stored.set_split(run.recipe.split)
    return stored


def _summary(recipe: Recipe) -> None:
    changed = Recipe().differences(recipe)
    if not changed:
        st.caption("All as recommended.")
    titles = {entry.path: entry.title for entry in choices()}
    rows = [{"Choice": titles.get(path, path), "Value": brief(value), "Recommended": _text(Recipe(), path)}
            for path, value in flat(recipe).items() if path in changed]  # fmt: skip
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")
    st.code(recipe.to_text(), language="json", height=300)


def _text(recipe: Recipe, path: str) -> str:
    value = value_at(recipe, path)
    return "automatic" if value is None else brief(flat(recipe)[path])
