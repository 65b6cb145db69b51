"""The form of a new run as it stands, one for each table: choices made for one do not slip into the next."""

from __future__ import annotations

from typing import Any

import streamlit as st

from bertui.recipe import Recipe, preset, read_recipe
from bertui.runs.workspace import StoredTable

_FORMS = "train_forms"
_FIRST = "Recommended"


def prepare_form(stored: StoredTable) -> None:
    """Let a table's form begin, from what is recommended; begin it anew where the table's task is another now.

    The model that was chosen last stays: it is a matter of the machine and the language more than of the table.
    """
    form, task = _forms().get(stored.id), stored.roles.task
    if form is not None and form["task"] == task:
        return
    name = (form or {}).get("preset") or _FIRST
    last = st.session_state.get("train_model")
    use_recipe(stored.id, preset(name, task).changed({"model": last} if last else {}), task, name)


def use_recipe(table_id: str, recipe: Recipe, task: str, preset_name: str | None = None, source: str = "") -> None:
    """Let a table's form begin anew from a recipe. Call it before the form is drawn.

    Args:
        source: Name of the run that the recipe was taken from.
    """
    version = _forms().get(table_id, {}).get("version", 0) + 1
    text = recipe.to_text()
    _forms()[table_id] = {
        "base": text, "now": text, "version": version, "task": task, "preset": preset_name, "source": source
    }  # fmt: skip
    st.session_state[preset_key(table_id)] = preset_name


def keep(stored: StoredTable, recipe: Recipe) -> None:
    """Remember how the form stands now."""
    _forms()[stored.id]["now"] = recipe.to_text()
    st.session_state["train_model"] = recipe.model.model_dump(mode="json")


def base_recipe(stored: StoredTable) -> Recipe:
    """Return the recipe that the form began from."""
    return read_recipe(_forms()[stored.id]["base"])


def form_recipe(stored: StoredTable) -> Recipe:
    """Return the recipe as the form stood when it was last free of contradictions."""
    return read_recipe(_forms()[stored.id]["now"])


def form_key(stored: StoredTable) -> str:
    """Return the beginning of the widgets' keys: another table or a new beginning has widgets of its own."""
    return f"recipe{_forms()[stored.id]['version']}-{stored.id}"


def source_of(stored: StoredTable) -> str:
    """Return the name of the run that the form began from, or nothing."""
    return str(_forms()[stored.id]["source"])


def preset_key(table_id: str) -> str:
    """Return the key of the preset's widget."""
    return f"train_preset-{table_id}"


def _forms() -> dict[str, dict[str, Any]]:
    forms: dict[str, dict[str, Any]] = st.session_state.setdefault(_FORMS, {})
    return forms
