"""The pinned sentences of a run: their answers and words at each check, with a slider over the checks."""

from __future__ import annotations

from typing import Any

import streamlit as st

from bertui.explanation.attribution import from_saved
from bertui.plots.bars import probabilities_figure
from bertui.runs.feed import Feed
from bertui.ui import shell
from bertui.ui.answer.heatmap import show_heatmap
from bertui.ui.charts import draw

_SENTENCE = 200  # letters of a sentence in its heading
_BARS = 10


def show_pins(feed: Feed, key: str) -> None:
    """Show what the sentences were answered at the chosen check: the newest until the person goes back."""
    checks = sorted(feed.pins)
    if not checks:
        st.caption("No sentence is pinned, or none was asked yet. They are typed on the form of a new run.")
        return
    step = _chosen(checks, key)
    for number, one in enumerate(feed.pins[step].sentences):
        course = {check: feed.pins[check].sentences[number] for check in checks}
        with st.container(border=True):
            _sentence(one, course, f"pin {key} {number}")


def _chosen(checks: list[int], key: str) -> int:
    if len(checks) == 1:
        st.caption(f"After step {checks[0]:,}.")
        return checks[0]
    # Who stands at the newest check goes on with the run; who went back stays there.
    held, newest = f"pins_step {key}", f"pins_newest {key}"
    at = st.session_state.get(held)
    if at not in checks or at == st.session_state.get(newest):
        st.session_state[held] = checks[-1]
    st.session_state[newest] = checks[-1]
    step: int = st.select_slider("After step", checks, key=held)
    return step


def _sentence(one: dict[str, Any], course: dict[int, dict[str, Any]], key: str) -> None:
    """Show what a sentence was answered at one check.

    Args:
        course: Step -> what it was answered, at every check.
    """
    words = one["words"]
    st.caption(shell.plain(f"Answer: {one['answer']}"))
    if one["probabilities"]:
        places = _places([list(each["probabilities"].values()) for each in course.values()])
        draw(probabilities_figure(tuple(one["probabilities"]), tuple(one["probabilities"].values()),
                                  thresholds=one.get("thresholds", ()), places=places), key)  # fmt: skip
    if words is None:
        st.text(" | ".join(one["texts"])[:_SENTENCE])
        st.caption("The frozen pass cannot read a model of this kind, so its words have no scores.")
        return
    st.caption(shell.plain(_scored_for(one, course)))
    show_heatmap(from_saved(words), one["targets"])


def _places(course: list[list[float]]) -> list[int]:
    """Return which classes are drawn: those that were ever the likeliest, in the task's own order at every check."""
    highest = [max(values) for values in zip(*course, strict=False)]
    return sorted(sorted(range(len(highest)), key=lambda at: -highest[at])[:_BARS])


def _scored_for(one: dict[str, Any], course: dict[int, dict[str, Any]]) -> str:
    """Say for which answer the words are scored, and at which checks for another one: the colours follow it."""
    target = _target(one)
    others = [f"{step:,}" for step, each in course.items() if _target(each) not in (None, target)]
    if not others:
        return f"The words are scored for “{target}”{', as at every check' if len(course) > 1 else ''}."
    steps = "step" if len(others) == 1 else "steps"
    return (
        f"Here the words are scored for “{target}”; after {steps} {', '.join(others)} for another answer, and there "
        "the colours stand for and against that one."
    )


def _target(one: dict[str, Any]) -> str | None:
    return None if one["words"] is None else str(one["targets"][one["words"]["target"]])
