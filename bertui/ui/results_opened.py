"""Where an opened row stands: beside its list, and on the screen."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

_SEEN = "results_brought_into_view"


def beside_list(table_key: str) -> tuple[Any, Any]:
    """Return the places of a list and of its opened row; the list has the whole width until a row is chosen."""
    state = st.session_state.get(table_key)
    is_open = bool(state and state.selection.rows)
    left, right = st.columns([1, 1] if is_open else [1, 0.001], gap="medium" if is_open else None)
    return left, right


def bring_into_view(place: str, row: int) -> None:
    """Scroll to the container with this key once for each opened row, and only where its head is out of sight."""
    if st.session_state.get(_SEEN) == (place, row):
        return
    st.session_state[_SEEN] = (place, row)
    st.html(
        "<script>{const find=(left)=>{const found=document.querySelector("
        f"{json.dumps('.st-key-' + place)});"
        "if(!found){if(left)setTimeout(find,100,left-1);return}"
        "const box=found.getBoundingClientRect();"
        "if(box.top<0||box.top>window.innerHeight*0.6)found.scrollIntoView({block:'start',behavior:'smooth'})};"
        "find(20)}</script>",
        unsafe_allow_javascript=True,
    )
