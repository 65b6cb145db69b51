"""What the measured steps of a run did to each layer, as a picture of layers by steps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
import plotly.graph_objects as go

from bertui.plots.style import FEWEST_STEPS, STEPS, Chart, escape, figure
from bertui.training.history import History

_LEAST_HEIGHT, _ROW = 320, 22  # pixels
_MOST_COLUMNS = 250


@dataclass(frozen=True, slots=True)
class _Measured:
    column: str
    title: str
    unit: str


class Shown(Enum):
    """What is drawn of each layer."""

    UPDATES = _Measured("updates", "Update", "of the weights' size")
    GRADIENTS = _Measured("gradient_norms", "Gradient norm", "before clipping")

    @property
    def title(self) -> str:
        return f"{self.value.title} ({self.value.unit})"


def movement_figure(history: History, key: str, shown: Shown = Shown.UPDATES, *, steps: int | None = None) -> Chart:
    """Draw how much each measured step moved each layer, head on top; the colour is on a scale of powers of ten.

    Args:
        history: The run so far.
        key: Names the run; zoom is kept while it stays the same.
        steps: How many are planned; the x axis then stands still. Leave out when the run is over.
    """
    moves = history.movements
    values: dict[str, np.ndarray] = getattr(moves, shown.value.column)
    thin = -(-len(moves.steps) // _MOST_COLUMNS) or 1
    at, end = moves.steps[::thin], max(steps or 0, history.newest, FEWEST_STEPS)
    table = np.array([column[::thin] for column in values.values()]).reshape(len(values), len(at))
    drawn = figure(max(_LEAST_HEIGHT, _ROW * len(values) + 90), STEPS, "", key=key)
    drawn.add_trace(_heatmap(list(values), at, table, shown))
    drawn.update_layout(margin={"r": 16})
    drawn.update_xaxes(range=[0, end])
    drawn.update_yaxes(showgrid=False, automargin=True, type="category")
    return Chart(drawn, _alt(values, moves.steps, shown))


def _heatmap(names: list[str], steps: np.ndarray, table: np.ndarray, shown: Shown) -> go.Heatmap:
    logs = np.log10(table, out=np.full(table.shape, np.nan), where=table > 0)  # what does not learn stays empty
    ticks = np.arange(np.floor(np.nanmin(logs)), np.ceil(np.nanmax(logs)) + 1) if np.isfinite(logs).any() else [0]
    return go.Heatmap(
        x=_edges(steps), y=[escape(name) for name in names], z=logs, colorscale="Cividis", xgap=0, ygap=1,
        customdata=np.dstack([np.broadcast_to(steps, table.shape), table]) if table.size else None,
        hovertemplate="%{y}, step %{customdata[0]:.0f}: %{customdata[1]:.3g}<extra></extra>",
        colorbar={"title": {"text": shown.value.title, "side": "right"}, "tickvals": ticks, "thickness": 12,
                  "ticktext": [f"{10.0 ** tick:g}" for tick in ticks], "outlinewidth": 0},
    )  # fmt: skip


def _edges(steps: np.ndarray) -> np.ndarray:
    """Return where columns begin and end: each reaches to the next measured step."""
    if not len(steps):
        return steps
    last = steps[-1] - steps[-2] if len(steps) > 1 else 1
    return np.append(steps, steps[-1] + last) - 1


def _alt(values: dict[str, np.ndarray], steps: np.ndarray, shown: Shown) -> str:
    if not len(steps):
        return f"{shown.title} by layer: no step is measured yet."
    last = {name: float(column[-1]) for name, column in values.items()}
    most = max(last, key=lambda name: last[name])
    still = [name for name, column in values.items() if not column.any()]
    rest = f" Not learning: {', '.join(still)}." if still else ""
    return f"{shown.title} by layer at step {steps[-1]}: most in {most}, {last[most]:.2g}.{rest}"
