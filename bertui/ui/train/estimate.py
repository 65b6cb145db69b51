"""Time and memory of a run before it starts: a few steps are measured when a person asks for it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import psutil
import streamlit as st

from bertui.data.phrases import duration
from bertui.experiment.estimate import Costs, cost_choices, measure_costs
from bertui.recipe import Recipe
from bertui.runs.plan import Plan, plan_of
from bertui.runs.run import LIVE
from bertui.runs.workspace import StoredTable
from bertui.ui import shell
from bertui.ui.messages import shown

_MEASURED = "train_costs"


def estimate(stored: StoredTable, recipe: Recipe, plan: Plan) -> None:
    """Show what was measured for these choices, or offer to measure it."""
    measured: dict[str, Costs] = st.session_state.setdefault(_MEASURED, {})
    key = json.dumps([stored.id, stored.stamp, cost_choices(recipe)])
    if key not in measured:
        training = any(run.state in LIVE for run in shell.workspace().runs())
        help = "Takes a few real steps on your own texts, which lasts some seconds. Nothing of it is kept."
        if training:
            help = "A run is training now; beside it, nothing can be measured fairly."
        if not st.button("Estimate time and memory", icon=":material/timer:", type="tertiary", disabled=training,
                         help=help):  # fmt: skip
            return
        with st.spinner("Taking a few steps …"):
            table = stored.table()
            measured[key] = measure_costs(table, plan_of(table, recipe)[1], recipe)
        st.rerun()  # so that the button goes
    _show(measured[key], recipe, plan)


def lines(values: Mapping[str, str]) -> None:
    """Draw lines of the card: what it is on the left, how much on the right."""
    rows = "".join(f"<div><dt>{shown(words)}</dt><dd>{shown(value)}</dd></div>" for words, value in values.items())
    st.html(f'<dl class="bertui-lines">{rows}</dl>')


def _show(costs: Costs, recipe: Recipe, plan: Plan) -> None:
    seconds = rounded(costs.seconds(recipe, plan.sizes))
    lines({"Time, about": duration(seconds), "Memory, about": f"{costs.memory / 1e9:.1f} GB"})
    if recipe.training.device in ("auto", "cpu") and costs.memory > (free := psutil.virtual_memory().available):
        st.warning(f"That is more than the {free / 1e9:.1f} GB that are free now. A smaller batch or shorter texts "
                   "need less.", icon=":material/memory:")  # fmt: skip
    st.caption(f"From {costs.measured} measured steps; other work on this machine makes it longer.")


def rounded(seconds: float) -> float:
    """Return seconds no finer than the measurement allows: to 5 s, above two minutes to whole minutes."""
    unit = 5 if seconds < 120 else 60
    return max(unit, unit * round(seconds / unit))
