"""A new run: presets and form on the left, on the right what it will be and Start."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from bertui.errors import UserError
from bertui.recipe import PRESETS, Recipe, preset, read_recipe
from bertui.runs.workspace import StoredTable
from bertui.tasks.registry import task_class
from bertui.ui import shell
from bertui.ui.forms import recipe_form
from bertui.ui.train_estimate import estimate, row
from bertui.ui.train_plan import (
    TRY,
    Plan,
    free_name,
    plan_of,
    python_words,
    shell_words,
    with_split_of,
)

NEW, THIS = "New run", "This run"
_PARTS = {"train": "Training", "validation": "Validation", "test": "Test"}
# The card stays in view while the form scrolls.
_STICKY = "<style>.st-key-start_card {position: sticky; top: 4.5rem; align-self: flex-start;}</style>"


def new_run(stored: StoredTable) -> None:
    """Draw the form and the card, and start the run."""
    left, right = st.columns([2, 1], gap="large")
    suit_form(stored)
    with left:
        changes = _form()
    with right, st.container(border=True, key="start_card"):
        _card(stored, changes)
    st.html(_STICKY)


def use_recipe(recipe: Recipe, preset_name: str | None = None) -> None:
    """Let the form begin anew from a recipe. Call it before the form is drawn."""
    st.session_state["train_recipe"] = st.session_state["train_form"] = recipe.to_text()
    st.session_state["train_version"] = st.session_state.get("train_version", 0) + 1
    st.session_state["train_preset"] = preset_name


def suit_form(stored: StoredTable) -> None:
    """Let the form begin anew where the table's task is another than the one it was made for."""
    task = stored.roles.task
    if st.session_state.setdefault("train_task", "single-label") != task:
        name = st.session_state.get("train_preset") or "Recommended"
        model = {"model": base_recipe().model.model_dump(mode="json")} if "train_recipe" in st.session_state else {}
        use_recipe(preset(name, task).changed(model), name)
        st.session_state["train_task"] = task


def base_recipe() -> Recipe:
    """Return the recipe that the form began from."""
    text = st.session_state.get("train_recipe")
    return read_recipe(text) if text else Recipe()


def form_recipe() -> Recipe:
    """Return the recipe as the form stood when it was last free of contradictions."""
    text = st.session_state.get("train_form")
    return read_recipe(text) if text else Recipe()


def _form() -> dict[str, Any]:
    if "train_version" not in st.session_state:
        use_recipe(preset("Recommended", st.session_state["train_task"]), "Recommended")
    st.pills("Preset", list(PRESETS), key="train_preset", on_change=_take_preset, persist_state="session",
             wrap=True)  # fmt: skip
    name = st.session_state.get("train_preset")
    st.caption(shell.plain(PRESETS[name][0]) if name else "Your own choices.")
    changes = recipe_form(
        base_recipe(), f"recipe{st.session_state['train_version']}", task_class(st.session_state["train_task"]).without
    )
    with st.expander("Save or load these choices"):
        _save_and_load(changes)
    return changes


def _take_preset() -> None:
    name = st.session_state["train_preset"]
    if name:
        use_recipe(preset(name, st.session_state["train_task"]), name)


def _save_and_load(changes: dict[str, Any]) -> None:
    try:
        text = base_recipe().changed(changes).to_text()
        st.download_button("Save as a file", text, "recipe.json", "application/json", on_click="ignore",
                           icon=":material/download:")  # fmt: skip
    except UserError:
        st.caption("They contradict each other, see the message on the right, so they cannot be saved yet.")
    st.file_uploader("Load a recipe file", type="json", key="train_upload", on_change=_load)
    if problem := st.session_state.get("train_upload_problem"):
        st.error(shell.plain(problem), icon=":material/error:")


def _load() -> None:
    file = st.session_state.get("train_upload")
    st.session_state["train_upload_problem"] = ""
    if file is None:
        return
    try:
        use_recipe(read_recipe(file.getvalue().decode("utf-8-sig", "replace")))
    except UserError as error:
        st.session_state["train_upload_problem"] = str(error)


def _card(stored: StoredTable, changes: dict[str, Any]) -> None:
    st.caption("Table")
    st.text(stored.name)
    try_out = st.toggle("Try on 10 % of the training rows", key="train_try", persist_state="session",
                        help="A quick look at whether the choices make sense.")  # fmt: skip
    ready = False
    with shell.told():
        chosen = base_recipe().changed(changes)
        st.session_state["train_form"] = chosen.to_text()
        recipe = with_split_of(chosen, stored, try_out=try_out)
        plan = _plan(stored.id, stored.stamp, json.dumps(recipe.split.model_dump(mode="json")))
        _numbers(recipe, plan)
        estimate(stored, recipe, plan)
        ready = True
    st.text_input("Name of the run", key="train_name", max_chars=120, placeholder="table · model")
    pressed = st.button(
        "Start training", type="primary", width="stretch", disabled=not ready, icon=":material/play_arrow:"
    )
    if pressed and ready:
        start(stored, recipe, st.session_state.get("train_name", ""))
    if ready:
        with st.expander("The same run without the browser"):
            st.code(shell_words(recipe, stored.name, plan), language="bash", wrap_lines=True)
            st.code(python_words(recipe, stored.name, plan), language="python", wrap_lines=True)


def _numbers(recipe: Recipe, plan: Plan) -> None:
    for name, words in _PARTS.items():
        row(f"{words} rows", f"{plan.sizes[name]:,}")
    if recipe.split.sample < 1 and recipe.split.sample != TRY:
        row("Training rows used", f"{100 * recipe.split.sample:.0f} %")
    row("Task", task_class(plan.roles.task).title)
    if plan.classes:
        row("Classes", f"{plan.classes:,}")
    row("Model", recipe.model.name)
    rows, training = plan.sizes["train"], recipe.training
    if training.epochs is None:
        row("Epochs (automatic)", f"{training.epochs_for(rows):,}")
    row("Steps", f"{training.steps(rows):,}")
    if not plan.sizes["validation"]:
        st.caption("Without validation rows the last model is kept, not the best.")


@st.cache_data(max_entries=16, show_spinner="Dividing the rows …")
def _plan(table_id: str, stamp: float, split: str) -> Plan:
    """The plan depends on the table's content (``stamp``) and the split alone."""
    recipe = Recipe().changed({"split": json.loads(split)})
    return plan_of(shell.workspace().table(table_id).table(), recipe)[0]


def start(stored: StoredTable, recipe: Recipe, name: str) -> None:
    """Make the run's folder, queue it, and show it."""
    with shell.told(), st.spinner("Writing the run's folder …"):
        table = stored.table()
        name = free_name(shell.workspace(), name.strip() or f"{stored.name} · {recipe.model.name}")
        split = plan_of(table, recipe)[1]
        run = shell.workspace().create_run(table, split, recipe, name=name, table_id=stored.id)
        shell.executor().submit(run)
        show(run.id)


def show(run_id: str) -> None:
    """Turn the page to a run."""
    shell.choose_run(run_id)
    st.session_state["train_next_view"] = THIS
    st.rerun()
