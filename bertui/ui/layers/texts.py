"""Scatter of texts: the validation rows as points, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from bertui.laboratory.sample import Steps
from bertui.laboratory.scatter import Plane, Scatter, scatter
from bertui.plots.plane import plane_figure
from bertui.prediction.outputs import Progress
from bertui.runs.laboratory import Laboratory
from bertui.ui import shell
from bertui.ui.answer.boxes import try_in_sentence
from bertui.ui.background import computed
from bertui.ui.layers.bench import Bench
from bertui.ui.layers.view import View, clicked_point, draw_picture, offer_csv

_METHODS: dict[Plane, str] = {"pca": "PCA", "umap": "UMAP"}
_SIDES = {"after": "After", "before": "Before"}


@dataclass(frozen=True, slots=True)
class _Found:
    plane: Scatter
    texts: tuple[str, ...]
    labels: tuple[str, ...]


def _draw(bench: Bench) -> None:
    lab = bench.lab
    with st.container(horizontal=True):
        side = st.segmented_control("Fine-tuning", list(_SIDES), default="after", required=True, key="layers_side",
                                    format_func=_SIDES.__getitem__)  # fmt: skip
        method = st.segmented_control("Plane", list(_METHODS), default="pca", required=True, key="layers_plane",
                                      format_func=_METHODS.__getitem__)  # fmt: skip
    found: _Found | None = computed(
        bench.key_of_both("texts", side, method, bench.rows), "layers_texts",
        f"Lay {len(lab.held_out.rows):,} validation rows into a plane",
        lambda progress: _laid(lab, side, method, progress),
    )  # fmt: skip
    if found is None:
        return
    event = draw_picture(
        bench, "texts", _plane, found, bench.layer, on_select="rerun", selection_mode="points"
    )  # fmt: skip
    st.caption(_shown(found.plane, bench.layer) + " Click a point to read it; the axes mean nothing.")
    _read(bench, lab, clicked_point(event))
    offer_csv(bench, "texts", lambda: _frame(found, bench.layer))


def _laid(lab: Laboratory, side: str, method: Plane, progress: Progress) -> _Found:
    steps = Steps(progress, 2)
    vectors = lab.vectors(side, lab.held_out, steps.next())
    texts = tuple(" ⏐ ".join(row) for row in lab.held_out.inputs)
    target = lab.label()
    labels = tuple(target.held_out.tolist()) if target is not None else ("row",) * len(texts)
    return _Found(scatter(vectors.mean, method, steps.next()), texts, labels)


def _plane(found: _Found, layer: int) -> Any:
    return plane_figure(found.plane, found.labels, found.texts, layer)


def _shown(plane: Scatter, layer: int) -> str:
    share = None if plane.shares is None else plane.shares[layer]
    return "" if share is None else f"The plane shows {100 * share:.0f} % of what tells the rows apart at this layer."


def _read(bench: Bench, lab: Laboratory, place: int | None) -> None:
    if place is None or place >= len(lab.held_out.inputs):
        return
    inputs = lab.held_out.inputs[place]
    with st.container(border=True):
        st.markdown(shell.bold(f"Row {lab.table.numbers.of(int(lab.held_out.rows[place]))}"))
        for text in inputs:
            st.text(text)
        if st.button("Try in Sentence", key="layers_try", icon=":material/short_text:"):
            try_in_sentence(bench.run, inputs)


def _frame(found: _Found, layer: int) -> pd.DataFrame:
    x, y = np.asarray(found.plane.points[layer]).T
    return pd.DataFrame({"text": found.texts, "label": found.labels, "layer": layer, "x": x, "y": y})


VIEW = View(
    "texts", "Scatter of texts", ":material/scatter_plot:",
    "Each point is a validation row, by the mean of its tokens' vectors with every dimension on one scale; rows that "
    "lie near each other are alike for the model.",
    "The layer from which on the colours part, and points of one colour among those of another: they are often the "
    "errors.",
    _draw,
)  # fmt: skip
