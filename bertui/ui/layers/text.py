"""The text that views of one text show: a row of the table, or one that a person types."""

from __future__ import annotations

import streamlit as st

from bertui.runs.run import Run
from bertui.tasks.results import Input
from bertui.ui.answer.loaded import boxes_of, predictor_of

TEXT = "layers_text"
_MOST, _PREVIEW = 60, 110  # rows that are offered, letters of one in the list
_LENGTHS = (15, 240)  # letters of a text that a figure has room for


def choose_text(run: Run) -> Input | None:
    """Let the person choose a row, or type a text where the task reads one; None where there is neither."""
    rows, typed = _rows(run.id, _run=run), len(boxes_of(run)) == 1
    chosen = st.selectbox(
        "Text", list(range(len(rows))), key=f"{TEXT}_{run.id}", accept_new_options=typed,
        format_func=lambda at: _preview(rows[at]) if isinstance(at, int) else str(at),
        help="A validation row" + (", or type a text of your own." if typed else "."),
        placeholder="Type a text" if typed else "No row to show",
    )  # fmt: skip
    if isinstance(chosen, int):
        return rows[chosen] if 0 <= chosen < len(rows) else None
    return predictor_of(run).task.read((chosen,)) if chosen and chosen.strip() else None


def _preview(inputs: Input) -> str:
    text = " ⏐ ".join(" ".join(one.split()) for one in inputs)
    return text if len(text) <= _PREVIEW else f"{text[:_PREVIEW]} …"


@st.cache_resource(max_entries=8, show_spinner=False)
def _rows(run_id: str, *, _run: Run) -> list[Input]:
    """Return rows that the model has not learned from, of a length that a figure has room for where there are such."""
    table, split = _run.data()
    rows = split.validation if len(split.validation) else split.train
    filled = rows[(table.texts.loc[rows].str.strip() != "").to_numpy()]
    short = filled[table.texts.loc[filled].str.len().between(*_LENGTHS).to_numpy()]
    return list(table.inputs((short if len(short) else filled)[:_MOST]))
