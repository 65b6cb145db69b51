"""The Sentence page's parts: the answer to one row, a second version of it, and what was asked before."""

from __future__ import annotations

from typing import Any

import streamlit as st

from bertui.runs.run import Run
from bertui.tasks.results import Input
from bertui.tasks.views import Number
from bertui.ui import shell
from bertui.ui.answer.boxes import TEXT, box, fill
from bertui.ui.answer.loaded import boxes_of, predicted
from bertui.ui.answer.views import show_views
from bertui.ui.answer.word_scores import show_words
from bertui.ui.sentence.asked import remember, show_history
from bertui.ui.sentence.beginning import doubt, show_answers, show_examples
from bertui.ui.sentence.beside import show_beside
from bertui.ui.sentence.flip import flip
from bertui.ui.sentence.steady import show_steadiness
from bertui.ui.sentence.what_if import KEY, what_if


def show(run: Run) -> None:
    """Show the whole page for a run that has a model."""
    left, right = st.columns([3, 2], gap="large")
    with left, shell.showing_errors():
        inputs = ask(boxes_of(run))
    with shell.showing_errors():
        if all(text.strip() for text in inputs):
            _show_answer(run, inputs, left, right)
        else:
            with left:
                show_examples(run, lambda row: fill(TEXT, row))
            with right:
                show_answers(run)
            show_history()


def _show_answer(run: Run, inputs: Input, left: Any, right: Any) -> None:
    """Show the answer beside the text, and below both, over the whole width, the words with their bars."""
    with left:
        if words := doubt(run, inputs):
            st.warning(shell.plain(words), icon=":material/translate:")
    with right:
        shown_answer = answer(run, inputs)
    st.header("What each word did", anchor=False)
    show_words(run, shown_answer, KEY)
    flip(run, shown_answer)
    show_steadiness(run, shown_answer)
    show_beside(run, shown_answer)
    what_if(run, shown_answer)
    show_history()


def ask(titles: list[str]) -> Input:
    """Show a large box for each thing the task reads and return what is in them."""
    height = 100 if len(titles) == 1 else 80
    texts = [
        st.text_area(
            "Your text" if len(titles) == 1 else title, key=box(TEXT, number), height=height, persist_state="session",
            placeholder="Type or paste a text, then press Ctrl+Enter (⌘+Enter) or the button.",
        )
        for number, title in enumerate(titles)
    ]  # fmt: skip
    st.button("Read it", type="primary", icon=":material/play_arrow:", key="sentence_read")
    return tuple(text or "" for text in texts)


def answer(run: Run, inputs: Input) -> Any:
    """Show the answer to one row."""
    prediction = predicted(run, inputs, typed=True)
    remember(run, prediction)
    views = prediction.views()
    if not any(isinstance(view, Number) for view in views):  # which says it as large as a heading
        st.header(shell.plain(prediction.summary()), anchor=False)
    show_views(views, "sentence_answer")
    return prediction
