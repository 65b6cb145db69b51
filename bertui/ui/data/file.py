"""Step 1 of the Data page: get a table, see how it was read, see its first rows."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bertui.data.reading.reading import SUFFIXES
from bertui.data.roles import Roles
from bertui.data.samples import PUBLIC_SETS, SAMPLES, PublicSet, Sample, fetch_public
from bertui.data.table import Table
from bertui.runs.samples import add_sample
from bertui.runs.trash import DAYS
from bertui.runs.workspace import StoredTable
from bertui.ui import shell
from bertui.ui.data import shapes
from bertui.ui.data.reading import how_read, is_changeable, read_again
from bertui.ui.trash import delete

_CELL = 1_000  # characters of a cell that are sent to the browser


def get_table() -> None:
    """Offer the three ways to a table: an upload, a sample, a public set."""
    upload, samples, public = st.tabs(["Upload a file", "Samples", "Public data sets"], key="data-ways")
    with upload:
        _upload()
    with samples:
        for entry in SAMPLES:
            _sample(entry)
    with public:
        _public()


def about(stored: StoredTable, table: Table) -> None:
    """Show the table's size, how it was read (to be changed), and its first rows."""
    columns = len(table.frame.columns)
    st.text(f"{stored.name}: {len(table.frame):,} rows, {columns} {'column' if columns == 1 else 'columns'}. "
            f"Read as {how_read(stored)}.")  # fmt: skip
    for note in stored.reading.notes:
        st.caption(shell.plain(note))
    head = table.numbered(table.frame.index[:10], table.frame.columns)
    st.dataframe(short(head), height="content", key="data-head", alt=f"The first {len(head)} rows")
    left, right = st.columns(2)
    if (stored.folder / "original").is_file() and is_changeable(stored.reading):
        with left.expander("It was read wrongly?", key="data-reread"):
            read_again(stored)
    with right.expander("Remove this table", key="data-remove"):
        st.caption("Runs keep their own copy of the rows and stay as they are. What is removed lies in the trash for "
                   f"{DAYS} days.")  # fmt: skip
        with st.container(horizontal=True), shell.showing_errors():
            if st.button("Remove it", icon=":material/delete:", key="danger-data-delete"):
                delete("table", [stored], kept=True)
            if st.button("Remove it for good", icon=":material/delete_forever:", key="danger-data-good"):
                delete("table", [stored], kept=False)


def short(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with long cells cut, for showing."""
    return frame.apply(lambda column: column.str.slice(0, _CELL))


def _upload() -> None:
    number = st.session_state.setdefault("data-uploads", 0)
    file = st.file_uploader(
        "A table with a column of texts and a column of labels, or any of the shapes below",
        type=SUFFIXES,
        key=f"data-upload-{number}",
        help="CSV, TSV, JSON lines, JSON, Parquet, Excel, CoNLL or SQuAD, gzipped or not. It stays on this machine.",
    )
    if file is None:
        with st.expander("What a file looks like, task by task", key="data-shapes"):
            shapes.shapes()
        return
    with shell.showing_errors(), st.spinner("Reading the file …"):
        stored = shell.workspace().add_table(file.getvalue(), file.name)
        st.session_state["data-uploads"] = number + 1  # a fresh, empty uploader
        _open(stored)


def _sample(entry: Sample) -> None:
    words, button = st.columns([4, 1], vertical_alignment="center")
    words.markdown(f"{shell.bold(entry.title)}  \n{shell.plain(entry.words)}")
    if button.button("Use it", key=f"data-sample-{entry.key}", width="stretch"):
        with shell.showing_errors():
            _open(add_sample(shell.workspace(), entry))


def _public() -> None:
    st.caption("From the Hugging Face hub, at most 20,000 training and 20,000 test rows. Needs a network.")
    chosen: PublicSet = st.selectbox("Data set", PUBLIC_SETS, format_func=_title, key="data-public")
    if st.button("Fetch it", icon=":material/download:", key="data-fetch"):
        with shell.showing_errors():
            with st.spinner("Fetching …", show_time=True):
                frame = fetch_public(chosen)
            roles = Roles(text=chosen.texts, label=chosen.label, split="split")
            _open(shell.workspace().add_frame(frame, chosen.title, roles=roles))


def _title(chosen: PublicSet) -> str:
    return chosen.title


def _open(stored: StoredTable) -> None:
    shell.choose_table(stored.id)
    st.rerun()
