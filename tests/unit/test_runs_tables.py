"""A table in the workspace: edits are taken back one by one, kept as versions, and dropped when it is read anew."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from bertui.data.edits import DropRows, RenameLabel
from bertui.errors import RunError
from bertui.runs.tables import StoredTable
from bertui.runs.workspace import Workspace

FIRST, SECOND, THIRD = DropRows(rows=(0,)), RenameLabel(old=("x",), new="z"), DropRows(rows=(3,))


@pytest.fixture
def stored(tmp_path: Path) -> StoredTable:
    rows = "".join(f"a text that is number {n}|{'xy'[n % 2]}\n" for n in range(6))
    return Workspace(tmp_path).add_table(f"text|label\n{rows}".encode(), "few.csv")


@pytest.mark.parametrize(
    ("position", "left"), [(None, [FIRST, SECOND]), (2, [FIRST, SECOND]), (0, [SECOND, THIRD]), (1, [FIRST, THIRD])]
)
def test_an_edit_is_taken_back_by_its_place_or_the_last_one(
    stored: StoredTable, position: int | None, left: list[object]
) -> None:
    stored.add_edits(FIRST, SECOND)
    stored.add_edits(THIRD)
    stored.undo(position)
    assert stored.edits == left


def test_versions_are_numbered_from_1_and_0_is_the_upload(stored: StoredTable) -> None:
    stored.add_edits(FIRST)
    assert stored.save_version() == 1
    stored.add_edits(SECOND)
    assert stored.save_version() == 2
    for number, edits in ((1, [FIRST]), (0, []), (2, [FIRST, SECOND])):
        stored.open_version(number)
        assert stored.edits == edits
    assert stored.table().frame["label"].tolist() == ["y", "z", "y", "z", "y"]


def test_reading_anew_drops_edits_and_versions(stored: StoredTable) -> None:
    stored.add_edits(FIRST)
    stored.save_version()
    stored.read_again(delimiter=",")
    assert stored.edits == [] and stored.facts()["versions"] == []
    assert list(stored.table().frame.columns) == ["text|label"]


def test_edits_made_at_once_in_several_sessions_are_all_kept(stored: StoredTable) -> None:
    def work(session: int) -> None:
        for number in range(10):
            StoredTable(stored.folder).add_edits(DropRows(rows=(100 * session + number,)))

    threads = [threading.Thread(target=work, args=(session,)) for session in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = [edit.rows[0] for edit in stored.edits if isinstance(edit, DropRows)]
    assert sorted(rows) == [100 * session + number for session in range(4) for number in range(10)]


@pytest.mark.parametrize(("spoilt", "why"), [(None, "the file is missing"), (b"PAR1", "the file is broken")])
def test_rows_that_cannot_be_read_are_told_with_the_reason(stored: StoredTable, spoilt: bytes | None, why: str) -> None:
    path = stored.folder / "rows.parquet"
    path.unlink() if spoilt is None else path.write_bytes(spoilt)
    with pytest.raises(RunError, match=rf"rows of the table 'few.csv' cannot be read \({why}"):
        stored.table()
