"""The two views of the Train page, of which the address names one: the form of a new run, and the current run."""

from __future__ import annotations

import streamlit as st

from bertui.runs.run import LIVE, Run

NEW, THIS = "New run", "This run"
_WORDS = {"new": NEW, "run": THIS}


def choose_view(run: Run) -> str:
    """Draw the switch between the two views and return the chosen one."""
    in_address = st.query_params.get("view")
    chosen = st.session_state.get("train_view")
    if in_address in _WORDS and (chosen is None or in_address != st.session_state.get("train_view_shown")):
        chosen = _WORDS[in_address]  # a link, or the browser's Back
    elif chosen is None:
        named = st.session_state.get("run_in_address", "run" in st.query_params)
        chosen = THIS if named or run.state in LIVE else NEW
    # The browser is told each time: a click while it still loads the page can leave the switch there without a choice.
    st.session_state["train_view"] = chosen
    chosen = str(
        st.segmented_control("View", [NEW, THIS], key="train_view", required=True, label_visibility="collapsed")
    )
    shown = next(key for key, words in _WORDS.items() if words == chosen)
    st.session_state["train_view_shown"] = shown
    if in_address != shown:
        st.query_params["view"] = shown
    return chosen
