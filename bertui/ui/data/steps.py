"""The frame of the Data page: headings with a tick, the way out of a table that cannot be read, the foot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from bertui.errors import UserError
from bertui.recipe import Recipe
from bertui.runs.workspace import StoredTable
from bertui.ui import shell
from bertui.ui.data import editor
from bertui.ui.draft import begin, draft_of


def step(title: str, done: bool, place: Any = st, *, trouble: str = "") -> None:
    """Head a step of the page. A tick says that it is in order; ``trouble`` of it, "error" or "warning", has a sign."""
    mark = _SIGNS[trouble] if trouble else " :green[:material/check_circle:]" if done else ""
    place.header(title + mark, anchor=title.split(". ")[-1].lower().replace(" ", "-"))


_SIGNS = {"error": " :red[:material/error:]", "warning": " :orange[:material/warning:]"}


@contextmanager
def broken(stored: StoredTable) -> Iterator[None]:
    """Say what keeps a table from being shown, with the list of edits to take back."""
    try:
        yield
    except UserError as error:
        st.error(shell.plain(str(error)), icon=":material/error:")
        with shell.showing_errors():
            editor.edits(stored)


def foot(stored: StoredTable, ready: bool, recipe: Recipe) -> None:
    """Lead on to training once the steps are done, with the model and length that were chosen here."""
    st.divider()
    go = st.button(
        "Train on this table", type="primary", icon=":material/model_training:", disabled=not ready,
        key="data-train",
    )  # fmt: skip
    if not ready:
        st.caption("Before training, mend what is marked red above.")
    if go:
        if recipe != draft_of(stored).now:
            begin(stored.id, stored.roles.task, recipe)
        shell.go_to("train", table=stored.id, view="new")
