"""One JSON value that holds a table: read in each way that it is written, left alone where it holds none."""

from __future__ import annotations

import io
import json
from typing import Any

import pandas as pd
import pytest

from bertui.data.reading.formats.json_tables import rows_of
from bertui.data.reading.reading import read_table
from bertui.errors import DataError
from bertui.tasks.guessing import guess_roles

TEXTS = ["the ferry is late", "a good morning", "no one came"]
ROWS = [{"text": text, "label": label} for text, label in zip(TEXTS, ["bad", "good", "bad"], strict=True)]
FRAME = pd.DataFrame(ROWS, dtype="str")
WAYS: dict[str, Any] = {
    "columns": {"text": TEXTS, "label": ["bad", "good", "bad"]},
    "within": {"version": 1, "by": "us", "result": {"rows": ROWS, "count": 3}},
    "header": [["text", "label"], *([row["text"], row["label"]] for row in ROWS)],
    "pandas, columns": json.loads(FRAME.to_json()),
    "pandas, split": json.loads(FRAME.to_json(orient="split")),
    "pandas, index": json.loads(FRAME.to_json(orient="index")),
    "pandas, table": json.loads(FRAME.to_json(orient="table")),
}


def read(value: Any, name: str = "t.json") -> pd.DataFrame:
    return read_table(json.dumps(value).encode(), name)[0]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("indent", [None, 2])
def test_each_way_of_writing_a_table_gives_its_rows(way: str, indent: int | None) -> None:
    frame, reading = read_table(json.dumps(WAYS[way], indent=indent).encode(), "t.json")
    assert frame[["text", "label"]].to_dict("records") == ROWS
    assert len(reading.notes) == (way != "pandas, table")
    roles = guess_roles(frame)
    assert (roles.text, roles.one("label")) == (("text",), "label")


def test_parts_become_a_column() -> None:
    value = {"train": ROWS, "dev": {"text": TEXTS[:2], "label": ["bad", "good"]}, "test": [TEXTS[:2], TEXTS[1:]][:0]}
    assert rows_of(value) is None  # an empty part is no table
    frame = read({"train": ROWS, "dev": {"text": TEXTS[:2], "label": ["bad", "good"]}})
    assert frame["split"].tolist() == ["train"] * 3 + ["dev"] * 2
    assert frame["text"].tolist() == TEXTS + TEXTS[:2]
    assert guess_roles(frame).named() == {"text": "text", "label": "label", "split": "split"}


def test_rows_under_a_key_keep_it() -> None:
    frame = read({"a17": ROWS[0], "b2": ROWS[1], "c": {"text": TEXTS[2]}})
    assert frame["key"].tolist() == ["a17", "b2", "c"]
    assert frame["label"].tolist()[:2] == ["bad", "good"] and frame["label"].isna()[2]


def test_texts_under_their_class() -> None:
    frame = read({"good": TEXTS, "bad": ["all was lost", "it rained again"]})
    assert frame["label"].tolist() == ["good"] * 3 + ["bad"] * 2
    assert frame["text"].tolist() == [*TEXTS, "all was lost", "it rained again"]


def test_lists_without_names_are_columns_by_their_place() -> None:
    frame = read([[f"the ferry number {n} to the island is late", "bad" if n % 3 else "good"] for n in range(12)])
    assert list(frame.columns) == ["column 1", "column 2"] and len(frame) == 12


def test_spacys_pairs_of_text_and_spans_are_tagging() -> None:
    frame = read([["Mara paid in Oslo.", {"entities": [[0, 4, "PER"], [13, 17, "LOC"]]}], ["So.", {"entities": []}]])
    assert frame["text"].tolist() == ["Mara paid in Oslo .", "So ."]
    assert frame["entities"].tolist() == ["B-PER O O B-LOC O", "O O"]


@pytest.mark.parametrize(
    "value",
    [
        {"text": "Mara Holm paid in Oslo", "entities": [{"start": 0, "end": 9, "label": "PER"}]},
        {"tokens": ["Mara", "paid"], "tags": ["B-PER", "O"]},
        {"text": "two words", "labels": ["a", "b"]},
        {"id": 3, "text": "two words", "meta": {"by": "me"}},
    ],
)
def test_one_object_that_is_a_row_stays_one(value: dict[str, Any]) -> None:
    assert rows_of(value) is None
    assert len(read(value)) == len(read(value, "t.jsonl")) == 1


@pytest.mark.parametrize("value", [{"a": ROWS, "b": ROWS}, {"a": {"b": 3}}, {"a": [1, 2, 3]}, [[1, 2], [3]], 3, "a b"])
def test_what_holds_no_table_or_several_is_refused(value: Any) -> None:
    assert rows_of(value) is None
    with pytest.raises(DataError):
        read_table(json.dumps(value, indent=1).encode(), "t.json")


def test_an_object_a_line_is_not_parsed_at_once() -> None:
    lines = io.BytesIO()
    for row in [{"train": ROWS}, {"train": ROWS}]:
        lines.write(json.dumps(row).encode() + b"\n")
    assert list(read_table(lines.getvalue(), "t.jsonl")[0].columns) == ["train"]
