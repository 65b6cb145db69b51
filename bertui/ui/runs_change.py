"""What changes runs on the Runs page: another name, deletion, and the way back from it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from bertui.runs.run import LIVE, Run
from bertui.runs.trash import DAYS, Trash
from bertui.ui import address, shell
from bertui.ui.naming import origin
from bertui.ui.run_names import rename

_DELETED = "runs_deleted"


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
            _delete(runs, kept=True)
        if st.button("Delete for good", disabled=live, key="danger-good", icon=":material/delete_forever:"):
            _delete(runs, kept=False)


def _delete(runs: Sequence[Run], *, kept: bool) -> None:
    for run in runs:
        if kept:
            Trash(shell.workspace()).put(run)
        else:
            shell.workspace().delete(run)
    ids = [run.id for run in runs]
    st.session_state[_DELETED] = ids if kept else []
    address.forget("run", ids)
    st.rerun()


def undo() -> None:
    """Offer to bring back the runs that were just deleted."""
    trash = Trash(shell.workspace())
    just = [run for run in trash.runs() if run.id in st.session_state.get(_DELETED, [])]
    if not just:
        return
    words = f"Deleted: {just[0].name}." if len(just) == 1 else f"{len(just)} runs were deleted."
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.text(words, width="stretch")
        if st.button("Undo", icon=":material/undo:"):
            with shell.showing_errors():
                for run in just:
                    trash.restore(run)
                st.rerun()


def trash() -> None:
    """List the deleted runs, each with its way back; what is older than some days is removed for good."""
    kept = Trash(shell.workspace())
    kept.empty(older_than=DAYS * 86_400)
    runs = kept.runs()
    if not runs:
        return
    with st.expander(f"Trash ({len(runs)})", icon=":material/delete:"):
        st.caption(f"{kept.size() / 1e6:,.0f} MB. Each run is removed for good {DAYS} days after it was deleted.")
        for run in runs:
            name, back = st.columns([4, 1], vertical_alignment="center")
            with name, shell.showing_errors():
                st.markdown(" · ".join([shell.bold(run.name), *map(shell.plain, origin(run))]))
            if back.button("Restore", key=f"restore-{run.id}", icon=":material/undo:", width="stretch"):
                with shell.showing_errors():
                    kept.restore(run)
                    st.rerun()
        if st.button("Empty the trash", key="danger-empty", icon=":material/delete_forever:"):
            kept.empty()
            st.rerun()
