"""What moved: how far the weights of each layer went, beside the learning rate it had."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from bertui.laboratory.drift import WeightChange, weight_drift
from bertui.plots.by_layer import layer_name
from bertui.plots.layers import same_rate, weights_figure
from bertui.ui import shell
from bertui.ui.background import computed_at_once
from bertui.ui.layers.bench import Bench
from bertui.ui.layers.moved import show_vectors
from bertui.ui.layers.view import View, draw_picture, offer_csv


def _draw(bench: Bench) -> None:
    before, after, optimizer = bench.before, bench.after, bench.run.recipe.optimizer
    rate_of = optimizer.layer_rate if bench.other is None and optimizer.learning_rate is not None else None
    found = computed_at_once(
        bench.key_of_both("weights"), "layers_weights", "Compare the weights",
        lambda progress: weight_drift(before, after, rate_of),
    )  # fmt: skip
    if found is not None:
        _show(bench, found)
    with shell.showing_errors():
        show_vectors(bench)


def _show(bench: Bench, found: Sequence[WeightChange]) -> None:
    st.markdown(shell.plain(_sentence(found, min(bench.layer, max(one.layer for one in found)))))
    rate = same_rate(found)
    if rate is not None:
        st.caption(f"All layers had the same learning rate, {rate:.1e} at its highest.")
    draw_picture(bench, "weights", weights_figure, found, bench.layer)
    offer_csv(bench, "weights", lambda: _frame(found))


def _sentence(found: Sequence[WeightChange], layer: int) -> str:
    here = {one.part: one for one in found if one.layer == layer}
    parts = ", ".join(f"{part} {100 * one.change:.2f} %" for part, one in here.items())
    most = max(found, key=lambda one: one.change)
    name = layer_name(layer)
    if not most.change:
        return "No weight of the encoder has changed: it was frozen, or the two are the same."
    return (
        f"{name[0].upper()}{name[1:]} changed: {parts}. What moved most is the {most.part} of "
        f"{layer_name(most.layer)}, by {100 * most.change:.2f} %."
        if most.part != "embeddings"
        else f"{name[0].upper()}{name[1:]} changed: {parts}. What moved most are the embeddings, by "
        f"{100 * most.change:.2f} %."
    )


def _frame(found: Sequence[WeightChange]) -> pd.DataFrame:
    return pd.DataFrame([one.to_json() for one in found])


VIEW = View(
    "drift", "What moved? (drift)", ":material/moving:",
    "Each cell says by how many percent the weights of one part of a layer changed; where layers had different "
    "learning rates, the highest of each stands beside its name.",
    "Whether the upper layers moved more than the lower ones, and whether that follows the learning rate alone.",
    _draw,
)  # fmt: skip
