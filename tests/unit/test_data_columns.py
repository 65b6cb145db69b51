from __future__ import annotations

import pandas as pd
import pytest

from bertui.data.columns import ClassRow, check_label, class_mapping, guess_roles, is_number
from bertui.data.edits import RenameLabel
from bertui.data.findings import Finding
from bertui.data.roles import Roles
from bertui.data.table import Table

PLACES = ["the station", "a quiet garden", "my kitchen", "the harbour", "an old library", "our school"]
DOINGS = ["waited", "sang a song", "read all day", "lost the keys", "met a friend"]
TEXTS = [f"We {doing} in {place}, again {n}." for n, (doing, place) in enumerate(
    (doing, place) for doing in DOINGS * 4 for place in PLACES
)]  # fmt: skip
N = len(TEXTS)  # 120


def cells(values: list[str | None]) -> pd.Series:
    return pd.Series(values, dtype="str")


def frame(**columns: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({name: cells(values) for name, values in columns.items()})


def cycle(*values: str) -> list[str | None]:
    return [values[n % len(values)] for n in range(N)]


IDS: list[str | None] = [f"T-{n:05d}" for n in range(N)]
DATES: list[str | None] = [f"2024-{n % 12 + 1:02d}-{n % 28 + 1:02d}" for n in range(N)]


@pytest.mark.parametrize(
    ("columns", "roles"),
    [
        ({"text": TEXTS, "label": cycle("a", "b")}, Roles(("text",), "label")),
        ({"y": cycle("a", "b"), "x": TEXTS}, Roles(("x",), "y")),
        ({"id": IDS, "review": TEXTS, "stars": cycle(*"12345")}, Roles(("review",), "stars", id="id")),
        ({"Ticket": IDS, "Message Body": TEXTS, "Topic": cycle("bill", "card")},
         Roles(("Message Body",), "Topic", id="Ticket")),
        ({"text": TEXTS, "label": cycle("a", "b"), "split": cycle("train", "dev", "test")},
         Roles(("text",), "label", split="split")),
        ({"text": TEXTS, "phase": cycle("Train", "VALID"), "mood": cycle("a", "b")},
         Roles(("text",), "mood", split="phase")),
        ({"user_id": cycle("u1", "u2", "u3"), "text": TEXTS, "label": cycle("a", "b")},
         Roles(("text",), "label", group="user_id")),
        ({"user": IDS, "text": TEXTS, "label": cycle("a", "b")}, Roles(("text",), "label", id="user")),
        ({"text": TEXTS, "date": DATES, "sentiment": cycle("a", "b"), "language": cycle("en")},
         Roles(("text",), "sentiment")),
        ({"text": TEXTS}, Roles(("text",))),
        ({"text": TEXTS, "answer": [text[::-1] for text in TEXTS]}, Roles(("text",))),
        ({"text": TEXTS, "country": cycle("x")}, Roles(("text",))),
        ({"text": TEXTS, "label": [None] * N}, Roles(("text",), "label")),
        ({"text": TEXTS, "label": IDS}, Roles(("text",), "label")),
        ({"text": TEXTS, "fold": cycle(*"01234"), "label": cycle("a", "b")}, Roles(("text",), "label")),
        ({"tags": cycle("O O B-ORG O", "O O"), "tokens": TEXTS}, Roles(("tokens",), "tags")),
        ({"评论": ["这个宾馆比较陈旧了", "房间很一般总体不错"] * 60, "class": cycle("0", "1")},
         Roles(("评论",), "class")),
        ({"word": cycle("good", "bad", "fine"), "label": cycle("a", "b")}, Roles(("word",), "label")),
        ({"a b.c": TEXTS, "url": [f"https://example.org/{n}/a-long-address-without-end" for n in range(N)]},
         Roles(("a b.c",))),
        ({"text": ["good shoes", "bad hat"], "label": ["x", "y"]}, Roles(("text",), "label")),
        ({"text": [], "label": []}, Roles(("text",), "label")),
        ({"topic": [f"{text} {text}" for text in TEXTS], "x": TEXTS}, Roles(("x",))),
        ({"number": IDS}, Roles(("number",))),
    ],
)  # fmt: skip
def test_guesses(columns: dict[str, list[str | None]], roles: Roles) -> None:
    assert guess_roles(frame(**columns)) == roles


def test_a_million_rows_are_sampled_from_end_to_end() -> None:
    # Sorted by label: the head alone would show one class only.
    big = pd.DataFrame({"x": cells(TEXTS * 2000), "y": cells(["a"] * 239_000 + ["b"] * 1000)})
    assert guess_roles(big) == Roles(("x",), "y")


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


def test_scores_are_told_about_regression() -> None:
    finding = found([f"{n / 7:.3f}" for n in range(40)] * 2)["score, not class"]
    assert finding.title == "The label column holds 40 different numbers."
    assert "regression is not available yet" in finding.detail
    assert finding.severity == "error"


def test_missing_marks_name_their_rows_and_drop_them() -> None:
    finding = found(["a", "b", "N/A", "nan", "a", "b", "nan"])["missing marks"]
    assert finding.rows.tolist() == [102, 103, 106]
    assert finding.title == "3 rows have a label that reads like 'missing': 'nan', 'N/A'."
    assert [fix.edit and fix.edit.model_dump()["rows"] for fix in finding.fixes] == [(102, 103, 106), None]


def test_spellings_are_merged_into_the_most_frequent() -> None:
    finding = found(["yes", "Yes", "yes", "no", "NO", "no", "too  late", "Too late", "Too late"])["label spellings"]
    assert finding.title.startswith("3 labels are spelled in several ways")
    assert {fix.edit for fix in finding.fixes} == {
        RenameLabel(old=("Yes",), new="yes"),
        RenameLabel(old=("NO",), new="no"),
        RenameLabel(old=("too  late",), new="Too late"),
        None,
    }
    assert len(finding.rows) == 9


def test_class_mapping_counts_usable_rows() -> None:
    data = frame(text=["x", "y", None, "z", "v", "w"], label=["10", "9", "9", "10", "10", None])
    assert class_mapping(Table(data, Roles(("text",), "label"))) == [
        ClassRow(0, "9", 1, 0.25),
        ClassRow(1, "10", 3, 0.75),
    ]
    assert class_mapping(Table(data, Roles(("text",)))) == []


def test_numbers() -> None:
    texts = cells(["12", " -3.5 ", "1,000", "80 %", "1e5", "v2", "", "3 men", ".", None])
    assert is_number(texts).tolist() == [True] * 5 + [False] * 5
