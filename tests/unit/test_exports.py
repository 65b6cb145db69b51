"""Tables of predictions and how they leave the app."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.evaluation import tables
from bertui.evaluation.scores import Scores, score
from bertui.evaluation.tables import chosen_rows, class_table, only_class, to_csv, to_json_lines

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row": [4, 7, 9],
            "text": pd.Series(["good", "so so", "awful"], dtype="str"),
            "expected": ["up", "up", "down"],
            "prediction": ["up", "down", "up"],
            "probability": [0.9, 0.6, 0.7],
            "right": [True, False, False],
            "characters": [4, 5, 5],
        }
    )


def read_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    ("conditions", "rows"),
    [
        ({}, [4, 7, 9]),
        ({"wrong": True}, [7, 9]),
        ({"below": 0.7}, [7]),
        ({"label": "up", "prediction": "down"}, [7]),
        ({"lengths": (5, 9)}, [7, 9]),
        ({"containing": "O"}, [4, 7]),
        ({"containing": ".*"}, []),
        ({"wrong": True, "label": "down"}, [9]),
    ],
)
def test_chosen_rows_meet_every_condition(frame: pd.DataFrame, conditions: dict, rows: list[int]) -> None:
    assert chosen_rows(frame, **conditions)["row"].tolist() == rows


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\0"])
def test_csv_makes_formulas_harmless_in_cells_and_headers(first: str) -> None:
    frame = pd.DataFrame({f"{first}head": [f"{first}1+1", "plain", f"in{first}side"]})
    assert read_csv(to_csv(frame)) == [[f"'{first}head"], [f"'{first}1+1"], ["plain"], [f"in{first}side"]]


def test_csv_leaves_numbers_and_missing_cells() -> None:
    frame = pd.DataFrame({"p": [-0.5, 1.0], "text": pd.Series([pd.NA, 'ä, "b"\nc'], dtype="str")})
    assert read_csv(to_csv(frame)) == [["p", "text"], ["-0.5", ""], ["1.0", 'ä, "b"\nc']]


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_csv_keeps_every_row_and_no_cell_begins_like_a_formula(texts: list[str]) -> None:
    rows = read_csv(to_csv(pd.DataFrame({"a": texts, "b": "x"}, dtype=object)))[1:]
    assert [row[1] for row in rows] == ["x"] * len(texts)
    for (cell, _), text in zip(rows, texts, strict=True):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\0"))
        assert cell in (text, f"'{text}")


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=4), st.floats(allow_nan=False, allow_infinity=False))
def test_json_lines_are_exact_and_one_line_each(texts: list[str], number: float) -> None:
    written = to_json_lines(pd.DataFrame({"=t": texts, "n": number})).decode()
    lines = written.splitlines()  # splits at U+2028 and U+0085 too, as many readers do
    assert [json.loads(line) for line in lines] == [{"=t": text, "n": number} for text in texts]


def test_json_lines_write_missing_as_null(frame: pd.DataFrame) -> None:
    missing = pd.DataFrame({"text": pd.Series([pd.NA, "a"], dtype="str"), "p": [np.nan, 0.1]})
    records = [json.loads(line) for line in to_json_lines(missing).splitlines()]
    assert records == [{"text": None, "p": None}, {"text": "a", "p": 0.1}]
    assert json.loads(to_json_lines(frame).splitlines()[0])["right"] is True


def scores(right: int, rows: int) -> Scores:
    labels = np.arange(rows) % 2
    return score(labels, np.where(np.arange(rows) < right, labels, 1 - labels), ("a", "b"))


def test_one_label_for_everything_is_found() -> None:
    labels = np.array([0, 1] * 50)
    assert only_class(score(labels, np.zeros(100, dtype=np.int64), ("a", "b"))) == "a"
    assert only_class(scores(90, 100)) is None
    assert only_class(score(labels * 0, np.zeros(100, dtype=np.int64), ("a", "b"))) is None  # all rows are so


def test_class_table_has_percentages_with_intervals() -> None:
    table = class_table(scores(90, 100).per_class)
    assert table["class"].tolist() == ["a", "b"]
    assert table["recall (%)"].tolist() == [90.0, 90.0]
    assert table["rows"].tolist() == [50, 50]
    assert " to " in table["F1, 95 %"][0]


@given(cells=st.lists(TEXTS, max_size=7), size=st.integers(1, 3))
def test_a_table_written_in_pieces_is_the_table(cells: list[str], size: int) -> None:
    frame = pd.DataFrame({"text": pd.Series(cells, dtype="str"), "part": [0.5 * n for n in range(len(cells))]})
    with pytest.MonkeyPatch.context() as patched:
        whole = to_csv(frame)
        patched.setattr(tables, "_PIECE", size)
        assert to_csv(frame) == whole
