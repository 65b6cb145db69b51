"""What changes runs on the Runs page: another name, and deletion."""

from __future__ import annotations

import streamlit as st

from bertui.runs.naming import rename
from bertui.runs.run import LIVE
from bertui.runs.trash import DAYS
from bertui.ui import shell
from bertui.ui.trash import delete


@st.dialog("Rename the run", icon=":material/edit:")
def ask_name(id: str) -> None:
    """Ask for a run's new name and keep it."""
    run = shell.workspace().run(id)
    name = st.text_input("Name", run.name, max_chars=120)
    if st.button("Rename it", type="primary"):
        with shell.showing_errors():
            rename(shell.workspace(), run, name)
            st.rerun()


@st.dialog("Delete runs?", icon=":material/delete:")
def confirm_deletion(ids: list[str]) -> None:
    """Ask, then delete: into the trash, from which a run can be brought back, or for good."""
    runs = [run for run in shell.workspace().runs() if run.id in ids]
    st.text("With their models, predictions and logs:")
    for run in runs:
        st.text(f"• {run.name}")
    live = any(run.state in LIVE for run in runs)
    if live:
        st.warning("A run that is training or waiting cannot be deleted. Stop or cancel it first.")
    st.caption(
        f"They stay in the trash for {DAYS} days, where they take up room. Deleted for good, they free it at once."
    )
    with st.container(horizontal=True), shell.showing_errors():
        if st.button("Delete", disabled=live, key="danger-trash", icon=":material/delete:"):
            delete("run", runs, kept=True)
        if st.button("Delete for good", disabled=live, key="danger-good", icon=":material/delete_forever:"):
            delete("run", runs, kept=False)
