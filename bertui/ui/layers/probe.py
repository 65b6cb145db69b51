"""Where does it live: how well a simple classifier tells something from each layer's vectors."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from bertui.evaluation.compare import Comparison
from bertui.evaluation.intervals import Interval
from bertui.laboratory.collected import Pooling
from bertui.laboratory.probe import Probe, few_rows, probe
from bertui.laboratory.sample import Steps
from bertui.plots.by_layer import layer_name
from bertui.plots.layers import few_rows_figure, probe_figure
from bertui.prediction.outputs import Progress
from bertui.runs.laboratory import NETWORKS, Laboratory
from bertui.ui import shell
from bertui.ui.background import computed
from bertui.ui.layers.bench import Bench
from bertui.ui.layers.view import View, draw_picture, offer_csv

ORDER = "the order of the words"
_POOLINGS: dict[Pooling, str] = {"mean": "Mean of the tokens", "cls": "[CLS]"}
_WHEN = {"before": "of the rows before", "after": "after", "untrained": "with random weights"}
FewRows = tuple[tuple[int, Interval | None], ...]


def _draw(bench: Bench) -> None:
    lab = bench.lab
    targets = [*lab.targets(), ORDER]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        target = st.selectbox("What is probed", targets, key=f"layers_target_{bench.run.id}", format_func=shell.plain)
        pooling = st.segmented_control(
            "Vector of a text", list(_POOLINGS), default="mean", required=True, key="layers_pooling",
            format_func=lambda one: shell.plain(_POOLINGS[one]),
        )  # fmt: skip
    found: Probe | None = computed(
        bench.key_of_both("probe", target, pooling, bench.rows), "layers_probe",
        f"Probe the layers on {len(lab.train.rows):,} training and {len(lab.held_out.rows):,} validation rows",
        lambda progress: _probed(lab, target, pooling, progress),
    )  # fmt: skip
    if found is None:
        return
    st.markdown(shell.plain(_sentence(found, bench.layer)))
    draw_picture(bench, "probe", probe_figure, found, bench.layer)
    offer_csv(bench, "probe", lambda: _frame(found))
    if target != ORDER:
        _show_few(bench, target, pooling)


def _probed(lab: Laboratory, target: str, pooling: Pooling, progress: Progress) -> Probe:
    if target == ORDER:
        return lab.order(pooling, progress)
    steps = Steps(progress, 2)
    train, held_out = lab.both(NETWORKS, steps.next())
    return probe(train, held_out, lab.targets()[target](), pooling, progress=steps.next())


def _show_few(bench: Bench, target: str, pooling: Pooling) -> None:
    st.subheader("With fewer rows", anchor=False)
    lab = bench.lab
    found: tuple[FewRows, ...] | None = computed(
        bench.key("few rows", target, pooling, bench.rows), "layers_few", "Probe with an eighth, a quarter and half",
        lambda progress: _fewer(lab, target, pooling, progress),
    )  # fmt: skip
    if found is None:
        return
    st.caption(f"The probe of {layer_name(bench.layer)} after fine-tuning, fitted on fewer training rows. Where the "
               "line is flat, a few rows are enough to find it there.")  # fmt: skip
    draw_picture(bench, "few_rows", few_rows_figure, found[bench.layer], bench.layer)
    offer_csv(bench, "few_rows", lambda: _few_frame(found))


def _fewer(lab: Laboratory, target: str, pooling: Pooling, progress: Progress) -> tuple[FewRows, ...]:
    steps = Steps(progress, 2)
    train, held_out = lab.both(("after",), steps.next())
    asked, step, found = lab.targets()[target](), steps.next(), []
    pairs = list(zip(train["after"].of(pooling), held_out["after"].of(pooling), strict=True))
    for number, (one, other) in enumerate(pairs, start=1):
        found.append(few_rows(one, other, asked))
        step(number / len(pairs))
    return tuple(found)


def _sentence(found: Probe, layer: int) -> str:
    scores = {name: values[layer] for name, values in found.scores.items()}
    told = ", ".join(f"{100 * one.value:.1f} % {_WHEN[name]}" for name, one in scores.items() if one is not None)
    name = layer_name(layer)
    if not told:
        return f"At {name} all texts have the same vector, so there is nothing to tell."
    return (
        f"From {name} the probe tells {found.target} rightly for {told}. To give the most frequent answer always would "
        f"be right for {found.majority.percent()}.{_verdict(found.compared(layer))}"
    )


def _verdict(compared: Comparison | None) -> str:
    """Say whether the layer tells more after fine-tuning than before, on the same rows."""
    if compared is None:
        return ""
    low, high = (f"{100 * one:+.1f}".replace("-", "−") for one in (compared.difference.low, compared.difference.high))
    points = f"{100 * abs(compared.difference.value):.1f} points (95 %: {low} to {high}; {compared.test})"
    if not compared.significant:
        return f" Before and after differ by {points}: that may be chance."
    return f" After it is {points} {'better' if compared.difference.value > 0 else 'worse'} than before."


def _frame(found: Probe) -> pd.DataFrame:
    named = {**found.scores, **{f"{name}, shuffled answers": values for name, values in found.control.items()}}
    rows = [
        {"network": name, "layer": layer, **_cells(one)}
        for name, values in named.items() for layer, one in enumerate(values)
    ]  # fmt: skip
    return pd.DataFrame([*rows, {"network": "majority", **_cells(found.majority)}])


def _few_frame(found: Sequence[FewRows]) -> pd.DataFrame:
    return pd.DataFrame([
        {"layer": layer, "training rows": rows, **_cells(one)}
        for layer, curve in enumerate(found) for rows, one in curve
    ])  # fmt: skip


def _cells(one: Interval | None) -> dict[str, float | None]:
    return {"accuracy": None, "low": None, "high": None} if one is None else {
        "accuracy": one.value, "low": one.low, "high": one.high,
    }  # fmt: skip


VIEW = View(
    "probe", "Where does it live? (probe)", ":material/troubleshoot:",
    "A simple classifier, fitted on training rows, tells the answer from the vectors of one layer; its share of right "
    "answers on validation rows, before and after fine-tuning, stands beside that of a network with random weights.",
    "The layer from which on “after” rises above “before”: there the fine-tuning put it. What “untrained” tells too "
    "takes no training to know, and shuffled answers should do no better than the most frequent one.",
    _draw,
)  # fmt: skip
