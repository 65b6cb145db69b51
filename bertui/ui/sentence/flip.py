"""What would flip the answer: the fewest words to delete or replace."""

from __future__ import annotations

from typing import Any

import streamlit as st

from bertui.explanation.flips import Flip
from bertui.runs.asking import Asking
from bertui.runs.run import Run
from bertui.tasks.results import Input
from bertui.ui import shell
from bertui.ui.answer.boxes import OTHER, fill
from bertui.ui.answer.loaded import predictor_of
from bertui.ui.background import computed


def flip(run: Run, answer: Any) -> None:
    """Offer the search, its progress and the button that ends it; show what it found."""
    predictor = predictor_of(run)
    st.header("What would flip it?", anchor=False)
    if predictor.task.no_flip:
        st.caption(shell.plain(predictor.task.no_flip))
        return
    st.caption(
        "Looks for the fewest words to delete or replace for another answer. What stands for a word is guessed "
        "by the pre-trained model, if it has its language-model head; else taken from the training rows."
    )
    focus = predictor.task.focuses(answer)[0]
    asking = Asking(predictor, answer.inputs, focus, focus.default)
    found: tuple[Flip, ...] | None = computed(
        ("flips", run.id, run.model_folder.stat().st_mtime_ns, answer.inputs), "sentence_flip",
        "Find the fewest changes", lambda progress: asking.flips(answer, run, progress),
    )  # fmt: skip
    if found is not None:
        _show(found)


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
