"""Drawing an answer: each kind of view in one place, whatever the task."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from bertui.plots.bars import probabilities_figure
from bertui.tasks.views import AnswerView, Bars, Marked, Number
from bertui.ui import shell
from bertui.ui.charts import draw


def show_views(views: Sequence[AnswerView], key: str) -> None:
    """Draw the views one below the other; texts that are to be compared stand side by side."""
    for number, view in enumerate(view for view in views if not isinstance(view, Marked)):
        _DRAWN[type(view)](view, f"{key}-{number}")
    texts = [view for view in views if isinstance(view, Marked)]
    for place, text in zip(st.columns(len(texts)) if texts else (), texts, strict=True):
        with place:
            _marked(text)


def _bars(view: Bars, key: str) -> None:
    draw(probabilities_figure(view.names, view.values, thresholds=view.thresholds), key)


def _number(view: Number, key: str) -> None:
    around = None if view.low is None or view.high is None else f"95 % of like rows: {view.low:.2f} to {view.high:.2f}"
    st.metric(view.title, f"{view.value:.2f}", around, delta_color="off", delta_arrow="off")


def _marked(view: Marked) -> None:
    from bertui.explanation.marked import key_html, marked_html

    if view.title:
        st.caption(shell.plain(view.title))
    st.html(f'<div style="font-size:1.1rem">{marked_html(view.text, view.marks, view.kinds)}</div>')
    if key := key_html(view.marks, view.kinds):
        st.html(f'<div style="font-size:.875rem">{key}</div>')


_DRAWN: dict[type, Callable[[Any, str], None]] = {Bars: _bars, Number: _number}
