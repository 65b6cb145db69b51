"""Tables, reports and token facts for the Data page, each computed once per state of the table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pandas as pd
import streamlit as st

from bertui.data.checking.findings import Report, TokenFacts
from bertui.data.edits import Edit, apply_edits
from bertui.data.splitting import Split, SplitChoice, make_split
from bertui.data.table import Table
from bertui.errors import UserError
from bertui.modeling.sources import ModelChoice
from bertui.recipe import Recipe
from bertui.runs.workspace import StoredTable
from bertui.tasks.registry import check, task_class

_MESSAGE = "data-message"


def loaded(stored: StoredTable) -> Table:
    """Return the table with its edits applied."""
    return _table(str(stored.folder), _content(stored))


def split_of(stored: StoredTable) -> Split:
    """Return the split that the table's settings give.

    Raises:
        DataError: A part would be empty.
    """
    how = stored.split_choice
    return _split(str(stored.folder), _content(stored), how, how.model_dump_json())


def report_of(stored: StoredTable, model: ModelChoice) -> Report:
    """Return what is missing, repeated, contradictory, rare, leaking or unknown to the model."""
    how = stored.split_choice
    return _report(str(stored.folder), _content(stored), how, how.model_dump_json(), model, model.model_dump_json())


def counts_of(stored: StoredTable) -> pd.DataFrame | None:
    """Return how often each label or tag is given, for tasks whose answers are not one class for each row."""
    return _counts(str(stored.folder), _content(stored))


def tokens_of(stored: StoredTable, model: ModelChoice) -> TokenFacts:
    """Return the lengths of the texts in the model's tokens.

    Raises:
        ModelError: The model's tokenizer cannot be had.
    """
    return _tokens(str(stored.folder), _content(stored), model, model.model_dump_json())


def edit(stored: StoredTable, edits: Sequence[Edit]) -> None:
    """Keep edits if they can be done; else say why not at the next drawing. Made for callbacks."""
    try:
        apply_edits(stored.table(), edits)
        stored.add_edits(*edits)
    except UserError as error:
        say(str(error))


def take_back(stored: StoredTable, position: int) -> None:
    """Undo one edit, unless a later one needs it."""
    before = stored.facts()["edits"]
    if position >= len(before):
        return
    stored.undo(position)
    try:
        stored.table()
    except UserError as error:
        stored.change(edits=before)
        say(f"A later edit needs this one, so take that back first. {error}")


def say(message: str) -> None:
    """Keep a message for the next drawing of the page."""
    st.session_state[_MESSAGE] = message


def message_left() -> str | None:
    """Return the message left by a callback, once."""
    return st.session_state.pop(_MESSAGE, None)


def _content(stored: StoredTable) -> str:
    """Return a digest of what the rows are made of: a change of the split alone recounts nothing."""
    facts = stored.facts()
    rows = (stored.folder / "rows.parquet").stat().st_mtime_ns
    return hashlib.sha256(json.dumps([rows, facts["roles"], facts["edits"]]).encode()).hexdigest()


@st.cache_resource(max_entries=2, show_spinner=False)
def _table(folder: str, content: str) -> Table:
    return StoredTable(Path(folder)).table()


@st.cache_resource(max_entries=4, show_spinner="Counting the answers …")
def _counts(folder: str, content: str) -> pd.DataFrame | None:
    table = _table(folder, content)
    return task_class(table.roles.task).counts(table)


@st.cache_resource(max_entries=4, show_spinner=False)
def _split(folder: str, content: str, _how: SplitChoice, how: str) -> Split:
    return make_split(_table(folder, content), _how)


@st.cache_resource(max_entries=4, show_spinner="Looking the table over …")
def _report(folder: str, content: str, _how: SplitChoice, how: str, _model: ModelChoice, model: str) -> Report:
    split = tokens = None
    with suppress(UserError):  # the split step says why; the other checks need none
        split = _split(folder, content, _how, how)
    with suppress(UserError):  # the lengths say why the model cannot be had
        tokens = _tokens(folder, content, _model, model)
    return check(_table(folder, content), split=split, tokens=tokens, how=_how)


@st.cache_resource(max_entries=4, show_spinner="Counting tokens …")
def _tokens(folder: str, content: str, _model: ModelChoice, model: str) -> TokenFacts:
    from bertui.experiment.preview import token_facts

    return token_facts(_table(folder, content), Recipe(model=_model))
