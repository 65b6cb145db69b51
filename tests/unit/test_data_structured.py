"""Cells that hold structure: one value whoever printed it, and what a column of them holds."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertui.data.cells.cell_readers import as_tags, as_text, as_words, not_a_list, not_one_word
from bertui.data.cells.printed import parsed
from bertui.data.cells.structured import Kind, as_span, kind_of


def column(*cells: str | None) -> pd.Series:
    return pd.Series(cells, dtype="str")


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('["a", "b c"]', ["a", "b c"]),
        ("['a', \"it's\"]", ["a", "it's"]),
        ("['a' 'b c'\n 'd']", ["a", "b c", "d"]),  # NumPy leaves the commas out
        ("['food', nan]", ["food", None]),
        ("[None]", [None]),
        ("[nan, NaN]", [None, None]),
        ("('a', 'b')", ["a", "b"]),
        ("('a',)", ["a"]),
        ("{'food', 'room'}", ["food", "room"]),
        ("frozenset({'a'})", ["a"]),
        ("set()", []),
        ("{food,room}", ["food", "room"]),
        ('{"a b",c,NULL}', ["a b", "c", None]),
        ("{}", []),
        ("[]", []),
        ("[food, room]", ["food", "room"]),
        ('c("a", "b")', ["a", "b"]),
        ("<python><c++>", ["python", "c++"]),
        ("[1 0 0]", [1, 0, 0]),
        ("[1. 0. 0.5]", [1, 0, 0.5]),
        ("[True, False]", [True, False]),
        ("array(['a', 'b'], dtype=object)", ["a", "b"]),
        ("[np.int64(3), np.str_('a')]", [3, "a"]),
        ("[(10, 19, 'PER')]", [[10, 19, "PER"]]),
        ("{'text': array(['x'], dtype=object), 'answer_start': array([3])}", {"text": ["x"], "answer_start": [3]}),
        ("['caf\\u00e9', 'a\\'b']", ["café", "a'b"]),
    ],
)
def test_every_print_of_a_value_is_read(cell: str, value: Any) -> None:
    assert parsed(cell) == value


@pytest.mark.parametrize(
    "cell",
    ["[deleted]", "(laughs)", "[1] as above [2]", "['a', 'b'", "['a' 'b' ... 'z']", "plain", "", "[" * 100_000,
     "{x} and y", "5 < 6 and 7 > 6"],
)  # fmt: skip
def test_other_texts_hold_no_structure(cell: str) -> None:
    assert parsed(cell) is None


ITEMS = st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=6), max_size=6)


@given(ITEMS)
def test_any_texts_come_back_from_json_python_and_numpy(items: list[str]) -> None:
    assert parsed(json.dumps(items)) == items
    assert parsed(repr(items)) == items
    assert parsed(repr(tuple(items))) == items
    if items:
        assert parsed(str(np.array(items, dtype=object))) == items


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["['a', 'b']", "['c']"], "texts"),
        (["[1, 0, 0]", "[0, 0, 1]"], "vectors"),
        (["[1, 0]", "[1]"], "whole numbers"),
        (["[1]", "[0]"], "whole numbers"),
        (["[3, 27]", "[2]"], "whole numbers"),
        (["[0.2, 0.8]"], "fractions"),
        (['[[0, 4, "PER"]]', "[]"], "offsets"),
        (['[{"start": 0, "end": 4, "label": "PER"}]'], "offsets"),
        (['[{"name": "bug"}]'], "records"),
        (['{"text": ["x"]}'], "record"),
        (["[[1, 2], [3]]"], "lists"),
        (["[]", "{}"], "nothing"),
        (["[a", "plain", "b"], None),
        (["['a']", "plain", "text", "more"], None),
        ([None], None),
    ],
)
def test_the_kind_of_a_column(cells: list[str | None], kind: Kind | None) -> None:
    assert kind_of(column(*cells)) == kind


def test_spans_have_whole_offsets_and_a_name() -> None:
    assert as_span([3, 7, "LOC"]) == (3, 7, "LOC", None)
    assert as_span({"start": 3, "end": 7, "text": "Oslo", "labels": ["LOC"]}) == (3, 7, "LOC", "Oslo")
    assert as_span({"start_offset": 3, "end_offset": 7, "label": "LOC", "id": 9}) == (3, 7, "LOC", None)
    assert as_span([3, "7", "LOC"]) is None and as_span([3.5, 7, "LOC"]) is None and as_span([3, 7, ""]) is None


def test_lists_of_tokens_become_words_and_other_cells_stay() -> None:
    assert as_words(column('["New York", "", "!"]', "['a']", None)).tolist()[:2] == ["New_York _ !", "a"]
    assert as_words(column("[ 12 ]", "a b")).tolist() == ["[ 12 ]", "a b"]
    assert as_tags(column("[0, 3]", "['O', None]", "['B-X']")).fillna("gone").tolist() == ["0 3", "gone", "B-X"]
    assert as_text(column('["Well", ",", "yes"]', "['no']")).tolist() == ["Well , yes", "no"]
    assert not_one_word(column('["New York"]', '["a", ""]', '["a"]')).tolist() == [True, True, False]
    assert not_a_list(column("['a']", "['b', 'c", "['d']", None)).tolist() == [False, True, False, False]
