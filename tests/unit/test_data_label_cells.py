"""Several labels in one cell, or a column for each: what divides them, and what each row then has."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertui.data.cells.indicators import indicator_columns, labels_from_indicators
from bertui.data.cells.label_cells import Separator, separator_of, split_by, split_labels
from bertui.errors import DataError


def column(*cells: str | None) -> pd.Series:
    return pd.Series(cells, dtype="str")


def listed(labels: pd.Series) -> list[tuple[str, ...] | None]:
    return [labels.iloc[place] if filled else None for place, filled in enumerate(labels.notna())]


@pytest.mark.parametrize(
    ("cells", "separator"),
    [
        (["a|b", "a", "b|c", "c"], "|"),
        (["a; b", "a", "b;c", "c"], ";"),
        (["a, b", "a", "b,c", "c"], ","),
        (['["a", "b"]', "[]", '["a"]'], "json"),
        (["['a', 'b']", "['a']"], "json"),
        (["[]", "[]"], "json"),
        (["a|b", "[]", "[]", "[]", "a"], "|"),
        (["a", "b", "a"], None),
        (["Doe, John", "Doe, Jane", "Smith, John"], None),
        (["Sports, other"] * 50 + ["News"] * 10, None),
        (["x, y|z", "z", "x, y", "w, y|z"], "|"),
        (["so good, really", "bad; no | yes", "fine"], None),
        (["a|b"] * 5 + ["c"] * 3, "|"),
        ([f"{'a long text ' * 6}; {'and more ' * 9}"] * 5 + ["c"] * 3, None),
        (["2,5", "2,0", "3,5", "3,0", "3"], None),
        (["1,2", "1,2,3", "3", "2"], ","),
        ([None, "  "], None),
        ([], None),
    ],
)
def test_separator(cells: list[str | None], separator: Separator | None) -> None:
    assert separator_of(column(*cells)) == separator


def test_labels_are_stripped_and_named_once_in_order() -> None:
    cells = column(" b | a|b", "a", None, "[]", "|", "   ", "b")
    assert listed(split_labels(cells)) == [("b", "a"), ("a",), None, (), (), None, ("b",)]


def test_the_separator_is_one_for_the_whole_column() -> None:
    cells = column("a|b", "b|c, d", "c, d|a", "a")
    assert listed(split_labels(cells)) == [("a", "b"), ("b", "c, d"), ("c, d", "a"), ("a",)]


def test_lists_keep_commas_quotes_and_numbers() -> None:
    cells = column(
        '["x, y", "z"]', "['it\\'s', \"b\"]", "['a' 'b']", "[1, 2]", "[ ]", "plain, text", '[" z ", "", "z"]'
    )
    assert listed(split_labels(cells)) == [
        ("x, y", "z"), ("it's", "b"), ("a", "b"), ("1", "2"), (), ("plain, text",), ("z",),
    ]  # fmt: skip


def test_what_only_looks_like_a_list_is_one_label() -> None:
    cells = column("[sic]", '{"a": 1}', '[["a"]]', "['a'", "[" * 100_000)
    assert listed(split_by(cells, "json")) == [(str(cell),) for cell in cells]


def test_a_known_separator_needs_no_repeats_and_the_index_stays() -> None:
    cells = pd.Series(["a|b", "c"], index=[7, 3], dtype="str", name="topics")
    labels = split_by(cells, "|")
    assert labels.to_dict() == {7: ("a", "b"), 3: ("c",)} and labels.name == "topics"


LABELS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=8)
NAMES = LABELS.filter(lambda name: name == name.strip())
ROWS = st.lists(st.lists(NAMES, unique=True, max_size=4), min_size=1, max_size=8)


@given(ROWS)
def test_any_labels_come_back_from_json_lists(rows: list[list[str]]) -> None:
    cells = column(*(json.dumps(row, ensure_ascii=False) for row in rows))
    assert listed(split_labels(cells)) == [tuple(row) for row in rows]


@given(ROWS)
def test_any_labels_come_back_from_python_lists(rows: list[list[str]]) -> None:
    assert listed(split_labels(column(*map(repr, rows)))) == [tuple(row) for row in rows]


PLAIN = st.text(st.characters(categories=("L",)), min_size=1, max_size=6)


@given(
    st.lists(PLAIN, unique=True, min_size=3, max_size=6), st.sampled_from(["|", ";", ",", " | ", "; ", ", "]), st.data()
)
def test_labels_come_back_from_marks_once_each_also_stands_with_two_others(
    names: list[str], mark: str, data: st.DataObject
) -> None:
    more = data.draw(st.lists(st.lists(st.sampled_from(names), unique=True, min_size=1), max_size=10))
    pairs = [[first, second] for place, first in enumerate(names) for second in names[place + 1 :]]
    rows = [*([name] for name in names), *pairs, *more]
    assert listed(split_labels(column(*(mark.join(row) for row in rows)))) == [tuple(row) for row in rows]


# ---------------------------------------------------------------- one column for each label


def test_indicator_columns_are_those_that_answer_alike() -> None:
    frame = pd.DataFrame(
        {
            "text": ["a", "b", "c"],
            "cheap": ["1", "0", None],
            "new": ["0", "1.0", "1"],
            "never": ["0", "0", "0"],
            "stars": ["1", "2", "0"],
            "seen": ["true", "false", "true"],
            "blank": [None, None, None],
        },
        dtype="str",
    )
    assert indicator_columns(frame) == ["cheap", "new", "never"]
    assert indicator_columns(frame[["text", "cheap", "seen"]]) == []
    assert indicator_columns(frame[["cheap", "never"]]) == []


@pytest.mark.parametrize("said", [("1", "0"), ("true", "false"), ("Yes", "NO"), ("1.0", "0.0")])
def test_labels_from_indicators(said: tuple[str, str]) -> None:
    yes, no = said
    frame = pd.DataFrame({"b": [yes, no, None, None], "a": [yes, no, yes, None]}, index=[4, 5, 6, 7], dtype="str")
    assert indicator_columns(frame.iloc[:2]) == ["b", "a"]
    labels = labels_from_indicators(frame, ["b", "a"])
    assert listed(labels) == [("b", "a"), (), ("a",), None] and list(labels.index) == [4, 5, 6, 7]


def test_another_answer_is_refused() -> None:
    frame = pd.DataFrame({"a": ["1", "2"]}, dtype="str")
    with pytest.raises(DataError, match=r"Column 'a' holds '2'.*1 or 0.*Choose"):
        labels_from_indicators(frame, ["a"])


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=10))
def test_any_table_of_answers_comes_back(rows: list[list[bool]]) -> None:
    frame = pd.DataFrame(
        [["yes" if is_yes else "no" for is_yes in row] for row in rows], columns=list("xyz"), dtype="str"
    )
    labels = labels_from_indicators(frame, ["x", "y", "z"])
    assert [["x" in row, "y" in row, "z" in row] for row in labels] == rows


# ---------------------------------------------------------------- whoever printed the list


@pytest.mark.parametrize(
    ("cells", "labels"),
    [
        (["['food']", "['food', nan]", "[None]"], [("food",), ("food",), ()]),
        (["{food,room}", "{}", "{room}"], [("food", "room"), (), ("room",)]),
        (["{'room', 'food'}", "set()"], [("room", "food"), ()]),
        (["[1, 0, 1]", "[0, 0, 0]"], [("label 1", "label 3"), ()]),
        (["[1 0 1]", "[0 1 0]"], [("label 1", "label 3"), ("label 2",)]),
        (["[27]", "[2, 5]"], [("27",), ("2", "5")]),
        (["<python><pandas>", "<python>"], [("python", "pandas"), ("python",)]),
        (['[{"name": "bug", "color": "red"}]', "[]"], [("bug",), ()]),
    ],
)
def test_labels_of_every_print(cells: list[str], labels: list[tuple[str, ...]]) -> None:
    assert listed(split_labels(column(*cells))) == labels


@pytest.mark.parametrize("cells", [["[0.2, 0.8]", "[0.5, 0.5]"], ['[[0, 4, "PER"]]'], ['{"a": "b"}'], ["[[1], [2]]"]])
def test_lists_that_name_no_labels_have_no_separator(cells: list[str]) -> None:
    assert separator_of(column(*cells)) is None


def test_a_comma_between_numbers_divides_labels_only_where_it_is_known_to() -> None:
    cells = column("27", "2,5", "3", "27,5")
    assert separator_of(cells) is None and separator_of(cells, several=True) == ","
    assert separator_of(column("2.5", "2,5"), several=True) is None


@pytest.mark.parametrize(
    "words", [("Ja", "Nein"), ("Y", "N"), ("oui", "non"), ("Sí", "no"), ("WAHR", "FALSCH"), ("да", "нет")]
)
def test_yes_and_no_in_many_languages(words: tuple[str, str]) -> None:
    yes, no = words
    frame = pd.DataFrame({"food": [yes, no, yes], "room": [no, yes, yes]}, dtype="str")
    assert indicator_columns(frame) == ["food", "room"]
    assert listed(labels_from_indicators(frame, ["food", "room"])) == [("food",), ("room",), ("food", "room")]


@pytest.mark.parametrize("mark", ["1", "x", "✓", "food"])
def test_marks_and_blanks(mark: str) -> None:
    other = "room" if mark == "food" else mark
    frame = pd.DataFrame({"food": [mark, None, None], "room": [None, other, None]}, dtype="str")
    assert indicator_columns(frame) == ["food", "room"]
    assert listed(labels_from_indicators(frame, ["food", "room"])) == [("food",), ("room",), ()]


def test_indicators_are_neighbours_with_the_same_words_and_mostly_filled() -> None:
    columns = {"a": ["yes", "no"] * 5, "date": ["1 May"] * 10, "b": ["no", "yes"] * 5}
    assert indicator_columns(pd.DataFrame(columns, dtype="str")) == []
    assert indicator_columns(pd.DataFrame({"a": columns["a"], "b": ["ja", "nein"] * 5}, dtype="str")) == []
    rare = pd.DataFrame({"a": columns["a"], "b": ["no", "yes", *[None] * 8]}, dtype="str")
    assert indicator_columns(rare) == []
