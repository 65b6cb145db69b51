"""The boxes of the Sentence page, which any page may fill."""

from __future__ import annotations

import streamlit as st

from bertui.runs.run import Run
from bertui.tasks.results import Input
from bertui.ui.address import go_to

TEXT, OTHER = "sentence_text", "sentence_other"


def box(name: str, number: int) -> str:
    """Return the key of one of the boxes."""
    return name if number == 0 else f"{name}_{number}"


def fill(name: str, inputs: Input) -> None:
    """Put texts into the boxes before they are drawn."""
    for number, text in enumerate(inputs):
        st.session_state[box(name, number)] = text


def try_in_sentence(run: Run, inputs: Input) -> None:
    """Open the Sentence page with these texts."""
    fill(TEXT, inputs)
    go_to("sentence", run=run.id)
