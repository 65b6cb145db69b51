"""Validation and test rows from files of their own, and how the classes fall into the parts."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bertui.data.reading.reading import Reading, read_alike
from bertui.data.row_numbers import RowNumbers
from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.runs.workspace import StoredTable
from bertui.tasks.parts import join_files
from bertui.ui import shell

_FILES = {"validation": "Validation file", "test": "Test file"}
_MOST_CLASSES = 12  # more are folded away


def files(stored: StoredTable, table: Table, suffixes: list[str]) -> None:
    """Take a file each for validation and test; together with this table they become a new table."""
    st.caption("All rows of this table become training rows. The files need the same columns.")
    given = {}
    for place, (part, title) in zip(st.columns(2), _FILES.items(), strict=True):
        given[part] = place.file_uploader(title, type=suffixes, key=f"data-{part}-file-{stored.id}")
    if not st.button("Make one table of them", key="data-join", disabled=not any(given.values())):
        return
    with shell.showing_errors(), st.spinner("Reading the files …"):
        layout, columns = stored.reading.layout, table.frame.columns
        read = {
            part: read_alike(file.getvalue(), file.name, layout, columns)
            for part, file in given.items()
            if file is not None
        }
        frames = {part: frame for part, (frame, _) in read.items()}
        others = [(how.numbers, range(len(frame))) for frame, how in read.values()]
        numbers = RowNumbers.below_each_other([(table.numbers, table.frame.index.to_numpy()), *others])
        roles = table.roles.changed(id=None, group=None)
        frame, joined, notes = join_files({"train": table.frame, **frames}, roles)
        fresh = shell.workspace().add_frame(
            frame, f"{stored.name} with {' and '.join(frames)}", roles=table.roles.changed(split=joined.split),
            reading=Reading("frame", notes=tuple(notes), header_rows=layout.header_rows, skip_rows=layout.skip_rows,
                            row_starts=numbers.starts),
        )  # fmt: skip
        shell.choose_table(fresh.id)
        st.rerun()


def classes(table: Table, split: Split) -> None:
    """Show how many rows of each class each part has; nothing where there are no classes."""
    if table.roles.label is None:
        return
    counts = class_counts(table, split)
    empty = counts.index[(counts.iloc[:, 1:] == 0).any(axis=1)].tolist()
    with st.expander("Classes in each part", expanded=len(counts) <= _MOST_CLASSES):
        st.dataframe(counts, height="content" if len(counts) <= _MOST_CLASSES else 420, alt="Rows by class and part")
    if empty:
        names = ", ".join(f"“{name}”" for name in empty[:5]) + (" and others" if len(empty) > 5 else "")
        st.caption(shell.plain(f"Some part has no row of {names}, so nothing can be said there about that class."))


def class_counts(table: Table, split: Split) -> pd.DataFrame:
    """Return rows by class (index) and part (columns)."""
    parts = {name.capitalize(): table.labels.loc[rows].value_counts() for name, rows in split.parts().items()}
    return pd.DataFrame(parts, index=pd.Index(table.classes, name="Class")).fillna(0).astype(int)
