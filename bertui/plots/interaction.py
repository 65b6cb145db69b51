"""Which words of two texts act together: one cell for each pair of words."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from bertui.explanation.attribution import Attribution
from bertui.explanation.interaction import Interaction
from bertui.plots.style import Chart, escape, figure, name_rows, shorten

# Nothing at 0, so that the page shows through; the two ends are those of the heatmap of words.
_AGAINST_FOR = [[0.0, "rgba(0,114,178,0.7)"], [0.5, "rgba(128,128,128,0)"], [1.0, "rgba(230,159,0,0.7)"]]
_FAINTEST = 0.1  # of the largest effect: below it a cell stays without its number
_CELL = 34  # pixels
_LONGEST = 14  # letters of a word beside its row


def interaction_figure(interaction: Interaction, words: Attribution) -> Chart:
    """Draw the effect of each pair of words in points of probability, or in the attribution's unit."""
    scale, unit = (1.0, words.unit) if words.unit else (100.0, "points")
    effects = scale * interaction.effects
    most = max(float(abs(effects).max(initial=0.0)), scale * words.full_colour)  # nothing looks like something
    order = (interaction.second, interaction.first)
    across, down = ([words.words[number].text for number in numbers] for numbers in order)
    drawn = figure(110 + _CELL * len(down), "Words of the second text", "Words of the first text", key="interaction")
    drawn.add_trace(
        go.Heatmap(
            z=effects.astype(np.float32), zmin=-most, zmax=most, colorscale=_AGAINST_FOR, xgap=1, ygap=1,
            hoverinfo="text", hovertext=[[f"{_named(a)} with {_named(b)}: {_signed(value)} {unit}"
                                          for b, value in zip(across, row, strict=True)]
                                         for a, row in zip(down, effects, strict=True)],
            colorbar={"thickness": 10, "outlinewidth": 0, "title": {"text": unit, "font": {"size": 12}}},
        )
    )  # fmt: skip
    drawn.update_xaxes(
        tickvals=list(range(len(across))), ticktext=[escape(shorten(word, _LONGEST)) for word in across],
        showline=False, autotickangles=[0, -45, -90],
    )  # fmt: skip
    name_rows(drawn, down, _LONGEST)
    drawn.update_layout(annotations=[_number(at, float(effects[tuple(at)])) for at in np.argwhere(_written(effects))])
    return Chart(drawn, _alt(interaction, words, scale, unit))


def _alt(interaction: Interaction, words: Attribution, scale: float, unit: str) -> str:
    pairs = [(words.words[a].text, words.words[b].text, scale * value) for a, b, value in interaction.strongest(3)]
    effects = ", ".join(f"{shorten(a, 20)} with {shorten(b, 20)} {_signed(value)} {unit}" for a, b, value in pairs)
    return f"What pairs of words do together: {effects or 'no words'}."


def _named(word: str) -> str:
    return f"“{escape(shorten(word, 30))}”"


def _written(effects: np.ndarray) -> np.ndarray:
    """Return which cells have their number: not the faint ones, and none that rounds to nothing."""
    sizes = abs(effects)
    visible: np.ndarray = (sizes >= _FAINTEST * sizes.max(initial=0.0)) & (sizes >= 0.05)
    return visible


def _number(at: np.ndarray, value: float) -> dict[str, object]:
    # Not the heatmap's own text: Plotly gives that the contrast to white, whatever the page's colour is.
    return {"x": int(at[1]), "y": int(at[0]), "text": _signed(value), "showarrow": False, "font": {"size": 12}}


def _signed(value: float) -> str:
    return f"{round(value, 1) + 0.0:+.1f}".replace("-", "−")
