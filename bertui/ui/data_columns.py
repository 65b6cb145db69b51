"""Step 2 of the Data page: which column plays which part, and which class has which number."""

from __future__ import annotations

import zlib
from typing import Any

import pandas as pd
import streamlit as st

from bertui.data.columns import class_mapping
from bertui.data.edits import RenameLabel
from bertui.data.table import Roles, Table
from bertui.runs.workspace import StoredTable
from bertui.ui import data_access

_ROLES = {
    "label": ("Label", "What the model learns to tell: one class per text."),
    "id": ("Row id", "Your own number for each row, shown beside predictions."),
    "group": ("Group", "Rows of one group (an author, a patient) stay in one part, so nothing leaks."),
    "split": ("Given split", "A column that says train, validation (or dev) and test."),
}
_NONE = "(none)"


def choose_columns(stored: StoredTable, table: Table) -> bool:
    """Offer a dropdown for each role; return whether the columns can be trained on."""
    columns = [str(name) for name in table.frame.columns]
    mark = f"{stored.id}-{zlib.crc32(repr(columns).encode()):x}"
    roles = table.roles
    st.multiselect(
        "Text (several are joined)", columns, default=list(roles.text), key=f"role-text-{mark}",
        on_change=_store, args=(stored, mark, columns),
        help="What the model reads. Several columns, such as title and body, are put end to end.",
    )  # fmt: skip
    for place, (role, (title, help)) in zip(st.columns(4), _ROLES.items(), strict=True):
        options = [_NONE, *columns]
        now = getattr(roles, role) or _NONE
        place.selectbox(
            title, options, index=options.index(now), key=f"role-{role}-{mark}",
            help=help, on_change=_store, args=(stored, mark, columns),
        )  # fmt: skip
    return _complaint(roles, st.session_state.get(f"role-text-{mark}"))


def classes(stored: StoredTable, table: Table) -> None:
    """Show number, name, rows and share of each class; a name typed over renames or merges the class."""
    mapping = class_mapping(table)
    frame = pd.DataFrame(
        {"number": [row.number for row in mapping], "class": [row.name for row in mapping],
         "rows": [row.rows for row in mapping], "share": [row.share for row in mapping]}
    )  # fmt: skip
    key = f"data-classes-{stored.id}-{stored.stamp}"
    st.caption("Type over a class name to rename it; give two classes one name to merge them.")
    st.data_editor(
        frame, hide_index=True, disabled=["number", "rows", "share"], key=key, height=_height(len(frame)),
        on_change=_rename, args=(stored, [row.name for row in mapping], key, table.roles.label),
        column_config={
            "number": st.column_config.NumberColumn("Number", width="small"),
            "class": st.column_config.TextColumn("Class", required=True),
            "rows": st.column_config.NumberColumn("Rows", format="localized"),
            "share": st.column_config.ProgressColumn("Share", format="percent", min_value=0, max_value=1),
        },
        alt="The classes with their numbers, rows and shares",
    )  # fmt: skip


def _height(rows: int) -> int:
    return 38 + 35 * min(rows, 12)


def _complaint(roles: Roles, texts: list[str] | None) -> bool:
    """Say what keeps these columns from being trained on; True when nothing does."""
    used = [*roles.text, *(getattr(roles, role) for role in _ROLES)]
    named = [column for column in used if column is not None]
    if texts is not None and not texts:
        st.warning("Choose at least one text column: the model has nothing to read without one.")
    elif len(set(named)) < len(named):
        st.warning("One column plays two parts. Choose a different column for each, or “(none)”.")
    elif roles.label is None:
        st.info("Choose the label column: training needs the right answer for each text.")
    else:
        return True
    return False


def _store(stored: StoredTable, mark: str, columns: list[str]) -> None:
    """Keep what the dropdowns say; an empty text choice is not kept, the page complains instead."""
    given = {role: st.session_state[f"role-{role}-{mark}"] for role in _ROLES}
    chosen: dict[str, Any] = {role: None if name == _NONE else name for role, name in given.items()}
    texts = tuple(st.session_state[f"role-text-{mark}"])
    if texts and all(column is None or column in columns for column in (*texts, *chosen.values())):
        stored.set_roles(Roles(text=texts, **chosen))


def _rename(stored: StoredTable, names: list[str], key: str, label: str) -> None:
    changed = st.session_state[key]["edited_rows"]
    edits = [
        RenameLabel(old=(names[int(place)],), new=cells["class"].strip(), column=label)
        for place, cells in changed.items()
        if (cells.get("class") or "").strip() not in ("", names[int(place)])
    ]
    data_access.edit(stored, edits)
