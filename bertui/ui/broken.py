"""Folders of runs and tables that cannot be read: named with the reason, and a way to be rid of them."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from bertui.errors import DiskError
from bertui.runs.run import Run
from bertui.runs.tables import StoredTable
from bertui.ui import shell


def broken_folders(items: Sequence[Run | StoredTable]) -> None:
    """Name each folder and say why it cannot be read; what is only out of reach just now is not to be deleted."""
    for item in items:
        trouble = item.trouble
        if trouble is None:
            continue  # mended meanwhile
        place = f"{item.folder.parent.name}/{item.folder.name}"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.warning(shell.plain(f"The folder {place} cannot be read. {trouble}"), icon=":material/folder_off:")
            if isinstance(trouble, DiskError):
                continue
            with st.popover("Delete", icon=":material/delete:"):
                st.text(f"This removes {place} and all that is in it for good.")
                st.button("Delete for good", key=f"broken-{place}", type="primary", on_click=_delete, args=(item,))


def _delete(item: Run | StoredTable) -> None:
    with shell.showing_errors():
        shell.workspace().delete(item)
