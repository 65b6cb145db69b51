"""How far a map can be trusted, worked out beside the page after the map is shown."""

from __future__ import annotations

from collections.abc import Hashable

import streamlit as st

from bertui.explanation.attribution import Attribution
from bertui.explanation.trust import Trust
from bertui.runs.asking import Asking
from bertui.runs.run import Run
from bertui.tasks.results import Focus, Input
from bertui.ui import shell
from bertui.ui.answer.loaded import predictor_of
from bertui.ui.answer.method import describe_method
from bertui.ui.background import computed_at_once
from bertui.ui.server.jobs import jobs


def show_trust(run: Run, inputs: Input, focus: Focus, words: Attribution, method: str, place: str) -> None:
    """Show the trust line, or how far it is.

    Args:
        place: Tells this line from others on the page.
    """
    asking, key = Asking(predictor_of(run), inputs, focus, words.target, words.against), f"trust_{place}"
    about = _key(run, inputs, focus, words, method)
    found: Trust | None = computed_at_once(about, key, _WORKING, lambda progress: asking.trust(words, progress))
    if found is None:
        return
    st.markdown(f":material/balance: {shell.plain(found.sentence())}")
    details = st.expander("How the words were scored, and how this was found", key=f"{key}_details", on_change="rerun")
    if details.open:
        with details:
            describe_method(method)
            st.caption(shell.plain(_details(found)))
            if found.replacement == "delete":
                _with_masks(asking, words, about, key)


def _with_masks(asking: Asking, words: Attribution, about: tuple[Hashable, ...], key: str) -> None:
    """Say what comes out when mask tokens stand for the words, which keeps the others in their places."""
    found: Trust | None = computed_at_once(
        (*about, "mask"), f"{key}_mask", _WORKING,
        lambda progress: asking.trust(words, progress, replacement="mask"),
    )  # fmt: skip
    if found is not None:
        score = "" if found.score is None else f" Score: {found.score:.2f}."
        st.caption(shell.plain(f"With mask tokens in their places instead: {found.sentence()}{score}"))


def trust_known(run: Run, inputs: Input, focus: Focus, words: Attribution, method: str) -> str:
    """Return the trust line where it has been worked out, else ""."""
    job = jobs().get(_key(run, inputs, focus, words, method))
    found: Trust | None = job.result if job is not None and job.done else None
    return "" if found is None else found.sentence()


def _key(run: Run, inputs: Input, focus: Focus, words: Attribution, method: str) -> tuple[Hashable, ...]:
    stamp = run.model_folder.stat().st_mtime_ns
    return "trust", run.id, stamp, inputs, focus.key, words.target, words.against, method


def _details(found: Trust) -> str:
    how = "deleted whole" if found.replacement == "delete" else "replaced by mask tokens"
    score = f" Score: {found.score:.2f}; 1 is as good as the search, 0 as chance." if found.score is not None else ""
    return (
        f"Words were {how}: those with the highest scores for what is explained; as many at random, the mean of 20 "
        "draws; and those of a search that takes away, one by one, the word without which the answer falls the most."
        f"{score} The model reads texts here that nobody would write: take the figures as signs, not as proof."
    )


_WORKING = "Taking words away to see how far this map can be trusted …"
