"""Figures over the layers of a network: lines with intervals, and cells of layers by something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import plotly.graph_objects as go

from bertui.evaluation.intervals import Interval
from bertui.explanation.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILION, see_through
from bertui.plots.style import (
    DASHES,
    FAINT,
    MARKS,
    SYMBOLS,
    Chart,
    Label,
    escape,
    figure,
    line,
    name_rows,
    shorten,
    write_at_ends,
)

_LAYER = "Layer (0: the embeddings)"
_COLOURS = (VERMILION, BLUE, GREEN, PURPLE, ORANGE, GREY)
_HEIGHT, _CELL = 340, 26  # pixels
_LONGEST = 14  # letters of a word under its column
AGAINST_FOR = [[0.0, "rgba(0,114,178,0.85)"], [0.5, "rgba(128,128,128,0)"], [1.0, "rgba(230,159,0,0.85)"]]
TEAL = "#149089"  # of middle lightness, to be seen on white and on black
LITTLE_MUCH = [[0.0, see_through(TEAL, 0.03)], [1.0, see_through(TEAL, 1.0)]]


@dataclass(frozen=True, slots=True)
class Curve:
    """One number for each layer.

    Attributes:
        name: Written at its end.
        values: By layer; None where there is no number.
        intervals: Its lowest and highest likely values, by layer; empty where they are not known.
        first: The layer of the first value.
    """

    name: str
    values: tuple[float | None, ...]
    intervals: tuple[tuple[float, float], ...] = ()
    first: int = 0

    @classmethod
    def of(cls, name: str, scores: Sequence[Interval], first: int = 0) -> Curve:
        """Return the curve of scores with their intervals."""
        return cls(name, tuple(one.value for one in scores), tuple((one.low, one.high) for one in scores), first)

    @property
    def layers(self) -> np.ndarray:
        return np.arange(self.first, self.first + len(self.values))

    @property
    def numbers(self) -> np.ndarray:
        return np.array([np.nan if one is None else one for one in self.values], dtype=float)


def layer_name(layer: int) -> str:
    return f"layer {layer}" if layer else "the embeddings"


def row_name(layer: int) -> str:
    return layer_name(layer).removeprefix("the ")


def rows_down(layers: int) -> list[str]:
    """Return short names of all layers, the top one first."""
    return [row_name(layer) for layer in range(layers, -1, -1)]


def curves_figure(
    curves: Sequence[Curve],
    layer: int | None,
    y_title: str,
    scale: float = 1.0,
    key: str = "",
    x_title: str | None = None,
    ticks: Sequence[str] = (),
) -> Chart:
    """Draw lines over the layers, the chosen layer marked.

    Args:
        scale: What values are multiplied by, such as 100 for percent.
        key: Zoom is kept while it stays the same.
        x_title, ticks: Where the places are no layers: what they are, and the words under each.
    """
    drawn = figure(_HEIGHT, x_title or _LAYER, y_title, key=key, words=[one.name for one in curves])
    labels = []
    for number, curve in enumerate(curves):
        color = _COLOURS[number % len(_COLOURS)]
        _add(drawn, curve, number, color, scale, "" if ticks else f"{escape(curve.name)}, layer %{{x:.0f}}: ")
        last = np.flatnonzero(np.isfinite(curve.numbers))
        if len(last) and curve.name:
            end = float(curve.layers[last[-1]]), float(scale * curve.numbers[last[-1]])
            labels.append(Label(*end, curve.name, color, MARKS[number % len(MARKS)]))
    low, high = _ends(curves, scale)
    write_at_ends(drawn, labels, high, low)
    drawn.update_yaxes(range=[low, high])
    top = max((int(one.layers[-1]) for one in curves if len(one.values)), default=1)
    drawn.update_xaxes(range=[-0.3, top + 0.3], dtick=1 if top <= 14 else 2, tick0=0)
    if ticks:
        drawn.update_xaxes(tickvals=list(range(len(ticks))), ticktext=list(ticks))
    if layer is not None:
        drawn.add_vline(x=layer, line={"color": FAINT, "width": 2, "dash": "dot"})
    return Chart(drawn, _alt(curves, scale, y_title, ticks, x_title or "Layer"))


def _add(drawn: go.Figure, curve: Curve, number: int, color: str, scale: float, told: str) -> None:
    if curve.intervals:
        low, high = scale * np.array(curve.intervals).T
        drawn.add_trace(
            go.Scatter(
                x=np.concatenate([curve.layers, curve.layers[::-1]]), y=np.concatenate([high, low[::-1]]), mode="none",
                fill="toself", fillcolor=see_through(color, 0.14), hoverinfo="skip", showlegend=False,
            )
        )  # fmt: skip
    drawn.add_trace(
        line(
            curve.layers, scale * curve.numbers, name=curve.name, color=color, mode="lines+markers",
            line={"dash": DASHES[number % len(DASHES)]}, marker={"symbol": SYMBOLS[number % len(SYMBOLS)], "size": 8},
            hovertemplate=told + "%{y:.3g}<extra></extra>",
        )
    )  # fmt: skip


def _ends(curves: Sequence[Curve], scale: float) -> tuple[float, float]:
    """Return the ends of the y axis: all that is drawn, and a little more."""
    every = [scale * one.numbers for one in curves]
    every += [scale * np.array(one.intervals).ravel() for one in curves if one.intervals]
    values = np.concatenate(every) if every else np.zeros(0)
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    room = 0.08 * (high - low) or 0.1 * abs(high) or 1.0
    return (0.0 if 0 <= low < 0.3 * high else low - room), high + room


def _alt(curves: Sequence[Curve], scale: float, y_title: str, ticks: Sequence[str], x_title: str) -> str:
    x_title, words = x_title[0].lower() + x_title[1:], []
    for curve in curves:
        numbers = scale * curve.numbers
        if np.isfinite(numbers).any():
            ends = [int(np.nanargmin(numbers)), int(np.nanargmax(numbers))]
            low, high = (f"{ticks[at] if ticks else curve.layers[at]} ({numbers[at]:.3g})" for at in ends)
            words.append(f"{curve.name} lowest at {x_title} {low}, highest at {x_title} {high}".strip())
    return f"{y_title} by {x_title}: {'; '.join(words) or 'no numbers'}."


def cells_figure(
    values: np.ndarray, rows: Sequence[str], columns: Sequence[str], x_title: str, y_title: str, unit: str,
    chosen: int | None = None, signed: bool = False, key: str = "", most: float = 0.0,
) -> Chart:  # fmt: skip
    """Draw a cell for each value ``[rows, columns]``, the first row on top.

    Args:
        unit: Of the values, beside the colours.
        chosen: Number of a row to be framed.
        signed: Whether values below 0 are the opposite of those above.
        most: The value of the strongest colour, which larger ones have too; the largest when left out.
    """
    finite = values[np.isfinite(values)]
    most = most or float(np.abs(finite).max(initial=0.0)) or 1.0
    drawn = figure(130 + _CELL * len(rows), x_title, y_title, key=key)
    drawn.add_trace(
        go.Heatmap(
            z=values.astype(np.float32), zmin=-most if signed else 0.0, zmax=most, xgap=1, ygap=1, hoverinfo="text",
            colorscale=AGAINST_FOR if signed else LITTLE_MUCH,
            hovertext=[[f"{escape(row)}, {escape(shorten(column, 40))}: {_figure(value, signed)}"
                        for column, value in zip(columns, line, strict=True)]
                       for row, line in zip(rows, values, strict=True)],
            colorbar={"thickness": 10, "outlinewidth": 0, "title": {"text": escape(unit), "font": {"size": 12}}},
        )
    )  # fmt: skip
    drawn.update_xaxes(
        tickvals=list(range(len(columns))), ticktext=[escape(shorten(one, _LONGEST)) for one in columns],
        showline=False, autotickangles=[0, -45, -90],
    )  # fmt: skip
    name_rows(drawn, rows)
    if chosen is not None and 0 <= chosen < len(rows):
        drawn.add_shape(type="rect", x0=-0.5, x1=len(columns) - 0.5, y0=chosen - 0.5, y1=chosen + 0.5,
                        line={"color": FAINT, "width": 2})  # fmt: skip
    return Chart(drawn, _cells_alt(values, rows, columns, unit, signed))


def _cells_alt(values: np.ndarray, rows: Sequence[str], columns: Sequence[str], unit: str, signed: bool) -> str:
    sizes = np.where(np.isfinite(values), np.abs(values), -1.0)
    order = np.argsort(-sizes, axis=None, kind="stable")[:3]
    places = [tuple(map(int, np.unravel_index(at, values.shape))) for at in order] if values.size else []
    words = [f"{rows[a]} with {shorten(columns[b], 20)} {_figure(values[a, b], signed)}" for a, b in places]
    return f"Cells of {len(rows)} rows and {len(columns)} columns ({unit}); the largest: {', '.join(words) or 'none'}."


def _figure(value: float, signed: bool) -> str:
    if not np.isfinite(value):
        return "nothing to see"
    return f"{value:+.3g}".replace("-", "−") if signed else f"{value:.3g}"


def arcs_figure(weights: np.ndarray, words: Sequence[str], least: float, key: str = "") -> Chart:
    """Draw who looks at whom as arcs over the words of a text, thicker for more attention.

    Args:
        weights: Share of its attention that each word (row) gives to each (column), ``[words, words]``.
        least: Smaller shares are not drawn.
    """
    drawn = figure(360, "", "", key=key)
    for low, high in pairwise(np.linspace(least, 1.0, 6)):
        pairs = np.argwhere((weights >= low) & ((weights < high) | (high == 1.0)) & ~np.eye(len(weights), dtype=bool))
        if len(pairs):
            drawn.add_trace(_arcs(pairs, width=1 + 6 * (low + high) / 2, opacity=0.25 + 0.7 * (low + high) / 2))
    drawn.update_xaxes(
        tickvals=list(range(len(words))), ticktext=[escape(shorten(one, _LONGEST)) for one in words], showline=False,
        autotickangles=[0, -45, -90], range=[-0.6, len(words) - 0.4],
    )  # fmt: skip
    drawn.update_yaxes(visible=False, range=[0, len(words) / 2 + 0.2])
    away = np.where(np.eye(len(weights), dtype=bool), -1.0, weights)
    source, goal = divmod(int(away.argmax()), len(away))
    return Chart(
        drawn, f"Attention as arcs over {len(words)} tokens; the strongest from {words[source]} to {words[goal]}, "
        f"{100 * away[source, goal]:.0f} %.",
    )  # fmt: skip


def _arcs(pairs: np.ndarray, width: float, opacity: float) -> go.Scatter:
    """Return half circles between pairs of places as one line with gaps."""
    angle = np.linspace(0, np.pi, 25)
    x, y = [], []
    for source, goal in pairs:
        middle, radius = (source + goal) / 2, abs(source - goal) / 2
        x.append(np.append(middle - radius * np.cos(angle), np.nan))
        y.append(np.append(radius * np.sin(angle), np.nan))
    return go.Scatter(
        x=np.concatenate(x), y=np.concatenate(y), mode="lines", hoverinfo="skip", showlegend=False, connectgaps=False,
        line={"color": see_through(TEAL, opacity), "width": width},
    )  # fmt: skip
