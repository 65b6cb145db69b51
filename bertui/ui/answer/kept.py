"""What takes a moment to compute, kept for all sessions; the newest of it, so that memory stays bounded."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any

import streamlit as st

_MOST = 200


@st.cache_resource
def _store() -> tuple[OrderedDict[Hashable, Any], Lock]:
    return OrderedDict(), Lock()


def kept(key: Hashable) -> Any:
    """Return what was kept under a key, None where there is nothing."""
    values, lock = _store()
    with lock:
        if key in values:
            values.move_to_end(key)
        return values.get(key)


def keep(key: Hashable, compute: Callable[[], Any]) -> Any:
    """Return what is kept under a key, or compute and keep it; what is ended midway leaves nothing."""
    found = kept(key)
    if found is None:
        found = compute()
        values, lock = _store()
        with lock:
            values[key] = found
            while len(values) > _MOST:
                values.popitem(last=False)
    return found
