"""What the views of a network's layers found, as figures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bertui.evaluation.intervals import Interval
from bertui.explanation.by_layer import WordsByLayer
from bertui.laboratory.ablation import HeadAblation, LayerAblation
from bertui.laboratory.attention import Attention, HiddenToken
from bertui.laboratory.drift import Part, VectorDrift, WeightChange
from bertui.laboratory.lens import Lens
from bertui.laboratory.probe import Probe
from bertui.laboratory.swap import Blend, Swap
from bertui.laboratory.words import OneWord
from bertui.plots.by_layer import Curve, arcs_figure, cells_figure, curves_figure, row_name, rows_down
from bertui.plots.style import Chart
from bertui.tasks.results import Measure, Prediction
from bertui.tasks.views import Bars

MOST = 60
"""Words or tokens that a figure has room for."""
MOST_ALIKE = 30
"""Occurrences of a word that are set beside each other."""
ALL_HEADS = 0
SPECIAL = "special marks"
_PARTS: tuple[Part, ...] = ("embeddings", "attention", "feed-forward", "norm")


def weights_figure(found: Sequence[WeightChange], layer: int) -> Chart:
    """Draw the change of each layer's parts in percent, the top layer on top, beside the rate it had."""
    top = max(one.layer for one in found)
    change = {(one.layer, one.part): 100 * one.change for one in found}
    values = np.array([[change.get((row, part), np.nan) for part in _PARTS] for row in range(top, -1, -1)])
    rates = {one.layer: f" · {one.rate:.1e}" if one.rate is not None and not same_rate(found) else "" for one in found}
    names = [f"{row_name(row)}{rates[row]}" for row in range(top, -1, -1)]
    return cells_figure(values, names, _PARTS, "", "", "% changed", top - min(layer, top), key="weights")


def same_rate(found: Sequence[WeightChange]) -> float | None:
    """Return the highest learning rate of all layers where it is one and the same."""
    rates = {one.rate for one in found}
    return rates.pop() if len(rates) == 1 else None


def ablation_figure(found: LayerAblation, measure: Measure, layer: int) -> Chart:
    """Draw the score without each layer, and with nothing above each."""
    curves = Curve.of("without it", found.without, first=1), Curve.of("up to it", found.up_to)
    return _scores_figure(curves, measure, layer, "ablation")


def heads_figure(found: HeadAblation, layer: int) -> Chart:
    """Draw the importance of every head, the top layer on top."""
    layers, heads = found.importance.shape
    columns = [str(head) for head in range(1, heads + 1)]
    names = rows_down(layers)[:-1]
    return cells_figure(found.importance[::-1], names, columns, "Head", "", "importance", layers - layer, key="heads")


def swap_figure(found: Swap, measure: Measure, layer: int) -> Chart:
    """Draw the score with each layer put back, and with all layers up to each."""
    curves = Curve.of("put back", found.one), Curve.of("all up to it", found.up_to)
    return _scores_figure(curves, measure, layer, "swap")


def blend_figure(found: Blend, measure: Measure, at: int) -> Chart:
    """Draw the score over the share of the later model; ``at`` is the place of the chosen one."""
    ticks = [f"{100 * share:.0f}" for share in found.shares]
    title = "Share of the later model (%)"
    return _scores_figure((Curve.of("", found.scores),), measure, at, "blend", title, ticks)


def words_figure(found: WordsByLayer, layer: int) -> Chart:
    """Draw the share of each word at every layer, of many words the strongest; special tokens stand last."""
    strongest = np.sort(np.argsort(-np.abs(found.scores).max(0), kind="stable")[:MOST])
    values = np.column_stack([found.scores[:, strongest], found.special])[::-1]
    layers, columns = len(values) - 1, [*(found.words[at] for at in strongest), SPECIAL]
    most = float(np.abs(found.scores).max(initial=0.0))  # beside the special tokens, which gather all, words would pale
    return cells_figure(
        values, rows_down(layers), columns, "", "", "share", layers - layer, signed=True, key="words", most=most
    )


def head_weights(found: Attention, layer: int, head: int) -> np.ndarray:
    """Return the attention of a layer's head, both counted from 1, or the mean of all heads; ``[tokens, tokens]``."""
    of_layer = found.weights[layer - 1]
    chosen: np.ndarray = of_layer.mean(0) if head == ALL_HEADS else of_layer[head - 1]
    return chosen


def attention_arcs(found: Attention, layer: int, head: int) -> Chart:
    """Draw a head's attention as arcs over the tokens, shares of a tenth and more."""
    return arcs_figure(head_weights(found, layer, head)[:MOST, :MOST], found.tokens[:MOST], 0.1, "attention")


