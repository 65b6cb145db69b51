"""The curves of a run while it trains.

Each figure has the same traces in the same order however far the run is, so a redraw never flickers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from bertui.explanation.palette import BLUE, GREEN, ORANGE, PALETTE, VERMILION
from bertui.plots.style import (
    DASHES,
    FAINT,
    FEWEST_STEPS,
    MARKS,
    STEPS,
    SYMBOLS,
    WORDS,
    Chart,
    Label,
    depth_colors,
    figure,
    line,
    shorten,
    smooth,
    top_of,
    write_at_ends,
)
from bertui.tasks.results import Measure
from bertui.training.history import History

_HEIGHT = 320
_MOST_RATE_LABELS = 12


def loss_figure(history: History, key: str, *, steps: int | None = None) -> Chart:
    """Draw training loss (each step faint, mean bold) and validation loss over the steps, best starred.

    Args:
        history: The run so far.
        key: Names the run; zoom is kept while it stays the same.
        steps: How many are planned; the x axis then stands still. Leave out when the run is over.
    """
    checks = history.evaluations
    mean, validation = smooth(history.loss), checks.metrics.get("loss", np.empty(0))
    drawn = figure(_HEIGHT, STEPS, "Loss", key=key, words=("validation",))
    drawn.add_traces(
        [
            line(history.steps, history.loss, name="each step", color=BLUE, opacity=0.4, line={"width": 1},
                 hoverinfo="skip"),
            line(history.steps, mean, name="training", color=BLUE,
                 hovertemplate="step %{x}: training loss %{y:.3f}<extra></extra>"),
            line(checks.steps, validation, name="validation", color=VERMILION, mode="lines+markers",
                 marker={"symbol": "diamond"}, line={"dash": "dash"},
                 hovertemplate="step %{x}: validation loss %{y:.3f}<extra></extra>"),
            _star(history, ["loss"], ".3f"),
        ]
    )  # fmt: skip
    ends = [("training", mean, BLUE, "━"), ("validation", validation, VERMILION, "◆")]
    _label_ends(drawn, history, ends, top_of(history.loss, validation))
    _write_best(drawn, history, ["loss"], ".3f")
    _fix_steps(drawn, steps, history)
    drawn.update_yaxes(rangemode="tozero")
    return Chart(drawn, _loss_alt(history, mean))


def metric_figure(history: History, key: str, *, measures: Sequence[Measure], steps: int | None = None) -> Chart:
    """Draw the validation scores over the steps, those of the kept model starred: shares, else correlations.

    Args:
        measures: Those of the run's task; what an older run was not scored by stays empty.
    """
    checks, drawn_ones = history.evaluations, _on_one_axis(measures)
    share = drawn_ones[0].percent
    form = ".1%" if share else ".3f"
    title = "Validation score (%)" if share else "Validation score"
    drawn = figure(_HEIGHT, STEPS, title, key=key, words=[measure.called for measure in drawn_ones])
    ends = []
    for number, measure in enumerate(drawn_ones):
        values = checks.metrics.get(measure.name, np.empty(0))
        color, dash, symbol = (GREEN, ORANGE, *PALETTE)[number], DASHES[number], SYMBOLS[number]
        ends.append((measure.called, values, color, MARKS[number]))
        drawn.add_trace(
            line(checks.steps[: len(values)], values, name=measure.called, color=color, mode="lines+markers",
                 marker={"symbol": symbol}, line={"dash": dash},
                 hovertemplate=f"step %{{x}}: %{{fullData.name}} %{{y:{form}}}<extra></extra>")
        )  # fmt: skip
    names = [measure.name for measure in drawn_ones]
    drawn.add_trace(_star(history, names, form))
    _write_best(drawn, history, names, form)
    lowest = float(np.nanmin(np.concatenate([values for _, values, *_ in ends]), initial=1.0))
    low = max(-1.0, np.floor(10 * lowest) / 10 - 0.02) if len(checks.steps) else 0.0
    low = max(0.0, low) if share else low
    _label_ends(drawn, history, ends, 1.02, float(low))
    _fix_steps(drawn, steps, history)
    drawn.update_yaxes(tickformat=".0%" if share else ".1f", range=[low, 1.02])
    return Chart(drawn, _metric_alt(history, drawn_ones))


def _on_one_axis(measures: Sequence[Measure]) -> Sequence[Measure]:
    """Return the measures that can be drawn together: shares where there are any, else what rises to 1."""
    shares = [measure for measure in measures if measure.percent]
    return (shares or [measure for measure in measures if not measure.falling])[: len(MARKS)]


def rates_figure(history: History, key: str, *, steps: int | None = None) -> Chart:
    """Draw the learning rate of each layer group over the steps, coloured from lowest layer to head."""
    rates = history.learning_rates
    curves = _alike(rates)
    words = [shorten(name, 22) for name in curves]
    drawn = figure(_HEIGHT, STEPS, "Learning rate (per step)", key=key, words=words or ("embeddings",))
    colors = dict(zip(rates, depth_colors(len(rates)), strict=True))
    for name, values in rates.items():
        drawn.add_trace(
            line(history.steps, values, name=name, color=colors[name], most=150,
                 hovertemplate="step %{x}: %{y:.2e}<extra>%{fullData.name}</extra>")
        )  # fmt: skip
    drawn.update_yaxes(tickformat=".1~e", labelalias={"0e+0": "0"}, rangemode="tozero")
    _fix_steps(drawn, steps, history)
    if not rates:
        return Chart(drawn, "Learning rates by layer: no step is done yet.")
    every = -(-len(curves) // _MOST_RATE_LABELS)
    shown = [name for number, name in enumerate(reversed(curves)) if number % every == 0]
    ends = [(name, rates[curves[name]], colors[curves[name]], "━") for name in reversed(shown)]
    _label_ends(drawn, history, ends, top_of(*rates.values()))
    low, high = (float(end([values[-1] for values in rates.values()])) for end in (np.nanmin, np.nanmax))
    between = f"{high:.2g} in all layers" if low == high else f"from {low:.2g} to {high:.2g} by layer"
    peak = max(float(np.nanmax(values)) for values in rates.values())
    return Chart(drawn, f"Learning rates by layer: at most {peak:.2g}; at step {history.steps[-1]} {between}.")


def gradient_figure(history: History, key: str, *, clip: float | None = None, steps: int | None = None) -> Chart:
    """Draw the norm of the gradient before clipping (each step faint, mean bold) and the clipping line."""
    mean = smooth(history.gradient_norm)
    drawn = figure(_HEIGHT, STEPS, "Gradient norm (before clipping)", key=key)
    drawn.add_traces(
        [
            line(history.steps, history.gradient_norm, name="each step", color=GREEN, opacity=0.45,
                 line={"width": 1}, hovertemplate="step %{x}: %{y:.3g}<extra></extra>"),
            line(history.steps, mean, name="mean", color=GREEN,
                 hovertemplate="step %{x}: mean %{y:.3g}<extra></extra>"),
        ]
    )  # fmt: skip
    if clip:
        drawn.add_hline(
            y=clip, line={"color": FAINT, "dash": "dash", "width": 1.5},
            annotation={"text": f"clipped to {clip:g}", "showarrow": False, "yshift": 2},
            annotation_position="top left",
        )  # fmt: skip
    _fix_steps(drawn, steps, history)
    drawn.update_yaxes(rangemode="tozero")
    if not len(mean):
        return Chart(drawn, "Gradient norm: no step is done yet.")
    highest = float(np.nanmax(history.gradient_norm))
    return Chart(drawn, f"Gradient norm: mean {mean[-1]:.3g} at step {history.steps[-1]}, highest {highest:.3g}.")


def _best(history: History, metrics: list[str]) -> list[tuple[int, float]]:
    """Return the kept model's step with its value of each metric; nothing before the first check."""
    checks, kept = history.evaluations, history.evaluations.kept
    if kept is None:
        return []
    step = int(checks.steps[kept])
    return [(step, float(checks.metrics[name][kept])) for name in metrics if name in checks.metrics]


