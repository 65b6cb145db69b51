"""Drawing a chart of ``plots`` on a page: words in the theme's own colour, readable on light and dark."""

from __future__ import annotations

from typing import Any

import streamlit as st

from bertui.plots.style import Chart

# Streamlit's own grey for axes has a contrast of 3.7 to 1 on white; these have at least 6.9 to 1.
_INK = {"light": "#4F595B", "dark": "#C3CDCC"}


def draw(chart: Chart, key: str, **more: Any) -> Any:
    """Draw a chart with its alternative text and without plotly's tool bar; ``more`` goes to st.plotly_chart."""
    ink = _INK.get(st.context.theme.type or "light", _INK["light"])
    figure = chart.figure
    figure.update_layout(font_color=ink, legend_font_color=ink)
    figure.update_xaxes(tickfont_color=ink, title_font_color=ink)
    figure.update_yaxes(tickfont_color=ink, title_font_color=ink)
    return st.plotly_chart(figure, key=key, alt=chart.alt, config={"displayModeBar": False}, **more)
