"""What counts as nothing to read, whatever the model."""

from __future__ import annotations

import pandas as pd
import pytest

from bertui.data.cells.blank import are_blank, is_blank
from bertui.data.checking.report import check
from bertui.data.roles import Roles
from bertui.data.table import Table

NOTHING = [
    "", "  \t\n", "\u200b", "\ufeff\u2060 \u00ad", "\u3164", "\u2800\u2800", "\x00\x1f\x7f\x85", "\u202e", "\ufe0f",
    "\u00a0\u3000", "\u200d", "\ufffd", "\ud83d",
]  # fmt: skip
SOMETHING = ["a", "?", "0", "\u200ba", "電", "👍", "\u0e01", "\u0301", "ש", "\ue000", " . "]


@pytest.mark.parametrize("text", NOTHING, ids=ascii)
def test_what_cannot_be_seen_is_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", SOMETHING, ids=ascii)
def test_a_single_visible_character_is_enough(text: str) -> None:
    assert not is_blank(text)


def test_a_column_is_judged_as_its_texts_are() -> None:
    texts = [text for text in [*NOTHING, *SOMETHING] if text != "\ud83d"]  # no column of a table holds half a pair
    column = pd.Series(texts, index=range(5, 5 + len(texts)), dtype="str")
    assert are_blank(column).to_dict() == {5 + at: is_blank(text) for at, text in enumerate(texts)}
    assert are_blank(column[:0]).dtype == bool


def test_rows_with_invisible_texts_are_not_trained_on_and_named_in_the_report() -> None:
    frame = pd.DataFrame({"text": ["seen", "\u200b", "also seen", "\u2060\ufeff"], "label": list("abab")}, dtype="str")
    table = Table(frame, Roles(("text",), "label"))
    assert table.usable.tolist() == [True, False, True, False]
    (finding,) = [one for one in check(table).findings if one.kind == "empty texts"]
    assert finding.rows.tolist() == [1, 3] and finding.title.startswith("2 rows have no text")
    assert check(table.with_roles(Roles(("text",)))).usable == 2
