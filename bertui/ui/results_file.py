"""Predict a new file with the run: upload, choose the text column, watch, download."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from bertui.data.columns import guess_roles
from bertui.data.reading import read_table
from bertui.data.table import Roles, Table
from bertui.runs.answers import answered
from bertui.runs.run import Run
from bertui.ui import shell
from bertui.ui.results_rows import exports
from bertui.ui.sentence_model import predictor_of

_TYPES = ["csv", "tsv", "txt", "json", "jsonl", "ndjson", "parquet", "xlsx", "gz"]
_PREVIEW = 1_000


def predict_file(run: Run) -> None:
    """Let the run answer for every row of an uploaded table."""
    st.subheader("Predict a new file", anchor=False)
    st.caption("The model answers for every row. Your file stays on this machine and is not kept.")
    upload = st.file_uploader("Table with texts", type=_TYPES, key="results_upload")
    if upload is None:
        _shelf().clear()
        return
    with shell.told():
        frame, notes = _read(upload.file_id, upload.name, _data=upload)
        for note in notes:
            st.caption(shell.plain(note))
        columns = st.multiselect(
            "Text column",
            list(frame.columns),
            default=_likely(run, frame),
            key=f"results_columns_{upload.file_id}",
        )
        wanted = (run.id, upload.file_id, tuple(columns))
        if not columns:
            st.info("Choose the column that holds the texts.")
            return
        st.button(f"Predict {len(frame):,} rows", type="primary", key="results_predict", on_click=_ask, args=(wanted,))
        if _shelf().pop("asked", None) == wanted:
            _shelf()["answer"] = (wanted, _predict(run, frame, tuple(columns)))
        found = _shelf().get("answer")
        if found is not None and found[0] == wanted:
            _show(run, found[1])


def _ask(wanted: tuple[str, str, tuple[str, ...]]) -> None:
    _shelf()["asked"] = wanted


def _show(run: Run, frame: pd.DataFrame) -> None:
    st.dataframe(frame.head(_PREVIEW), hide_index=True, width="stretch")
    if len(frame) > _PREVIEW:
        st.caption(f"The first {_PREVIEW:,} of {len(frame):,} rows are shown; the files hold all.")
    exports(frame, f"{run.id}-predictions", key="file")


def _predict(run: Run, frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    predictor = predictor_of(run)
    texts = Table(frame, Roles(columns)).texts.tolist()
    bar = st.progress(0.0, "Reading the texts …")

    def show(share: float) -> None:
        bar.progress(min(1.0, share), f"{share * len(texts):,.0f} of {len(texts):,} rows")

    answers = list(predictor.predict_all(texts, progress=show))
    bar.empty()
    return answered(frame, answers)


def _likely(run: Run, frame: pd.DataFrame) -> list[str]:
    """Return the columns that the run was trained on, if the file has them, else the best guess."""
    trained = run.data()[0].roles.text
    return list(trained if set(trained) <= set(frame.columns) else guess_roles(frame).text)


@st.cache_resource(max_entries=1, scope="session", show_spinner="Reading the file …")
def _read(file_id: str, name: str, *, _data: Any) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the rows and what was mended in reading them."""
    frame, reading = read_table(_data.getvalue(), name)
    return frame, tuple(reading.notes)


@st.cache_resource(scope="session", show_spinner=False)
def _shelf() -> dict[str, Any]:
    """Where this visit's last predicted file lies; session state is for ids only."""
    return {}
