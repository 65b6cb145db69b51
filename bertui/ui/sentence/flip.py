"""What would flip the answer: the fewest words to delete or replace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from bertui.explanation.flips import Flip
from bertui.runs.asking import Asking
from bertui.runs.run import Run
from bertui.tasks.results import Input
from bertui.ui import shell
from bertui.ui.answer.boxes import OTHER, fill
from bertui.ui.answer.kept import keep, kept
from bertui.ui.answer.loaded import predictor_of

_WANTED = "sentence_flip_wanted"


def flip(run: Run, answer: Any) -> Callable[[], None]:
    """Offer the search, show what it found, and return what carries it out when the rest of the page is shown."""
    task = predictor_of(run).task
    st.header("What would flip it?", anchor=False)
    if task.no_flip:
        st.caption(shell.plain(task.no_flip))
        return _nothing
    key = ("flips", run.id, run.model_folder.stat().st_mtime_ns, answer.inputs)
    found = kept(key)
    if found is not None:
        _show(found)
        return _nothing
    st.caption("Looks for the fewest words to delete, or to replace by words of the training rows, for another answer.")
    if st.session_state.get(_WANTED) != key:
        st.button(
            "Find the fewest changes", key="sentence_flip", icon=":material/swap_horiz:", on_click=_want, args=(key,)
        )
        return _nothing
    place = st.empty()
    st.button("Stop", key="sentence_flip_stop", icon=":material/stop:", on_click=_want, args=(None,))
    return lambda: _search(run, answer, key, place)


def _search(run: Run, answer: Any, key: Any, place: Any) -> None:
    place.progress(0.0, _WORKING)
    focus = predictor_of(run).task.focuses(answer)[0]
    asking = Asking(predictor_of(run), answer.inputs, focus, focus.default)

    def progress(share: float) -> None:
        place.progress(share, _WORKING)

    with shell.showing_errors():
        keep(key, lambda: asking.flips(answer, run, progress))
        st.rerun()


def _show(found: tuple[Flip, ...]) -> None:
    if not found:
        st.info("No other answer was found by deleting or replacing up to four words.", icon=":material/block:")
    for number, one in enumerate(found):
        with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(
                f"{shell.bold(one.prediction.summary())}  \n{shell.plain(one.in_words())}  \n{_text(one.inputs)}"
            )
            st.button("Compare", key=f"sentence_flip_{number}", icon=":material/compare_arrows:",
                      help="Puts it into “What if” below.", on_click=fill, args=(OTHER, one.inputs))  # fmt: skip


def _text(inputs: Input) -> str:
    return shell.plain(" ⏐ ".join(inputs))


def _want(key: Any) -> None:
    st.session_state[_WANTED] = key


def _nothing() -> None:
    """There is nothing to work out."""


_WORKING = "Changing words and reading the text again …"
