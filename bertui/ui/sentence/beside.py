"""Two runs side by side under one text."""

from __future__ import annotations

from typing import Any

import streamlit as st

from bertui.runs.run import HAS_MODEL, Run
from bertui.ui import shell
from bertui.ui.answer.loaded import boxes_of, predicted
from bertui.ui.answer.views import show_views
from bertui.ui.answer.word_scores import show_words
from bertui.ui.names import unique_names


def show_beside(run: Run, answer: Any) -> None:
    """Let the person set another run beside this one; both answer the same text."""
    others = {other.id: other for other in _others(run)}
    if not others:
        return
    st.header("Another run beside it", anchor=False)
    names = unique_names([(other.id, other.name) for other in others.values()])
    chosen = st.selectbox("The same text read by", [None, *others], key=f"sentence_beside_{run.id}",
                          format_func=lambda id: "no other run" if id is None else names[id])  # fmt: skip
    if chosen is None:
        return
    with shell.showing_errors():
        other = predicted(others[chosen], answer.inputs)
        left, right = st.columns(2, gap="large")
        with left:
            _show_one(run, answer, "beside_this")
        with right:
            _show_one(others[chosen], other, "beside_other")


def _show_one(run: Run, answer: Any, key: str) -> None:
    st.markdown(shell.bold(run.name))
    st.markdown(shell.plain(answer.summary()))
    show_views(answer.views(), key)
    show_words(run, answer, key, table=False)


def _others(run: Run) -> list[Run]:
    """Return the other runs with a model that read texts of the same number."""
    boxes = len(boxes_of(run))
    runs = [other for other in shell.workspace().runs() if other.id != run.id and other.state in HAS_MODEL]
    return [other for other in runs if len(boxes_of(other)) == boxes]
