"""What was deleted, and the ways back: a bar with Undo right after, and a list for some days."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Literal

import streamlit as st

from bertui.runs.run import Run
from bertui.runs.trash import DAYS, Trash
from bertui.runs.workspace import StoredTable
from bertui.ui import address, shell
from bertui.ui.names import origin

Kind = Literal["run", "table"]


def delete(kind: Kind, items: Sequence[Run | StoredTable], *, kept: bool) -> None:
    """Delete runs or tables, into the trash or for good, and draw the page anew.

    Raises:
        RunError: One is live, or its folder cannot be moved or deleted.
    """
    for item in items:
        if kept:
            Trash(shell.workspace()).put(item)
        else:
            shell.workspace().delete(item)
    ids = [item.id for item in items]
    st.session_state[f"deleted-{kind}"] = ids if kept else []
    address.forget(kind, ids)
    st.rerun()


def undo(kind: Kind) -> None:
    """Offer to bring back what was just deleted."""
    just = [item for item in _lying(kind) if item.id in st.session_state.get(f"deleted-{kind}", [])]
    if not just:
        return
    words = f"Deleted: {just[0].name}." if len(just) == 1 else f"{len(just)} {kind}s were deleted."
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.text(words, width="stretch")
        if st.button("Undo", icon=":material/undo:", key=f"undo-{kind}"):
            _restore(kind, just)


def show_trash(kind: Kind) -> None:
    """List what was deleted, each with its way back; what is older than some days is removed for good."""
    trash = Trash(shell.workspace())
    trash.empty(older_than=DAYS * 86_400)
    items = _lying(kind)
    if not items:
        return
    with st.expander(f"Trash ({len(items)})", icon=":material/delete:", key=f"trash-{kind}"):
        st.caption(f"{trash.size(items) / 1e6:,.0f} MB. Each is removed for good {DAYS} days after it was deleted.")
        for item in items:
            name, back = st.columns([4, 1], vertical_alignment="center")
            with name, shell.showing_errors():
                st.markdown(" · ".join([shell.bold(item.name), *map(shell.plain, _origin(item))]))
            if back.button("Restore", key=f"restore-{item.id}", icon=":material/undo:", width="stretch"):
                _restore(kind, [item])
        if st.button("Empty the trash", key=f"danger-empty-{kind}", icon=":material/delete_forever:"):
            with shell.showing_errors():
                delete(kind, items, kept=False)


def _lying(kind: Kind) -> Sequence[Run | StoredTable]:
    trash = Trash(shell.workspace())
    return trash.runs() if kind == "run" else trash.tables()


def _restore(kind: Kind, items: Sequence[Run | StoredTable]) -> None:
    with shell.showing_errors():
        for item in items:
            Trash(shell.workspace()).restore(item)
        if kind == "table":
            address.choose_table(items[0].id)
        st.rerun()


def _origin(item: Run | StoredTable) -> list[str]:
    if isinstance(item, Run):
        return origin(item)
    return [time.strftime("%-d %b %Y, %H:%M", time.localtime(item.facts()["created"]))]
