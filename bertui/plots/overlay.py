"""One measure of several runs, side by side over their steps."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bertui.explanation.palette import PALETTE
from bertui.plots.style import (
    DASHES,
    FEWEST_STEPS,
    MARKS,
    STEPS,
    SYMBOLS,
    Chart,
    Label,
    decimate,
    figure,
    line,
    shorten,
    smooth,
    top_of,
    write_at_ends,
)
from bertui.tasks.results import LOSS, Measure
from bertui.training.history import History

_MOST_NAMED = 8


def overlay_figure(
    histories: Mapping[str, History], measure: Measure, part: str = "validation", key: str = "overlay"
) -> Chart:
    """Draw one curve of several runs on one step axis, each with its own colour, dash and marker.

    Args:
        histories: Run name -> its history.
        measure: ``LOSS``, or one of the measures that the tasks of the runs share.
        part: Of which rows, "validation" or "training"; of training rows there is the loss alone.
        key: Zoom is kept while it stays the same.
    """
    loss = measure == LOSS
    if part not in ("training", "validation") or (part == "training" and not loss):
        raise ValueError(f"There is no curve of '{part} {measure.name}'.")
    share, unit = measure.percent, "(%)" if measure.percent else "(nats per text)" if loss else ""
    title = f"{part.capitalize()} {measure.called} {unit}".rstrip()
    names = [shorten(name, 22, end=8) for name in histories]  # the end tells runs of one name apart
    drawn = figure(380, STEPS, title, key=f"{key} {part} {measure.name}", words=names)
    labels, values = [], []
    for number, (name, history) in enumerate(histories.items()):
        x, y = _curve(history, part, measure.name)
        values.append(y)
        color, turn = PALETTE[number % len(PALETTE)], number % len(MARKS)
        mark, symbol, dash = MARKS[turn], SYMBOLS[turn], DASHES[turn]
        number_format = ".1%" if share else ".3f"
        drawn.add_trace(
            line(x, y, name=name, color=color, mode="lines+markers", line={"dash": dash},
                 marker={"symbol": symbol, "maxdisplayed": 14},
                 hovertemplate=f"step %{{x}}: %{{y:{number_format}}}<extra>%{{fullData.name}}</extra>")
        )  # fmt: skip
        if len(y):
            labels.append(Label(float(x[-1]), float(y[-1]), names[number], color, mark))
    drawn.update_yaxes(**({"tickformat": ".0%"} if share else {"rangemode": "tozero"} if loss else {}))
    drawn.update_xaxes(range=[0, max([FEWEST_STEPS, *(history.newest for history in histories.values())])])
    bottom = float(min((np.min(y) for y in values if len(y)), default=0.0))
    bottom = 0.0 if loss else bottom
    top = top_of(*values)
    if share:  # without bounds of their own, equal values get an axis from -50 to 150 %
        bottom, top = max(0.0, np.floor(10 * bottom) / 10 - 0.02), 1.02
        drawn.update_yaxes(range=[bottom, top])
    write_at_ends(drawn, labels, top, bottom)
    return Chart(drawn, _overlay_alt(dict(zip(histories, values, strict=True)), part, measure))


def _curve(history: History, part: str, name: str) -> tuple[np.ndarray, np.ndarray]:
    if part == "training":
        return decimate(history.steps, smooth(history.loss))
    checks = history.evaluations
    values = checks.metrics.get(name)
    return decimate(checks.steps, values) if values is not None else (np.empty(0), np.empty(0))


def _overlay_alt(values: Mapping[str, np.ndarray], part: str, measure: Measure) -> str:
    ends = [f"{name} {measure.shown(float(y[-1])) if len(y) else 'none yet'}" for name, y in values.items()]
    words = "; ".join(ends[:_MOST_NAMED]) + ("; and others" if len(ends) > _MOST_NAMED else "")
    return f"Last {part} {measure.called} of {len(ends)} runs: {words or 'none chosen'}."
