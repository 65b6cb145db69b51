"""Cards with one number each, in rows that fit: none stands alone on a line, no heading is cut."""

from __future__ import annotations

from typing import Any

import streamlit as st

_WIDTH = 9.5  # rem that a card needs
_COLUMNS = {1: (1,), 2: (2, 1), 3: (3, 1), 4: (4, 2, 1), 5: (5, 3, 1), 6: (6, 3, 2, 1)}


def cards(key: str, count: int) -> Any:
    """Return a container that sets its ``count`` metrics in a grid: as many beside each other as fill whole rows."""
    place = f".st-key-{key}"
    sizes = _COLUMNS.get(count, (4, 2, 1))
    rules = "".join(
        f"@container (min-width:{_WIDTH * columns}rem){{{place}{{grid-template-columns:repeat({columns},1fr)}}}}"
        for columns in reversed(sizes)
    )
    st.html(
        f"<style>div:has(> {place}){{container-type:inline-size}}"
        f"{place}{{display:grid!important;gap:.75rem;grid-template-columns:1fr}}{rules}"
        f"{place} [data-testid=stMetricLabel] *,{place} [data-testid=stMetricDelta] *"
        f"{{white-space:normal;overflow:visible}}"
        f"{place} :is(.stMetric,[data-testid=stElementContainer]){{height:100%}}</style>"
    )
    return st.container(key=key)
