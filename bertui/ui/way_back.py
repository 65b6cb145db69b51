"""The way back to the guided tour, on the pages that it leads to."""

from __future__ import annotations

import streamlit as st

_STEP = "tour_is_at"


def on_tour(step: str) -> None:
    """Note that the tour is under way, at a step such as "step 2 of 7"."""
    st.session_state[_STEP] = step


def end_tour() -> None:
    st.session_state.pop(_STEP, None)


def show_way_back(title: str) -> None:
    """Link to the tour while it is under way; nothing on the page that it is on."""
    step = st.session_state.get(_STEP)
    if step and title != "Layers":
        query = {key: st.session_state[key] for key in ("table", "run") if st.session_state.get(key)}
        st.page_link("pages/layers.py", label=f"Back to the guided tour, {step}", icon=":material/tour:",
                     query_params=query)  # fmt: skip
