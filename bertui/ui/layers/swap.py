"""Swap and blend: layers of the earlier model put back, and mixtures of the two."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from bertui.laboratory.swap import Blend, Swap, blend_scores, swap_scores
from bertui.plots.by_layer import layer_name
from bertui.plots.layers import blend_figure, swap_figure
from bertui.tasks.results import Measure
from bertui.ui import shell
from bertui.ui.background import computed
from bertui.ui.layers.bench import Bench
from bertui.ui.layers.decides import scores_table
from bertui.ui.layers.view import View, draw_picture, offer_csv

SHARES = tuple(round(share, 2) for share in np.linspace(0, 1, 11).tolist())


def _draw(bench: Bench) -> None:
    before, after, sample = bench.before, bench.after, bench.sample
    st.subheader("Swap", anchor=False)
    swap = computed(
        bench.key_of_both("swap"), "layers_swap", f"Put layers back on {len(sample):,} validation rows",
        lambda progress: swap_scores(before, after, sample, progress),
    )  # fmt: skip
    if swap is not None:
        _show_swap(bench, swap, sample.measure)
    st.subheader("Blend", anchor=False)
    st.caption("A mixture takes each weight of the encoder so far on the way from the earlier to the later model.")
    blend = computed(
        bench.key_of_both("blend"), "layers_blend", f"Mix the models on {len(sample):,} validation rows",
        lambda progress: blend_scores(before, after, sample, SHARES, progress),
    )  # fmt: skip
    if blend is not None:
        _show_blend(bench, blend, sample.measure)


def _show_swap(bench: Bench, found: Swap, measure: Measure) -> None:
    layer = min(bench.layer, len(found.one) - 1)
    st.markdown(shell.plain(
        f"The model as it is: {measure.shown(found.whole.value)}. With {layer_name(layer)} put back: "
        f"{measure.shown(found.one[layer].value)} ({measure.interval(found.one[layer])}). With all up to there put "
        f"back: {measure.shown(found.up_to[layer].value)}."
    ))  # fmt: skip
    draw_picture(bench, "swap", swap_figure, found, measure, bench.layer)
    offer_csv(bench, "swap", lambda: scores_table({"it put back": (0, found.one), "all up to it": (0, found.up_to)}))


def _show_blend(bench: Bench, found: Blend, measure: Measure) -> None:
    percent = st.select_slider(
        "Share of the later model (%)", [round(100 * share) for share in found.shares], 100, key="layers_share"
    )
    at = [round(100 * share) for share in found.shares].index(percent)
    score = found.scores[at]
    st.markdown(
        shell.plain(f"{percent} % of the later model: {measure.shown(score.value)} ({measure.interval(score)}).")
    )
    draw_picture(bench, "blend", blend_figure, found, measure, at)
    offer_csv(bench, "blend", lambda: _frame(found))


def _frame(found: Blend) -> pd.DataFrame:
    return pd.DataFrame([
        {"share": share, "score": one.value, "low": one.low, "high": one.high}
        for share, one in zip(found.shares, found.scores, strict=True)
    ])  # fmt: skip


VIEW = View(
    "swap", "Swap and blend", ":material/swap_vert:",
    "The score when a layer gets back the weights it had before, alone or with all below it; what stands above the "
    "encoder stays as it was trained.",
    "How much of the fine-tuning can be taken back before the score falls: where it stays, that layer learned nothing "
    "that this task needs.",
    _draw,
)  # fmt: skip
