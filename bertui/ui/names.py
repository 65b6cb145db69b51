"""How runs and tables are named: in pickers, in the browser's title, and at the head of each page that shows a run."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence

import streamlit as st

from bertui.errors import UserError
from bertui.modeling.sources import model_title
from bertui.runs.run import Run
from bertui.ui.messages import bold, plain


def name_run(run: Run) -> None:
    """Say which run a page shows: its name, data, model and when it was made."""
    try:
        st.caption(" · ".join([bold(run.name), *map(plain, origin(run))]))
    except (UserError, OSError, KeyError):
        st.caption(f"{bold(run.id)}, whose folder is not whole")


def origin(run: Run) -> list[str]:
    """Return what a run was made of and when: data, model, date."""
    facts = run.facts()
    model = model_title(run.recipe.model.name)
    return [str(facts["table"]), model, time.strftime("%-d %b %Y, %H:%M", time.localtime(facts["created"]))]


def browser_title(page: str, table: str | None, run: str | None) -> str:
    """Return the title of the browser's tab; the run stands first, since tabs are narrow."""
    named = [name for name in (run, table) if name]
    return " · ".join(["bertui", *named] if page == "Start" else [page, *named, "bertui"])


def short_name(name: str) -> str:
    """Return a name on one line of a list, cut where it is too long for one."""
    line = " ".join(name.split())
    return line if len(line) <= _LINE else f"{line[:_LINE]}…"


_LINE = 60  # letters


def file_name(run: Run, what: str) -> str:
    """Return a name of a file that says which run and which table it comes from, of letters that any system takes."""
    names = (run.name, re.sub(r"\.[a-z]{2,7}$", "", str(run.facts()["table"])), what)
    plain = (re.sub(r"[^\w-]+", "-", name).strip("-")[:60] for name in names)
    return "_".join(dict.fromkeys(name for name in plain if name))


def unique_names(items: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return id -> name, a name that several have told apart by the time in the id; newest first."""
    names = [name for _, name in items]
    return {id: name if names.count(name) == 1 else f"{name} · {id[4:8]}-{id[9:15]}-{id[16:]}" for id, name in items}
