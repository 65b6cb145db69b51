"""The Sentence page's parts: the answer to one text, a second version of it, and what was asked before."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bertui.errors import UserError
from bertui.plots.bars import probabilities_figure
from bertui.prediction import Prediction
from bertui.runs.run import Run
from bertui.ui import shell
from bertui.ui.charts import draw
from bertui.ui.sentence_heatmap import note_cut, show_heatmap, show_neighbours, show_word_changes, show_word_table
from bertui.ui.sentence_model import explained, predicted

TEXT, OTHER, HISTORY = "sentence_text", "sentence_other", "sentence_history"
_MOST_HISTORY = 50
_PREDICTED = -1  # in place of a class number: whichever is predicted


def show(run: Run) -> None:
    """Show the whole page for a run that has a model."""
    left, right = st.columns([3, 2], gap="large")
    with left:
        text = ask()
    if text.strip():
        with shell.told():
            with right:
                found = answer(run, text)
            show_words(run, found)
            what_if(run, text)
    show_history()


def ask() -> str:
    """Show the large text box and return what is in it."""
    text = st.text_area(
        "Your text", key=TEXT, height=160, persist_state="session",
        placeholder="Type or paste a text, then press Ctrl+Enter (⌘+Enter) or the button.",
    )  # fmt: skip
    st.button("Read it", type="primary", icon=":material/play_arrow:", key="sentence_read")
    return text or ""


def answer(run: Run, text: str) -> Prediction:
    """Show the label and the probabilities of one text."""
    found = predicted(run, text)
    remember(run, found)
    st.subheader(f"{shell.plain(found.label)}, {100 * found.probability:.1f} %", anchor=False)
    chart = probabilities_figure(found.classes, found.probabilities)
    draw(chart, "sentence_probabilities")
    return found


def show_words(run: Run, found: Prediction) -> None:
    """Show the heatmap of one text for the class that the person chooses."""
    st.subheader("What each word did", anchor=False)
    note_cut(found)
    words = explained(run, found.text, choose_class(run, found))
    show_heatmap(words, found.classes)
    with st.expander("Scores word by word", icon=":material/format_list_numbered:"):
        show_word_table(words)
    show_neighbours(run, found.text, "sentence")


def choose_class(run: Run, found: Prediction) -> int:
    """Let the person choose whose words are shown; the predicted class unless another is chosen."""
    others = [_PREDICTED, *range(len(found.classes))]
    chosen = st.selectbox(
        "Show words for or against", others, key=f"sentence_class_{run.id}",
        format_func=lambda at: f"the prediction ({found.label})" if at == _PREDICTED else found.classes[at],
    )  # fmt: skip
    return found.classes.index(found.label) if chosen == _PREDICTED else chosen


def what_if(run: Run, text: str) -> None:
    """Show a second text box, and how the answer and each word's score differ from the first."""
    st.subheader("What if", anchor=False)
    st.caption("Change a word and see what it does. The words are scored for the class chosen above.")
    st.button("Copy the text here", key="sentence_copy", icon=":material/content_copy:", on_click=_copy)
    other = st.text_area("Another version", key=OTHER, height=110, persist_state="session") or ""
    if not other.strip():
        return
    with shell.told():
        _compare(run, text, other)


def _compare(run: Run, text: str, other: str) -> None:
    before, after = predicted(run, text), predicted(run, other)
    chosen = st.session_state.get(f"sentence_class_{run.id}", _PREDICTED)
    target: int = before.classes.index(before.label) if chosen == _PREDICTED else chosen
    note_cut(after)
    moved = 100 * (after.probabilities[target] - before.probabilities[target])
    words = f"“{before.classes[target]}”: {100 * before.probabilities[target]:.1f} % before, "
    words += f"{100 * after.probabilities[target]:.1f} % now ({moved:+.1f} points).".replace("-", "−")
    words += _flip(before, after)
    st.markdown(f"**{shell.plain(words)}**")
    st.dataframe(_probabilities(before, after), hide_index=True, width="stretch", column_config=_PERCENT)
    first, second = explained(run, text, target), explained(run, other, target)
    show_heatmap(second, after.classes)
    with st.expander("Word by word, both versions", icon=":material/compare_arrows:", expanded=True):
        show_word_changes(first, second)


def _flip(before: Prediction, after: Prediction) -> str:
    if before.label == after.label:
        return f" The prediction stays “{after.label}”."
    return f" The prediction changes from “{before.label}” to “{after.label}”."


def _probabilities(before: Prediction, after: Prediction) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "label": list(before.classes),
            "before (%)": [100 * value for value in before.probabilities],
            "now (%)": [100 * value for value in after.probabilities],
        }
    )
    frame["difference (points)"] = frame["now (%)"] - frame["before (%)"]
    return frame.sort_values("difference (points)", key=abs, ascending=False, kind="stable")


def remember(run: Run, found: Prediction) -> None:
    """Put an answer on top of this visit's history, once."""
    history = st.session_state.setdefault(HISTORY, [])
    entry = {
        "text": found.text, "label": found.label, "probability (%)": 100 * found.probability, "run": run.name,
    }  # fmt: skip
    st.session_state[HISTORY] = [entry, *(one for one in history if one != entry)][:_MOST_HISTORY]


def show_history() -> None:
    """List what was asked in this visit; a chosen line goes back into the box."""
    history = st.session_state.get(HISTORY, [])
    if not history:
        return
    with st.expander(f"Asked in this visit ({len(history)})", icon=":material/history:"):
        st.caption("Choose a line to bring its text back. The list is gone when you close the page.")
        st.dataframe(
            pd.DataFrame(history), hide_index=True, width="stretch", key="sentence_history_table",
            on_select=_bring_back, selection_mode="single-row", column_config=_PERCENT,
        )  # fmt: skip


def try_in_sentence(run: Run, text: str) -> None:
    """Open the Sentence page with this text."""
    st.session_state[TEXT] = text
    st.switch_page("pages/sentence.py", query_params={"run": run.id})


def show_no_model(run: Run | None) -> None:
    """Say what is missing before anything can be asked, and where to get it."""
    if run is None:
        st.info("There is no trained model yet. Train one first; a sample takes about a minute.")
        st.page_link("pages/start.py", label="Go to Start", icon=":material/home:")
        return
    with shell.told():
        raise _unfinished(run)


def _unfinished(run: Run) -> UserError:
    from bertui.errors import RunError

    return RunError(
        f"The run '{run.name}' is {run.state} and has no results yet.",
        remedy="Choose a finished run at the left, or wait for this one.",
    )


def _copy() -> None:
    st.session_state[OTHER] = st.session_state.get(TEXT, "")


def _bring_back() -> None:
    chosen = st.session_state["sentence_history_table"].selection.rows
    history = st.session_state.get(HISTORY, [])
    if chosen and chosen[0] < len(history):
        st.session_state[TEXT] = history[chosen[0]]["text"]


_PERCENT = {
    name: st.column_config.NumberColumn(format=form)
    for name, form in (
        ("probability (%)", "%.1f"),
        ("before (%)", "%.1f"),
        ("now (%)", "%.1f"),
        ("difference (points)", "%+.1f"),
    )
}
