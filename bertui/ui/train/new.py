"""A new run: presets and form on the left, on the right what it will be and Start."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import streamlit as st

from bertui.errors import UserError
from bertui.experiment.pins import MOST_LETTERS, MOST_PINS, check_pins, pin_lines
from bertui.modeling.sources import model_title
from bertui.recipe import PRESETS, Recipe, preset, read_recipe
from bertui.runs.naming import brief, default_name, free_name
from bertui.runs.plan import TRY, Plan, plan_of, python_words, shell_words, with_split_of
from bertui.runs.workspace import StoredTable
from bertui.tasks.registry import task_class
from bertui.tasks.results import Input
from bertui.training.choices import best_measure
from bertui.ui import shell
from bertui.ui.draft import Draft, begin, draft_of
from bertui.ui.forms import recipe_form
from bertui.ui.train.estimate import estimate, lines

_PARTS = {"train": "Training rows", "validation": "Validation rows", "test": "Test rows"}
# The card stays in view while the form scrolls.
_STICKY = "<style>.st-key-start_card {position: sticky; top: 4.5rem; align-self: flex-start;}</style>"


def new_run(stored: StoredTable) -> None:
    """Draw the form and the card, and start the run."""
    left, right = st.columns([3, 2], gap="medium")
    draft = draft_of(stored)
    with left:
        changes = _form(draft)
    with right, st.container(border=True, key="start_card"):
        _card(stored, draft, changes)
    st.html(_STICKY)


def _form(draft: Draft) -> dict[str, Any]:
    if draft.source:
        st.info(f"The choices of the run {shell.plain(draft.source)}, to be changed.", icon=":material/content_copy:")
    key = f"train_preset-{draft.table_id}"
    st.session_state[key] = draft.preset
    st.pills("Preset", list(PRESETS), key=key, on_change=_take_preset, args=(draft, key), wrap=True,
             required=True)  # fmt: skip
    st.caption(shell.plain(PRESETS[draft.preset][0]) if draft.preset else "Your own choices.")
    changes = recipe_form(draft.base, draft.key, task_class(draft.task))
    with st.expander("Save or load these choices"):
        _save_and_load(draft, changes)
    return changes


def _take_preset(draft: Draft, key: str) -> None:
    if name := st.session_state[key]:
        begin(draft.table_id, draft.task, preset(name, draft.task), name)


def _save_and_load(draft: Draft, changes: dict[str, Any]) -> None:
    try:
        text = draft.base.changed(changes).to_text()
        st.download_button("Save as a file", text, "recipe.json", "application/json", on_click="ignore",
                           icon=":material/download:")  # fmt: skip
    except UserError:
        st.caption("They contradict each other, see the message on the right, so they cannot be saved yet.")
    st.file_uploader("Load a recipe file", type="json", max_upload_size=1, key="train_upload", on_change=_load,
                     args=(draft,))  # fmt: skip
    if draft.trouble:
        st.error(shell.plain(draft.trouble), icon=":material/error:")


def _load(draft: Draft) -> None:
    file = st.session_state.get("train_upload")
    draft.trouble = ""
    if file is None:
        return
    try:
        begin(draft.table_id, draft.task, read_recipe(file.getvalue().decode("utf-8-sig", "replace")))
    except UserError as error:
        draft.trouble = str(error)


def _card(stored: StoredTable, draft: Draft, changes: dict[str, Any]) -> None:
    st.caption("Table")
    st.text(stored.name)
    try_out = st.toggle("Try on 10 % of the training rows", key=f"train_try-{stored.id}", persist_state="session",
                        help="A quick look at whether the choices make sense.")  # fmt: skip
    name, ready = "", False
    with shell.showing_errors():
        chosen = draft.base.changed(changes)
        draft.keep(chosen)
        best_measure(task_class(draft.task), chosen.training.best)
        recipe = with_split_of(chosen, stored, try_out=try_out)
        plan = _plan(stored.id, stored.stamp, json.dumps(recipe.split.model_dump(mode="json")))
        _numbers(recipe, plan)
        estimate(stored, recipe, plan)
        name, ready = free_name(shell.workspace(), default_name(stored.name, recipe, plan.roles.task)), True
    lines_of_pins, pins = _typed_pins(draft), None
    with shell.showing_errors():
        pins = _pins(stored, recipe, lines_of_pins) if ready else None
    typed = st.text_input("Name of the run", key=f"train_name-{draft.key}", max_chars=120, placeholder=name)
    pressed = st.button(
        "Start training", type="primary", width="stretch", disabled=pins is None, icon=":material/play_arrow:"
    )
    if pins is None:
        return
    if pressed:
        start(stored, recipe, typed.strip() or name, pin_lines(pins))
    with st.expander("The same run without the browser"):
        st.code(shell_words(recipe, stored.name, plan, pins), language="bash", wrap_lines=True)
        st.code(python_words(recipe, stored.name, plan, pins), language="python", wrap_lines=True)


def _numbers(recipe: Recipe, plan: Plan) -> None:
    rows, training = plan.sizes["train"], recipe.training
    facts = {words: f"{plan.sizes[name]:,}" for name, words in _PARTS.items()}
    if recipe.split.sample < 1 and recipe.split.sample != TRY:
        facts["Training rows used"] = f"{100 * recipe.split.sample:.0f} %"
    facts["Task"] = task_class(plan.roles.task).title
    if plan.classes:
        facts["Classes"] = f"{plan.classes:,}"
    facts["Model"] = model_title(recipe.model.name)
    if training.epochs is None:
        facts["Epochs (automatic)"] = f"{training.epochs_for(rows):,}"
    if recipe.optimizer.learning_rate is None:
        facts["Learning rate (automatic)"] = _rate(recipe)
    lines(facts | {"Steps": f"{training.steps(rows):,}"})
    if not plan.sizes["validation"]:
        st.caption("Without validation rows the last model is kept, not the best.")


def _rate(recipe: Recipe) -> str:
    rate = recipe.resolved().optimizer.learning_rate
    return "when the model is here" if rate is None else brief(rate)


@st.cache_data(max_entries=16, show_spinner="Dividing the rows …")
def _plan(table_id: str, stamp: float, split: str) -> Plan:
    """The plan depends on the table's content (``stamp``) and the split alone."""
    recipe = Recipe().changed({"split": json.loads(split)})
    return plan_of(shell.workspace().table(table_id).table(), recipe)[0]


