"""Which columns of a file, or of several, a command reads unasked."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from bertui.runs.verbs import read_table_of

TEXTS = [f"the parcel number {n} came {'late' if n % 2 else 'early'} this week" for n in range(12)]
COLUMNS = {
    "text": TEXTS, "label": ["early", "late"] * 6, "split": ["train"] * 8 + ["dev"] * 2 + ["test"] * 2,
    "author": ["ann", "ben", "cat"] * 4, "id": [str(n) for n in range(500, 512)],
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "parcels.csv"
    pd.DataFrame(COLUMNS).to_csv(path, index=False)
    return path


def test_a_file_to_train_on_is_divided_as_its_split_column_says(file: Path) -> None:
    table = read_table_of({"train": file}, {}, None, None)
    assert (table.roles.text, table.roles.label, table.roles.split) == (("text",), "label", "split")
    assert table.roles.id is None and table.roles.group is None, "asked for in the app, and not guessed here"


def test_a_file_to_evaluate_on_is_read_whole(file: Path) -> None:
    assert read_table_of({"test": file}, {}, None, None).roles.split is None


def test_several_files_are_the_parts_whatever_a_column_says(file: Path) -> None:
    notes: list[str] = []
    table = read_table_of({"train": file, "test": file}, {}, None, notes.append)
    assert len(table.frame) == 24 and table.roles.split not in (None, "split")
    assert table.names("split").tolist() == ["train"] * 12 + ["test"] * 12


def test_columns_that_are_named_are_taken(file: Path) -> None:
    roles = read_table_of({"train": file}, {"id": "id", "group": "author"}, None, None).roles
    assert (roles.id, roles.group, roles.text, roles.label) == ("id", "author", ("text",), "label")
