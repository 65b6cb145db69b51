from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bertui.data.roles import Roles
from bertui.data.table import Table, sort_labels
from bertui.errors import DataError


def make(ids: list[int] | None = None, **columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(cells, dtype="str", index=ids) for name, cells in columns.items()})


FRAME = make(
    [10, 11, 12, 13, 14],
    title=["Good", None, "", "  ", "Bad"],
    body=["shoes", "hat", "", None, "coat"],
    mood=["b ", "a", " ", None, "b"],
    note=["x"] * 5,
)


def test_unknown_column_is_named_with_the_columns_there_are() -> None:
    with pytest.raises(DataError) as caught:
        Table(FRAME, Roles(text=("titel",)))
    assert "titel" in str(caught.value) and "title, body, mood, note" in str(caught.value)


def test_texts_of_several_columns_are_joined_without_gaps() -> None:
    table = Table(FRAME, Roles(text=("title", "body"), separator=" | "))
    assert table.texts.tolist() == ["Good | shoes", "hat", "", "  ", "Bad | coat"]
    assert table.texts.index.tolist() == [10, 11, 12, 13, 14]


def test_missing_text_is_empty() -> None:
    assert Table(FRAME, Roles(text=("title",))).texts.tolist() == ["Good", "", "", "  ", "Bad"]


def test_labels_are_stripped_and_blank_ones_missing() -> None:
    labels = Table(FRAME, Roles(text=("title",), label="mood")).labels
    assert labels.dropna().to_dict() == {10: "b", 11: "a", 14: "b"}
    assert Table(FRAME, Roles(text=("title",))).labels.isna().all()


def test_usable_rows_have_text_and_label() -> None:
    assert Table(FRAME, Roles(text=("title",), label="mood")).usable.tolist() == [
        True,
        False,
        False,
        False,
        True,
    ]


def test_targets_are_class_numbers_in_the_order_asked_for() -> None:
    table = Table(FRAME, Roles(text=("title",), label="mood"))
    assert table.classes == ("a", "b")
    assert table.targets(np.array([14, 11])).tolist() == [1, 0]
    assert table.targets([]).dtype == np.int64


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (["10", "9", "-1"], ("-1", "9", "10")),
        (["1.0", "1", "0.5"], ("0.5", "1", "1.0")),
        (["b", "A", "a", "C"], ("A", "a", "b", "C")),
        (["10", "9", "x"], ("10", "9", "x")),
        (["2", "nan", "1"], ("1", "2", "nan")),
        (["nan", "2", "1"], ("1", "2", "nan")),
        ([], ()),
    ],
)
def test_sort_labels(given: list[str], wanted: tuple[str, ...]) -> None:
    assert sort_labels(given) == wanted


def test_fingerprint_follows_the_content_in_use() -> None:
    roles = Roles(text=("title",), label="mood")
    table = Table(FRAME, roles)
    same = [
        Table(FRAME.copy(), roles, name="other name"),
        Table(FRAME.assign(note="changed"), roles),
        Table(FRAME[["mood", "title", "body", "note"]], roles),
    ]
    assert {other.fingerprint for other in same} == {table.fingerprint}
    other_cell = FRAME.copy()
    other_cell.loc[14, "title"] = "bad"
    different = [
        Table(other_cell, roles),
        Table(FRAME.iloc[:4], roles),
        Table(FRAME.set_axis([0, 1, 2, 3, 4]), roles),
        Table(FRAME.rename(columns={"title": "mood", "mood": "title"}), roles),
        table.with_roles(Roles(text=("title",), label="mood", separator="|")),
        table.with_roles(roles.changed(group="note")),
    ]
    assert len({other.fingerprint for other in [table, *different]}) == 7


def test_a_new_role_forgets_what_was_computed() -> None:
    table = Table(FRAME, Roles(text=("title",), label="mood"))
    assert table.classes == ("a", "b")
    assert table.with_roles(Roles(text=("title",), label="note")).classes == ("x",)


def test_roles_survive_json() -> None:
    roles = Roles(text=("title", "body"), label="mood", split="note", separator="\n")
    assert Roles.from_json(roles.to_json()) == roles
    assert roles.named() == {"text": "title", "text 2": "body", "label": "mood", "split": "note"}