def _typed_pins(draft: Draft) -> list[str]:
    key = f"train_pins-{draft.key}"
    st.session_state.setdefault(key, draft.pins)
    draft.pins = st.text_area(
        "Pinned sentences", key=key, height=68, max_chars=MOST_PINS * MOST_LETTERS,
        help=f"Up to {MOST_PINS}, one a line, to watch while the model learns: each is answered at every check. "
             "Where a row has several texts, write a tab or “ | ” between them.",
    )  # fmt: skip
    return [line for line in draft.pins.split("\n") if line.strip()]


def _pins(stored: StoredTable, recipe: Recipe, lines: list[str]) -> tuple[Input, ...]:
    how = recipe.model_dump_json(include={"model", "encoding", "task"})
    return _checked_pins(stored.id, stored.stamp, recipe, how, lines) if lines else ()


@st.cache_data(max_entries=16, show_spinner="Reading the pinned sentences …")
def _checked_pins(table_id: str, stamp: float, _recipe: Recipe, how: str, lines: list[str]) -> tuple[Input, ...]:
    """What can be read depends on the table's columns (``stamp``), the sentences and ``how`` the recipe reads."""
    return check_pins(lines, shell.workspace().table(table_id).table(), _recipe)


def start(stored: StoredTable, recipe: Recipe, name: str, pins: Sequence[str] = ()) -> None:
    """Make the run's folder, queue it, and show it."""
    with shell.showing_errors(), st.spinner("Writing the run's folder …"):
        table = stored.table()
        split = plan_of(table, recipe)[1]
        name = free_name(shell.workspace(), name)
        run = shell.workspace().create_run(table, split, recipe, name=name, table_id=stored.id, pins=pins)
        shell.executor().submit(run)
        shell.go_to("train", run=run.id, view="run")
