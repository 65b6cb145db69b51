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

from bertui.evaluation.baselines import Baseline
from bertui.evaluation.scores import Scores, score
from bertui.evaluation.tables import (
    chosen_rows,
    class_table,
    headline,
    predictions_frame,
    to_csv,
    to_json_lines,
    verdict,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@pytest.fixture
def frame() -> pd.DataFrame:
    probabilities = np.array([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]])
    return predictions_frame(
        np.array([4, 7, 9]), ["good", "so so", "awful"], np.array([0, 0, 1]), probabilities, ("up", "down")
    )


def read_csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_predictions_frame_by_hand(frame: pd.DataFrame) -> None:
    assert frame["label"].tolist() == ["up", "up", "down"]
    assert frame["prediction"].tolist() == ["up", "down", "up"]
    assert frame["probability"].tolist() == [0.9, 0.6, 0.7]
    assert frame["right"].tolist() == [True, False, False]
    assert frame["characters"].tolist() == [4, 5, 5]


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


def baseline(right: int, rows: int) -> Baseline:
    return Baseline("TF-IDF with logistic regression", scores(right, rows), 0.1)


def test_headline_names_the_best_baseline() -> None:
    said = headline(scores(924, 1000), [baseline(500, 1000), baseline(851, 1000)])
    assert said.startswith("92.4 % right (9")
    assert said.endswith("against 85.1 % for TF-IDF with logistic regression.")


@pytest.mark.parametrize(
    ("own", "other", "words"),
    [(924, 851, "more than luck"), (860, 851, "may be luck"), (700, 851, "is better here")],
)
def test_verdict_says_what_the_intervals_allow(own: int, other: int, words: str) -> None:
    assert words in verdict(scores(own, 1000), [baseline(other, 1000)])


def test_verdict_tells_a_model_that_gives_everything_one_label() -> None:
    labels = np.array([0, 1] * 50)
    collapsed = score(labels, np.zeros(100, dtype=np.int64), ("a", "b"))
    assert "every row is predicted “a”" in verdict(collapsed, [baseline(50, 100)])


def test_class_table_has_percentages_with_intervals() -> None:
    table = class_table(scores(90, 100))
    assert table["class"].tolist() == ["a", "b"]
    assert table["recall (%)"].tolist() == [90.0, 90.0]
    assert table["rows"].tolist() == [50, 50]
    assert " to " in table["F1, 95 %"][0]
