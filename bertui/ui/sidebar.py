"""The side bar: links that keep table and run in their addresses, and the pickers of both."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import streamlit as st
from streamlit.navigation.page import Page

from bertui.runs.run import LIVE, Run
from bertui.runs.workspace import StoredTable
from bertui.ui import address
from bertui.ui.names import unique_names

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
        ("layers", "Layers", ":material/layers:"),
    ),
}


Kept = Mapping[str, str | None]
"""The ids of the current table and run."""


# What Streamlit's own navigation does and its page links do not: tell a screen reader which page is shown, and give a
# phone its screen back once a page is chosen.
_SCRIPT = """<script>
{
  const links = '[data-testid="stSidebar"] [data-testid="stPageLink-NavLink"]';
  for (const link of document.querySelectorAll(links)) {
    link.removeAttribute("aria-current");
    if (link.textContent.trim().endsWith(%s)) link.setAttribute("aria-current", "page");
  }
  const close = () => document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  const chosen = (event) => innerWidth <= 768 && event.target.closest(links) && setTimeout(close, 100);
  if (!window.bertuiCloses) document.addEventListener("click", chosen);
  window.bertuiCloses = true;
}
</script>"""


def links(pages: Mapping[str, Sequence[Page]], current: str, kept: Kept, runs: Sequence[Run]) -> None:
    """Draw a link to each page, under the name of its group; ``current`` is the title of the page that is shown."""
    query = {key: id for key, id in kept.items() if id}
    watching = any(run.id == kept["run"] and run.state in LIVE for run in runs)
    for group, entries in pages.items():
        st.caption(group)
        for page in entries:
            # Who comes back to Train wants the run that is under way, else the form of the next one.
            form = page.url_path == "train" and not watching
            st.page_link(page, query_params=query | ({"view": "new"} if form else {}))
    st.html(_SCRIPT % json.dumps(current), unsafe_allow_javascript=True)


def pickers(kept: Kept, tables: Sequence[StoredTable], runs: Sequence[Run]) -> None:
    """Draw the current table and run, which every page obeys."""
    if tables:
        _picker("Current table", tables, kept["table"], address.choose_table)
    if runs:
        _picker("Current run", runs, kept["run"], address.choose_run)


def _picker(
    label: str, items: Sequence[StoredTable] | Sequence[Run], current: str | None, choose: Callable[[str], None]
) -> None:
    names = unique_names([(item.id, item.name) for item in items])
    index = list(names).index(current) if current in names else None
    picked = st.selectbox(label, names, index=index, format_func=lambda id: names[id], placeholder="Not there any more")
    if picked and picked != current:
        choose(picked)
        st.rerun()
