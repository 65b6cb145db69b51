"""What a page says that needs a trained model where there is none."""

from __future__ import annotations

import streamlit as st

from bertui.errors import RunError
from bertui.runs.run import Run
from bertui.ui import shell


def show_no_model(run: Run | None) -> None:
    """Say what is missing before anything can be asked, and where to get it."""
    if run is None:
        st.info("There is no trained model yet. Train one first; a sample takes about a minute.")
        st.page_link("pages/start.py", label="Go to Start", icon=":material/home:")
        return
    with shell.showing_errors():
        raise _unfinished(run)


def _unfinished(run: Run) -> RunError:
    return RunError(
        f"The run '{run.name}' is {run.state} and has no results yet.",
        remedy="Choose a finished run at the left, or wait for this one.",
    )
