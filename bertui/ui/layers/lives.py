"""Where does it live: how well a probe tells something from each layer, before and after fine-tuning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from bertui.laboratory.collected import Pooling
from bertui.laboratory.probe import Probe, probe
from bertui.laboratory.sample import Steps
from bertui.plots.by_layer import layer_name
from bertui.plots.layers import probe_figure
from bertui.prediction.outputs import Progress
from bertui.runs.laboratory import Laboratory
from bertui.ui import shell
from bertui.ui.background import computed
from bertui.ui.layers.bench import Bench
from bertui.ui.layers.view import View, draw_picture, offer_csv

_POOLINGS: dict[Pooling, str] = {"mean": "mean of the tokens", "cls": "[CLS] token"}
_ORDER = "the order of the words"
_LINES = ("before", "after", "untrained")


def _draw(bench: Bench) -> None:
    lab = bench.laboratory
    what, how = st.columns(2)
    with what:
        target = st.selectbox("What is told from the vectors", [*lab.targets(), _ORDER], key="layers_probe_target")
    with how:
        pooling = st.segmented_control(
            "Vectors", list(_POOLINGS), default="mean", required=True, format_func=_POOLINGS.__getitem__,
            key="layers_probe_pooling",
        )  # fmt: skip
    fitted, scored = len(lab.train.rows), len(lab.held_out.rows)
    found = computed(
        bench.key_of_both("probe", target, pooling), "layers_probe",
        f"Probe every layer on {fitted:,} training and {scored:,} validation rows", _work(lab, target, pooling),
    )  # fmt: skip
    if found is None:
        return
    st.markdown(shell.plain(_sentence(found, bench.layer)))
    draw_picture(bench, "probe", probe_figure, found, bench.layer)
    offer_csv(bench, "probe", lambda: _frame(found))


def _work(lab: Laboratory, target: str, pooling: Pooling) -> Callable[[Progress], Probe]:
    def work(progress: Progress) -> Probe:
        if target == _ORDER:
            return lab.order(pooling, progress)
        steps = Steps(progress, 2)
        train, held_out = lab.both(_LINES, steps.next())
        return probe(train, held_out, lab.targets()[target](), pooling, progress=steps.next())

    return work


def _sentence(found: Probe, layer: int) -> str:
    scores = {name: values[layer] for name, values in found.scores.items()}
    told = [f"{100 * one.value:.1f} % {name}" for name, one in scores.items() if one is not None]
    name = layer_name(layer)
    if not told:
        return f"{name[0].upper()}{name[1:]} gives all texts the same vector, so there is nothing to tell."
    before, after = scores.get("before"), scores.get("after")
    apart = before and after and (before.high < after.low or after.high < before.low)
    verdict = "" if apart else " The intervals of before and after overlap: a difference here may be noise."
    return (
        f"From {name} a probe tells {found.target} of {', '.join(told)}; always the most frequent answer is right in "
        f"{found.majority.percent()}.{verdict}"
    )


def _frame(found: Probe) -> pd.DataFrame:
    rows: list[dict[str, Any]] = []
    for shuffled, scores in ((False, found.scores), (True, found.control)):
        rows += [
            {"network": name, "labels shuffled": shuffled, "layer": layer, "accuracy": one and one.value,
             "low": one and one.low, "high": one and one.high}
            for name, values in scores.items() for layer, one in enumerate(values)
        ]  # fmt: skip
    return pd.DataFrame(rows)


VIEW = View(
    "lives", "Where does it live? (probe)", ":material/search:",
    "Each line is the accuracy of a linear classifier on one layer's vectors, fitted on training rows and scored on "
    "validation rows; “untrained” is the same network with random weights, “shuffled” has false labels to learn from.",
    "The first layer where fine-tuning lifts the line clear of “before” and of “untrained”; try the length of the text "
    "and the order of the words as well.",
    _draw,
)  # fmt: skip
