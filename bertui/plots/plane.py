"""Rows or words as points in a plane, layer by layer, with a button that plays them from the embeddings to the top."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from bertui.explanation.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION, VIOLET, YELLOW
from bertui.laboratory.scatter import Scatter
from bertui.plots.by_layer import layer_name
from bertui.plots.style import SYMBOLS, Chart, escape, figure, shorten

_COLOURS = (BLUE, VERMILION, GREEN, ORANGE, PURPLE, SKY, YELLOW, VIOLET)
OTHERS = "others"
_LONGEST = 24  # letters of a group's name
_PLAY_MS = 900


def plane_figure(found: Scatter, groups: Sequence[str], texts: Sequence[str], layer: int) -> Chart:
    """Draw points at a layer, coloured by group; the rarest groups share one colour.

    Args:
        groups: Of each point.
        texts: Shown beside a point.
    """
    names = _named(groups)
    kinds = [name for name in dict.fromkeys(names) if name != OTHERS]
    kinds = sorted(kinds, key=lambda one: -names.count(one)) + [OTHERS] * (OTHERS in names)
    members = [np.array([at for at, name in enumerate(names) if name == kind]) for kind in kinds]
    drawn, planes = figure(440, "", "", key="plane"), [_filling(points) for points in found.points]
    for number, (kind, places) in enumerate(zip(kinds, members, strict=True)):
        drawn.add_trace(_points(planes[layer], places, kind, number, texts))
    drawn.frames = [
        go.Frame(name=layer_name(at), data=[_moved(points, places) for places in members],
                 layout={"title": {"text": layer_name(at)}})
        for at, points in enumerate(planes)
    ]  # fmt: skip
    _lay_out(drawn, layer)
    return Chart(drawn, _alt(found, kinds, members, layer))


def _named(groups: Sequence[str]) -> list[str]:
    """Return each point's group in short; beyond as many as there are colours, the rarest are called others."""
    common = {name for name, _ in Counter(groups).most_common(len(_COLOURS))}
    return [(shorten(name, _LONGEST) or "none") if name in common else OTHERS for name in groups]


def _points(points: np.ndarray, places: np.ndarray, kind: str, number: int, texts: Sequence[str]) -> go.Scatter:
    color = GREY if kind == OTHERS else _COLOURS[number % len(_COLOURS)]
    return go.Scatter(
        **_places(points, places), mode="markers", name=escape(kind), hoverinfo="text", showlegend=True,
        hovertext=[f"{escape(kind)}: {escape(shorten(texts[at], 90))}" for at in places], customdata=places.tolist(),
        marker={"color": color, "size": 8, "opacity": 0.75, "symbol": SYMBOLS[number % len(SYMBOLS)]},
    )  # fmt: skip


def _moved(points: np.ndarray, places: np.ndarray) -> go.Scatter:
    return go.Scatter(**_places(points, places))


def _places(points: np.ndarray, places: np.ndarray) -> dict[str, np.ndarray]:
    return {"x": points[places, 0].astype(np.float32), "y": points[places, 1].astype(np.float32)}


def _filling(points: np.ndarray) -> np.ndarray:
    """Return a layer's points so that they fill the plane: beside one far point of another layer they would huddle."""
    reach = float(np.abs(points).max(initial=0.0))
    return points / reach if reach else points


def _lay_out(drawn: go.Figure, layer: int) -> None:
    """Hold the axes still over all layers, and set the title, the legend and the button that plays."""
    blank = {"visible": False, "range": [-1.05, 1.05]}
    play = {"frame": {"duration": _PLAY_MS, "redraw": False}, "transition": {"duration": 500}, "fromcurrent": False}
    drawn.update_layout(
        xaxis=blank, yaxis=blank, showlegend=True, margin={"l": 8, "r": 8, "t": 44, "b": 8},
        title={"text": layer_name(layer), "font": {"size": 14}, "x": 0.5, "xanchor": "center"},
        legend={"orientation": "h", "y": -0.02, "yanchor": "top", "x": 0},
        updatemenus=[{
            "type": "buttons", "showactive": False, "x": 0.0, "xanchor": "left", "y": 1.1, "yanchor": "top",
            "bgcolor": "rgba(128,128,128,0.15)", "bordercolor": "rgba(128,128,128,0.5)", "pad": {"t": 0, "b": 0},
            "buttons": [{"label": "Play", "method": "animate", "args": [None, play]}],
        }],
    )  # fmt: skip


def _alt(found: Scatter, kinds: Sequence[str], members: Sequence[np.ndarray], layer: int) -> str:
    parts = ", ".join(f"{len(places)} {kind}" for kind, places in zip(kinds, members, strict=True))
    share = None if found.shares is None else found.shares[layer]
    shown = "" if share is None else f" The plane shows {100 * share:.0f} % of the variance."
    return f"{found.points.shape[1]} points in a plane at {layer_name(layer)}: {parts}.{shown}"
