"""Slow work on a page: the button that begins it, its progress, the button that ends it, and its result."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import streamlit as st

from bertui.errors import UserError
from bertui.ui.messages import plain, showing_errors
from bertui.ui.server.jobs import Job, Work, jobs

_EVERY, _SOON = 0.7, 0.2  # seconds between looks at slow work; that a page waits for quick work


def computed(key: Hashable, place: str, label: str, work: Work) -> Any:
    """Return what came of some work, or None after drawing what there is of it: a button, its progress, its error.

    Args:
        key: Of the work and all that it depends on; sessions share the result.
        place: Of its buttons on the page.
        label: Of the button, a verb first.
        work: Called in a thread with a function to report progress to; it must not call Streamlit.
    """
    job = jobs().get(key)
    if job is None:
        wanted = st.session_state.pop(f"{place}_wanted", False)
        if st.button(plain(label), key=f"{place}_start", icon=":material/play_arrow:") or wanted:
            jobs().start(key, work)
            st.rerun()
        return None
    if not job.done:
        _follow(job, key, place, label)
        return None
    if job.error is not None:
        _tell(job.error, key)
        st.button("Try again", key=f"{place}_again", icon=":material/refresh:", on_click=jobs().forget, args=(key,))
        return None
    return job.result


def want(place: str) -> None:
    """Let the work of a place begin when the page is drawn next, as if its button were pressed."""
    st.session_state[f"{place}_wanted"] = True


def computed_at_once(key: Hashable, place: str, label: str, work: Work) -> Any:
    """Return what came of quick work, which begins by itself; None while it is under way or where it failed."""
    job = jobs().start(key, work, at_once=True)
    job.wait(_SOON)
    if not job.done:
        _follow(job, key, place, label, cancel=False)
        return None
    if job.error is not None:
        _tell(job.error, key)
        return None
    return job.result


def _follow(job: Job, key: Hashable, place: str, label: str, *, cancel: bool = True) -> None:
    @st.fragment(run_every=_EVERY, key=f"{place}_follow")
    def tick() -> None:
        if job.done:
            st.rerun()
        with st.container(horizontal=True, vertical_alignment="center"):
            st.progress(job.share, text=plain(f"{label}: {100 * job.share:.0f} %"))
            if cancel and st.button("Cancel", key=f"{place}_cancel", icon=":material/close:"):
                jobs().forget(key)
                st.rerun()

    tick()


def _tell(error: Exception, key: Hashable) -> None:
    if not isinstance(error, UserError):
        jobs().forget(key)
        raise error
    with showing_errors():
        raise error
