"""What is explained of an answer: which part of it, for what, and the words that moved it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from bertui.runs.run import Run
from bertui.tasks.results import Focus
from bertui.ui.answer.downloads import offer_map
from bertui.ui.answer.heatmap import note_truncation, show_heatmap, show_neighbours, show_together, show_word_table
from bertui.ui.answer.loaded import explained, predictor_of, titles_of
from bertui.ui.answer.method import choose_method
from bertui.ui.answer.trust import show_trust

_ANSWER = -1  # in place of a number: whatever the answer is


def show_words(run: Run, answer: Any, key: str, *, other: str | None = None, table: bool = True) -> None:
    """Show the heatmap of one answer, for the part, the target and the method that the person chooses.

    Args:
        key: Tells this heatmap's controls from others on the page.
        other: A target to be offered beside the answer's own, such as the true label; all when left out.
        table: Whether the scores are also listed word by word, and what words of two texts do together is offered.
    """
    note_truncation(answer)
    controls = st.container(horizontal=True)  # side by side, so that the words stay in sight
    with controls:
        focus = choose_focus(run, answer, key)
        target = _choose_target(focus, key, other)
        method = choose_method(key)
    words = explained(run, answer.inputs, focus, target, method)
    show_heatmap(words, focus.names, titles_of(run, focus))
    show_trust(run, answer.inputs, focus, words, method, key)
    offer_map(run, answer, focus, words, method, key)
    if table:
        with st.expander("Scores word by word", icon=":material/format_list_numbered:", key=f"words_{key}"):
            show_word_table(words)
        show_together(run, answer.inputs, focus, words, key)
    show_neighbours(run, answer.inputs, key)


def choose_focus(run: Run, answer: Any, key: str) -> Focus:
    """Let the person choose which part of the answer is explained, where there are several."""
    focuses = predictor_of(run).task.focuses(answer)
    if len(focuses) == 1:
        return focuses[0]
    titles = {focus.key: focus.title for focus in focuses}
    chosen = st.selectbox("Explain", list(titles), key=f"focus_{key}_{run.id}", format_func=titles.__getitem__)
    return next((focus for focus in focuses if focus.key == chosen), focuses[0])


def _choose_target(focus: Focus, key: str, other: str | None) -> int:
    """Let the person choose for what the words are scored; the answer unless another is chosen."""
    others = [number for number, name in enumerate(focus.targets) if other in (None, name)]
    if not set(others) - {focus.default}:
        return focus.default
    chosen = st.selectbox(
        "Show words for or against", [_ANSWER, *others], key=target_key(key),
        format_func=lambda at: _named(focus, at),
    )  # fmt: skip
    return chosen_target(focus, chosen)


def chosen_focus(run: Run, answer: Any, key: str) -> Focus:
    """Return the part of an answer that was chosen for a map; its usual one where it has no such part."""
    focuses = predictor_of(run).task.focuses(answer)
    chosen = st.session_state.get(f"focus_{key}_{run.id}")
    return next((focus for focus in focuses if focus.key == chosen), focuses[0])


def chosen_target_of(focus: Focus, key: str) -> int:
    """Return the target that was chosen for a map."""
    return chosen_target(focus, st.session_state.get(target_key(key), _ANSWER))


def target_key(key: str) -> str:
    return f"target_{key}"


def chosen_target(focus: Focus, chosen: int) -> int:
    """Return a target's number: the answer's own unless another was chosen that this answer has too."""
    return chosen if 0 <= chosen < len(focus.targets) else focus.default


def _named(focus: Focus, at: int) -> str:
    return f"{focus.default_is} ({focus.names[focus.default]})" if at == _ANSWER else focus.names[at]


def by_key(focuses: Sequence[Focus], like: Focus) -> Focus:
    """Return the focus of another answer with the same key; its usual one where it has none."""
    return next((focus for focus in focuses if focus.key == like.key), focuses[0])
