"""What runs of other seeds make of the same text: how steady its map is."""

from __future__ import annotations

from typing import Any

import streamlit as st

from bertui.runs.run import HAS_MODEL, Run
from bertui.runs.seeds import OtherSeeds, asked_of, of_other_seeds
from bertui.ui import shell
from bertui.ui.answer.loaded import explained
from bertui.ui.answer.method import chosen_method
from bertui.ui.answer.word_scores import chosen_focus, chosen_target_of
from bertui.ui.background import computed
from bertui.ui.sentence.what_if import KEY


def show_steadiness(run: Run, answer: Any) -> None:
    """Offer to ask the runs that differ in their seed alone, where there are any."""
    with_model = tuple(other.id for other in shell.workspace().runs() if other.state in HAS_MODEL)
    others = _of_other_seeds(run.id, with_model, _run=run)
    if not others:
        return
    st.header("Would another seed say so?", anchor=False)
    st.caption("A seed decides chance alone: how the head begins, the order of the rows, dropout. What a map shows of "
               "the text and not of chance stays the same with another one.")  # fmt: skip
    focus, method = chosen_focus(run, answer, KEY), chosen_method(KEY)
    target = chosen_target_of(focus, KEY)
    words = explained(run, answer.inputs, focus, target, method)
    stamps = tuple((other.id, other.model_folder.stat().st_mtime_ns) for other in others)
    runs = "the other run" if len(others) == 1 else f"the {len(others)} other runs"
    found: OtherSeeds | None = computed(
        ("seeds", run.id, stamps, answer.inputs, focus.key, target, method), "sentence_seeds", f"Ask {runs}",
        lambda progress: asked_of(others, answer.inputs, focus, words, method, progress),
    )  # fmt: skip
    if found is not None:
        _show(found, answer.summary())


@st.cache_resource(max_entries=20, show_spinner=False)
def _of_other_seeds(run_id: str, with_model: tuple[str, ...], *, _run: Run) -> list[Run]:
    """Return them; the choices and rows of every run are read only when there is another run."""
    return of_other_seeds(_run, shell.workspace().runs())


def _show(found: OtherSeeds, own: str) -> None:
    if found.steadiness is not None:
        st.markdown(f":material/casino: {shell.plain(found.steadiness.sentence())}")
    listed = "; ".join(found.answers)
    st.markdown(shell.plain(f"This run answers {own}; with other seeds: {listed}."))
