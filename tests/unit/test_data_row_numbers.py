"""Rows are named by the numbers that Excel gives to those of the file: titles, header rows and blank rows count too."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import openpyxl
import pytest

from bertui.data.edits import DropRows, SetCell
from bertui.data.reading.reading import Reading, read_table
from bertui.data.roles import Roles
from bertui.data.row_numbers import BELOW_HEADER, ONE_BY_ONE, RowNumbers
from bertui.data.splitting import make_split
from bertui.data.table import Table
from bertui.recipe import Recipe
from bertui.runs.workspace import Workspace

ROWS = [(f"a film, number {n}", ("good", "bad")[n % 2]) for n in range(40)]


def numbers_of(content: bytes, name: str, text: str) -> dict[str, int]:
    """Return the number of each text; how many rows name the columns stands in the file's name."""
    frame, reading = read_table(content, name, header_rows=int(name[0]) if name[0].isdigit() else None)
    again = Reading.from_json(json.loads(json.dumps(reading.to_json())))
    assert again == reading
    return dict(zip(frame[text], again.numbers.all(frame.index.to_numpy()).tolist(), strict=True))


def csv(*above: str, header: str = "text,label", lines: list[str] | None = None) -> bytes:
    body = [f'"{text}",{label}' for text, label in ROWS] if lines is None else lines
    return "\n".join([*above, header, *body, ""]).encode()


def sheet(rows: list[tuple[str | None, ...]]) -> bytes:
    book = openpyxl.Workbook()
    for at, row in enumerate(rows, 1):
        for place, cell in enumerate(row, 1):
            book.active.cell(at, place, cell)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


LINES = [f'"{text}",{label}' for text, label in ROWS]
SURVEY = csv(
    "Q1,Q2", 'How did it go?,"What do you, say?"', header='"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}"'
)


@pytest.mark.parametrize(
    ("content", "name", "text", "first", "at_ten", "last"),
    [
        (csv(), "a.csv", "text", 2, 12, 41),
        (csv("My films,", ","), "title.csv", "text", 4, 14, 43),
        (csv("sep=,"), "sep.csv", "text", 2, 12, 41),  # Excel does not show this line
        (csv(header="text,label\n\n", lines=LINES), "blank.csv", "text", 4, 14, 43),
        (csv(lines=[*LINES[:10], "", "text,label", *LINES[10:]]), "repeated.csv", "text", 2, 14, 43),
        (csv(lines=['"a film,\nnumber 0",good', *LINES[1:]]), "tall.csv", "text", None, 12, 41),
        ("\n".join(LINES).encode(), "0.csv", "column 1", 1, 11, 40),
        (SURVEY, "3.csv", "Q1", 4, 14, 43),
        (sheet([("My films", None), (None, None), ("text", "label"), *ROWS]), "title.xlsx", "text", 4, 14, 43),
        (sheet([("text", "label"), *ROWS[:5], (None, None), ("text", "label"), *ROWS[5:]]), "gap.xlsx", "text", 2, 14,
         43),
        (sheet(ROWS), "0.xlsx", "column 1", 1, 11, 40),
        ("\n".join(json.dumps({"text": text, "label": label}) for text, label in ROWS).encode(), "a.jsonl", "text", 1,
         11, 40),
    ],
)  # fmt: skip
def test_numbers_are_those_of_the_file(
    content: bytes, name: str, text: str, first: int | None, at_ten: int, last: int
) -> None:
    numbers = numbers_of(content, name, text)
    found = [numbers.get(ROWS[at][0]) for at in (0, 10, 39)]
    assert len(numbers) == 40 and found == [first, at_ten, last]


def test_rows_that_a_shape_keeps_keep_their_numbers_and_made_ones_are_counted_from_one() -> None:
    texts = [f"Ada lives in Leeds, {n}" for n in range(20)]
    spans = [{"text": text, "label": [[0, 3, "PER"]]} for text in texts]
    frame, reading = read_table("\n".join(map(json.dumps, spans)).encode(), "spans.jsonl")
    assert reading.shapes and reading.numbers.all([0, 19]).tolist() == [1, 20] and len(frame) == 20
    words = "".join(f"s{n},{word},{tag}\n" for n in range(20) for word, tag in (("Ada", "B-PER"), ("left", "O")))
    frame, reading = read_table(f"Sentence,Word,Tag\n{words}".encode(), "words.csv")
    assert reading.shapes and len(frame) == 20 and reading.numbers == ONE_BY_ONE
    kept, _ = read_table(f"Sentence,Word,Tag\n{words}".encode(), "words.csv", as_it_stands=True)
    assert len(kept) == 40


def test_a_message_of_a_shape_names_the_row_of_the_file() -> None:
    lines = [json.dumps({"text": f"Ada lives in Leeds {n}", "label": [[0, 3, "PER"]]}) for n in range(20)]
    lines[4] = json.dumps({"text": "Ada left", "label": [[0, 99, "PER"]]})
    _, reading = read_table("\n".join(lines).encode(), "spans.jsonl")
    assert any("row 5." in note for note in reading.notes), reading.notes


def test_gaps_are_kept_in_few_numbers() -> None:
    numbers = RowNumbers.counted([4, 5, 9, 10, 11, 20])
    assert numbers.starts == ((0, 4), (2, 9), (5, 20))
    assert numbers.all(np.array([5, 0, 3])).tolist() == [20, 4, 10] and numbers.of(2) == 9
    assert RowNumbers.counted(range(2, 5)) == BELOW_HEADER and RowNumbers.counted([]) == BELOW_HEADER
    assert RowNumbers.counted(range(2, 10_000, 2)).starts == ((0, 2),)
    assert RowNumbers.below_each_other([(numbers, [0, 2]), (BELOW_HEADER, range(2))]).all(range(4)).tolist() == [
        4, 9, 2, 3
    ]  # fmt: skip


def test_edits_and_shown_rows_have_the_numbers() -> None:
    frame, reading = read_table(csv("My films,", ","), "title.csv")
    table = Table(frame, Roles(("text",), "label"), numbers=reading.numbers)
    assert table.numbered([0, 39], ["label"]).index.tolist() == [4, 43]
    assert DropRows(rows=(1,)).describe(reading.numbers) == "Row 5 dropped"
    assert SetCell(row=2, column="label", value=None).describe(reading.numbers) == "Row 6, label: emptied"
    assert DropRows(rows=(1,)).describe() == "Row 3 dropped"


def test_a_run_keeps_the_numbers_of_its_rows(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    stored = workspace.add_table(csv("My films,", ",", lines=[*LINES[:10], "", *LINES[10:]]), "title.csv")
    table = stored.table()
    run = workspace.create_run(table, make_split(table, stored.split_choice), Recipe())
    for kept in (table.numbers, run.numbers, run.data()[0].numbers):
        assert kept.all([0, 9, 10, 39]).tolist() == [4, 13, 15, 44]
    facts = json.loads((run.folder / "data" / "table.json").read_text())
    del facts["row_starts"]  # as a run of version 0.1 has it
    (run.folder / "data" / "table.json").write_text(json.dumps(facts))
    assert run.numbers == BELOW_HEADER
