"""Rows of a predicted file in another language are named before their answers are believed."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from bertui.data.roles import Roles
from bertui.data.row_numbers import RowNumbers
from bertui.data.splitting import make_split
from bertui.data.table import Table
from bertui.recipe import Recipe
from bertui.runs.familiarity import doubtful_rows, familiar_words
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace

KNOWN = "the parcel came late again"


def run_on(folder: Path, table: Table) -> Run:
    return Workspace(folder).create_run(table, make_split(table, Recipe().split), Recipe())


def texts_of(*texts: str, numbers: RowNumbers | None = None) -> Table:
    frame = pd.DataFrame({"text": texts}, dtype="str")
    return Table(frame, Roles("text"), numbers=numbers or RowNumbers())


@pytest.fixture
def trained(tmp_path: Path) -> Run:
    rows = [(f"{KNOWN}, number {n}", ("good", "bad")[n % 2]) for n in range(60)]
    return run_on(tmp_path, Table(pd.DataFrame(rows, columns=["text", "label"], dtype="str"), Roles("text", "label")))


def test_rows_in_another_language_are_named_by_their_numbers_in_the_file(trained: Run) -> None:
    familiar, french = familiar_words(trained), "où est mon colis"
    one = doubtful_rows(familiar, texts_of(*[KNOWN] * 99, french, numbers=RowNumbers(((0, 4),))))
    assert one.startswith("1 row has hardly a word that the model was trained on: row 103.")
    assert one.endswith("its answer is a guess, however sure it looks.")
    many = doubtful_rows(familiar, texts_of(KNOWN, french, "wo ist mein Paket", "我的包裹在哪里", "где моя посылка"))
    assert many.startswith("4 rows have hardly a word") and "rows 3, 4, 5 and others." in many
    assert many.endswith("their answers are guesses.")


def test_a_few_rows_that_hold_some_known_words_are_no_more_than_may_be_expected(trained: Run) -> None:
    familiar, half = familiar_words(trained), "die Post is late wo bist du"
    half_known = half.replace("is", "came")
    assert doubtful_rows(familiar, texts_of(*[KNOWN] * 30, half_known)) == ""
    assert doubtful_rows(familiar, texts_of(*[KNOWN] * 3, half_known)).startswith("1 row has")
    assert doubtful_rows(familiar, texts_of(*[KNOWN] * 9, "", "ok")) == ""


def test_tokens_in_lists_are_counted_as_words(tmp_path: Path) -> None:
    cells = [json.dumps([*KNOWN.split(), str(n)]) for n in range(60)]
    tags = [json.dumps(["O", "B-X", "O", "O", "O", "O"])] * 60
    roles = Roles(task="tagging", tokens="tokens", tags="tags")
    run = run_on(tmp_path, Table(pd.DataFrame({"tokens": cells, "tags": tags}, dtype="str"), roles))
    new = pd.DataFrame({"tokens": [json.dumps(KNOWN.split()), json.dumps(["wo", "ist", "mein", "Paket"])]}, dtype="str")
    words = doubtful_rows(familiar_words(run), Table(new, Roles(task="tagging", tokens="tokens")))
    assert words.startswith("1 row has") and "row 3." in words
