"""The run that is chosen: its state, what can be done with it, and its curves."""

from __future__ import annotations

import os

import streamlit as st

from bertui.recipe import Recipe, flat
from bertui.runs.run import HAS_MODEL, LIVE, Run
from bertui.ui import shell
from bertui.ui.forms import value_at
from bertui.ui.live import curves, follow, start_again
from bertui.ui.states import STATES
from bertui.ui.train_feed import feed_of, remedy_words
from bertui.ui.train_new import NEW, use_recipe
from bertui.ui.train_plan import against_baselines, headline


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
        st.subheader(shell.plain(run.name), anchor=False, width="stretch")
        st.badge(words, color=color, icon=icon)  # type: ignore[arg-type]
        if state in LIVE:
            _live_buttons(run, state)


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
    if where in ("worse", "unclear"):
        st.warning(words, icon=":material/info:")
    else:
        st.success(words, icon=":material/check_circle:")


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
        st.switch_page("pages/results.py", query_params={"run": run.id})
    if st.button("Try a sentence", icon=":material/short_text:"):
        st.switch_page("pages/sentence.py", query_params={"run": run.id})


def duplicate(run: Run) -> None:
    """Load the run's recipe, and its table where it still exists, into the form."""
    with shell.told():
        use_recipe(run.recipe)
        st.session_state["train_task"] = run.task_kind
        table_id = str(run.facts().get("table_id"))
        if any(table.id == table_id for table in shell.workspace().tables()):
            shell.choose_table(table_id)
        st.session_state["train_next_view"] = NEW
        st.rerun()


def _summary(recipe: Recipe) -> None:
    changed = Recipe().differences(recipe)
    if not changed:
        st.caption("All as recommended.")
    rows = [{"Choice": path, "Value": str(value), "Recommended": _text(Recipe(), path)}
            for path, value in flat(recipe).items() if path in changed]  # fmt: skip
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch")
    st.code(recipe.to_text(), language="json", height=300)


def _text(recipe: Recipe, path: str) -> str:
    value = value_at(recipe, path)
    return "automatic" if value is None else str(flat(recipe)[path])
