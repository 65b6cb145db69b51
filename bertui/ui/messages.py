"""Words on a page: what people typed is shown as it is, and what they can mend is told without a traceback."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from bertui.errors import UserError


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
