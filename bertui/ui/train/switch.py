"""The two views of the Train page, of which the address names one: the form of a new run, and the current run."""

from __future__ import annotations

import streamlit as st

from bertui.runs.run import LIVE, Run

NEW, THIS = "New run", "This run"
_WORDS = {"new": NEW, "run": THIS}


def choose_view(run: Run) -> str:
    """Draw the switch between the two views and return the chosen one."""
    in_address = st.query_params.get("view")
    begins = "train_view" not in st.session_state
    if in_address in _WORDS and (begins or in_address != st.session_state.get("train_view_shown")):
        st.session_state["train_view"] = _WORDS[in_address]  # a link, or the browser's Back
    elif begins:
        named = st.session_state.get("run_in_address", "run" in st.query_params)
        st.session_state["train_view"] = THIS if named or run.state in LIVE else NEW
    chosen = str(
        st.segmented_control("View", [NEW, THIS], key="train_view", required=True, label_visibility="collapsed")
    )
    shown = next(key for key, words in _WORDS.items() if words == chosen)
    st.session_state["train_view_shown"] = shown
    if in_address != shown:
        st.query_params["view"] = shown
    return chosen