def attention_matrix(found: Attention, layer: int, head: int) -> Chart:
    """Draw a head's attention as a matrix: each row a token that looks, each column one that is looked at."""
    tokens, weights = found.tokens[:MOST], 100 * head_weights(found, layer, head)[:MOST, :MOST]
    return cells_figure(weights, tokens, tokens, "Looked at", "Looks", "% of its attention", key="attention")


def hidden_figure(hidden: HiddenToken, layer: int) -> Chart:
    """Draw how far each token's vector moved at each layer, the top layer on top; the hidden token is empty."""
    layers, values = len(hidden.change) - 1, hidden.change[::-1, :MOST]
    return cells_figure(
        values, rows_down(layers), hidden.tokens[:MOST], "", "", "cosine distance", layers - layer, key="hidden"
    )


def alike_figure(found: OneWord, layer: int) -> Chart:
    """Draw how alike the first occurrences of a word are at a layer, each with each, in the same order both ways."""
    alike = found.alike(layer)[:MOST_ALIKE, :MOST_ALIKE]
    names = [f"{one.before} {found.word} {one.after}".strip() for one in found.occurrences[:MOST_ALIKE]]
    chart = cells_figure(alike, names, names, "In the same order", "", "cosine", signed=True, key="alike")
    chart.figure.update_xaxes(showticklabels=False)
    return chart


def probe_figure(found: Probe, layer: int) -> Chart:
    """Draw what a probe tells from each layer of each network, beside the majority and what shuffled answers give."""
    curves = [_probed(name, values) for name, values in found.scores.items()]
    layers = len(next(iter(found.scores.values())))
    curves.append(Curve("majority", (found.majority.value,) * layers))
    if (shuffled := found.control.get("after")) is not None:
        curves.append(Curve("shuffled", _values(shuffled)))
    return curves_figure(curves, layer, "Right (%)", 100.0, "probe")


def _probed(name: str, values: Sequence[Interval | None]) -> Curve:
    """Return a probe's curve; its band begins where it has a value."""
    known = [one for one in values if one is not None]
    first = len(values) - len(known)
    return Curve.of(name, known, first) if all(one is None for one in values[:first]) else Curve(
        name, _values(values)
    )  # fmt: skip


def _values(scores: Sequence[Interval | None]) -> tuple[float | None, ...]:
    return tuple(None if one is None else one.value for one in scores)


def few_rows_figure(found: Sequence[tuple[int, Interval | None]], layer: int) -> Chart:
    """Draw what a layer's probe tells over the training rows it was given."""
    curve = _probed("", [one for _, one in found])
    ticks = [f"{rows:,}" for rows, _ in found]
    return curves_figure([curve], None, "Right (%)", 100.0, f"few {layer}", "Training rows", ticks)


def lens_figure(found: Lens, layer: int) -> Chart:
    """Draw the share of rows that have the final answer at each layer, by both lenses."""
    curves = Curve("mapped", found.mapped), Curve("raw", found.raw)
    return curves_figure(curves, layer, "Final answer (%)", 100.0, "lens")


def answers_figure(answers: Sequence[Prediction], layer: int) -> Chart:
    """Draw the probability of every class at each layer for one text, the top layer on top."""
    bars = [next(view for view in one.views() if isinstance(view, Bars)) for one in answers]
    values = 100 * np.array([one.values for one in bars])[::-1]
    layers = len(answers) - 1
    return cells_figure(values, rows_down(layers), bars[0].names, "", "", "%", layers - layer, key="answers")


def cka_figure(own: VectorDrift, general: VectorDrift, layer: int) -> Chart:
    """Draw how alike the vectors before and after are, on a person's rows and on general sentences."""
    curves = Curve("your rows", own.cka), Curve("general", general.cka)
    return curves_figure(curves, layer, "Similarity (CKA)", key="cka")


def distance_figure(own: VectorDrift, general: VectorDrift, layer: int) -> Chart:
    """Draw how far the vectors moved, on a person's rows and on general sentences."""
    curves = Curve("your rows", own.distance), Curve("general", general.distance)
    return curves_figure(curves, layer, "Cosine distance", key="distance")


def _scores_figure(
    curves: tuple[Curve, ...], measure: Measure, layer: int | None, key: str, x_title: str | None = None,
    ticks: Sequence[str] = (),
) -> Chart:  # fmt: skip
    scale, unit = (100.0, " (%)") if measure.percent else (1.0, "")
    return curves_figure(curves, layer, f"{measure.title}{unit}", scale, key, x_title, ticks)
