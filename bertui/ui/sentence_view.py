"""The Sentence page's parts: the answer to one row, a second version of it, and what was asked before."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from bertui.errors import UserError
from bertui.runs.run import Run
from bertui.tasks.results import Input
from bertui.tasks.views import Bars, Number
from bertui.ui import shell
from bertui.ui.answer_views import show_views
from bertui.ui.sentence_beside import show_beside
from bertui.ui.sentence_examples import doubt, show_answers, show_examples
from bertui.ui.sentence_heatmap import note_truncation, show_heatmap, show_word_changes
from bertui.ui.sentence_model import boxes_of, explained, predicted, predictor_of, titles_of
from bertui.ui.sentence_words import by_key, chosen_target, show_words, target_key

TEXT, OTHER, HISTORY = "sentence_text", "sentence_other", "sentence_history"
_MOST_HISTORY = 50
_KEY = "sentence"


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
                show_examples(run, _fill_boxes)
            with right:
                show_answers(run)
    show_history()


def _show_answer(run: Run, inputs: Input, left: Any, right: Any) -> None:
    """Show the answer at the right, and the words under the text that they belong to, so that both are in sight."""
    with left:
        if words := doubt(run, inputs):
            st.warning(shell.plain(words), icon=":material/translate:")
    with right:
        shown_answer = answer(run, inputs)
    with left:
        st.header("What each word did", anchor=False)
        show_words(run, shown_answer, _KEY)
    show_beside(run, shown_answer)
    what_if(run, shown_answer)


def ask(titles: list[str]) -> Input:
    """Show a large box for each thing the task reads and return what is in them."""
    height = 100 if len(titles) == 1 else 80
    texts = [
        st.text_area(
            "Your text" if len(titles) == 1 else title, key=_box(TEXT, number), height=height, persist_state="session",
            placeholder="Type or paste a text, then press Ctrl+Enter (⌘+Enter) or the button.",
        )
        for number, title in enumerate(titles)
    ]  # fmt: skip
    st.button("Read it", type="primary", icon=":material/play_arrow:", key="sentence_read")
    return tuple(text or "" for text in texts)


def _box(name: str, number: int) -> str:
    return name if number == 0 else f"{name}_{number}"


def answer(run: Run, inputs: Input) -> Any:
    """Show the answer to one row."""
    prediction = predicted(run, inputs, typed=True)
    remember(run, prediction)
    views = prediction.views()
    if not any(isinstance(view, Number) for view in views):  # which says it as large as a heading
        st.header(shell.plain(prediction.summary()), anchor=False)
    show_views(views, "sentence_answer")
    return prediction


def what_if(run: Run, before: Any) -> None:
    """Show a second version, and how the answer and each word's score differ from the first."""
    st.header("What if", anchor=False)
    st.caption("Change a word and see what it does. The words are scored for what is chosen above.")
    titles = boxes_of(run)
    st.button("Copy the text here", key="sentence_copy", icon=":material/content_copy:", on_click=_copy,
              args=(len(titles),))  # fmt: skip
    other = tuple(
        st.text_area(
            "Another version" if len(titles) == 1 else f"{title}, another version", key=_box(OTHER, number),
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
    focuses = task.focuses(before)
    key = st.session_state.get(f"focus_{_KEY}_{run.id}", focuses[0].key)
    first = next((focus for focus in focuses if focus.key == key), focuses[0])
    second = by_key(task.focuses(after), first)
    target = chosen_target(first, st.session_state.get(target_key(_KEY), -1))
    same = first.targets[target]
    later = second.targets.index(same) if same in second.targets else second.default
    one, two = explained(run, before.inputs, first, target), explained(run, after.inputs, second, later)
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
        words = f"“{target}”: {100 * one.output:.1f} % before, {100 * two.output:.1f} % now "
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


def try_in_sentence(run: Run, inputs: Input) -> None:
    """Open the Sentence page with these texts."""
    _fill(TEXT, inputs)
    shell.go_to("sentence", run=run.id)


def _fill(name: str, inputs: Input) -> None:
    for number, text in enumerate(inputs):
        st.session_state[_box(name, number)] = text


def show_no_model(run: Run | None) -> None:
    """Say what is missing before anything can be asked, and where to get it."""
    if run is None:
        st.info("There is no trained model yet. Train one first; a sample takes about a minute.")
        st.page_link("pages/start.py", label="Go to Start", icon=":material/home:")
        return
    with shell.showing_errors():
        raise _unfinished(run)


def _unfinished(run: Run) -> UserError:
    from bertui.errors import RunError

    return RunError(
        f"The run '{run.name}' is {run.state} and has no results yet.",
        remedy="Choose a finished run at the left, or wait for this one.",
    )


def _fill_boxes(inputs: Input) -> None:
    _fill(TEXT, inputs)


def _copy(boxes: int) -> None:
    _fill(OTHER, tuple(st.session_state.get(_box(TEXT, number), "") for number in range(boxes)))


def _bring_back() -> None:
    chosen = st.session_state["sentence_history_table"].selection.rows
    history = st.session_state.get(HISTORY, [])
    if chosen and chosen[0] < len(history):
        _fill(TEXT, history[chosen[0]]["texts"])


_LONGEST = 120  # letters of an answer in a heading; all of it stands below
_PERCENT = {
    name: st.column_config.NumberColumn(format=form)
    for name, form in (
        ("probability (%)", "%.1f"),
        ("before (%)", "%.1f"),
        ("now (%)", "%.1f"),
        ("difference (points)", "%+.1f"),
    )
}
