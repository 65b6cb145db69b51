"""How long the texts are in the model's tokens, and what truncation takes away of three of them."""

from __future__ import annotations

import zlib

import streamlit as st

from bertui.choice import strategies_of
from bertui.data.checking.findings import LengthSummary, TokenFacts, length_summary
from bertui.data.phrases import percent
from bertui.data.table import Table
from bertui.encoding.truncation import Truncation
from bertui.experiment.preview import MOST_ROWS, truncated_texts
from bertui.modeling.sources import model_title
from bertui.plots.bars import length_figure
from bertui.recipe import Recipe
from bertui.runs.workspace import StoredTable
from bertui.tasks.registry import task_class
from bertui.ui import shell
from bertui.ui.charts import draw_of
from bertui.ui.data import access
from bertui.ui.forms import SUGGESTIONS

_SHOWN = 20_000  # characters of a text that are sent to the browser
_STRATEGIES = {cls.model_fields["kind"].default: cls for cls in strategies_of(Truncation)}


def choose_model(stored: StoredTable, recipe: Recipe) -> Recipe:
    """Offer the model in whose tokens lengths are counted; return the recipe with it."""
    now = recipe.model.name
    options = list(dict.fromkeys([now, *SUGGESTIONS["model.name"]]))
    name = st.selectbox(
        "Model to be trained", options, accept_new_options=True, format_func=model_title,
        key=f"data-model-{stored.id}-{zlib.crc32(now.encode())}", persist_state="session",
        help="Lengths are counted in its tokens, and its vocabulary is checked. The name of "
        "a hub model fetches its tokenizer.",
    )  # fmt: skip
    return recipe if not name or name == now else recipe.changed({"model": {"name": name}})


def lengths(stored: StoredTable, table: Table, recipe: Recipe) -> Recipe:
    """Show the lengths with a line at the longest that is read, and three texts with the truncated part faded.

    Returns:
        The recipe with the length and the truncation that are chosen here.
    """
    facts = access.tokens_of(stored, recipe.model)
    if not len(facts.lengths):
        st.caption("There are no texts to count.")
        return recipe
    windowed = task_class(table.roles.task).in_windows(recipe.encoding)
    recipe = _cut_choices(stored, recipe, facts.max_length, windowed)
    longest = recipe.encoding.max_length
    summary = length_summary(facts, longest)
    _numbers(summary, facts, len(table.frame), windowed)
    draw_of(length_figure, facts.lengths, longest, key="data-lengths")
    if summary.truncated and windowed:
        st.caption(f"Longer ones are read in windows of {longest} tokens that overlap: nothing is truncated.")
    elif summary.truncated:
        _three(table, facts, recipe)
    else:
        st.caption(f"No text is longer than {longest} tokens: nothing is truncated.")
    return recipe


def _cut_choices(stored: StoredTable, recipe: Recipe, limit: int, windowed: bool) -> Recipe:
    """Draw length and truncation, beginning from the recipe's own; a change of those begins them anew."""
    now = recipe.encoding
    key = f"{stored.id}-{limit}-{now.max_length}-{now.truncation.kind}"
    left, right = st.columns(2)
    longest = left.slider(
        "Maximum sequence length (tokens)", 8, limit, min(now.max_length, limit), step=8,
        key=f"data-length-{key}", persist_state="session",
        help="The longest text the model reads. A token is a word or a piece of one. Longer takes more time and "
        "memory.",
    )  # fmt: skip
    if windowed:
        return recipe.changed({"encoding.max_length": longest})
    kinds = _STRATEGIES.values()
    kind = right.segmented_control(
        "Truncation", _STRATEGIES, default=now.truncation.kind, required=True,
        format_func=lambda kind: _STRATEGIES[kind].title, key=f"data-truncation-{key}", persist_state="session",
        help=" ".join(["What is kept of a longer text.", *(f"**{cls.title}**: {cls.help}" for cls in kinds)]),
    )  # fmt: skip
    changes = {"encoding.max_length": longest} | ({} if kind == now.truncation.kind else {"encoding.truncation": kind})
    return recipe.changed(changes)


def _numbers(summary: LengthSummary, facts: TokenFacts, rows: int, windowed: bool) -> None:
    longer = "Share in windows" if windowed else "Share truncated"
    values = {
        "Median length": f"{summary.median:.0f} tokens", "95th percentile": f"{summary.p95:.0f} tokens",
        "Longest": f"{summary.longest:,} tokens", longer: percent(summary.truncated / max(1, len(facts.lengths))),
    }  # fmt: skip
    for place, (name, value) in zip(st.columns(4), values.items(), strict=True):
        place.metric(name, value, help=_MEANINGS[name])
    if rows > MOST_ROWS:
        st.caption(f"Counted on {len(facts.rows):,} of {rows:,} rows.")


_MEANINGS = {
    "Median length": "Half of the texts are shorter.",
    "95th percentile": "95 % of the texts are shorter.",
    "Longest": "The longest text of all.",
    "Share truncated": "Texts longer than the model reads; a part of each is left out.",
    "Share in windows": "Texts longer than the model reads at once; they are read in windows that overlap, whole.",
}


def _three(table: Table, facts: TokenFacts, recipe: Recipe) -> None:
    """Show a text that is a little too long, one in the middle, and the longest."""
    from bertui.explanation.html import shaded_html

    st.markdown("**What the model reads of your texts**")
    st.caption("Shaded green is read; grey with a dashed line is truncated.")
    for example in truncated_texts(table, recipe, facts):
        with st.expander(
            f"Row {table.numbers.of(example.row)}: {example.truncated:,} tokens truncated",
            expanded=True,
            key=f"data-cut-{example.row}",
        ):
            body = shaded_html(example.text[:_SHOWN], [span for span in example.kept if span[1] <= _SHOWN])
            with st.container(height=220, border=False):
                st.html(body)
            answer = table.answers.loc[example.row]
            if isinstance(answer, str):
                st.caption(f"Wanted answer: {shell.plain(answer[:200])}")
