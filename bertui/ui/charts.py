"""Drawing a chart of ``plots`` on a page: words in the theme's own colour, readable on light and dark."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import streamlit as st

from bertui.plots.style import Chart

# Streamlit's own grey for axes has a contrast of 3.7 to 1 on white; these have at least 6.9 to 1.
_INK = {"light": "#4F595B", "dark": "#C3CDCC"}
_PAPER = {"light": "#FFFFFF", "dark": "#12181A"}  # as in .streamlit/config.toml


def draw(chart: Chart, key: str, **more: Any) -> Any:
    """Draw a chart with its alternative text and without plotly's tool bar; ``more`` goes to st.plotly_chart."""
    return _show(_inked(chart, _theme()), key, **more)


def draw_of(build: Callable[..., Chart], *arguments: Any, key: str, picture: str = "", **more: Any) -> Any:
    """Draw ``build(*arguments)``, built once for the same objects: building takes longer than a page may.

    Args:
        picture: Name without ending of the PNG file that a camera button saves; no button when left out.
    """
    return _show(_built(build, _Same(*arguments), _theme(), bool(picture)), key, picture, **more)


def _show(chart: Chart, key: str, picture: str = "", **more: Any) -> Any:
    return st.plotly_chart(chart.figure, key=key, alt=chart.alt, config=_tool_bar(picture), **more)


def _tool_bar(picture: str) -> dict[str, Any]:
    if not picture:
        return {"displayModeBar": False}
    file = {"format": "png", "filename": picture, "scale": 2}
    return {
        "displayModeBar": True, "displaylogo": False, "modeBarButtons": [["toImage"]], "toImageButtonOptions": file,
    }  # fmt: skip


@lru_cache(maxsize=128)
def _built(build: Callable[..., Chart], arguments: _Same, theme: str, picture: bool) -> Chart:
    return _inked(build(*arguments.objects), theme, opaque=picture)


def _inked(chart: Chart, theme: str, *, opaque: bool = False) -> Chart:
    """Colour a chart's words, and write it out once: plotly would do so in each rerun, slower than all else of a page.

    Args:
        opaque: Whether it has the page's colour behind it; in a file nothing shows through.
    """
    written = chart.figure.to_dict()
    layout: dict[str, Any] = written["layout"]
    axes = [layout[name] for name in layout if name.startswith(("xaxis", "yaxis"))]
    for worded in (layout, *axes, layout.setdefault("legend", {})):
        worded["font" if worded not in axes else "tickfont"] = {"color": _INK[theme]}
        worded.setdefault("title", {}).setdefault("font", {})["color"] = _INK[theme]
    if opaque:
        layout["paper_bgcolor"] = _PAPER[theme]
    chart.figure.__dict__["to_dict"] = lambda: written
    return chart


def _theme() -> str:
    return st.context.theme.type or "light"


class _Same:
    """The very same objects: a list or an array is equal to itself alone, as it has no hash; plain values as ever."""

    def __init__(self, *objects: Any) -> None:
        self.objects = objects  # held, so that no other object gets their ids
        self.key = tuple(one if isinstance(one, int | float | str) else (id(one),) for one in objects)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.key == other.key
