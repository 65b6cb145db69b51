"""Words on a page: what people typed is shown as it is, and what they can mend is shown without a traceback."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from bertui.errors import UserError

JOINER = "\u2060"


@contextmanager
def showing_errors() -> Iterator[None]:
    """Show what a person can mend as a message instead of a traceback."""
    try:
        yield
    except UserError as error:
        st.error(plain(str(error)), icon=":material/error:")


# Streamlit makes links, icons and typographic signs of these after escapes are undone; divided, they stay.
_ADDRESS_OR_ICON = re.compile(r"https?(?=://)|www(?=\.)|@(?=[-\w]+\.)|:(?=(?:material/\w+|streamlit):)", re.IGNORECASE)
_SIGN = re.compile(r"(?<!\S)(?:<->|->|<-|--|>=|<=|~=)(?!\S)")


def plain(text: str) -> str:
    """Escape Markdown, LaTeX, directives and HTML, so that words are shown as they are in st.markdown and labels.

    Where a sign means nothing it stays bare: labels are read out as they are written, backslashes and all. What no
    escape can keep (addresses, icons, signs such as "->") is divided by a sign without width (U+2060).
    """
    divided = _ADDRESS_OR_ICON.sub(rf"\g<0>{JOINER}", text.replace("\n", " "))
    divided = _SIGN.sub(lambda match: JOINER.join(match[0]), divided)
    escaped = re.sub(r"([\\`*_{}\[\]!|$:<>~&])", r"\\\1", divided)
    escaped = re.sub(r"^\s*[#+\-=]|--", lambda match: re.sub(r"([#+\-=])", r"\\\1", match[0]), escaped)  # headings
    return re.sub(r"^(\s*\d+)([.)])", r"\1\\\2", escaped)  # lists


def bold(text: str) -> str:
    """Return words escaped as by ``plain`` and set in bold; blanks at their ends would leave the stars standing."""
    words = plain(text.strip())
    return f"**{words}**" if words else ""


def shown(text: str) -> str:
    """Escape a user's words for st.html."""
    return html.escape(text, quote=True)
