"""What the Sentence page begins with: rows of the run's table to try, what it can answer, which words it knows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from bertui.runs.run import Run
from bertui.tasks.results import Input
from bertui.ui import shell
from bertui.ui.answer.loaded import predictor_of, words_of_training

_MOST = 6
_LONGEST = 90  # letters of an example that its button shows
_LENGTHS = (15, 400)  # characters of a text that makes a good example
_CLASSES = 12  # labels that are listed without being asked for


def show_examples(run: Run, fill: Callable[[Input], None]) -> None:
    """Offer rows of the table that the model has not learned from; a click fills the boxes by ``fill(inputs)``."""
    st.caption("Or try a row of the table, which the model has not learned from:")
    for number, (inputs, answer) in enumerate(_examples(run.id, _run=run)):
        text = " ⏐ ".join(inputs)
        short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
        st.button(
            shell.plain(short), key=f"sentence_example_{number}", on_click=fill, args=(inputs,),
            help=shell.plain(f"In the table: {answer[:200]}"), type="tertiary", icon=":material/north_west:",
        )  # fmt: skip


def show_answers(run: Run) -> None:
    """Say what the model can answer."""
    task = predictor_of(run).task
    st.header("What it can answer", anchor=False)
    st.caption(shell.plain(task.help))
    names = task.possible_answers()
    if names:
        listed = ", ".join(names[:_CLASSES]) + (" …" if len(names) > _CLASSES else "")
        st.markdown(shell.plain(f"{len(names)} possible answers: {listed}"))
    if len(names) > _CLASSES:
        with st.expander(f"All {len(names)}", key="sentence_names"):
            st.markdown(shell.plain(", ".join(names)))


def doubt(run: Run, inputs: Input) -> str:
    """Return a warning about a text whose answer is hardly to be trusted; empty for others."""
    return words_of_training(run).doubt(" ".join(inputs))


@st.cache_resource(max_entries=8, show_spinner="Looking for examples …")
def _examples(run_id: str, *, _run: Run) -> list[tuple[Input, str]]:
    """Return rows with different answers, of a length that can be read at a glance where there are such."""
    table, split = _run.data()
    rows = next((rows for rows in (split.test, split.validation, split.train) if len(rows)), split.train)
    lengths, answers = table.texts.loc[rows].str.len(), table.answers.loc[rows]
    good = rows[lengths.between(*_LENGTHS).to_numpy()]
    rows = good if len(good) else rows
    different = answers.loc[rows].drop_duplicates().index.to_numpy()
    order = np.unique(np.concatenate([different, rows]), return_index=True)[1]
    chosen = np.concatenate([different, rows])[np.sort(order)][:_MOST]
    return list(zip(table.inputs(chosen), answers.loc[chosen].fillna("").astype(str), strict=True))
