from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from bertui.data.edits import (
    DropRows,
    Edit,
    RenameLabel,
    SetCell,
    apply_edits,
    edits_from_editor,
    edits_from_json,
    edits_to_json,
)
from bertui.data.roles import Roles
from bertui.data.table import Table
from bertui.errors import DataError

ROLES = Roles(("text",), "label")


@pytest.fixture
def frame() -> pd.DataFrame:
    cells = {"text": ["a", "b", None, "d"], "label": ["pos", "neg ", "NEG", None]}
    return pd.DataFrame({k: pd.Series(v, dtype="str", index=[3, 5, 7, 9]) for k, v in cells.items()})


def test_dropping_keeps_the_other_row_ids(frame: pd.DataFrame) -> None:
    left = DropRows(rows=(5, 9), reason="no text").apply(frame, ROLES)
    assert left.index.tolist() == [3, 7]
    assert frame.index.tolist() == [3, 5, 7, 9]


def test_a_cell_is_set_by_row_id_and_the_old_frame_stays(frame: pd.DataFrame) -> None:
    changed = SetCell(row=7, column="text", value="new").apply(frame, ROLES)
    assert changed["text"].tolist() == ["a", "b", "new", "d"]
    assert frame["text"].isna().tolist() == [False, False, True, False]
    assert changed["text"].dtype == frame["text"].dtype


def test_a_cell_can_be_emptied(frame: pd.DataFrame) -> None:
    changed = SetCell(row=3, column="label", value=None).apply(frame, ROLES)
    assert changed["label"].isna().tolist() == [True, False, False, True]


def test_labels_are_merged_whatever_space_surrounds_them(frame: pd.DataFrame) -> None:
    changed = RenameLabel(old=("neg", "NEG"), new="negative").apply(frame, ROLES)
    assert changed["label"].fillna("-").tolist() == ["pos", "negative", "negative", "-"]


def test_a_rename_stays_with_its_column_when_the_label_is_another(frame: pd.DataFrame) -> None:
    edit = RenameLabel(old=("pos",), new="good", column="label")
    assert edit.apply(frame, Roles(("label",), "text"))["label"].iloc[0] == "good"
    assert edit.apply(frame, Roles(("text",)))["label"].iloc[0] == "good"


def test_a_label_that_is_gone_changes_nothing(frame: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(RenameLabel(old=("absent",), new="x").apply(frame, ROLES), frame)


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (DropRows(rows=(3, 4)), "no row 4"),
        (SetCell(row=0, column="text", value="x"), "no row 0"),
        (SetCell(row=3, column="txt", value="x"), "Column 'txt' is not in the table. Columns: text, label."),
        (RenameLabel(old=("pos",), new="x", column="lable"), "Column 'lable'"),
    ],
)
def test_what_is_not_there_is_named(frame: pd.DataFrame, edit: Edit, says: str) -> None:
    with pytest.raises(DataError) as caught:
        edit.apply(frame, ROLES)
    assert says in str(caught.value)


def test_renaming_needs_a_label_column(frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="no label column"):
        RenameLabel(old=("pos",), new="x").apply(frame, Roles(("text",)))


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (DropRows(rows=(12,), reason="no text"), "Row 14 dropped: no text"),
        (DropRows(rows=tuple(range(2000))), "2,000 rows dropped"),
        (
            SetCell(row=12, column="label", value="negative", was="neg"),
            "Row 14, label: 'neg' became 'negative'",
        ),
        (SetCell(row=1, column="label", value="a"), "Row 3, label: 'a' filled in"),
        (SetCell(row=1, column="label", value=None, was="b"), "Row 3, label: 'b' taken out"),
        (
            SetCell(row=1, column="text", value="x" * 99, was="a\n b"),
            f"Row 3, text: 'a b' became '{'x' * 57}...'",
        ),
        (RenameLabel(old=("a",), new="b"), "Label 'a' became 'b'"),
        (RenameLabel(old=("a", "c"), new="b"), "2 labels 'a', 'c' became 'b'"),
    ],
)
def test_sentences(edit: Edit, sentence: str) -> None:
    assert edit.describe() == sentence


def test_edits_are_done_in_order_and_survive_json(frame: pd.DataFrame) -> None:
    edits: list[Edit] = [
        SetCell(row=9, column="label", value="neg"),
        RenameLabel(old=("neg", "NEG"), new="minus"),
        DropRows(rows=(5,), reason="it repeats"),
        SetCell(row=3, column="text", value=None, was="a"),
    ]
    table = Table(frame, ROLES, name="mine")
    changed = apply_edits(table, edits)
    assert changed.labels.to_dict() == {3: "pos", 7: "minus", 9: "minus"}
    assert changed.texts.to_dict() == {3: "", 7: "", 9: "d"}
    assert changed.name == "mine" and table.classes == ("NEG", "neg", "pos")
    again = edits_from_json(json.loads(json.dumps(edits_to_json(edits))))
    assert again == edits
    assert apply_edits(table, again).fingerprint == changed.fingerprint != table.fingerprint


@pytest.mark.parametrize("saved", [[{"kind": "burn"}], [{"kind": "drop rows"}], [{"row": 1}], {"a": 1}, None])
def test_a_broken_list_is_refused(saved: object) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        edits_from_json(saved)  # type: ignore[arg-type]


def test_the_editors_positions_become_row_ids(frame: pd.DataFrame) -> None:
    shown = frame.iloc[[2, 0]]
    changes = {0: {"text": "now a text", "label": "NEG"}, 1: {"label": None, "text": "a"}}
    edits = edits_from_editor(shown, changes, np.array([7, 3]))
    assert edits == [
        SetCell(row=7, column="text", value="now a text", was=None),
        SetCell(row=3, column="label", value=None, was="pos"),
    ]
    assert apply_edits(Table(frame, ROLES), edits).texts.to_dict() == {
        3: "a",
        5: "b",
        7: "now a text",
        9: "d",
    }


def test_other_types_from_the_editor_become_text(frame: pd.DataFrame) -> None:
    changes = {"1": {"label": 4, "text": True}}  # JSON has no number keys
    edits = edits_from_editor(frame, changes, frame.index)  # type: ignore[arg-type]
    assert [edit.value for edit in edits] == ["4", "True"]


@pytest.mark.parametrize("changes", [{4: {"text": "x"}}, {-1: {"text": "x"}}, {0: {"_index": "x"}}])
def test_the_editor_cannot_name_what_was_not_shown(frame: pd.DataFrame, changes: dict) -> None:
    with pytest.raises(DataError):
        edits_from_editor(frame, changes, [3, 5, 7, 9])
