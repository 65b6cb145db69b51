"""The run that is chosen: its state, what can be done with it, and its curves."""

from __future__ import annotations

import streamlit as st

from bertui.recipe import Recipe, choices, flat
from bertui.runs.event_words import remedy_words
from bertui.runs.feed import feed_of
from bertui.runs.moves import Request
from bertui.runs.naming import brief
from bertui.runs.run import HAS_MODEL, LIVE, Run
from bertui.ui import shell
from bertui.ui.names import origin
from bertui.ui.run_actions import duplicate, result, result_buttons, start_again
from bertui.ui.states import STATES
from bertui.ui.train.live import curves, follow
from bertui.ui.train.replay import offer_replay, replay_of, show_replay


def this_run(run: Run) -> None:
    """Draw a run in whatever state it is."""
    state = run.state
    _head(run, state)
    if state in LIVE:
        follow(run, state)
    elif (replay := replay_of(run)) is not None:
        show_replay(run, replay, state)
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
    if state != "queued" and st.button(
        "Stop and keep best", disabled=state == "stopping", icon=":material/stop:",
        help="Finishes the step, evaluates the best model so far and saves it.",
    ):  # fmt: skip
        _ask(run, "stop")
    with st.popover("Cancel", icon=":material/close:"):
        st.text("This throws the run's model away.")
        if st.button("Throw away", type="primary", key="cancel_run"):
            _ask(run, "cancel")


def _ask(run: Run, request: Request) -> None:
    with shell.showing_errors():
        run.ask(request)
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


def _next_buttons(run: Run, state: str) -> None:
    with st.container(horizontal=True):
        if state in HAS_MODEL:
            result_buttons(run)
        if state in ("failed", "interrupted") and st.button("Resume", icon=":material/resume:"):
            shell.executor().submit(run)
            st.rerun()
        if st.button("Duplicate with changes", icon=":material/content_copy:"):
            duplicate(run)
        offer_replay(run)


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
    value = recipe.value(path)
    return "automatic" if value is None else brief(flat(recipe)[path])
