"""One word through the layers: all its occurrences as points, how alike they are, which are the nearest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from bertui.data.cells.words import words_of
from bertui.laboratory.scatter import Scatter, scatter
from bertui.laboratory.targets import MOST_VALUES
from bertui.laboratory.words import OneWord, one_word
from bertui.plots.by_layer import layer_name
from bertui.plots.layers import MOST_ALIKE, alike_figure
from bertui.plots.plane import plane_figure
from bertui.runs.run import Run
from bertui.tasks.results import Input
from bertui.ui import shell
from bertui.ui.background import computed_at_once
from bertui.ui.layers.bench import Bench
from bertui.ui.layers.tokens import show_tokens
from bertui.ui.layers.view import View, clicked_point, draw_picture, offer_csv

_LETTERS = 4  # a word that is offered has more: most short ones are function words
_CLICKED, _OCCURRENCE = "layers_clicked", "layers_occurrence"
_BEFORE, _AFTER = 24, 60  # letters of a text beside a word, to the next blank
_COLOURS = ("Label", "Word before", "Word after")


@dataclass(frozen=True, slots=True)
class _Found:
    word: OneWord
    plane: Scatter


def _draw(bench: Bench) -> None:
    with shell.showing_errors():
        _draw_word(bench)
    show_tokens(bench)


def _draw_word(bench: Bench) -> None:
    inputs, labels, usual = _rows(bench.run.id, _run=bench.run)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        word = st.text_input("Word", usual, key=f"layers_word_{bench.run.id}", placeholder="One whole word")
        colours = _COLOURS if len(set(labels)) <= MOST_VALUES else _COLOURS[1:]  # no answer is like another
        colour = st.segmented_control("Coloured by", colours, default=colours[0], required=True,
                                      key=f"layers_word_colour_{len(colours)}")  # fmt: skip
    if not word.strip():
        st.info("Type a word that stands in the table.")
        return
    predictor = bench.predictor
    found: _Found | None = computed_at_once(
        bench.key("word", word), "layers_word_work", "Look for the word",
        lambda progress: _followed(
            one_word(predictor.model, predictor.encoder, predictor.task, word, inputs, labels, progress)
        ),
    )  # fmt: skip
    if found is not None:
        _show(bench, found, str(colour))


def _followed(word: OneWord) -> _Found:
    return _Found(word, scatter(word.vectors))


def _show(bench: Bench, found: _Found, colour: str) -> None:
    word = found.word
    many = f", {len(word.occurrences):,} of them shown" if len(word.occurrences) < word.found else ""
    st.markdown(shell.plain(f"“{word.word}” stands {word.found:,} times in the training and validation rows{many}."))
    texts, groups = [_cut(one.text, one.start, one.stop) for one in word.occurrences], _groups(word, colour)
    event = draw_picture(
        bench, "word", _word_plane, found, bench.layer, colour, on_select="rerun", selection_mode="points"
    )
    clicked = clicked_point(event)
    if clicked is not None and clicked != st.session_state.get(_CLICKED):
        st.session_state[_CLICKED] = st.session_state[_OCCURRENCE] = clicked
    offer_csv(bench, "word", lambda: _frame(found, bench.layer))
    if len(texts) > 1:
        _show_nearest(bench, word, texts, groups, colour)


def _word_plane(found: _Found, layer: int, colour: str) -> object:
    texts = [_cut(one.text, one.start, one.stop) for one in found.word.occurrences]
    return plane_figure(found.plane, _groups(found.word, colour), texts, layer)


def _show_nearest(bench: Bench, word: OneWord, texts: Sequence[str], groups: Sequence[str], colour: str) -> None:
    st.subheader("Nearest occurrences", anchor=False)
    st.caption("Choose one here, or click its point.")
    chosen = st.selectbox(
        "Occurrence", list(range(len(texts))), key=_OCCURRENCE, format_func=lambda at: shell.plain(texts[at])
    )
    nearest = word.nearest(bench.layer, chosen)
    frame = pd.DataFrame({
        "likeness": [likeness for _, likeness in nearest], "occurrence": [texts[at] for at, _ in nearest],
        colour.lower(): [groups[at] for at, _ in nearest],
    })  # fmt: skip
    st.dataframe(frame, hide_index=True, width="stretch", column_config=_LIKENESS)
    st.caption(f"Cosines at {layer_name(bench.layer)}, every dimension standardised. All pairs of the first "
               f"{min(len(texts), MOST_ALIKE)}, in the order of the rows:")  # fmt: skip
    draw_picture(bench, "alike", alike_figure, word, bench.layer, columns=min(len(texts), MOST_ALIKE))
    offer_csv(bench, "alike", lambda: pd.DataFrame(word.alike(bench.layer), columns=list(texts), index=list(texts)))


def _groups(word: OneWord, colour: str) -> list[str]:
    if colour == "Label":
        return [one.label for one in word.occurrences]
    return [(one.before if colour == "Word before" else one.after).casefold() for one in word.occurrences]


def _cut(text: str, start: int, stop: int) -> str:
    """Return a word with what stands beside it."""
    low, high = max(0, start - _BEFORE), stop + _AFTER
    low = text.find(" ", low, start) + 1 or low if low else 0
    high = max(text.rfind(" ", stop, high), stop) if high < len(text) else high
    return " ".join(f"{'… ' if low else ''}{text[low:high]}{' …' if high < len(text) else ''}".split())


def _frame(found: _Found, layer: int) -> pd.DataFrame:
    points = found.plane.points[layer]
    return pd.DataFrame([
        {"text": one.text, "start": one.start, "before": one.before, "after": one.after, "label": one.label,
         "layer": layer, "x": x, "y": y}
        for one, (x, y) in zip(found.word.occurrences, np.asarray(points).tolist(), strict=True)
    ])  # fmt: skip


@st.cache_resource(max_entries=4, show_spinner="Reading the rows …")
def _rows(run_id: str, *, _run: Run) -> tuple[list[Input], list[str], str]:
    """Return the rows that are no test rows, their true answers, and a word that often stands in them."""
    table, split = _run.data()
    rows = np.concatenate([split.train, split.validation])
    inputs = list(table.inputs(rows))
    counts = Counter(
        word for texts in inputs for text in texts
        for word in {one.text.casefold() for one in words_of(text)} if len(word) > _LETTERS and word.isalpha()
    )  # fmt: skip
    usual = counts.most_common(1)[0][0] if counts else ""
    return inputs, table.answers.loc[rows].fillna("").astype(str).tolist(), usual


_LIKENESS = {"likeness": st.column_config.NumberColumn(format="%.3f")}
VIEW = View(
    "word", "One word through the layers", ":material/text_fields:",
    "Each point is one place where the word stands; points that lie near each other are alike for the model at this "
    "layer.",
    "Whether the places part by meaning, or by label, on the way up: at the embeddings a word is the same everywhere "
    "but for its place in the text.",
    _draw,
)  # fmt: skip
