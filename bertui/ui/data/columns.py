"""Step 2 of the Data page: what the table is for, which column plays which part, and which classes there are."""

from __future__ import annotations

import zlib
from typing import Any

import pandas as pd
import streamlit as st

from bertui.data.cells.number_cells import Decimal
from bertui.data.checking.labels import class_mapping
from bertui.data.edits import RenameLabel
from bertui.data.roles import METADATA, ROLES, Roles
from bertui.data.table import Table
from bertui.runs.workspace import StoredTable
from bertui.tasks.guessing import guess_roles
from bertui.tasks.registry import TASKS, missing_roles, task_class
from bertui.ui import shell
from bertui.ui.data import access

_NONE = "(none)"
_MOST_ACROSS = 4


_SHARE = st.column_config.ProgressColumn("Share", format="percent", min_value=0, max_value=1)
_COUNTED: dict[str, Any] = {
    "label": "Label", "entity": "Entity type", "tag": "Tag", "share": _SHARE,
    "rows": st.column_config.NumberColumn("Rows", format="localized"),
    "times": st.column_config.NumberColumn("Times", format="localized"),
}  # fmt: skip


def choose_columns(stored: StoredTable, table: Table) -> bool:
    """Offer the task and a dropdown for each of its roles; return whether the columns can be trained on."""
    _choose_task(stored, table)
    columns = [str(name) for name in table.frame.columns]
    suffix = f"{stored.id}-{table.roles.task}-{zlib.crc32(repr(columns).encode()):x}"
    cls = task_class(table.roles.task)
    roles = [*cls.needs, *cls.may, *METADATA]
    several = [role for role in roles if ROLES[role].several != "no"]
    for role in several:
        _several(stored, table, role, columns, suffix)
    single = [role for role in roles if role not in several]
    across = -(-len(single) // -(-len(single) // _MOST_ACROSS)) if single else 1  # none stands alone on a line
    for first in range(0, len(single), across):
        for place, role in zip(st.columns(across), single[first : first + across], strict=False):
            with place:
                _one(stored, table, role, columns, suffix)
    if table.roles.of("score"):
        _choose_decimal(stored, table)
    return _complaint(table.roles, {role: st.session_state.get(_key(role, suffix)) for role in several})


def _choose_task(stored: StoredTable, table: Table) -> None:
    kinds = list(TASKS)
    kind = st.selectbox(
        "Task", kinds, index=kinds.index(table.roles.task), key=f"data-task-{stored.id}-{table.roles.task}",
        format_func=lambda kind: TASKS[kind].title, help="What the model is to learn. It was guessed from the columns.",
    )  # fmt: skip
    st.caption(shell.plain(TASKS[table.roles.task].help))
    if kind != table.roles.task:
        stored.set_roles(guess_roles(table.frame, kind))
        st.rerun()


def _several(stored: StoredTable, table: Table, role: str, columns: list[str], suffix: str) -> None:
    facts = ROLES[role]
    joined = " (several are joined)" if facts.several == "joined" else ""
    st.multiselect(
        f"{facts.title}{joined}", columns, default=list(table.roles.of(role)), key=_key(role, suffix),
        on_change=_store, args=(stored, role, suffix, columns), help=facts.help,
    )  # fmt: skip


def _one(stored: StoredTable, table: Table, role: str, columns: list[str], suffix: str) -> None:
    options = [_NONE, *columns]
    st.selectbox(
        ROLES[role].title, options, index=options.index(table.roles.one(role) or _NONE), key=_key(role, suffix),
        help=ROLES[role].help, on_change=_store, args=(stored, role, suffix, columns),
    )  # fmt: skip


def _choose_decimal(stored: StoredTable, table: Table) -> None:
    """Offer how the score's numbers are read, for columns that can be read in two ways."""
    options: dict[str, Decimal | None] = {"As the cells say": None, "Point: 1.5": ".", "Comma: 1,5": ","}
    words = list(options)
    key = f"data-decimal-{stored.id}"
    st.selectbox(
        "Decimal mark", words, index=list(options.values()).index(table.roles.decimal), key=key, width=240,
        help="What stands before the decimals of a score. The report says where a column could be read in two ways.",
        on_change=lambda: stored.set_roles(stored.roles.with_decimal(options[st.session_state[key]])),
    )  # fmt: skip


def _key(role: str, suffix: str) -> str:
    return f"role-{role}-{suffix}"


def classes(stored: StoredTable, table: Table) -> None:
    """Show number, name, rows and share of each class; a name typed over renames or merges the class."""
    if table.roles.label is None:
        counts = access.counts_of(stored)
        if counts is not None:
            st.dataframe(counts, hide_index=True, height=_height(len(counts)), alt="How often each name is given",
                         column_config=_COUNTED)  # fmt: skip
        return
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
            "share": _SHARE,
        },
        alt="The classes with their numbers, rows and shares",
    )  # fmt: skip


def _height(rows: int) -> int:
    return 38 + 35 * min(rows, 12)


def _complaint(roles: Roles, chosen: dict[str, list[str] | None]) -> bool:
    """Say what keeps these columns from being trained on; True when nothing does."""
    used = list(roles.changed(group=None).named().values())
    emptied = next((role for role, names in chosen.items() if names == [] and roles.of(role)), None)
    missing = missing_roles(roles)
    if emptied is not None:
        title = ROLES[emptied].title.lower()
        st.warning(f"Choose at least one {title} column: the model has nothing to read without one.")
    elif len(set(used)) < len(used):
        st.warning("One column plays two parts. Choose a different column for each, or “(none)”.")
    elif missing:
        role = ROLES[missing[0]]
        st.info(f"Choose the {role.title.lower()} column. {role.help}")
    else:
        return True
    return False


def _store(stored: StoredTable, role: str, suffix: str, columns: list[str]) -> None:
    """Keep what a dropdown says; an emptied text choice is not kept, the page complains instead."""
    given = st.session_state[_key(role, suffix)]
    names = tuple(given) if isinstance(given, list) else () if given == _NONE else (given,)
    roles = stored.roles
    if ROLES[role].several == "joined" and not names:
        return
    if all(name in columns for name in names):
        stored.set_roles(roles.changed(**{role: names}))


def _rename(stored: StoredTable, names: list[str], key: str, label: str) -> None:
    changed = st.session_state[key]["edited_rows"]
    edits = [
        RenameLabel(old=(names[int(place)],), new=cells["class"].strip(), column=label)
        for place, cells in changed.items()
        if (cells.get("class") or "").strip() not in ("", names[int(place)])
    ]
    access.edit(stored, edits)
