"""How every figure looks: colours, margins, grid, and how labels and long series are made fit to draw."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go

# So that a line is known without its colour too. Seven and ten have no common divisor: 70 different lines.
STEPS = "Optimizer step"
FEWEST_STEPS = 10  # an axis that is shorter would be labelled with fractions of a step
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "4px,2px")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x", "triangle-down", "cross")
MARKS = ("●", "◆", "■", "▲", "✖", "▼", "✚")  # the same in letters, for the words beside a line
GRID, FAINT = "rgba(128,128,128,0.18)", "rgba(128,128,128,0.55)"
MOST_POINTS = 500
_DEPTHS = ((47, 127, 193), (142, 112, 190), (217, 108, 43))  # deep to shallow; middle lightness throughout
WORDS = 13  # font size of what is written into a figure
_LETTER = 7.2  # about how wide one letter of that size is, in pixels


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure and one plain sentence with its main numbers, for those who cannot see it."""

    figure: go.Figure
    alt: str


@dataclass(frozen=True, slots=True)
class Label:
    """Words to write at the end of a line (in data coordinates), after its mark in its colour."""

    x: float
    y: float
    text: str
    color: str
    mark: str = "━"


def figure(height: int, x_title: str, y_title: str, *, key: str = "bertui", words: Sequence[str] = ()) -> go.Figure:
    """Return an empty figure in the house style.

    Args:
        height: Pixels; fixed, so that nothing jumps when the figure is drawn anew.
        x_title: What is measured, with its unit.
        y_title: Likewise.
        key: While it stays the same, a person's zoom survives a redraw.
        words: What is written to the right of the lines; room is left for the longest.
    """
    right = 16 + round(_LETTER * max((len(text) + 3 for text in words), default=0))
    grid = {"gridcolor": GRID, "zeroline": False, "ticks": ""}
    layout = {
        "height": height, "autosize": True, "uirevision": key, "showlegend": False, "dragmode": False,
        "hovermode": "closest", "margin": {"l": 64, "r": min(right, 180), "t": 20, "b": 52, "pad": 0},
        "paper_bgcolor": "rgba(0,0,0,0)", "plot_bgcolor": "rgba(0,0,0,0)",
        "hoverlabel": {"namelength": -1, "align": "left"},
        "xaxis": {**grid, "title": {"text": x_title, "standoff": 10}, "showgrid": False, "showline": True,
                  "linecolor": FAINT},
        "yaxis": {**grid, "title": {"text": y_title, "standoff": 10}},
    }  # fmt: skip
    return go.Figure(layout=layout)  # in one piece: each update of a figure costs milliseconds


def line(x: np.ndarray, y: np.ndarray, *, name: str, color: str, most: int = MOST_POINTS, **more: Any) -> go.Scatter:
    """Return a line of ``most`` points at most; one of a single point is a dot. ``name`` may be any text."""
    x, y = decimate(x, y, most)
    more = {"mode": "lines" if len(x) > 1 else "lines+markers", "cliponaxis": False, **more}
    more["line"] = {"color": color, "width": 2, **more.get("line", {})}
    more["marker"] = {"color": color, "size": 8, **more.get("marker", {})}
    return go.Scatter(x=x, y=y, name=escape(name), **more)


