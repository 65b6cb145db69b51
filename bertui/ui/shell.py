"""The frame around every page: its navigation and look, and what each page takes from it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st
from streamlit.navigation.page import Page

from bertui.runs.run import Run
from bertui.runs.workspace import StoredTable
from bertui.ui import accessible, address, sidebar
from bertui.ui.address import choose_run as choose_run
from bertui.ui.address import choose_table as choose_table
from bertui.ui.address import current_run as current_run
from bertui.ui.address import current_table as current_table
from bertui.ui.address import go_to as go_to
from bertui.ui.messages import bold as bold
from bertui.ui.messages import plain as plain
from bertui.ui.messages import showing_errors as showing_errors
from bertui.ui.messages import shown as shown
from bertui.ui.names import browser_title
from bertui.ui.names import name_run as name_run
from bertui.ui.names import unique_names as unique_names
from bertui.ui.server.connection import when_ended
from bertui.ui.server.hosts import keep_address_private
from bertui.ui.server.process import executor as executor
from bertui.ui.server.process import warm_up as warm_up
from bertui.ui.server.process import warming as warming
from bertui.ui.server.process import workspace as workspace
from bertui.ui.server.serving import top_folder
from bertui.ui.sidebar import PAGES as PAGES
from bertui.ui.way_back import show_way_back

# Streamlit writes white on the accent colour in both themes; on the dark one's bright teal that is 2.8 to 1. The
# teal darkens under the mouse, and there white has 5.7 to 1.
_STYLE = (
    f"<style>{accessible.STYLE}"
    + """
[data-testid^="stBaseButton-primary"] {color: light-dark(#fff, #12181a) !important}
[data-testid="stMultiSelect"] [data-tag] :is(span, button) {color: light-dark(#fff, #12181a)}
[data-testid^="stBaseButton-primary"]:is(:hover, :active) {color: #fff !important}
[data-testid="stSidebar"] [data-testid="stPageLink"] {margin: -0.2rem 0}
[class*="st-key-danger"] button:not(:disabled) {color: light-dark(#A62B1F, #FF8A7A); border-color: currentColor}
textarea, input {unicode-bidi: plaintext; text-align: start}
[class*="st-key-sentence_example"] p {white-space: normal; display: block; unicode-bidi: plaintext}
[class*="st-key-sentence_example"] button :is(div, span, p) {justify-content: start; text-align: start !important}
.bertui-lines {margin: 0; padding: 0 !important; font-size: 0.9rem}
.bertui-lines div {display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1rem; padding: 0.2rem 0}
.bertui-lines dd {margin: 0 0 0 auto; overflow-wrap: anywhere; font-variant-numeric: tabular-nums}
@media (min-width: 736px) and (max-width: 1152px) {[data-testid="stMainBlockContainer"] {padding-inline: 2.5rem}}
</style>"""
)


def frame() -> None:
    """Draw navigation and pickers, then run the chosen page."""
    st.set_page_config(page_title="bertui", page_icon="/app/static/icon.png", layout="wide")
    keep_address_private()  # again, for who starts it with ``streamlit run``
    warm_up()
    pages = _pages()
    chosen = st.navigation(pages, position="hidden")
    st.html(_STYLE)
    with showing_errors():
        _workspace_trouble()
        tables, runs = workspace().tables(), workspace().runs()
        kept = address.settle(tables, runs)
        st.set_page_config(page_title=browser_title(chosen.title, *_about(chosen.title, kept, tables, runs)))
        with st.sidebar:
            sidebar.links(pages, chosen.title, kept, runs)
            st.divider()
            sidebar.pickers(kept, tables, runs)
            accessible.watch()
            when_ended(st.get_option("server.port"), workspace().root)
        chosen.run()


def _workspace_trouble() -> None:
    """Say above every page what keeps the workspace from being written; what is in it can still be read."""
    if trouble := workspace().trouble():
        st.error(plain(str(trouble)), icon=":material/hard_drive:")


def _pages() -> dict[str, list[Page]]:
    folder = top_folder() / "pages"
    return {
        group: [
            st.Page(str(folder / f"{key}.py"), title=title, icon=icon, url_path=key, default=key == "start")
            for key, title, icon in entries
        ]
        for group, entries in PAGES.items()
    }


def _about(
    page: str, kept: dict[str, str | None], tables: Sequence[StoredTable], runs: Sequence[Run]
) -> tuple[str | None, str | None]:
    """Return the name of the table and of the run that a page is about; a run's table is the one it was made from."""
    run = next((run for run in runs if run.id == kept["run"]), None)
    table = next((table for table in tables if table.id == kept["table"]), None)
    if page == "Data" or st.query_params.get("view") == "new" or run is None:
        return (table.name if table else None), None
    return str(run.facts()["table"]), run.name


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
    show_way_back(title)
