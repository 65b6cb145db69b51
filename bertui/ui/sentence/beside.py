"""Another run or another method beside what the first one says of a text, with the difference word by word."""

from __future__ import annotations

from typing import Any

import streamlit as st

from bertui.explanation.attribution import Attribution
from bertui.runs.run import HAS_MODEL, Run
from bertui.ui import shell
from bertui.ui.answer.heatmap import show_heatmap, show_word_changes
from bertui.ui.answer.loaded import boxes_of, explained, predicted, titles_of
from bertui.ui.answer.method import chosen_method, method_titles
from bertui.ui.answer.trust import show_trust
from bertui.ui.answer.views import show_views
from bertui.ui.answer.word_scores import chosen_focus, chosen_target_of
from bertui.ui.names import unique_names
from bertui.ui.sentence.what_if import KEY


def show_beside(run: Run, answer: Any) -> None:
    """Let the person set another run or another method beside this one."""
    runs, titles = {other.id: other for other in _others(run)}, method_titles()
    names = unique_names([(other.id, other.name) for other in runs.values()])
    methods = [method for method in titles if method != chosen_method(KEY)]
    st.header("Side by side", anchor=False)
    chosen = st.selectbox(
        "The same text read by another run, or explained by another method", [None, *runs, *methods],
        key=f"sentence_beside_{run.id}",
        format_func=lambda at: "nothing beside it" if at is None else names.get(at) or titles[at],
    )  # fmt: skip
    if chosen is None:
        return
    with shell.showing_errors():
        if chosen in runs:
            _two(run, answer, runs[chosen], chosen_method(KEY))
        else:
            _two(run, answer, run, chosen)


def _two(run: Run, answer: Any, other: Run, method: str) -> None:
    """Show two maps of one target, and how each word's score differs where both score the same thing."""
    left, right = st.columns(2, gap="large")
    first = chosen_method(KEY)
    with left:
        one = _one(run, answer, first, "this")
    with right:
        two = _one(other, predicted(other, answer.inputs), method, "other")
    if one.scale == two.scale and one.target == two.target:
        with st.expander("Word by word, both", icon=":material/compare_arrows:"):
            titles = ("this run", "other run") if other.id != run.id else ("first method", "second method")
            show_word_changes(one, two, titles)
    else:
        st.caption("The two score different things, so their figures cannot be taken from each other; compare which "
                   "words come first.")  # fmt: skip


def _one(run: Run, answer: Any, method: str, side: str) -> Attribution:
    focus = chosen_focus(run, answer, KEY)
    words = explained(run, answer.inputs, focus, chosen_target_of(focus, KEY), method)
    st.markdown(shell.bold(f"{run.name}: {method_titles()[method]}"))
    st.markdown(shell.plain(answer.summary()))
    show_views(answer.views(), f"beside_{side}")
    show_heatmap(words, focus.names, titles_of(run, focus))
    show_trust(run, answer.inputs, focus, words, method, f"beside_{side}")
    return words


def _others(run: Run) -> list[Run]:
    """Return the other runs with a model that read texts of the same number, for the same kind of answer."""
    boxes = len(boxes_of(run))
    runs = [other for other in shell.workspace().runs() if other.id != run.id and other.state in HAS_MODEL]
    return [other for other in runs if len(boxes_of(other)) == boxes and other.task_kind == run.task_kind]
