"""Labels of a run corrected: the buttons that decide rows, what the table now says otherwise, the run that follows."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from bertui.data.phrases import count
from bertui.runs.relabelling import keep_labels, relabel, train_on_corrected, trained_on_corrected
from bertui.runs.run import HAS_MODEL, Run
from bertui.runs.suspicious import Suspicious
from bertui.runs.workspace import StoredTable
from bertui.ui import shell


def decisions(run: Run, rows: Sequence[Suspicious], change: str, leave: str) -> None:
    """Draw the two buttons that decide rows: one changes labels in a new version of the table, one lets them be."""
    if st.button(shell.plain(change), key=f"suspicious_relabel_{run.id}", type="primary", icon=":material/label:"):
        with shell.showing_errors():
            relabel(shell.workspace(), run, {one.id: one.suggested for one in rows})
            st.rerun()
    if st.button(leave, key=f"suspicious_keep_{run.id}", icon=":material/check:"):
        with shell.showing_errors():
            keep_labels(run, [one.id for one in rows])
            st.rerun()


def take_back(run: Run, one: Suspicious, now: dict[int, str]) -> None:
    """Open a decided row again; a label that was changed is changed back."""
    with shell.showing_errors():
        if one.id in now:
            relabel(shell.workspace(), run, {one.id: one.given})
        else:
            keep_labels(run, [one.id], keep=False)
        st.rerun()


def show_corrected(run: Run, stored: StoredTable, now: dict[int, str]) -> None:
    """Say what has been corrected, and where; offer to train on it and to compare."""
    judged = _judged(run.id, tuple(sorted(now)), _run=run)
    st.markdown(shell.plain(
        f"{count(len(now), 'label differs', 'labels differ')} from this run's in the table “{stored.name}” "
        f"(version {len(stored.facts()['versions'])}). This run keeps its rows as they were."
    ))  # fmt: skip
    if any(judged.values()):
        named = " and ".join(count(n, f"{part} row", f"{part} rows") for part, n in judged.items() if n)
        st.warning(
            f"Of these, {named}: the score of a run on the corrected table is then measured by other labels "
            "than the score above; compare the two runs on the Runs page, where only rows with the same label in both "
            "are counted.", icon=":material/balance:",
        )  # fmt: skip
    with st.container(horizontal=True):
        again = st.button(
            "Train again on the corrected table", key=f"suspicious_train_{run.id}", type="primary",
            icon=":material/restart_alt:", help="The same choices, the same rows in the same parts.",
        )  # fmt: skip
        if st.button("See the edits", key=f"suspicious_table_{run.id}", icon=":material/history:"):
            shell.go_to("data", table=stored.id)
    if again:
        with shell.showing_errors():
            fresh = train_on_corrected(shell.workspace(), run)
            shell.executor().submit(fresh)
            shell.go_to("train", run=fresh.id, view="run")
    for fresh in trained_on_corrected(shell.workspace(), run)[:1]:
        offer_comparison(run, fresh, f"“{fresh.name}” was trained on the corrected table.")


@st.cache_resource(max_entries=8, show_spinner=False)
def _judged(run_id: str, rows: tuple[int, ...], *, _run: Run) -> dict[str, int]:
    """Return how many of some rows the run was judged by, for each part; its parts never change."""
    parts = _run.data()[1].parts()
    return {part: len(set(rows) & set(parts[part].tolist())) for part in ("test", "validation")}


def offer_comparison(before: Run, after: Run, words: str) -> None:
    """Lead to both runs side by side, once both are finished."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(shell.plain(words), width="content")
        ready = before.state in HAS_MODEL and after.state in HAS_MODEL
        if st.button("Compare the two runs", key=f"suspicious_compare_{after.id}", disabled=not ready,
                     icon=":material/compare_arrows:", help=None if ready else "Once both are finished."):  # fmt: skip
            shell.go_to("runs", run=after.id, against=before.id)
