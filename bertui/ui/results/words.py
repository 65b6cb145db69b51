"""All rows of a part explained, on the Results page: the words that push most, and what moved the wrong answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import pandas as pd
import streamlit as st

from bertui.data.phrases import count
from bertui.data.writing import write_table
from bertui.runs.explained_part import MOST_ROWS, ExplainedPart, RowWords, explain_part, kept_part
from bertui.runs.pushing import Pushing
from bertui.runs.results import PartResults
from bertui.runs.run import Run
from bertui.ui import shell
from bertui.ui.answer.boxes import try_in_sentence
from bertui.ui.answer.heatmap import show_map
from bertui.ui.answer.loaded import predictor_of
from bertui.ui.background import computed
from bertui.ui.names import file_name
from bertui.ui.results.predictions import row_summary

_AT_ONCE = 5  # wrong rows that are shown together


def show_words_of_rows(run: Run, results: PartResults) -> None:
    """Offer the words that push most over the rows; they are worked out when wanted, and kept with the run."""
    key = f"results_words_{run.id}_{results.part}"
    place = st.expander("Which words push, over all rows", icon=":material/format_color_text:", key=key,
                        on_change="rerun")  # fmt: skip
    if not place.open:
        return
    with place, shell.showing_errors():
        st.caption(
            "Every row is explained by the frozen pass: each word gets its part of the answer's logit. A word that "
            "pushes towards an answer in many rows is what the model goes by, sensible or not."
        )
        found = _explained(run, results, key)
        if found is not None:
            _show(run, results, found, key)


def _explained(run: Run, results: PartResults, key: str) -> ExplainedPart | None:
    stamp = run.model_folder.stat().st_mtime_ns
    kept = _kept(run.id, stamp, results.part, _run=run)
    if kept is not None:
        return kept
    rows, predictor = results.predictions["row"].tolist(), predictor_of(run)
    found: ExplainedPart | None = computed(
        (key, stamp), key, f"Explain {count(min(len(rows), MOST_ROWS), 'row', 'rows')}",
        lambda progress: explain_part(run, predictor, results.part, rows, progress),
    )  # fmt: skip
    return found


@st.cache_resource(max_entries=4, show_spinner=False, validate=lambda found: found is not None)
def _kept(run_id: str, stamp: int, part: str, *, _run: Run) -> ExplainedPart | None:
    return kept_part(_run, part)


def _show(run: Run, results: PartResults, found: ExplainedPart, key: str) -> None:
    if len(found.rows) < len(results.predictions):
        st.caption(f"Explained are {len(found.rows):,} of {len(results.predictions):,} rows, taken evenly.")
    if found.tried is not None:
        st.markdown(f":material/balance: {shell.plain(found.tried.sentence())}")
    if not found.pushing:
        st.info("No word stands in two rows with the same answer, so there is nothing to list.")
    else:
        _list_words(run, results, found, key)
    _show_wrong(run, results, found, key)


def _list_words(run: Run, results: PartResults, found: ExplainedPart, key: str) -> None:
    answers = list(dict.fromkeys(one.target for one in found.pushing))
    chosen = answers[0]
    if len(answers) > 1:
        chosen = st.selectbox("Words that push towards", answers, key=f"{key}_answer")
    words = [one for one in found.pushing if one.target == chosen]
    scale = found.rows[0].words.scale or "probability"
    listed = pd.DataFrame([
        {"word": one.word, "rows": one.rows, f"mean score ({scale})": one.mean, "sum": one.total, "in": one.examples[0]}
        for one in words
    ])  # fmt: skip
    event: Any = st.dataframe(
        listed, hide_index=True, width="stretch", on_select="rerun", selection_mode="single-row",
        key=f"{key}_list_{crc32(str(chosen).encode('utf-8', 'replace'))}", column_config=_columns(scale),
    )  # fmt: skip
    st.caption("Rows: with this answer in which the word stands; words are ranked by the sum of their scores there. "
               "Click a line for the three rows in which the word counts most.")  # fmt: skip
    selected = [at for at in event.selection.rows if at < len(words)]
    if selected:
        for number in words[selected[0]].examples_in:
            _show_row(run, results, found.by_row[number], f"{key}_example")
    name = f"{file_name(run, f'{results.part}-words')}.csv"
    st.download_button("Download all words (CSV)", lambda: write_table(_table(found.pushing), ".csv"), name, "text/csv",
                       key=f"{key}_csv", on_click="ignore", icon=":material/download:")  # fmt: skip


def _table(words: Sequence[Pushing]) -> pd.DataFrame:
    return pd.DataFrame([
        {"answer": one.target, "word": one.word, "rows": one.rows, "mean score": one.mean, "sum": one.total}
        | {f"example {number}": text for number, text in enumerate(one.examples, 1)}
        for one in words
    ])  # fmt: skip


def _show_wrong(run: Run, results: PartResults, found: ExplainedPart, key: str) -> None:
    """Show, a few at a time, the answers that err, the worst first, each with its words."""
    rows = [number for number in _wrong(results) if number in found.by_row]
    if not rows:
        return
    st.subheader("What moved the wrong answers" if results.task.graded else "What moved the answers that are most off",
                 anchor=False)  # fmt: skip
    starts = list(range(0, len(rows), _AT_ONCE))
    first = 0
    if len(starts) > 1:
        first = st.selectbox("Rows", starts, key=f"{key}_wrong", format_func=lambda at: _range(at, len(rows)))
    for number in rows[first : first + _AT_ONCE]:
        _show_row(run, results, found.by_row[number], f"{key}_wrong")


def _wrong(results: PartResults) -> list[int]:
    """Return the rows whose answers err, the surest or the furthest off first."""
    frame = results.predictions
    if not results.task.graded:
        return frame.loc[frame["credit"].abs().sort_values(ascending=False).index, "row"].tolist()
    wrong = frame[~frame["right"]].assign(unsure=-frame["probability"] if "probability" in frame else 0.0)
    return wrong.sort_values(["credit", "unsure"], kind="stable")["row"].tolist()


def _range(start: int, rows: int) -> str:
    return f"{start + 1} to {min(start + _AT_ONCE, rows)} of {rows:,}"


def _show_row(run: Run, results: PartResults, one: RowWords, key: str) -> None:
    frame = results.predictions
    found = frame[frame["row"] == one.row].iloc[0]
    with st.container(border=True):
        st.markdown(shell.bold(row_summary(found, run.numbers.of(one.row), results)))
        show_map(one.words, one.names)
        if st.button("Try in Sentence", key=f"{key}_try_{one.row}", icon=":material/short_text:"):
            try_in_sentence(run, run.data()[0].inputs([one.row])[0])


def _columns(scale: str) -> dict[str, Any]:
    return {
        f"mean score ({scale})": st.column_config.NumberColumn(format="%+.3f"),
        "sum": st.column_config.NumberColumn(format="%+.2f"),
        "in": st.column_config.TextColumn("counts most in", width="large"),
    }
