"""Step 4 of the Data page: training, validation and test rows."""

from __future__ import annotations

from typing import Any

import streamlit as st

from bertui.choice import declared
from bertui.data.reading.reading import SUFFIXES
from bertui.data.splitting import SplitChoice
from bertui.data.table import Table
from bertui.errors import UserError
from bertui.runs.workspace import StoredTable
from bertui.ui import shell
from bertui.ui.data import access, parts

_WORDS = {
    "train": ("Training", "The model learns from these."),
    "validation": ("Validation", "These choose the best moment of training."),
    "test": ("Test", "Looked at once, at the end."),
}
_FIELDS = {entry.name: entry for entry in declared(SplitChoice)}


def split(stored: StoredTable, table: Table) -> bool:
    """Offer shares, mix and seed, and show the sizes; return whether the split can be made."""
    how = stored.split_choice
    if table.roles.split is not None:
        named = shell.plain(table.roles.split)
        st.caption(f"The column {named} gives the parts; the shares below fill only a part it lacks.")
    if table.roles.group is not None:
        st.caption(f"Rows with the same {shell.plain(table.roles.group)} stay together in one part.")
    _controls(stored, how, mixed=table.roles.label is not None)
    if table.roles.split is None:
        with st.expander("Validation or test rows are in files of their own", key="data-parts"):
            parts.files(stored, table, SUFFIXES)
    try:
        made = access.split_of(stored)
    except UserError as error:
        st.error(shell.plain(str(error)), icon=":material/error:")
        return False
    sizes = made.sizes()
    total = max(1, sum(sizes.values()))
    for place, (part, (title, help)) in zip(st.columns(3), _WORDS.items(), strict=True):
        rows = f"{sizes[part]:,} {'row' if sizes[part] == 1 else 'rows'}"
        place.metric(title, rows, help=help, border=True, delta=f"{100 * sizes[part] / total:.0f} %",
                     delta_color="off", delta_arrow="off")  # fmt: skip
    for part in ("validation", "test"):
        if not sizes[part]:
            st.warning(_MISSING[part])
    parts.classes(table, made)
    return True


_MISSING = {
    "validation": "Without validation rows the last state of the model is kept, not the best one.",
    "test": "Without test rows there is no honest score at the end.",
}


def _controls(stored: StoredTable, how: SplitChoice, *, mixed: bool) -> None:
    names = ("validation", "test", "seed", *(("stratified",) if mixed else ()))
    keys = {name: f"split-{name}-{stored.id}" for name in names}
    act: dict[str, Any] = {"on_change": _store, "args": (stored, keys)}
    places = st.columns([3, 3, 3, 4], vertical_alignment="bottom")
    for place, name in zip(places, ("validation", "test"), strict=False):
        entry = _FIELDS[name]
        place.slider(
            f"{entry.title} (%)", 0, 80, round(100 * getattr(how, name)), step=5, key=keys[name],
            help=entry.help, **act,
        )  # fmt: skip
    seed, mix = _FIELDS["seed"], _FIELDS["stratified"]
    places[2].number_input(seed.title, 0, 2**31 - 1, how.seed, step=1, key=keys["seed"], help=seed.help, **act)
    if mixed:
        places[3].checkbox(mix.title, how.stratified, key=keys["stratified"], help=mix.help, **act)


def _store(stored: StoredTable, keys: dict[str, str]) -> None:
    given = {name: st.session_state[key] for name, key in keys.items()}
    shares = {"validation": given["validation"] / 100, "test": given["test"] / 100}
    if sum(shares.values()) > 0.9:
        access.say("Validation and test leave less than a tenth of the rows for training: lower one.")
        return
    stored.set_split(stored.split_choice.model_copy(update={**given, **shares}))
