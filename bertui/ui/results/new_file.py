"""Predict a new file with the run: upload, choose the text column, watch, download."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from bertui.data.reading.reading import SUFFIXES, read_alike
from bertui.data.roles import ROLES, Roles
from bertui.data.row_numbers import RowNumbers
from bertui.data.table import Table
from bertui.runs.answer_columns import unprotected
from bertui.runs.answers import Answered, answered
from bertui.runs.run import Run
from bertui.tasks.guessing import choose_roles
from bertui.ui import shell
from bertui.ui.answer.loaded import predictor_of, words_of_training
from bertui.ui.names import file_name
from bertui.ui.results.downloads import exports

_PREVIEW = 1_000


def predict_file(run: Run) -> None:
    """Let the run answer for every row of an uploaded table."""
    st.header("Predict a new file", anchor=False)
    st.caption("The model answers for every row. Your file stays on this machine and is not kept.")
    upload = st.file_uploader("Table with texts", type=SUFFIXES, key="results_upload")
    if upload is None:
        _shelf().clear()
        return
    with shell.showing_errors():
        frame, numbers, notes = _read(upload.file_id, upload.name, run.id, _data=upload, _run=run)
        for note in notes:
            st.caption(shell.plain(note))
        roles = _choose_roles(run, frame, upload.file_id)
        request = (run.id, upload.file_id, roles)
        missing = [role for role in roles_read(run) if not roles.of(role)]
        if missing:
            st.info(f"Choose the column that holds the {ROLES[missing[0]].title.lower()}.")
            return
        st.button(f"Predict {len(frame):,} rows", type="primary", key="results_predict", on_click=_ask, args=(request,))
        if _shelf().pop("asked", None) == request:
            _shelf()["answer"] = (request, _predict(run, Table(frame, roles, numbers=numbers)))
        kept = _shelf().get("answer")
        if kept is not None and kept[0] == request:
            _show(run, kept[1])


def roles_read(run: Run) -> tuple[str, ...]:
    """Return the roles that the run's model reads."""
    return run.roles.playing("input")


def _choose_roles(run: Run, frame: pd.DataFrame, file_id: str) -> Roles:
    """Let the person say which column plays which role; those of the training file where they are there."""
    trained = run.roles
    guess = choose_roles(frame, {}, trained.task, answers=False, like=trained)
    chosen = {}
    for role in trained.playing("input"):
        names, key = list(frame.columns), f"results_columns_{role}_{file_id}"
        title = f"{ROLES[role].title} column"
        if ROLES[role].several != "no":
            chosen[role] = tuple(st.multiselect(title, names, default=list(guess.of(role)), key=key))
        else:
            first = guess.one(role)
            column = st.selectbox(title, names, index=names.index(first) if first else None, key=key)
            chosen[role] = (column,) if column else ()
    id_column = guess.id if guess.id not in {name for names in chosen.values() for name in names} else None
    return Roles(task=trained.task, separator=trained.separator, id=id_column, **chosen)


def _ask(request: tuple[str, str, Roles]) -> None:
    _shelf()["asked"] = request


def _show(run: Run, answers: Answered) -> None:
    frame = answers.frame
    for note in answers.notes:
        st.caption(shell.plain(note))
    st.dataframe(frame.head(_PREVIEW), hide_index=True, width="stretch")
    if len(frame) > _PREVIEW:
        st.caption(f"The first {_PREVIEW:,} of {len(frame):,} rows are shown; the files hold all.")
    exports(lambda: frame, file_name(run, "predictions"), key="file", files=answers.files)


def _predict(run: Run, table: Table) -> Answered:
    bar = st.progress(0.0, "Reading the rows …")

    def show(share: float) -> None:
        bar.progress(min(1.0, share), f"{share * len(table.frame):,.0f} of {len(table.frame):,} rows")

    answers = answered(predictor_of(run), table, show, words_of_training(run))
    bar.empty()
    return answers


@st.cache_resource(max_entries=1, scope="session", show_spinner="Reading the file …")
def _read(
    file_id: str, name: str, run_id: str, *, _data: Any, _run: Run
) -> tuple[pd.DataFrame, RowNumbers, tuple[str, ...]]:
    """Return the rows, as those of the training file lay, their numbers, and what was mended in reading them."""
    columns = [column for role in roles_read(_run) for column in _run.roles.of(role)]
    frame, reading = read_alike(_data.getvalue(), name, _run.layout, columns)
    return unprotected(frame), reading.numbers, tuple(reading.notes)


@st.cache_resource(scope="session", show_spinner=False)
def _shelf() -> dict[str, Any]:
    """Where this visit's last predicted file lies; session state is for ids only."""
    return {}
