"""The draft of a run, one for each table: choices made for one do not slip into the next."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from bertui.recipe import Recipe, preset
from bertui.runs.workspace import StoredTable

DRAFTS = "drafts"
"""The one key of the session under which they lie: table's id -> draft, the one changed last at the end."""

_FIRST = "Recommended"


@dataclass(slots=True)
class Draft:
    """The choices of a run that is not started yet, as they stand in the form.

    Attributes:
        task: Kind of the task that they are for.
        base: What the form began from.
        now: How it stood when it was last free of contradictions.
        preset: Name of the preset that it began from; None where the choices are a person's own.
        source: Name of the run that it began from, or nothing.
        trouble: What is wrong with the recipe file that was loaded last, or nothing.
        pins: The pinned sentences as they are typed, one a line.
        version: How often it began anew: each beginning has controls of its own.
    """

    table_id: str
    task: str
    base: Recipe
    now: Recipe
    preset: str | None = None
    source: str = ""
    trouble: str = ""
    pins: str = ""
    version: int = 1

    @property
    def key(self) -> str:
        """The beginning of the controls' keys."""
        return f"recipe{self.version}-{self.table_id}"

    def keep(self, recipe: Recipe) -> None:
        """Remember how the form stands now."""
        self.now = recipe
        _put(self)


def draft_of(stored: StoredTable) -> Draft:
    """Return a table's draft; it begins from what is recommended, and anew where the table's task is another now.

    The model that was chosen last stays: it is a matter of the machine and the language more than of the table.
    """
    drafts, task = _drafts(), stored.roles.task
    old = drafts.get(stored.id)
    if old is not None and old.task == task:
        return old
    name = (old and old.preset) or _FIRST
    last = next(reversed(drafts.values()), None)
    model = {} if last is None else {"model": last.now.model.model_dump(mode="json")}
    return begin(stored.id, task, preset(name, task).changed(model), name)


def begin(
    table_id: str, task: str, recipe: Recipe, preset_name: str | None = None, source: str = "", pins: str | None = None
) -> Draft:
    """Let a table's draft begin anew from a recipe, and return it. Call it before the form is drawn.

    Args:
        source: Name of the run that the recipe was taken from.
        pins: The pinned sentences, one a line; those that are typed stay when left out.
    """
    old = _drafts().get(table_id)
    version = 1 if old is None else old.version + 1
    pins = (old.pins if old is not None else "") if pins is None else pins
    return _put(Draft(table_id, task, recipe, recipe, preset_name, source, pins=pins, version=version))


def _put(draft: Draft) -> Draft:
    drafts = _drafts()
    drafts.pop(draft.table_id, None)
    drafts[draft.table_id] = draft
    return draft


def _drafts() -> dict[str, Draft]:
    drafts: dict[str, Draft] = st.session_state.setdefault(DRAFTS, {})
    return drafts