def _star(history: History, metrics: list[str], number_format: str) -> go.Scatter:
    """Return the trace that marks the kept model; there, but empty, before the first check."""
    points = _best(history, metrics)
    return go.Scatter(
        x=[step for step, _ in points], y=[value for _, value in points], name="kept so far", mode="markers",
        marker={"symbol": "star", "size": 14, "color": ORANGE, "line": {"color": "#5a3d00", "width": 1}},
        hovertemplate=f"kept so far: %{{y:{number_format}}} at step %{{x}}<extra></extra>",
    )  # fmt: skip


def _write_best(drawn: go.Figure, history: History, metrics: list[str], number_format: str) -> None:
    """Write the kept model's values beside its stars, the highest above its star, the lowest below."""
    points = sorted(_best(history, metrics), key=lambda point: -point[1])
    for place, (step, value) in enumerate(points[:1] + points[1:][-1:]):  # those between would lie on each other
        drawn.add_annotation(
            x=step, y=value, text=f"kept {value:{number_format}}", showarrow=False, font_size=WORDS,
            yshift=-18 if place else 18, xanchor="right", xshift=20,
        )  # fmt: skip


def _label_ends(
    drawn: go.Figure,
    history: History,
    ends: list[tuple[str, np.ndarray, str, str]],
    top: float,
    low: float = 0.0,
) -> None:
    """Name each line to the right of the newest step."""
    labels = [Label(history.newest, float(y[-1]), name, color, mark) for name, y, color, mark in ends if len(y)]
    write_at_ends(drawn, labels, top, low)


