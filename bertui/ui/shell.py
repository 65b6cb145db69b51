"""The frame around every page: navigation, the one executor, the current table and run, messages for people."""

from __future__ import annotations

import gc
import html
import re
import sys
import threading
import time
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st

from bertui.errors import UserError
from bertui.modeling.libraries import load_libraries
from bertui.runs.execution import BackgroundExecutor
from bertui.runs.run import HAS_MODEL, Run
from bertui.runs.workspace import StoredTable, Workspace, default_root
from bertui.ui.serving import top_folder

PAGES = {
    "Work": (
        ("start", "Start", ":material/home:"),
        ("data", "Data", ":material/table:"),
        ("train", "Train", ":material/model_training:"),
        ("runs", "Runs", ":material/list:"),
    ),
    "Understand": (
        ("results", "Results", ":material/analytics:"),
        ("sentence", "Sentence", ":material/short_text:"),
    ),
}


# Streamlit writes white on the accent colour in both themes; on the dark one's bright teal that is 2.8 to 1. The
# teal darkens under the mouse, and there white has 5.7 to 1.
_STYLE = """<style>
[data-testid^="stBaseButton-primary"] {color: light-dark(#fff, #12181a) !important}
[data-testid^="stBaseButton-primary"]:is(:hover, :active) {color: #fff !important}
</style>"""


def frame() -> None:
    """Draw navigation and pickers, then run the chosen page."""
    root = top_folder()
    st.set_page_config(page_title="bertui", page_icon="/app/static/icon.png", layout="wide")
    warm_up()
    pages = {
        group: [
            st.Page(
                str(root / "pages" / f"{key}.py"),
                title=title,
                icon=icon,
                url_path=key,
                default=key == "start",
            )
            for key, title, icon in entries
        ]
        for group, entries in PAGES.items()
    }
    chosen = st.navigation(pages)
    st.html(_STYLE)
    with st.sidebar:
        _pickers()
    chosen.run()


def ensure_shell() -> None:
    """First line of every page: a deep link to a fresh server would else run the page without its frame.

    Streamlit takes a top-level ``pages/`` folder for its older kind of multi-page app until st.navigation is met.
    """
    try:
        from streamlit.runtime.pages_manager import PagesManager
    except ImportError:
        return
    if getattr(PagesManager, "uses_pages_directory", False):
        PagesManager.uses_pages_directory = False
        st.rerun()


def page(title: str, words: str) -> None:
    """Open a page with its name and one sentence on what it is for."""
    ensure_shell()
    st.title(title)
    st.caption(words)


def workspace() -> Workspace:
    """Return the workspace of this server."""
    return executor().workspace


def executor() -> BackgroundExecutor:
    """Return the process's one executor; it outlives sessions, reloads and cleared caches."""
    home = _runtime()
    with _LOCK:
        if not hasattr(home, "executor"):
            home.executor = BackgroundExecutor(Workspace(default_root()))
        return home.executor


def warm_up() -> None:
    """Load the heavy libraries in the background, once per process, so that the first page need not wait."""
    home = _runtime()
    with _LOCK:
        if hasattr(home, "warm"):
            return
        home.warm = threading.Thread(target=_load_heavy, name="bertui-warm-up", daemon=True)
        home.warm.start()


def warming() -> bool:
    """Whether the heavy libraries are still being loaded."""
    thread = getattr(_runtime(), "warm", None)
    return thread is not None and thread.is_alive()


def _runtime() -> Any:
    """The place of what the process has once; it outlives the reloading of our own modules."""
    return sys.modules.setdefault("_bertui_runtime", types.ModuleType("_bertui_runtime"))


def _load_heavy() -> None:
    time.sleep(_FIRST_PAINT)  # importing holds the interpreter: the first page comes first
    load_libraries()
    import captum.attr  # noqa: F401

    gc.collect()
    gc.freeze()  # Streamlit collects garbage after every rerun; these half a million objects never are


def current_table() -> StoredTable | None:
    """Return the table of the URL (``?table=``), else the newest; None when there is none."""
    tables = workspace().tables()
    wanted = st.query_params.get("table") or st.session_state.get("table")
    return next((table for table in tables if table.id == wanted), tables[0] if tables else None)


def choose_table(id: str) -> None:
    """Make a table the current one."""
    st.session_state["table"] = id
    if "table" in st.query_params:
        st.query_params["table"] = id


def current_run(*, finished: bool = False) -> Run | None:
    """Return the run of the URL (``?run=``), else the one chosen last, else the newest.

    Args:
        finished: Only runs with a model, unless the URL names another.
    """
    wanted = st.query_params.get("run") or st.session_state.get("run")
    if wanted and re.fullmatch(r"[a-z0-9-]{1,64}", wanted):
        try:
            return workspace().run(wanted)
        except UserError:
            if "run" in st.query_params:
                st.warning("The run in the address does not exist (any more). Showing the newest one.")
    runs = workspace().runs()
    return next((run for run in runs if not finished or run.state in HAS_MODEL), None)


def choose_run(id: str) -> None:
    """Make a run the current one, in the address too."""
    st.session_state["run"] = id
    st.query_params["run"] = id


@contextmanager
def told() -> Iterator[None]:
    """Show what a person can mend as a message instead of a traceback."""
    try:
        yield
    except UserError as error:
        st.error(plain(str(error)), icon=":material/error:")


def plain(text: str) -> str:
    """Escape Markdown, LaTeX, directives and HTML, so that words are shown as they are in st.markdown and labels.

    Where a sign means nothing it stays bare: labels are read out as they are written, backslashes and all.
    """
    escaped = re.sub(r"([\\`*_{}\[\]!|$:<>~&])", r"\\\1", text.replace("\n", " "))
    escaped = re.sub(r"^\s*[#+\-=]|--", lambda found: re.sub(r"([#+\-=])", r"\\\1", found[0]), escaped)  # headings
    escaped = re.sub(r"^(\s*\d+)([.)])", r"\1\\\2", escaped)  # lists
    return re.sub(r"(?i)(www|@\S*?)\.", r"\1\\.", escaped)  # links


def shown(text: str) -> str:
    """Escape a user's words for st.html."""
    return html.escape(text, quote=True)


def _pickers() -> None:
    """Current table and run, which every page obeys."""
    tables, runs = workspace().tables(), workspace().runs()
    if tables:
        names = unique_names([(table.id, table.name) for table in tables])
        chosen = current_table()
        index = list(names).index(chosen.id) if chosen else 0
        picked = st.selectbox("Current table", names, index=index, format_func=lambda id: names[id])
        if chosen and picked != chosen.id:
            choose_table(picked)
            st.rerun()
    if runs:
        labels = unique_names([(run.id, run.name) for run in runs])
        current = current_run()
        index = list(labels).index(current.id) if current else 0
        picked = st.selectbox("Current run", labels, index=index, format_func=lambda id: labels[id])
        if current and picked != current.id:
            choose_run(picked)
            st.rerun()


def unique_names(items: list[tuple[str, str]]) -> dict[str, str]:
    """Return id -> name, a name that several have told apart by the time in the id; newest first."""
    names = [name for _, name in items]
    return {id: name if names.count(name) == 1 else f"{name} · {id[4:8]}-{id[9:15]}-{id[16:]}" for id, name in items}


_LOCK = threading.Lock()
_FIRST_PAINT = 1.5  # seconds
