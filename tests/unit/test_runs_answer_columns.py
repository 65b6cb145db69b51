"""Columns that answers add, on files that have been answered before."""

from __future__ import annotations

import pandas as pd

from bertui.data.reading.reading import read_table
from bertui.data.writing import to_csv
from bertui.runs.answer_columns import beside, unprotected

ADDED = pd.DataFrame({"prediction": ["a", "b"], "probability": [0.5, 0.75]})


def test_answers_stand_beside_earlier_ones_whatever_the_time() -> None:
    frame, names = pd.DataFrame({"text": ["x", "y"]}), []
    for _ in range(4):
        added, note = beside(frame, ADDED)
        frame = pd.concat([frame, added], axis=1)
        names.append((list(added.columns), note.partition("end in ")[2]))
    assert names == [
        (["prediction", "probability"], ""),
        (["prediction (bertui)", "probability (bertui)"], "'(bertui)'."),
        (["prediction (bertui 2)", "probability (bertui 2)"], "'(bertui 2)'."),
        (["prediction (bertui 3)", "probability (bertui 3)"], "'(bertui 3)'."),
    ]
    assert frame.columns.is_unique


def test_one_taken_name_marks_all() -> None:
    added, note = beside(pd.DataFrame({"probability": ["high", "low"]}), ADDED)
    assert list(added.columns) == ["prediction (bertui)", "probability (bertui)"]
    assert "has a column 'probability' already" in note


def test_texts_of_an_answered_file_are_read_as_they_were() -> None:
    frame = pd.DataFrame({"@text": ["@pal hello", "'tis", "=1"], "prediction": ["-1", "-", "1"]}).astype("str")
    read, _ = read_table(to_csv(frame), "answers.csv")
    assert read.iloc[0].tolist() == ["'@pal hello", "-1"]
    pd.testing.assert_frame_equal(unprotected(read), frame)
    other = read.rename(columns={"prediction": "label"})
    pd.testing.assert_frame_equal(unprotected(other), other)  # somebody else's apostrophes stay
