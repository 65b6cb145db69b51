"""One value in several spellings: found, matched and written alike, in labels, lists, tags and groups."""

from __future__ import annotations

import pandas as pd
import pytest

from bertui.data.cells.spelling import key_of, matched, respelled, variants
from bertui.data.checking.balance import check_classes
from bertui.data.checking.groups import check_groups
from bertui.data.checking.report import check
from bertui.data.edits import Respell, apply_edits, edits_from_json, edits_to_json
from bertui.data.roles import Roles
from bertui.data.splitting import SplitChoice, make_split
from bertui.data.table import Table
from bertui.tasks.labels.several_labels import SeveralLabels


@pytest.mark.parametrize(
    "spellings",
    [
        ("yes", "Yes", " YES ", "ＹＥＳ", "yes.", "y\u200bes", '"yes"', "“Yes”"),
        ("1", "1.0", "01", "+1", "1.00", "1,0", "１"),
        ("0", "0.0", "-0", "00", ".0"),
        ("-1", "-1.0", "−1", "'-1"),
        ("not good", "Not  good", "not_good", "not-good", "not\u00a0good"),
        ("true", "TRUE", "True"),
        ("2.5", "2,5", "2.50"),
        ("0.5", ".5", "+0,50"),
        ("Straße", "STRASSE"),
        ("=cmd", "'=cmd"),  # as CSV for spreadsheets holds it
    ],
)
def test_spellings_of_one_value_have_one_key(spellings: tuple[str, ...]) -> None:
    assert len(set(map(key_of, spellings))) == 1, [key_of(one) for one in spellings]


def test_other_values_have_other_keys() -> None:
    values = [
        "1",
        "-1",
        "10",
        "1.5",
        "15",
        "1-5",
        "1 5",
        "a",
        "b",
        ".",
        ",",
        "?",
        "yes",
        "no",
        "A1",
        "A-1",
        "café",
        "cafe",
    ]
    assert len(set(map(key_of, values))) == len(values)


def test_variants_keep_the_order_that_is_given() -> None:
    assert variants(["No", "b", "1.0", "no", "1", "NO"]) == [("No", "no", "NO"), ("1.0", "1")]


def test_only_what_can_mean_one_name_is_matched() -> None:
    assert matched(["1.0", "YES", "other", "0"], ["0", "1", "yes", "Yes"]) == {"1.0": "1"}  # YES could be either


@pytest.mark.parametrize(
    ("cell", "mark", "new"),
    [
        (" FOOD ", None, "food"), ("FOOD|room", None, "FOOD|room"), ("FOOD| Room", "|", "food|Room"),
        ("food;FOOD", ";", "food"), ("none|food", "|", "food"), ("none", "|", ""),
        ('["FOOD", "none"]', "json", '["food"]'),
        ("['FOOD', 'Röm']", "json", '["food", "Röm"]'), ("O FOOD O", " ", "O food O"), ("FOOD FOOD", " ", "food food"),
    ],
)  # fmt: skip
def test_words_within_cells_are_respelled(cell: str, mark: str | None, new: str) -> None:
    assert respelled(cell, {"FOOD": "food", "none": ""}, mark) == new


def table(label: list[str | None], **more: list[str | None]) -> Table:
    frame = pd.DataFrame({"text": [f"text number {n}" for n in range(len(label))], "label": label, **more}, dtype="str")
    return Table(frame, Roles("text", "label", group="group" if more else None))


def test_an_edit_is_kept_described_and_undone_by_leaving_it_out() -> None:
    edit = Respell(column="label", words={"POS": "pos", "Pos": "pos", "NEG": "neg"})
    assert edit.describe() == "label: 'POS', 'Pos' as 'pos'; 'NEG' as 'neg'"
    assert edits_from_json(edits_to_json([edit])) == [edit]
    assert apply_edits(table(["POS ", "Pos", None, "x"]), [edit]).labels.dropna().tolist() == ["pos", "pos", "x"]


