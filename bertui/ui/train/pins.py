"""The pinned sentences of a run: their answers and words at each check, with a slider over the checks."""

from __future__ import annotations

from typing import Any

import streamlit as st

from bertui.explanation.attribution import from_saved
from bertui.plots.bars import probabilities_figure
from bertui.runs.feed import Feed
from bertui.ui import shell
from bertui.ui.answer.heatmap import show_heatmap
from bertui.ui.charts import draw

_SENTENCE = 200  # letters of a sentence in its heading


def show_pins(feed: Feed, key: str) -> None:
    """Show what the sentences were answered at the chosen check: the newest until the person goes back."""
    checks = sorted(feed.pins)
    if not checks:
        st.caption("No sentence is pinned, or none was asked yet. They are typed on the form of a new run.")
        return
    step = _chosen(checks, key)
    for number, one in enumerate(feed.pins[step].sentences):
        with st.container(border=True):
            _sentence(one, f"pin {key} {number}")


def _chosen(checks: list[int], key: str) -> int:
    if len(checks) == 1:
        st.caption(f"After step {checks[0]:,}.")
        return checks[0]
    # Who stands at the newest check goes on with the run; who went back stays there.
    held, newest = f"pins_step {key}", f"pins_newest {key}"
    at = st.session_state.get(held)
    if at not in checks or at == st.session_state.get(newest):
        st.session_state[held] = checks[-1]
    st.session_state[newest] = checks[-1]
    step: int = st.select_slider("After step", checks, key=held)
    return step


def _sentence(one: dict[str, Any], key: str) -> None:
    words = one["words"]
    st.caption(shell.plain(f"Answer: {one['answer']}"))
    if one["probabilities"]:
        draw(probabilities_figure(tuple(one["probabilities"]), tuple(one["probabilities"].values())), key)
    if words is None:
        st.text(" | ".join(one["texts"])[:_SENTENCE])
        st.caption("The frozen pass cannot read a model of this kind, so its words have no scores.")
        return
    show_heatmap(from_saved(words), one["targets"])
