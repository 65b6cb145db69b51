"""The guided tour: seven steps through data, training, an error and the layers, for a room or for one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from bertui.runs.run import HAS_MODEL, Run
from bertui.ui import shell
from bertui.ui.answer.boxes import try_in_sentence
from bertui.ui.background import want
from bertui.ui.first_run import sample_table, start_sample
from bertui.ui.layers.tour_steps import STEPS, Step
from bertui.ui.layers.view import folded, open_key
from bertui.ui.way_back import end_tour, on_tour

STEP = "layers_tour_step"
_SHOWN = "layers_tour_shown"


def show_tour(run: Run | None) -> None:
    """Offer the tour, folded; it begins without a run too, since its second step makes one."""
    place = folded(f"Guided tour: {len(STEPS)} steps on a sample, about 20 minutes", ":material/tour:", "layers_tour")
    if not place.open:
        end_tour()
        return
    with place, shell.showing_errors():
        st.session_state[STEP] = (
            st.session_state.get(STEP) or 1
        )  # told to the browser each time, see ui/train/switch.py
        number = st.segmented_control(
            "Step", list(range(1, len(STEPS) + 1)), required=True, key=STEP, label_visibility="collapsed",
            persist_state="session",
        )  # fmt: skip
        on_tour(f"step {number} of {len(STEPS)}")
        _show_step(run, STEPS[(number or 1) - 1], number or 1)


def scroll_to_wanted() -> None:
    """Bring the section that a step has opened into view, once."""
    view = st.session_state.pop(_SHOWN, None)
    if view is not None:
        st.html(
            f"<script>setTimeout(()=>document.querySelector('.st-key-{open_key(view)}')?.scrollIntoView("
            "{block:'center',behavior:'smooth'}),600)</script>",
            unsafe_allow_javascript=True,
        )


def _show_step(run: Run | None, step: Step, number: int) -> None:
    st.header(f"{number}. {step.title}", anchor=False)
    st.markdown(step.words)
    ready = run is not None and run.state in HAS_MODEL
    with st.container(horizontal=True):
        act = _acts(run)[step.key]
        pressed = st.button(step.button, type="primary", key=f"layers_tour_{step.key}", icon=":material/play_arrow:",
                            disabled=step.needs_run and not ready)  # fmt: skip
        if number < len(STEPS):
            st.button("Next step", key="layers_tour_next", icon=":material/arrow_forward:", on_click=_next)
    if step.needs_run and not ready:
        st.caption("There is no trained model yet: step 2 makes one.")
    st.markdown(f"**What to look for.** {step.look_for}")
    st.markdown(f"**A question for the room.** {step.question}")
    with st.popover("Show the answer", icon=":material/lightbulb:"):
        st.markdown(step.answer)
    if pressed:
        act()


def _next() -> None:
    st.session_state[STEP] = min(len(STEPS), (st.session_state.get(STEP) or 1) + 1)


def _acts(run: Run | None) -> dict[str, Callable[[], None]]:
    """Return what the button of each step does."""
    sections = {"probe": "probe", "drift": "moved", "lens": "lens", "swap": "swap"}
    return {
        "data": lambda: shell.go_to("data", table=sample_table().id),
        "training": _train,
        "error": partial(_show_error, run),
        **{view: partial(_open, view, f"layers_{place}") for view, place in sections.items()},
    }


def _train() -> None:
    run = start_sample()
    shell.go_to("train", run=run.id)


def _show_error(run: Run | None) -> None:
    """Bring the surest wrong answer to a validation row to the Sentence page."""
    if run is None:
        return
    predictions = run.predictions("validation")
    wrong = None if predictions is None else predictions[predictions["credit"] < 1]
    if wrong is None or not len(wrong):
        st.info("This run answers every validation row rightly. Type a text of your own on the Sentence page.")
        return
    row = wrong.sort_values("probability", kind="stable")["row"].iloc[-1] if "probability" in wrong else wrong["row"][0]
    try_in_sentence(run, run.data()[0].inputs([int(row)])[0])


def _open(view: str, place: str) -> None:
    """Open a section and begin its work."""
    st.session_state[open_key(view)] = True
    st.session_state[_SHOWN] = view
    want(place)
    st.rerun()
