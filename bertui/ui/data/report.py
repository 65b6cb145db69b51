"""Step 3 of the Data page: the findings in order of harm, each with its rows and its one-click fixes."""

from __future__ import annotations

import streamlit as st

from bertui.data.checking.findings import Finding, Fix
from bertui.data.table import Table
from bertui.modeling.sources import ModelChoice
from bertui.runs.workspace import StoredTable
from bertui.ui import shell
from bertui.ui.data import access
from bertui.ui.data.file import short

_ICONS = {
    "error": (":red[:material/error:]", "must be mended"),
    "warning": (":orange[:material/warning:]", "makes the result worse"),
    "note": (":blue[:material/info:]", "good to know"),
}
_MOST_SHOWN = 200


def findings(stored: StoredTable, table: Table, model: ModelChoice) -> str:
    """Show what was found; return how bad the worst of it is, "error" or "warning"; empty where all is in order.

    A warning that the person keeps as it is counts no more.
    """
    report = access.report_of(stored, model)
    st.text(report.summary)
    kept = _kept(stored)
    open_ones = [finding for finding in report.findings if finding.kind not in kept]
    if not report.findings:
        st.success("Nothing is missing, repeated, contradictory or rare.", icon=":material/check_circle:")
    for finding in open_ones:
        _finding(stored, table, finding)
    hidden = len(report.findings) - len(open_ones)
    words = "it is" if hidden == 1 else "they are"
    if hidden and st.button(f"Show {hidden} kept as {words}", key="data-unkeep"):
        kept.clear()
        st.rerun()
    if any(finding.severity == "error" for finding in report.findings):
        return "error"
    return "warning" if any(finding.severity == "warning" for finding in open_ones) else ""


def _finding(stored: StoredTable, table: Table, finding: Finding) -> None:
    icon, words = _ICONS[finding.severity]
    with st.container(border=True, key=f"finding-{finding.kind.replace(' ', '-').replace(',', '')}"):
        st.markdown(f"{icon} {shell.bold(finding.title)}", help=f"This {words}.")
        st.caption(shell.plain(finding.detail))
        with st.container(horizontal=True, vertical_alignment="center"):
            shown = len(finding.rows) > 0 and st.toggle("Show rows", key=f"rows-{stored.id}-{finding.kind}")
            for number, fix in enumerate(finding.fixes):
                st.button(
                    shell.plain(fix.label), key=f"fix-{stored.id}-{finding.kind}-{number}",
                    on_click=_fix, args=(stored, finding.kind, fix),
                )  # fmt: skip
        if shown:
            _rows(table, finding)


def _rows(table: Table, finding: Finding) -> None:
    columns = list(dict.fromkeys(table.roles.named().values()))
    rows = finding.rows[:_MOST_SHOWN]
    shown = short(table.numbered(rows, columns))
    st.dataframe(shown, key=f"rows-of-{finding.kind}", alt="The rows of this finding")
    if len(finding.rows) > _MOST_SHOWN:
        st.caption(f"The first {_MOST_SHOWN} of {len(finding.rows):,} rows.")


def _fix(stored: StoredTable, kind: str, fix: Fix) -> None:
    if fix.edit is None:
        _kept(stored).add(kind)
    else:
        access.edit(stored, [fix.edit])


def _kept(stored: StoredTable) -> set[str]:
    """The kinds of findings that the person chose to keep as they are, in this visit."""
    kept: set[str] = st.session_state.setdefault(f"kept-{stored.id}", set())
    return kept