def _alike(rates: Mapping[str, np.ndarray]) -> dict[str, str]:
    """Return label -> group, neighbours with one and the same curve under one label ("layer 1 to head")."""
    groups: list[list[str]] = []
    for name in rates:
        same = groups and np.array_equal(rates[groups[-1][0]], rates[name], equal_nan=True)
        groups[-1].append(name) if same else groups.append([name])
    if len(groups) == 1:
        return {"all layers": groups[0][-1]}
    return {(f"{some[0]} to {some[-1]}" if len(some) > 1 else some[0]): some[-1] for some in groups}


def _fix_steps(drawn: go.Figure, steps: int | None, history: History) -> None:
    """Let the x axis end at the last planned step, or the newest; by itself it would make room for words."""
    drawn.update_xaxes(range=[0, max(steps or 0, history.newest, FEWEST_STEPS)])


def _loss_alt(history: History, mean: np.ndarray) -> str:
    if not len(mean):
        return "Loss over the steps: no step is done yet."
    training = f"training loss {mean[-1]:.3f} at step {history.steps[-1]}"
    checks, kept = history.evaluations, history.evaluations.kept
    if kept is None or "loss" not in checks.metrics:
        return f"Loss over the steps: {training}, not yet validated."
    losses = checks.metrics["loss"]
    best = f"{losses[kept]:.3f} for the best model, of step {checks.steps[kept]}"
    return f"Loss over the steps: {training}; validation loss {losses[-1]:.3f}, {best}."


def _metric_alt(history: History, measures: Sequence[Measure]) -> str:
    checks, kept = history.evaluations, history.evaluations.kept
    if kept is None:
        return "Validation scores over the steps: not yet validated."
    scores = [(one, float(checks.metrics[one.name][kept])) for one in measures if one.name in checks.metrics]
    best = ", ".join(f"{measure.shown(value)} {measure.phrase}" for measure, value in scores)
    return f"Validation scores over the steps: the best model, of step {checks.steps[kept]}, has {best}."
