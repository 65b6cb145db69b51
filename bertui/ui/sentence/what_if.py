"""A second version of a text, beside what the first one gave."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from bertui.data.phrases import percent
from bertui.runs.run import Run
from bertui.tasks.results import Input
from bertui.tasks.views import Bars
from bertui.ui import shell
from bertui.ui.answer.boxes import OTHER, TEXT, box, fill
from bertui.ui.answer.heatmap import note_truncation, show_heatmap, show_word_changes
from bertui.ui.answer.loaded import boxes_of, explained, predicted, predictor_of, titles_of
from bertui.ui.answer.method import chosen_method
from bertui.ui.answer.word_scores import by_key, chosen_focus, chosen_target_of

KEY = "sentence"
"""Tells the controls of the first text's heatmap from others."""


def what_if(run: Run, before: Any) -> None:
    """Show a second version, and how the answer and each word's score differ from the first."""
    st.header("What if", anchor=False)
    st.caption("Change a word and see what it does. The words are scored for what is chosen above.")
    titles = boxes_of(run)
    st.button("Copy the text here", key="sentence_copy", icon=":material/content_copy:", on_click=_copy,
              args=(len(titles),))  # fmt: skip
    other = tuple(
        st.text_area(
            "Another version" if len(titles) == 1 else f"{title}, another version", key=box(OTHER, number),
            height=110, persist_state="session",
        ) or ""
        for number, title in enumerate(titles)
    )  # fmt: skip
    if not all(text.strip() for text in other):
        return
    with shell.showing_errors():
        _compare(run, before, other)


def _compare(run: Run, before: Any, other: Input) -> None:
    after, task = predicted(run, other, typed=True), predictor_of(run).task
    note_truncation(after)
    first = chosen_focus(run, before, KEY)
    second = by_key(task.focuses(after), first)
    target = chosen_target_of(first, KEY)
    same = first.targets[target]
    later = second.targets.index(same) if same in second.targets else second.default
    method = chosen_method(KEY)
    one = explained(run, before.inputs, first, target, method)
    two = explained(run, after.inputs, second, later, method)
    st.markdown(shell.bold(_moved(one, two, first.names[target]) + _flip(before, after)))
    if before.views() and after.views() and isinstance(before.views()[0], Bars):
        st.dataframe(_probabilities(before.views()[0], after.views()[0]), hide_index=True, width="stretch",
                     column_config=_PERCENT)  # fmt: skip
    show_heatmap(two, second.names, titles_of(run, second))
    with st.expander("Word by word, both versions", icon=":material/compare_arrows:", expanded=True):
        show_word_changes(one, two)


def _moved(one: Any, two: Any, target: str) -> str:
    if one.unit:
        words = f"{target}: {one.output:.2f} before, {two.output:.2f} now ({two.output - one.output:+.2f})."
    else:
        words = f"“{target}”: {percent(one.output)} before, {percent(two.output)} now "
        words += f"({100 * (two.output - one.output):+.1f} points)."
    return words.replace("-", "−")


def _flip(before: Any, after: Any) -> str:
    if before.answer == after.answer:
        return f" The answer stays “{before.in_words[:_LONGEST]}”."
    return f" The answer changes from “{before.in_words[:_LONGEST]}” to “{after.in_words[:_LONGEST]}”."


def _probabilities(before: Bars, after: Bars) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "label": list(before.names),
            "before (%)": [100 * value for value in before.values],
            "now (%)": [100 * value for value in after.values],
        }
    )
    frame["difference (points)"] = frame["now (%)"] - frame["before (%)"]
    return frame.sort_values("difference (points)", key=abs, ascending=False, kind="stable")


def _copy(boxes: int) -> None:
    fill(OTHER, tuple(st.session_state.get(box(TEXT, number), "") for number in range(boxes)))


_LONGEST = 120  # letters of an answer in a heading; all of it stands below
_PERCENT = {
    name: st.column_config.NumberColumn(format=form)
    for name, form in (("before (%)", "%.1f"), ("now (%)", "%.1f"), ("difference (points)", "%+.1f"))
}
