"""Words of people in Markdown: nothing in them is taken for a mark-up, and what is harmless stays bare."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bertui.ui.messages import JOINER, bold, plain

READER = MarkdownIt("gfm-like", {"linkify": False})


def read(words: str) -> str:
    """What a reader of Markdown sees; fails on any mark-up."""
    tokens = READER.parse(words)
    assert [token.type for token in tokens] in ([], ["paragraph_open", "inline", "paragraph_close"]), tokens
    children = tokens[1].children or [] if tokens else []
    assert {token.type for token in children} <= {"text", "text_special"}, children
    return "".join(token.content for token in children)


@pytest.mark.parametrize(
    "words",
    ["**b** _i_ `c`", "# no heading", "- no list", "+ no list", "1. no list", "12) no list", "> no quote", "a | b",
     "---", "===", "[a](http://x.y)", "<b>x</b> <script>alert(1)</script>", "$x$ and $$y$$", "~~gone~~",
     "![x](y)", "&amp; &lt;", "Layer-wise decay", "Batch size (texts)", "a\\b", "www.example.org"],
)  # fmt: skip
def test_words_come_out_as_they_went_in(words: str) -> None:
    assert read(plain(words)).replace(JOINER, "") == words


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=60))
def test_any_words_come_out_as_they_went_in(words: str) -> None:
    assert " ".join(read(plain(words)).replace(JOINER, "").split()) == " ".join(words.replace(JOINER, "").split())


@pytest.mark.parametrize("words", ["www.example.org", "https://example.org", "HTTP://a.b", "me@b.org", "a WWW.b.c"])
def test_addresses_do_not_become_links(words: str) -> None:
    """What Streamlit's Markdown looks for (mdast-util-gfm-autolink-literal), once escapes are undone."""
    made_links = r"(?i)(https?://|www(?=\.))[-.\w]+|[-.\w+]+@[-\w]+(?:\.[-\w]+)+"
    assert re.search(made_links, words) and not re.search(made_links, plain(words).replace("\\", ""))


def test_streamlits_directives_are_escaped() -> None:
    assert plain(":red[x] :small[y]") == r"\:red\[x\] \:small\[y\]"


@pytest.mark.parametrize(
    "words",
    [":material/home:", "a :Material/home: b", ":streamlit:", "a -> b", "<- a", "a <-> b", "a -- b", "x >= y", "x <= y",
     "x ~= y"],
)  # fmt: skip
def test_what_streamlit_replaces_in_texts_is_divided(words: str) -> None:
    """Icons and typographic signs are looked for once escapes are undone, so no backslash keeps them."""
    made_signs = r"(?i):(material/\w+|streamlit):|(^|\s)(<->|->|<-|--|>=|<=|~=)(\s|$)"
    assert re.search(made_signs, words) and not re.search(made_signs, plain(words).replace("\\", ""))


def test_labels_that_are_read_out_hold_no_backslash() -> None:
    for label in ("Batch size (texts)", "Layer-wise decay", "Adam beta 1", "What 'best' means", "Share, 0.5"):
        assert not re.search(r"\\", plain(label))


def test_bold_words_have_no_blank_between_stars_and_words() -> None:
    """Markdown takes "**name **" for stars."""
    assert bold(" a *b* \u3000") == "**a \\*b\\***" and bold("  ") == ""
