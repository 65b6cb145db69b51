"""Which layer decides: the score without a layer, with the lower layers alone, and with a head silenced."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bertui.evaluation.intervals import Interval
from bertui.laboratory.ablation import VERIFIED, HeadAblation, LayerAblation, head_ablation, layer_ablation
from bertui.laboratory.sample import Sample
from bertui.plots.by_layer import layer_name
from bertui.plots.layers import ablation_figure, heads_figure
from bertui.tasks.results import Measure
from bertui.ui import shell
from bertui.ui.background import computed
from bertui.ui.layers.bench import Bench
from bertui.ui.layers.view import View, draw_picture, offer_csv


def _draw(bench: Bench) -> None:
    sample, model = bench.sample, bench.after
    st.subheader("Layers", anchor=False)
    found = computed(
        bench.key("ablation"), "layers_ablation", f"Leave out layers on {len(sample):,} validation rows",
        lambda progress: layer_ablation(model, sample, progress),
    )  # fmt: skip
    if found is not None:
        _show_layers(bench, found, sample.measure)
    st.subheader("Heads", anchor=False)
    st.caption("A head is one of the parts of a layer that attend to other words, each in its own way.")
    with shell.showing_errors():
        heads = computed(
            bench.key("heads"), "layers_heads", f"Rank the heads on {len(sample):,} validation rows",
            lambda progress: head_ablation(model, sample, progress),
        )  # fmt: skip
        if heads is not None:
            _show_heads(bench, heads, sample)


def _show_layers(bench: Bench, found: LayerAblation, measure: Measure) -> None:
    st.markdown(shell.plain(_sentence(found, measure, bench.layer)))
    draw_picture(bench, "ablation", ablation_figure, found, measure, bench.layer)
    offer_csv(bench, "ablation", lambda: scores_table({"without it": (1, found.without), "up to it": (0, found.up_to)}))


def scores_table(curves: dict[str, tuple[int, tuple[Interval, ...]]]) -> pd.DataFrame:
    """Return scores as a table: what was done, the layer, the score and its interval."""
    rows = [
        {"what": name, "layer": layer, "score": one.value, "low": one.low, "high": one.high}
        for name, (first, scores) in curves.items()
        for layer, one in enumerate(scores, start=first)
    ]
    return pd.DataFrame(rows)


def _sentence(found: LayerAblation, measure: Measure, layer: int) -> str:
    whole = f"The whole model: {measure.shown(found.whole.value)} ({measure.interval(found.whole)})."
    layer = min(layer, len(found.without))
    upto = f"With nothing above {layer_name(layer)}: {measure.shown(found.up_to[layer].value)}."
    if not layer:
        return f"{whole} {upto}"
    without = found.without[layer - 1]
    return f"{whole} Without layer {layer}: {measure.shown(without.value)} ({measure.interval(without)}). {upto}"


def _show_heads(bench: Bench, found: HeadAblation, sample: Sample) -> None:
    measure = sample.measure
    draw_picture(bench, "heads", heads_figure, found, bench.layer)
    st.caption(
        "The stronger the colour, the more the loss depends on the head (size of the gradient by a factor on it). "
        f"That is an estimate, so the first {min(VERIFIED, len(found.silenced))} were silenced one by one:"
    )
    rows = [
        {"head": f"layer {layer}, head {head}",
         f"{measure.title} without it": f"{measure.shown(score.value)} ({measure.interval(score)})"}
        for layer, head, score in found.silenced
    ]  # fmt: skip
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
    st.caption(shell.plain(f"With all heads: {measure.shown(found.whole.value)} ({measure.interval(found.whole)})."))
    offer_csv(bench, "heads", lambda: _heads_frame(found))


def _heads_frame(found: HeadAblation) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"layer": layer, "head": head, "importance": value}
            for layer, row in enumerate(found.importance.tolist(), start=1)
            for head, value in enumerate(row, start=1)
        ]
    )


VIEW = View(
    "decides", "Which layer decides? (ablation)", ":material/layers_clear:",
    "One line is the score without a layer, the other with the layers up to it and nothing above; the bands are 95 % "
    "intervals.",
    "A layer without which the score falls out of the others' band, and the layer from which on the answer is there.",
    _draw,
)  # fmt: skip