def test_classes_that_are_spellings_are_found_first_and_not_called_rare() -> None:
    data = table(["0", "1", "1.0", "0.0"] * 6 + ["1,0"])
    report = check(data)
    assert report.findings[0].kind == "label spellings" and report.findings[0].fixes[0].label == "Fix all 2 labels"
    assert not {"single rows", "small classes", "imbalance"} & {one.kind for one in report.findings}
    mended = apply_edits(data, [report.findings[0].fixes[0].edit])  # type: ignore[list-item]
    assert mended.classes == ("0", "1") and "label spellings" not in {one.kind for one in check(mended).findings}
    truly_rare = {one.kind for one in check_classes(table(["0", "1"] * 12 + ["2"]))}
    assert "single rows" in truly_rare


def test_several_labels_have_the_findings_of_one() -> None:
    frame = pd.DataFrame({"text": ["x"] * 24, "labels": ["Food|Room", "food", "room ", "FOOD|none"] * 6}, dtype="str")
    data = Table(frame, Roles("text", task="several-labels", labels="labels"))
    by_kind = {one.kind: one for one in SeveralLabels.check(data)}
    assert by_kind["label spellings"].title.startswith("2 labels are spelled in several ways")
    assert by_kind["missing marks"].rows.tolist() == [3, 7, 11, 15, 19, 23]
    assert "'none'" in by_kind["small labels"].title and "'Room'" not in by_kind["small labels"].title
    edits = [by_kind["label spellings"].fixes[0].edit, by_kind["missing marks"].fixes[0].edit]
    mended = apply_edits(data, edits)  # type: ignore[arg-type]
    assert set(mended.frame["labels"]) == {"Food|Room", "Food", "Room"}
    assert SeveralLabels.learn(mended, [0]).labels == ("Food", "Room")


# ---------------------------------------------------------------- groups


def test_groups_are_stripped_as_labels_are_and_blank_ones_stand_alone() -> None:
    names = [name for n in range(12) for name in (f"u{n}", f"u{n} ", f"  u{n}", f"u{n}")]
    data = table(["a", "b"] * 24, group=names)
    split = make_split(data, SplitChoice())
    where = {part: set(data.names("group").loc[rows]) for part, rows in split.parts().items()}
    assert not where["train"] & where["test"] and not where["train"] & where["validation"]
    blank = table(["a", "b"] * 20, group=["", " ", None, "g"] * 10)
    sizes = make_split(blank, SplitChoice(validation=0.1, test=0.15)).sizes()
    assert sizes["test"] == 6 and sizes["validation"] == 4  # no group of 30 rows
    (finding,) = [one for one in check_groups(blank, None, None) if one.kind == "blank groups"]
    assert finding.title == "30 rows have no group in the column 'group'."


def test_spellings_of_groups_are_found_and_mended() -> None:
    data = table(["a", "b"] * 10, group=["north", "North", "NORTH ", "south", "south"] * 4)
    (finding,) = [one for one in check_groups(data, None, None)]
    assert finding.kind == "group spellings" and "'North'" in finding.title
    mended = apply_edits(data, [finding.fixes[0].edit])  # type: ignore[list-item]
    assert set(mended.frame["group"]) == {"north", "south"}


def test_few_groups_are_named_with_the_rows_that_they_give() -> None:
    groups = ["a"] * 399 + ["b"] * 157 + ["c"] * 7
    data = table(["x", "y"] * 281 + ["x"], group=groups)
    how = SplitChoice()
    split = make_split(data, how)
    (finding,) = list(check_groups(data, split, how))
    assert split.sizes() == {"train": 399, "validation": 157, "test": 7}
    assert finding.title == (
        "The column 'group' has 3 groups, so the rows cannot be divided as asked: 399 train (1 group), 157 validation "
        "(1 group, 56 rows asked for), 7 test (1 group, 84 rows asked for)."
    )
    assert finding.severity == "warning" and finding.kind == "few groups"
    many = table(["x", "y"] * 200, group=[str(n // 4) for n in range(400)])
    assert list(check_groups(many, make_split(many, how), how)) == []
