"""The current table and run. Both stand in the address, so that a reload, a link and a second tab show the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn, Protocol, TypeVar

import streamlit as st

from bertui.runs.run import HAS_MODEL, LIVE, Run, valid_id
from bertui.runs.trash import Trash
from bertui.runs.workspace import StoredTable
from bertui.ui.messages import showing_errors
from bertui.ui.server.process import workspace


class _Item(Protocol):
    @property
    def id(self) -> str: ...


Item = TypeVar("Item", bound=_Item)


def settle(tables: Sequence[StoredTable], runs: Sequence[Run]) -> dict[str, str | None]:
    """Complete the address with the current table and run, remember both, and return them; None where there is none.

    An id in the address stays there even where it leads nowhere.
    """
    st.session_state["run_in_address"] = "run" in st.query_params
    ids = {"table": _current("table", tables, tables[:1]), "run": _current("run", runs, _newest(runs))}
    for key, id in ids.items():
        if id and st.query_params.get(key) != id:
            st.query_params[key] = id
        if id:
            st.session_state[key] = id
    return ids


def current_table() -> StoredTable | None:
    """Return the table of the address, else the one chosen last, else the newest; None where there is none.

    Of a table in the address that is not there (any more) a message says so, and none is returned.
    """
    tables = workspace().tables()
    id = _current("table", tables, tables[:1])
    table = _find(tables, id)
    if id and table is None:
        trash = Trash(workspace())
        deleted = _find(trash.tables(), id)
        where = "lies in the trash" if deleted else "is not in this workspace (any more): it may have been removed"
        st.warning(f"The table in the address ({id}) {where}. Choose another one in the side bar, or bring one.",
                   icon=":material/link_off:")  # fmt: skip
        if deleted and st.button("Restore it", icon=":material/undo:"):
            with showing_errors():
                trash.restore(deleted)
                st.rerun()
    return table


def current_run() -> Run | None:
    """Return the run of the address, else the one chosen last, else the newest; None where there is none.

    A run in the address that is not there (any more) ends the page with a message: another one in its place would
    be taken for it.
    """
    runs = workspace().runs()
    id = _current("run", runs, _newest(runs))
    run = _find(runs, id)
    if id and run is None:
        _say_it_is_gone(id, runs)
    return run


def choose_table(id: str) -> None:
    """Make a table the current one, in the address too."""
    st.session_state["table"] = st.query_params["table"] = id


def choose_run(id: str) -> None:
    """Make a run the current one, in the address too."""
    st.session_state["run"] = st.query_params["run"] = id


def forget(key: str, ids: Sequence[str]) -> None:
    """Let the current table or run be the newest again where it is one of ``ids``, which are being deleted."""
    if st.session_state.get(key) in ids:
        del st.session_state[key]
    if st.query_params.get(key) in ids:
        del st.query_params[key]


def go_to(page: str, **more: str) -> NoReturn:
    """Turn to a page; table and run go along in the address, with what else is given.

    Args:
        page: Its key in ``sidebar.PAGES``.
        more: Such as ``run="..."``, which is then the current one.
    """
    for key in ("table", "run"):
        if key in more:
            st.session_state[key] = more[key]
    kept: Mapping[str, str] = {key: st.session_state[key] for key in ("table", "run") if st.session_state.get(key)}
    st.switch_page(f"pages/{page}.py", query_params={**kept, **more})


def _current(key: str, items: Sequence[Item], default: Sequence[Item]) -> str | None:
    """Return the id in the address, wherever it leads; else the one chosen last if it is there; else the default."""
    if (given := st.query_params.get(key)) and valid_id(given):
        return given
    chosen = _find(items, st.session_state.get(key)) or next(iter(default), None)
    return chosen.id if chosen else None


def _find(items: Sequence[Item], id: str | None) -> Item | None:
    return next((item for item in items if item.id == id), None)


def _newest(runs: Sequence[Run]) -> list[Run]:
    """The newest run that can be watched or read, else the newest of all."""
    good = next((run for run in runs if run.state in (*HAS_MODEL, *LIVE)), None)
    return [good] if good else list(runs[:1])


def _say_it_is_gone(id: str, runs: Sequence[Run]) -> NoReturn:
    trash = Trash(workspace())
    deleted = _find(trash.runs(), id)
    where = "lies in the trash" if deleted else "is not in this workspace (any more): it may have been deleted"
    st.warning(f"The run in the address ({id}) {where}. Choose another one in the side bar.",
               icon=":material/link_off:")  # fmt: skip
    with st.container(horizontal=True):
        if deleted and st.button("Restore it", icon=":material/undo:"):
            with showing_errors():
                trash.restore(deleted)
                st.rerun()
        if runs and st.button("Show the newest run", type="primary"):
            choose_run(_newest(runs)[0].id)
            st.rerun()
        if st.button("All runs"):
            go_to("runs")
    st.stop()
