"""A hard look at the label column, and the mapping from class number to label name."""

from __future__ import annotations

import pandas as pd
import pytest

from bertui.data.checking.findings import Finding
from bertui.data.checking.labels import ClassRow, check_label, class_mapping
from bertui.data.roles import Roles
from bertui.data.table import Table


def cells(values: list[str | None]) -> pd.Series:
    return pd.Series(values, dtype="str")


def frame(**columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({name: cells(values) for name, values in columns.items()})


def found(values: list[str | None]) -> dict[str, Finding]:
    series = cells(values)
    series.index = series.index + 100
    return {finding.kind: finding for finding in check_label(series)}


@pytest.mark.parametrize(
    ("values", "kinds"),
    [
        (["a", "b"] * 20, []),
        ([str(n % 5) for n in range(40)], []),
        ([f"{n % 9 / 2 + 1}" for n in range(90)], []),  # half stars: 1.0 to 5.0
        ([str(n % 60) for n in range(6000)], []),  # sixty numbered classes
        ([None, " ", ""], ["no labels"]),
        ([], ["no labels"]),
        (["a", " a", None], ["one class"]),
        (["a", "b", "c"], ["all labels differ"]),
        ([f"reason {n // 3 * 2 + (n % 3 > 0)}" for n in range(30)], ["most labels differ"]),
        ([f"{n / 7:.3f}" for n in range(40)] * 2, ["score, not class"]),
        ([str(n) for n in range(60)] * 4, ["score, not class"]),
        ([str(n) for n in range(60)] * 6, []),
        (["a", "b", "N/A", "nan", "-"] * 3, ["missing marks"]),
        (["Yes", "yes ", "no"] * 3, ["label spellings"]),
        (["none", "None", "b"] * 3, ["missing marks", "label spellings"]),
    ],
)
def test_label_diagnosis(values: list[str | None], kinds: list[str]) -> None:
    assert list(found(values)) == kinds


def test_scores_are_told_of_the_task_that_learns_them() -> None:
    finding = found([f"{n / 7:.3f}" for n in range(40)] * 2)["score, not class"]
    assert finding.title == "The label column holds 40 different numbers."
    assert "choose the task 'A score' to learn them as numbers" in finding.detail
    assert finding.severity == "error"


def test_missing_marks_name_their_rows_and_drop_them() -> None:
    finding = found(["a", "b", "N/A", "nan", "a", "b", "nan"])["missing marks"]
    assert finding.rows.tolist() == [102, 103, 106]
    assert finding.title == "3 rows have a label that reads like 'missing': 'nan', 'N/A'."
    assert [fix.edit and fix.edit.model_dump()["rows"] for fix in finding.fixes] == [(102, 103, 106), None]


def test_spellings_are_written_as_the_most_frequent_one_by_one_or_all() -> None:
    finding = found(["yes", "Yes", "yes", "no", "NO", "no", "too  late", "Too late", "Too late"])["label spellings"]
    assert finding.title.startswith("3 labels are spelled in several ways")
    assert [(fix.label, fix.edit and fix.edit.model_dump()["words"]) for fix in finding.fixes] == [
        ("Fix all 3 labels", {"Yes": "yes", "NO": "no", "too  late": "Too late"}),
        ("Write 'Yes' as 'yes'", {"Yes": "yes"}),
        ("Write 'NO' as 'no'", {"NO": "no"}),
        ("Write 'too  late' as 'Too late'", {"too  late": "Too late"}),
        ("Keep as it is", None),
    ]
    assert len(finding.rows) == 9


def test_class_mapping_counts_usable_rows() -> None:
    data = frame(text=["x", "y", None, "z", "v", "w"], label=["10", "9", "9", "10", "10", None])
    assert class_mapping(Table(data, Roles(("text",), "label"))) == [
        ClassRow(0, "9", 1, 0.25),
        ClassRow(1, "10", 3, 0.75),
    ]
    assert class_mapping(Table(data, Roles(("text",)))) == []
