"""Suspicious labels on the Results page: looked for when wanted, listed, read one by one with what moves the model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
import pandas as pd
import streamlit as st

from bertui.data.phrases import count
from bertui.runs.relabelling import corrected_from, corrected_table, corrections, kept_labels
from bertui.runs.run import Run
from bertui.runs.suspicious import Suspicious, SuspiciousLabels, check_task, kept, suspicious_labels
from bertui.runs.workspace import StoredTable
from bertui.ui import shell
from bertui.ui.answer.loaded import predicted, predictor_of
from bertui.ui.answer.word_scores import show_words
from bertui.ui.background import computed
from bertui.ui.results.corrected import decisions, offer_comparison, show_corrected, take_back
from bertui.ui.results.opened import beside_list, bring_into_view

_MOST_SHOWN = 2_000
_PREVIEW = 300  # letters of a text in the list


def show_origin(run: Run) -> None:
    """Lead from a run that learned corrected labels to a comparison with the run before."""
    before = corrected_from(shell.workspace(), run)
    if before is not None:
        offer_comparison(before, run, f"This run learned corrected labels of “{before.name}”.")


def show_suspicious(run: Run) -> None:
    """Offer the rows whose label looks wrong; they are looked for when wanted, and kept with the run."""
    place = st.expander("Suspicious labels", icon=":material/flag:", key=f"results_suspicious_{run.id}",
                        on_change="rerun")  # fmt: skip
    if not place.open:
        return
    with place, shell.showing_errors():
        st.caption(
            "Which labels of the table look wrong? The fine-tuned model has learned them, wrong ones too, so the model "
            "before fine-tuning is asked: simple classifiers on it each judge rows that they have not seen."
        )
        check_task(run)
        found = _found(run)
        if found is not None:
            _show(run, found)


def _found(run: Run) -> SuspiciousLabels | None:
    stamp = run.model_folder.stat().st_mtime_ns
    at_hand = _kept(run.id, stamp, _run=run)
    if at_hand is not None:
        return at_hand
    predictor = predictor_of(run)
    found: SuspiciousLabels | None = computed(
        ("suspicious", run.id, stamp), f"results_suspicious_{run.id}", "Look for suspicious labels",
        lambda progress: suspicious_labels(run, progress=progress, predictor=predictor),
    )  # fmt: skip
    return found


@st.cache_resource(max_entries=4, show_spinner=False, validate=lambda found: found is not None)
def _kept(run_id: str, stamp: int, *, _run: Run) -> SuspiciousLabels | None:
    return kept(_run)


def _show(run: Run, found: SuspiciousLabels) -> None:
    for note in found.notes:
        st.warning(shell.plain(note), icon=":material/info:")
    for sentence in found.sentences():
        st.markdown(shell.plain(sentence))
    stored = corrected_table(shell.workspace(), run)
    now = {} if stored is None else _corrections(run.id, str(stored.folder), stored.stamp, _run=run, _stored=stored)
    right = kept_labels(run)
    if found.found:
        _list(run, found.found, now, right)
    if stored is not None and now:
        show_corrected(run, stored, now)


@st.cache_resource(max_entries=4, show_spinner=False)
def _corrections(run_id: str, folder: str, stamp: float, *, _run: Run, _stored: StoredTable) -> dict[int, str]:
    return corrections(_run, _stored)


def _list(run: Run, found: Sequence[Suspicious], now: dict[int, str], right: set[int]) -> None:
    """List the rows; what is ticked can be decided together, one ticked row opens beside the list."""
    decided = sum(one.id in now or one.id in right for one in found)
    which = st.segmented_control(
        "Show", ("To decide", "All"), default="To decide", required=True, key=f"suspicious_which_{run.id}",
        help="A row is decided once it has been relabelled or its label kept.",
    )  # fmt: skip
    rows = [one for one in found if which == "All" or not (one.id in now or one.id in right)]
    st.caption(
        f"{decided:,} of {len(found):,} decided. Tick one row to read it with the words that move the model, several "
        "to decide them together. A row that is hard to tell is no wrong label: read before you relabel."
        + (f" The first {_MOST_SHOWN:,} are shown." if len(rows) > _MOST_SHOWN else "")
    )
    if not rows:
        st.success("All of them are decided.", icon=":material/check_circle:")
        return
    rows = rows[:_MOST_SHOWN]
    key = f"suspicious_rows_{run.id}_{crc32(np.array([one.id for one in rows]).tobytes())}"
    left, opened = beside_list(key)
    with left:
        event: Any = st.dataframe(
            _frame(rows, now, right), hide_index=True, width="stretch", on_select="rerun", selection_mode="multi-row",
            key=key, column_config=_COLUMNS, height=min(460, 38 + 35 * len(rows)),
            alt=f"{len(rows)} rows whose label looks wrong, the most suspicious first",
        )  # fmt: skip
    ticked = [rows[at] for at in event.selection.rows if at < len(rows)]
    if len(ticked) == 1:
        with opened:
            bring_into_view("suspicious_opened", ticked[0].id)
            with st.container(border=True, key="suspicious_opened"):
                _open(run, ticked[0], now, right)
    elif ticked:
        with opened, st.container(border=True):
            _decide_together(run, ticked)


def _frame(rows: Sequence[Suspicious], now: dict[int, str], right: set[int]) -> pd.DataFrame:
    frame = pd.DataFrame([
        {"row": one.row, "text": one.text[:_PREVIEW], "label": one.given, "suggested": one.suggested,
         "label’s probability": one.given_probability, "suggestion’s": one.suggested_probability, "part": one.part,
         "decided": f"now {now[one.id]}" if one.id in now else "kept" if one.id in right else ""}
        for one in rows
    ])  # fmt: skip
    return frame if frame["decided"].any() else frame.drop(columns="decided")


def _open(run: Run, one: Suspicious, now: dict[int, str], right: set[int]) -> None:
    """Show a row whole: both labels, what can be decided, and the words that move the fine-tuned model."""
    st.markdown(shell.bold(
        f"Row {one.row} ({one.part}): labelled “{one.given}” ({100 * one.given_probability:.1f} %), suggested "
        f"“{one.suggested}” ({100 * one.suggested_probability:.1f} %)"
    ))  # fmt: skip
    st.html(f'<div style="overflow-wrap:anywhere;unicode-bidi:plaintext">{shell.shown(one.text)}</div>')
    with st.container(horizontal=True):
        if one.id in now or one.id in right:
            was = f"Now “{now[one.id]}”." if one.id in now else "Its label was kept."
            st.markdown(shell.plain(was), width="content")
            if st.button("Take it back", key=f"suspicious_back_{run.id}", icon=":material/undo:"):
                take_back(run, one, now)
        else:
            decisions(run, [one], f"Relabel as {one.suggested}", "Keep")
    answer = predicted(run, run.data()[0].inputs([one.id])[0])
    seen = " It has learned this row with its label." if one.part == "train" else ""
    st.caption(shell.plain(f"The fine-tuned model answers “{answer.answer}”.{seen} The words that move it:"))
    show_words(run, answer, f"suspicious_{one.id}", other=one.given, table=False)


def _decide_together(run: Run, ticked: Sequence[Suspicious]) -> None:
    """Offer to decide all ticked rows at once."""
    changes = pd.Series([f"{one.given} → {one.suggested}" for one in ticked]).value_counts()
    st.markdown(shell.bold(f"{count(len(ticked), 'row', 'rows')} ticked"))
    st.dataframe(changes.rename_axis("label → suggested").rename("rows"), width="stretch")
    with st.container(horizontal=True):
        decisions(run, ticked, f"Relabel the {len(ticked):,} ticked ones", "Keep their labels")


_COLUMNS = {
    "row": st.column_config.NumberColumn(width=60),
    "text": st.column_config.TextColumn(width=210),
    "label’s probability": st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="percent", width=130),
    "suggestion’s": st.column_config.ProgressColumn(min_value=0.0, max_value=1.0, format="percent", width=130),
}
