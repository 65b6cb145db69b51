"""One explained text: the words shaded, the key to the colours, what the scores sum to."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from bertui.explanation.attribution import Attribution
from bertui.explanation.bars import explained_html
from bertui.explanation.difference import compare_texts
from bertui.explanation.html import legend_html
from bertui.explanation.interaction import MOST_WORDS
from bertui.plots.interaction import interaction_figure
from bertui.runs.run import Run
from bertui.tasks.results import Focus, Input, Prediction
from bertui.ui import shell
from bertui.ui.answer.loaded import neighbours, together
from bertui.ui.charts import draw_of


def show_heatmap(attribution: Attribution, classes: Sequence[str], titles: Sequence[str] = ()) -> None:
    """Show the text with its words shaded, the strongest as bars beside it, the legend, and what the scores sum to.

    Args:
        classes: Names of the targets by number.
        titles: What each of several texts is.
    """
    show_map(attribution, classes, titles)
    words = shell.shown(attribution.sentence(classes[attribution.target]))
    st.html(f'<div style="font-size:.875rem;opacity:.85">{words}</div>')


def show_map(attribution: Attribution, classes: Sequence[str], titles: Sequence[str] = ()) -> None:
    """Show the text, the bars and the legend, without what the scores sum to; arguments as of ``show_heatmap``."""
    label, other = classes[attribution.target], other_of(classes, attribution.target)
    shown = titles if len(titles) == len(attribution.breaks) + 1 else ()
    st.html(explained_html(attribution, label, other, shown))
    st.html(f'<div style="font-size:.875rem">{legend_html(attribution, label, other)}</div>')


def show_word_table(attribution: Attribution) -> None:
    """List the words with their scores, in points of probability or the number's unit; strongest first."""
    title, scale = _scored(attribution)
    rows = [
        {"word": word.text, title: scale * score if seen else None, "place": place + 1}
        for place, (word, score, seen) in enumerate(
            zip(attribution.words, attribution.scores, attribution.seen, strict=True)
        )
    ]
    frame = pd.DataFrame(rows).sort_values(title, key=abs, ascending=False, kind="stable")
    st.dataframe(frame, hide_index=True, width="stretch", column_config={title: _POINTS})


def show_neighbours(run: Run, inputs: Input, key: str) -> None:
    """Offer the training rows that are the most similar to a text for the model; they are searched when opened."""
    place = st.expander("Nearest training rows", icon=":material/join_inner:", key=f"near_{key}", on_change="rerun")
    if not place.open:
        return
    with place, shell.showing_errors():
        rows, unlike = neighbours(run, inputs)
        if unlike:
            st.warning(shell.plain(unlike), icon=":material/explore_off:")
        rows["text"] = rows["text"].str.slice(0, _PREVIEW)
        st.dataframe(rows, hide_index=True, width="stretch", column_config={"likeness": _LIKENESS})
        st.caption("Most like this text by what the classifier reads (1 is the same). Their labels are a hint at where "
                   "the answer comes from, not a proof.")  # fmt: skip


def show_together(run: Run, inputs: Input, focus: Focus, words: Attribution, key: str) -> None:
    """Offer, for a pair of texts, what their words do together; computed when opened."""
    if len(words.breaks) != 1:
        return
    place = st.expander("Words that act together", icon=":material/link:", key=f"together_{key}", on_change="rerun")
    if not place.open:
        return
    with place, shell.showing_errors():
        draw_of(interaction_figure, together(run, inputs, focus, words), words, key=f"together_figure_{key}")
        st.caption("Each cell: what two words, one of each text, do together beyond what each does alone (both are "
                   "blanked out, singly and together). Above 0: only together do they push towards "
                   f"“{shell.plain(focus.names[words.target])}” so far. Below 0: one alone does most of it. "
                   f"Near 0: each acts for itself. Shown are the {MOST_WORDS} words of each text with the largest "
                   "scores.")  # fmt: skip


def note_truncation(answer: Prediction) -> None:
    """Say how much of the text the model did not read, if any."""
    if answer.truncated:
        pieces = "1 token" if answer.truncated == 1 else f"{answer.truncated:,} tokens"
        st.warning(
            f"The text is longer than this model reads: {pieces} (word pieces) were truncated. The grey, dashed "
            "words below played no part in the answer.",
            icon=":material/content_cut:",
        )


def show_word_changes(
    before: Attribution, after: Attribution, titles: tuple[str, str] = ("first text", "what if")
) -> None:
    """List the words of two maps side by side with their scores and the difference.

    Args:
        titles: Of the two.
    """
    rows, scale = [], _scored(before)[1]
    for pair in compare_texts(before, after):
        left, right = pair.before, pair.after
        rows.append(
            {
                titles[0]: "" if left is None else before.words[left].text,
                titles[1]: "" if right is None else after.words[right].text,
                "changed": pair.changed,
                "score before": None if left is None else scale * before.scores[left],
                "score after": None if right is None else scale * after.scores[right],
                "difference": scale * pair.difference,
            }
        )
    columns = {name: _POINTS for name in ("score before", "score after", "difference")}
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch", column_config=columns)
    st.caption(
        f"Scores are {before.scale or 'points of probability'}. A word that one version lacks counts as 0 there."
    )


def _scored(attribution: Attribution) -> tuple[str, float]:
    """Return the heading of scores and what they are multiplied by."""
    return (f"score ({attribution.scale})", 1.0) if attribution.scale else ("score (points)", 100.0)


def other_of(classes: Sequence[str], target: int) -> str | None:
    """Return the name of the only other target, if there are two."""
    return classes[1 - target] if len(classes) == 2 else None


_PREVIEW = 300  # letters of a text that a table shows
_LIKENESS = st.column_config.NumberColumn(
    format="%.3f", help="Cosine of the two with each dimension on one scale, -1 to 1."
)
_POINTS = st.column_config.NumberColumn(format="%+.2f")
