"""Predicted numbers against true ones, and how far they are off."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from bertui.explanation.palette import BLUE, VERMILION
from bertui.plots.style import FAINT, Chart, figure

Numbers = Sequence[float] | np.ndarray
_MOST = 2_000  # points drawn
_NEAR = 0.1  # of the rows, by true number, that the mean line averages


def scatter_figure(true: Sequence[float], predicted: Sequence[float]) -> Chart:
    """Draw each row's prediction over its true number, with the line on which they are equal."""
    x, y = _some(true, predicted)
    drawn = figure(440, "True", "Predicted", key="scatter")
    low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
    drawn.add_trace(_line([low, high], [low, high], "equal", FAINT, "dot"))
    drawn.add_trace(_points(x, y, "true %{x:.2f}, predicted %{y:.2f}<extra></extra>"))
    together = float(np.corrcoef(x, y)[0, 1]) if x.std() > 0 and y.std() > 0 else 0.0
    return Chart(drawn, f"Predicted against true numbers of {len(true):,} rows; their correlation is {together:.2f}.")


def residuals_figure(true: Sequence[float], predicted: Sequence[float]) -> Chart:
    """Draw predicted minus true over the true number, with the mean of the rows near by."""
    x, y = _some(true, predicted)
    order = np.argsort(x, kind="stable")
    x, off = x[order], (y - x)[order]
    drawn = figure(320, "True", "Predicted minus true", key="residuals")
    drawn.add_trace(_line([float(x[0]), float(x[-1])], [0, 0], "no error", FAINT, "dot"))
    drawn.add_trace(_points(x, off, "true %{x:.2f}, off by %{y:+.2f}<extra></extra>"))
    places, first = np.unique(x, return_inverse=True)  # rows of one true number have one mean
    means = np.bincount(first, _near_means(off)) / np.bincount(first)
    drawn.add_trace(_line(places, means, "mean near by", VERMILION, "solid"))
    size = np.abs(off).mean()
    return Chart(drawn, f"Errors of {len(true):,} rows: {off.mean():+.2f} on average, {size:.2f} in size.")


def _near_means(values: np.ndarray) -> np.ndarray:
    """Return the mean of each value and its neighbours."""
    reach = max(1, int(_NEAR * len(values) / 2))
    sums = np.concatenate([[0.0], values.cumsum()])
    at = np.arange(len(values))
    first, last = np.maximum(0, at - reach), np.minimum(len(values), at + reach + 1)
    return (sums[last] - sums[first]) / (last - first)


def _some(true: Sequence[float], predicted: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    x, y = np.asarray(true, dtype=float), np.asarray(predicted, dtype=float)
    places = np.unique(np.linspace(0, len(x) - 1, min(len(x), _MOST)).astype(int))
    return x[places], y[places]


def _points(x: np.ndarray, y: np.ndarray, hover: str) -> go.Scatter:
    return go.Scatter(x=x, y=y, mode="markers", hovertemplate=hover, showlegend=False,
                      marker={"color": BLUE, "size": 6, "opacity": 0.45})  # fmt: skip


def _line(x: Numbers, y: Numbers, name: str, color: str, dash: str) -> go.Scatter:
    return go.Scatter(x=x, y=y, mode="lines", name=name, hoverinfo="skip", showlegend=False,
                      line={"color": color, "dash": dash, "width": 2})  # fmt: skip
