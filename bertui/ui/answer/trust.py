"""How far a map can be trusted, worked out after it is shown; whatever a person does meanwhile comes first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from bertui.explanation.attribution import Attribution
from bertui.explanation.trust import Trust
from bertui.runs.asking import Asking
from bertui.runs.run import Run
from bertui.tasks.results import Focus, Input
from bertui.ui import shell
from bertui.ui.answer.kept import keep, kept
from bertui.ui.answer.loaded import predictor_of
from bertui.ui.answer.method import describe_method


def trust_later(run: Run, inputs: Input, focus: Focus, words: Attribution, method: str) -> Callable[[], None]:
    """Hold a place for the trust line, and return what fills it: to be called when all else of the page is shown.

    A rerun, such as a click, ends the work where it stands, and nothing of it is kept.
    """
    place = st.empty()
    key = _key(run, inputs, focus, words, method)
    done: Trust | None = kept(key)
    if done is not None:
        _show(place, done, method)
        return lambda: None
    place.caption(_WORKING)

    def work() -> None:
        bar: Any = None

        def progress(share: float) -> None:
            nonlocal bar
            bar = place.progress(share, _WORKING)

        asking = Asking(predictor_of(run), inputs, focus, words.target, words.against)
        with shell.showing_errors():
            _show(place, keep(key, lambda: asking.trust(words, progress=progress)), method)

    return work


def trust_known(run: Run, inputs: Input, focus: Focus, words: Attribution, method: str) -> str:
    """Return the trust line where it has been worked out, else ""."""
    found: Trust | None = kept(_key(run, inputs, focus, words, method))
    return "" if found is None else found.sentence()


def _key(run: Run, inputs: Input, focus: Focus, words: Attribution, method: str) -> tuple[Any, ...]:
    stamp = run.model_folder.stat().st_mtime_ns
    return "trust", run.id, stamp, inputs, focus.key, words.target, words.against, method


def _show(place: Any, found: Trust, method: str) -> None:
    with place.container():
        st.markdown(f":material/balance: {shell.plain(found.sentence())}")
        with st.expander("How the words were scored, and how this was found"):
            describe_method(method)
            st.caption(shell.plain(_details(found)))


def _details(found: Trust) -> str:
    how = "deleted whole" if found.replacement == "delete" else "replaced by mask tokens"
    score = f" Score: {found.score:.2f}; 1 is as good as the search, 0 as chance." if found.score is not None else ""
    return (
        f"Words were {how}: those with the highest scores for what is explained; as many at random, the mean of 20 "
        "draws; and those of a search that takes away, one by one, the word without which the answer falls the most."
        f"{score} The model reads texts here that nobody would write: take the figures as signs, not as proof."
    )


_WORKING = "Taking words away to see how far this map can be trusted …"
