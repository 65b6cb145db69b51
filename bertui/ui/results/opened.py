"""Where an opened row stands: beside its list, and on the screen."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st


def beside_list(table_key: str) -> tuple[Any, Any]:
    """Return the places of a list and of its opened row; the list has the whole width until a row is chosen."""
    state = st.session_state.get(table_key)
    is_open = bool(state and state.selection.rows)
    left, right = st.columns([1, 1] if is_open else [1, 0.001], gap="medium" if is_open else None)
    return left, right


def bring_into_view(place: str, row: int) -> None:
    """Scroll to the container with this key once for each opened row, and only where its head is out of sight.

    Once is for the browser to know: a rerun may follow before it has drawn what this one sent. No "<" may stand
    before a letter or a digit of the script: it would be taken for a tag, and the script left out.
    """
    st.html(
        f"<script>{{const opened={json.dumps(f'{place} {row}')};const find=(left)=>{{"
        f"const found=document.querySelector({json.dumps(f'.st-key-{place}')});"
        "if(!found){if(left)setTimeout(find,100,left-1);return}"
        "if(window.bertuiOpened===opened)return;window.bertuiOpened=opened;"
        "const top=found.getBoundingClientRect().top;"
        "if(0>top||top>window.innerHeight*0.6)found.scrollIntoView({block:'start',behavior:'smooth'})};"
        "setTimeout(find,300,20)}</script>",
        unsafe_allow_javascript=True,
    )
