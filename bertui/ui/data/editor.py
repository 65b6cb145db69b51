"""Mending texts and labels in place; every change is an entry in a list that can be taken back."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bertui.data.edits import DropRows, Edit, edits_from_editor
from bertui.data.table import Table
from bertui.runs.workspace import StoredTable
from bertui.ui import shell
from bertui.ui.data import access

_PAGE = 50
_MOST_EDITS = 100
_ALL = "(all labels)"


def editor(stored: StoredTable, table: Table) -> None:
    """Show rows to be mended, with a search; a change is kept at once."""
    columns = list(dict.fromkeys(table.roles.named().values()))
    matching = _searched(stored, table)
    pages = max(1, -(-len(matching) // _PAGE))
    page = 1
    if pages > 1:
        page = st.number_input(f"Page (of {pages:,})", 1, pages, 1, key=f"edit-page-{stored.id}", width=160)
    rows = matching[(page - 1) * _PAGE : page * _PAGE]
    if not len(rows):
        st.caption("No row fits the search.")
        return
    shown = table.frame.loc[rows, columns]
    key = f"data-editor-{stored.id}-{stored.stamp}-{page}-{len(matching)}"
    st.data_editor(
        table.numbered(rows, columns), key=key, num_rows="delete", on_change=_keep, args=(stored, shown, key),
        hide_index=False,
        column_config={"_index": st.column_config.NumberColumn("row", disabled=True)},
        alt=f"{len(rows)} of {len(matching)} rows, to be edited",
    )  # fmt: skip
    st.caption("Double-click a cell to mend it. To drop rows, tick them at the left and press the bin.")


def edits(stored: StoredTable) -> None:
    """List the edits, the last one first, with undo; save and open versions."""
    facts = stored.facts()
    done = stored.edits
    if not done:
        st.caption("No edits yet: the table is as it was uploaded.")
    for position in range(len(done) - 1, max(-1, len(done) - 1 - _MOST_EDITS), -1):
        words, button = st.columns([5, 1], vertical_alignment="center")
        words.text(done[position].describe(stored.reading.numbers))
        button.button(
            "Undo", key=f"undo-{stored.id}-{position}", icon=":material/undo:", width="stretch",
            on_click=access.take_back, args=(stored, position),
        )  # fmt: skip
    if len(done) > _MOST_EDITS:
        st.caption(f"The last {_MOST_EDITS} of {len(done):,} edits.")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.button("Save a version", icon=":material/save:", key="data-save", disabled=not done,
                  on_click=_save, args=(stored,))  # fmt: skip
        versions = len(facts["versions"])
        if versions or done:
            key = f"data-version-{stored.id}"
            st.selectbox(
                "Go back to", range(versions + 1), format_func=_version, key=key,
                width=200,
            )  # fmt: skip
            st.button("Open it", key="data-open", on_click=_open, args=(stored, key))


def _searched(stored: StoredTable, table: Table) -> pd.Index:
    """Return the ids of the rows that hold the words and have the label."""
    left, right = st.columns([2, 1])
    words = left.text_input("Texts that contain", key=f"edit-words-{stored.id}", placeholder="a word or part")
    rows = pd.Series(True, index=table.frame.index)
    if table.roles.label is not None:
        label = right.selectbox("Label", [_ALL, *table.classes], key=f"edit-label-{stored.id}")
        if label != _ALL:
            rows &= (table.labels == label).fillna(False).astype(bool)
    if words:
        rows &= table.texts.str.contains(words, case=False, regex=False)
    return table.frame.index[rows]


def _keep(stored: StoredTable, shown: pd.DataFrame, key: str) -> None:
    """Turn what the editor holds into edits; the rows get a fresh editor, since the table has changed."""
    state = st.session_state[key]
    with shell.showing_errors():
        changed = edits_from_editor(shown, state["edited_rows"], shown.index.to_numpy())
        dropped = [int(shown.index[place]) for place in state["deleted_rows"]]
        new: list[Edit] = [*changed]
        if dropped:
            new.append(DropRows(rows=tuple(dropped), reason="by hand"))
        if new:
            access.edit(stored, new)


def _save(stored: StoredTable) -> None:
    st.toast(f"Saved as version {stored.save_version()}.")


def _open(stored: StoredTable, key: str) -> None:
    stored.open_version(st.session_state[key])


def _version(number: int) -> str:
    return f"Version {number}" if number else "The upload"
