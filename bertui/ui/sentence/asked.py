"""What was asked in this visit, and the way back to it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from bertui.runs.run import Run
from bertui.ui.answer.boxes import TEXT, fill

HISTORY = "sentence_history"
_MOST_HISTORY = 50


def remember(run: Run, prediction: Any) -> None:
    """Put an answer on top of this visit's history, once."""
    history = st.session_state.setdefault(HISTORY, [])
    sure = {} if prediction.probability is None else {"probability (%)": 100 * prediction.probability}
    entry = {
        "text": " ⏐ ".join(prediction.inputs),
        "answer": prediction.in_words,
        **sure,
        "run": run.name,
        "texts": prediction.inputs,
    }
    st.session_state[HISTORY] = [entry, *(one for one in history if one != entry)][:_MOST_HISTORY]


def show_history() -> None:
    """List what was asked in this visit; a chosen line goes back into the boxes."""
    history = st.session_state.get(HISTORY, [])
    if not history:
        return
    with st.expander(f"Asked in this visit ({len(history)})", icon=":material/history:"):
        st.caption("Choose a line to bring its text back. The list is gone when you close the page.")
        st.dataframe(
            pd.DataFrame(history).drop(columns="texts"), hide_index=True, width="stretch", key="sentence_history_table",
            on_select=_bring_back, selection_mode="single-row", column_config=_PERCENT,
        )  # fmt: skip


def _bring_back() -> None:
    chosen = st.session_state["sentence_history_table"].selection.rows
    history = st.session_state.get(HISTORY, [])
    if chosen and chosen[0] < len(history):
        fill(TEXT, history[chosen[0]]["texts"])


_PERCENT = {"probability (%)": st.column_config.NumberColumn(format="%.1f")}
