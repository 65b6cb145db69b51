"""The three cards of the Start page."""

from __future__ import annotations

import streamlit as st

from bertui.runs.run import HAS_MODEL
from bertui.ui import shell
from bertui.ui.first_run import start_sample


def cards() -> None:
    """Show the three ways in, side by side."""
    first, second, third = st.columns(3)
    with first.container(border=True, height="stretch", key="card-sample"):
        _try_sample()
    with second.container(border=True, height="stretch", key="card-upload"):
        _upload()
    with third.container(border=True, height="stretch", key="card-sentence"):
        _sentence()


def _try_sample() -> None:
    st.header(":material/play_circle: Try a sample", anchor=False)
    st.write("What does the customer want? One click trains a model on requests to a shop, in about a minute.")
    if st.button("Train on the sample", type="primary", key="start-sample", width="stretch"):
        with shell.showing_errors():
            run = start_sample()
            shell.go_to("train", run=run.id)


def _upload() -> None:
    st.header(":material/upload: Upload your table", anchor=False)
    st.write("Texts and their labels, as CSV, Excel, JSON lines or Parquet. They stay on this machine.")
    if st.button("Bring a table", key="start-upload", width="stretch"):
        shell.go_to("data")


def _sentence() -> None:
    st.header(":material/short_text: Type a sentence", anchor=False)
    run = next((run for run in shell.workspace().runs() if run.state in HAS_MODEL), None)
    if run is None:
        st.write("See what a model makes of your words, and which of them count. Train one first.")
    else:
        st.write("See what your newest model makes of your words, and which of them count.")
    if st.button("Type a sentence", key="start-sentence", width="stretch", disabled=run is None) and run:
        shell.go_to("sentence", run=run.id)
