"""What all views of the Layers page have in common: how one opens, what it says, how it leaves the app."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from bertui.data.writing import write_table
from bertui.plots.layers import MOST
from bertui.ui import shell
from bertui.ui.charts import draw_of
from bertui.ui.layers.bench import Bench

_BESIDE, _COLUMN = 220, 16  # pixels beside the columns of a figure, and of one of them


@dataclass(frozen=True, slots=True)
class View:
    """One section of the page.

    Attributes:
        key: Its id.
        title: A question that it answers, or what it is.
        icon: Beside the title.
        reading: One sentence on how to read it.
        look_for: One sentence on what to look for.
        draw: Draws it; nothing of it is computed before the section is open.
    """

    key: str
    title: str
    icon: str
    reading: str
    look_for: str
    draw: Callable[[Bench], None]


def show_view(view: View, bench: Bench) -> None:
    """Draw a section; what it cannot do is said inside it, and the others work."""
    place = folded(view.title, view.icon, open_key(view.key))
    if not place.open:
        return
    with place, shell.showing_errors():
        st.caption(f"**How to read it.** {view.reading}  \n**What to look for.** {view.look_for}")
        view.draw(bench)


def folded(title: str, icon: str, key: str) -> Any:
    """Draw what opens and closes, as it was left: Streamlit forgets it while another page is shown."""
    kept = f"{key}_kept"
    st.session_state.setdefault(key, st.session_state.get(kept, False))
    place = st.expander(title, icon=icon, key=key, on_change="rerun")
    st.session_state[kept] = place.open
    return place


def open_key(view: str) -> str:
    """Return the key under which it is kept whether a section is open."""
    return f"layers_open_{view}"


def draw_picture(
    bench: Bench, name: str, build: Callable[..., Any], *arguments: Any, columns: int = 0, **more: Any
) -> Any:
    """Draw a figure whose camera button saves it as a PNG file; see ``charts.draw_of``.

    Args:
        name: Of the figure on this page; and of the file, after the run's.
        columns: How many words stand side by side; where there is no room for all, the figure scrolls.
        more: Goes to st.plotly_chart.
    """
    place = f"layers_wide_{name}"
    if columns:
        least = _BESIDE + _COLUMN * min(columns, MOST)
        st.html(f"<style>.st-key-{place} [data-testid=stElementContainer]{{min-width:{least}px}}</style>")
    with st.container(key=place):
        return draw_of(
            build,
            *arguments,
            key=f"layers_figure_{name}_{bench.run.id}",
            picture=_file(bench, name),
            **more,
        )


def clicked_point(event: Any) -> int | None:
    """Return the number of the point that was clicked in a figure of points; None where there is none."""
    points = event.selection.points if event else []
    number = points[0].get("customdata") if points else None
    return int(number[0] if isinstance(number, list) else number) if number is not None else None


def offer_csv(bench: Bench, name: str, frame: Callable[[], pd.DataFrame], *, picture: bool = True) -> None:
    """Offer numbers as a CSV file, written when it is asked for.

    Args:
        picture: Whether they are those of a figure.
    """
    st.download_button(
        "Download CSV", lambda: write_table(frame(), ".csv"), f"{_file(bench, name)}.csv", "text/csv",
        key=f"layers_csv_{name}", on_click="ignore", icon=":material/download:",
        help="The camera at the figure's corner saves it as a picture." if picture else None,
    )  # fmt: skip


def _file(bench: Bench, name: str) -> str:
    return f"{bench.name}-{name}"