def decimate(x: np.ndarray, y: np.ndarray, most: int = MOST_POINTS) -> tuple[np.ndarray, np.ndarray]:
    """Thin a series `[points]` out to ``most`` points at most, float32; lowest and highest values stay.

    The series is cut into equal stretches and the lowest and the highest point of each is kept, so no spike
    is lost. Points that are not numbers are left out.
    """
    x, y = np.asarray(x, np.float32), np.asarray(y, np.float32)
    finite = np.isfinite(y)
    x, y = x[finite], y[finite]
    if len(y) <= most:
        return x, y
    edges = np.linspace(0, len(y), most // 2 + 1).astype(int)
    ends = [(a + int(y[a:b].argmin()), a + int(y[a:b].argmax())) for a, b in pairwise(edges)]
    keep = np.unique(np.array(ends))
    return x[keep], y[keep]


def smooth(y: np.ndarray) -> np.ndarray:
    """Mean of each value and its neighbours `[points]`, two or a 50th of the series to each side.

    Values that are not numbers do not count; NaN where there is no other.
    """
    y = np.asarray(y, np.float64)
    finite = np.isfinite(y)
    reach = max(2, len(y) // 50)
    sums = np.concatenate([[0.0], np.cumsum(np.where(finite, y, 0.0))])
    counts = np.concatenate([[0], np.cumsum(finite)])
    here = np.arange(len(y))
    first, last = np.maximum(0, here - reach), np.minimum(len(y), here + reach + 1)
    total, count = sums[last] - sums[first], counts[last] - counts[first]
    return np.divide(total, count, out=np.full(len(y), np.nan), where=count > 0)


def write_at_ends(drawn: go.Figure, labels: Sequence[Label], top: float, bottom: float = 0.0) -> None:
    """Write each label to the right of its point, moved up or down where two would lie on each other.

    ``top`` and ``bottom`` are about the ends of the y axis, in data.
    """
    margin = drawn.layout.margin
    pixels = (drawn.layout.height - margin.t - margin.b) / max(top - bottom, 1e-12)
    shown = sorted((one for one in labels if np.isfinite(one.y)), key=lambda one: one.y)
    places = np.array([(one.y - bottom) * pixels for one in shown])
    for one, place, moved in zip(shown, places, _apart(places, WORDS + 4), strict=True):
        drawn.add_annotation(
            x=one.x, y=one.y, yshift=float(moved - place), xshift=8, xanchor="left", showarrow=False,
            align="left", font={"size": WORDS},
            text=f'<span style="color:{one.color}">{one.mark}</span> {escape(one.text)}',
        )  # fmt: skip


def _apart(places: np.ndarray, gap: float) -> np.ndarray:
    """Move rising places as little as needed to be ``gap`` apart and above 0, crowds around their middle."""
    crowds: list[list[float]] = []  # middle and size of each crowd
    for place in places:
        crowds.append([float(place), 1])
        while len(crowds) > 1:
            (low, few), (high, many) = crowds[-2], crowds[-1]
            if high - low >= gap * (few + many) / 2:
                break
            crowds[-2:] = [[(low * few + high * many) / (few + many), few + many]]
    spread = [middle + gap * (np.arange(size) - (size - 1) / 2) for middle, size in crowds]
    lowest = gap / 2 + gap * np.arange(len(places))  # not on the axis
    return np.maximum(np.concatenate(spread), lowest) if spread else np.empty(0)


def name_rows(drawn: go.Figure, names: Sequence[str], most: int = 28) -> None:
    """Write names at 0, 1 ... of the y axis, first on top; by position, as equal names would collapse."""
    ticks = [escape(shorten(name, most)) for name in names]
    drawn.update_yaxes(
        tickmode="array", tickvals=list(range(len(ticks))), ticktext=ticks, showgrid=False, automargin=True,
        range=[len(ticks) - 0.5, -0.5], title_standoff=14,
    )  # fmt: skip


def escape(text: str) -> str:
    """Return text that Plotly shows literally. Quotes stay: Plotly does not know ``&quot;``."""
    return html.escape(" ".join(str(text).split()), quote=False)


def shorten(text: str, most: int = 28, end: int = 0) -> str:
    """Return the text, not yet escaped, with an ellipsis where it is longer than ``most`` letters.

    Args:
        end: Letters of its end to keep, for names that differ there.
    """
    plain = " ".join(str(text).split())
    return plain if len(plain) <= most else plain[: most - 1 - end].rstrip() + "…" + plain[len(plain) - end :]


def depth_colors(count: int) -> list[str]:
    """Return ``count`` colours from the deepest layer to the head: blue, violet, orange."""
    where = np.linspace(len(_DEPTHS) - 1, 0, count)[::-1]  # from the end, so that one alone is the head's
    channels = [np.interp(where, range(len(_DEPTHS)), channel) for channel in zip(*_DEPTHS, strict=True)]
    return ["#" + "".join(f"{round(value):02x}" for value in rgb) for rgb in zip(*channels, strict=True)]


def top_of(*series: np.ndarray) -> float:
    """Return about where the y axis ends: the highest value and a little."""
    finite = [values[np.isfinite(values)] for values in series]
    highest = max((float(values.max()) for values in finite if len(values)), default=1.0)
    return 1.06 * highest or 1.0
