"""How long the texts are in the model's tokens, and what a cut takes away of three of them."""

from __future__ import annotations

import streamlit as st

from bertui.choice import strategies_of
from bertui.data.findings import LengthSummary, TokenFacts, length_summary
from bertui.data.table import Table
from bertui.encoding.truncation import EncodingChoice, Truncation
from bertui.plots.bars import length_figure
from bertui.preview import MOST_ROWS, cut_texts
from bertui.recipe import Recipe
from bertui.runs.workspace import StoredTable
from bertui.ui import data_access, shell

_SHOWN = 20_000  # characters of a text that are sent to the browser
_STRATEGIES = {cls.model_fields["kind"].default: cls for cls in strategies_of(Truncation)}


def lengths(stored: StoredTable, table: Table) -> None:
    """Show the lengths with a cut line that moves, and three texts with the cut part faded."""
    facts = data_access.tokens_of(stored)
    if not len(facts.lengths):
        st.caption("There are no texts to count.")
        return
    left, right = st.columns(2)
    longest = left.slider(
        "Longest text the model reads (tokens)", 8, facts.max_length,
        min(EncodingChoice().max_length, facts.max_length), step=8, key="data-length",
        persist_state="session",
        help="A token is a word or a piece of one. Set the same number on the Train page.",
    )  # fmt: skip
    kind = right.segmented_control(
        "What is kept of a longer text", _STRATEGIES, default=EncodingChoice().truncation.kind, required=True,
        format_func=lambda kind: _STRATEGIES[kind].title, key="data-truncation", persist_state="session",
        help="; ".join(f"{cls.title}: {cls.help}" for cls in _STRATEGIES.values()),
    )  # fmt: skip
    summary = length_summary(facts, longest)
    _numbers(summary, facts, len(table.frame))
    chart = length_figure(facts.lengths, longest)
    st.plotly_chart(chart.figure, key="data-lengths", alt=chart.alt, config={"displayModeBar": False})
    if summary.cut:
        _three(table, facts, longest, kind)
    else:
        st.caption(f"No text is longer than {longest} tokens: nothing is cut.")


def _numbers(summary: LengthSummary, facts: TokenFacts, rows: int) -> None:
    share = f"{100 * summary.share_cut:.1f} %"
    for place, (name, value) in zip(
        st.columns(4),
        {"Half are shorter than": f"{summary.median:.0f}", "95 % are shorter than": f"{summary.p95:.0f}",
         "Longest": f"{summary.longest:,}", "Are cut": share}.items(),
        strict=True,
    ):  # fmt: skip
        place.metric(name, value if name == "Are cut" else f"{value} tokens")
    if rows > MOST_ROWS:
        st.caption(f"Counted on {len(facts.rows):,} of {rows:,} rows.")


def _three(table: Table, facts: TokenFacts, longest: int, kind: str) -> None:
    """Show a text that is a little too long, one in the middle, and the longest."""
    from bertui.explain.html import shaded_html

    recipe = Recipe().changed({"encoding.max_length": longest, "encoding.truncation": kind})
    st.markdown("**What the model reads of your texts**")
    st.caption("Shaded green is read; grey with a dashed line is cut away.")
    for cut in cut_texts(table, recipe, facts):
        with st.expander(f"Row {cut.row}: {cut.cut:,} tokens cut", expanded=True, key=f"data-cut-{cut.row}"):
            body = shaded_html(cut.text[:_SHOWN], [span for span in cut.kept if span[1] <= _SHOWN])
            with st.container(height=220, border=False):
                st.html(body)
            label = table.labels.loc[cut.row]
            if isinstance(label, str):
                st.caption(f"Label: {shell.plain(label)}")
