"""Tables of predictions and how they leave the app."""

from __future__ import annotations

import csv
import io
import json
import re

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from bertui.data import writing
from bertui.data.reading.formats.formulas import harmless, restored
from bertui.data.reading.reading import read_table
from bertui.data.writing import check_fits, ending_of, to_csv, to_json_lines, write_table
from bertui.errors import DataError
from bertui.evaluation.class_tables import chosen_rows, class_table, only_class
from bertui.evaluation.scores import Scores, score

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
        number = re.fullmatch(r"[-+]?[\d.,]+(e[-+]?\d+)?\s?%?", cell, re.IGNORECASE)
        assert number or not cell.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
        assert not cell.startswith(("\t", "\r", "\0"))
        assert cell in (text, f"'{text}")


@pytest.mark.parametrize(
    "text", ["=1+1", "+x", "-x", "@pal", "＝A1", "＋1", "－x", "＠a", "\n=1", " \r\n@x", "\tx", "-1-2", "-"]
)
def test_what_a_spreadsheet_may_run_gets_an_apostrophe_that_can_be_taken_off(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert restored(harmless(text)) == text


@pytest.mark.parametrize("text", ["-1", "+3.5", "1e5", "-1,5", "-1e-3", "+12 %", "1-2", "a=b", "'tis", "", "-.5"])
def test_plain_numbers_and_other_texts_are_no_formulas(text: str) -> None:
    assert (harmless(text), restored(text)) == (text, text)


@pytest.mark.parametrize(
    ("name", "ending"),
    [("a.csv", ".csv"), ("A.XLSX", ".xlsx"), ("a.b.Csv.GZ", ".csv.gz"), ("answers", ".csv"), ("a.conll", ".conll")],
)
def test_the_name_says_the_format(name: str, ending: str) -> None:
    assert ending_of(name, (".conll",)) == ending


@pytest.mark.parametrize("name", ["a.xls", "a.2024", "a.conll", "a.gz", "a.txt", "a.csv.zip"])
def test_a_format_that_is_not_written_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(DataError, match=r"names a format .* \.csv, \.tsv, \.xlsx, \.jsonl, \.json, \.parquet"):
        ending_of(name)


ANSWERS = pd.DataFrame(
    {
        "id": pd.Series(["200", "201", "202"], dtype="str"),
        "code": pd.Series(["007", "12345678901234567890", "1.50"], dtype="str"),
        "text": pd.Series(["=1+1", pd.NA, "a\nb\x01"], dtype="str"),
        "prediction": ["-1", "1", "-1"],
        "probability": [0.25, 1.0, 0.5],
    }
)


@pytest.mark.parametrize("ending", [".xlsx", ".csv", ".tsv", ".jsonl", ".json", ".parquet", ".csv.gz", ".xlsx.gz"])
def test_every_format_is_what_its_name_says_and_reads_back(ending: str) -> None:
    data = write_table(ANSWERS, ending)
    frame, reading = read_table(data, f"answers{ending}")
    assert reading.format == {"tsv": "csv", "json": "jsonl"}.get(ending.split(".")[1], ending.split(".")[1])
    assert frame["id"].tolist() == ["200", "201", "202"]
    assert frame["code"].tolist() == ["007", "12345678901234567890", "1.50"]
    assert frame["prediction"].tolist() == ["-1", "1", "-1"]
    assert frame["probability"].astype(float).tolist() == [0.25, 1.0, 0.5]
    assert frame["text"].iloc[0] in ("=1+1", "'=1+1") and frame["text"].isna().iloc[1]


@pytest.mark.parametrize("ending", [".xlsx", ".csv", ".jsonl", ".json", ".parquet"])
def test_row_numbers_are_no_column_of_the_file(ending: str) -> None:
    data = write_table(ANSWERS.iloc[[2, 0]], ending)
    written, _ = read_table(data, f"answers{ending}")
    assert ending != ".parquet" or pq.read_schema(io.BytesIO(data)).names == list(ANSWERS.columns)
    assert list(written.columns) == list(ANSWERS.columns) and written["id"].tolist() == ["202", "200"]


def test_a_workbook_holds_numbers_as_numbers_and_no_formula() -> None:
    sheet = load_workbook(io.BytesIO(write_table(ANSWERS, ".xlsx"))).active
    rows = [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert rows[0] == [(200, "n"), ("007", "s"), ("=1+1", "s"), (-1, "n"), (0.25, "n")]
    assert sheet["C2"].quotePrefix and rows[1][2] == (None, "n") and rows[2][2] == ("a\nb�", "s")


def test_a_sheet_too_small_for_the_table_is_refused() -> None:
    with pytest.raises(DataError, match="32,768 characters in one cell"):
        check_fits(pd.DataFrame({"a": pd.Series(["x" * 32_768], dtype="str")}), ".xlsx")
    check_fits(pd.DataFrame({"a": pd.Series(["x" * 32_768], dtype="str")}), ".csv")


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
        patched.setattr(writing, "_PIECE", size)
        assert to_csv(frame) == whole
