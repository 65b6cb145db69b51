"""The rows of runs on one table and split are stored once; each folder stands alone all the same."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bertui.data.roles import Roles
from bertui.data.splitting import SplitChoice, make_split
from bertui.data.table import Table
from bertui.recipe import Recipe
from bertui.runs.rows import share_rows
from bertui.runs.run import Run
from bertui.runs.trash import Trash
from bertui.runs.workspace import StoredTable, Workspace
from tests.conftest import disk

ROWS = 2_000


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace")


@pytest.fixture
def stored(space: Workspace) -> StoredTable:
    random = np.random.default_rng(0)
    texts = [" ".join(map(str, random.integers(0, 10**9, 20))) for _ in range(ROWS)]
    frame = pd.DataFrame({"text": texts, "label": ["a", "b"] * (ROWS // 2)}, dtype="str")
    return space.add_frame(frame, "many", roles=Roles(("text",), "label"))


def runs_on(space: Workspace, table: Table, number: int, seed: int = 0) -> list[Run]:
    split = make_split(table, SplitChoice(seed=seed))
    return [space.create_run(table, split, Recipe(), name=f"run {n}") for n in range(number)]


def room(folder: Path) -> int:
    """Return the bytes that a folder takes on its disk; what has two names takes them once."""
    files = {path.stat().st_ino: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    return sum(files.values())


def rows_file(run: Run) -> Path:
    return run.folder / "data" / "rows.parquet"


def test_fifty_runs_on_one_table_take_the_room_of_about_one(space: Workspace, stored: StoredTable) -> None:
    table = stored.table()
    first, *others = runs_on(space, table, 50)
    one = rows_file(first).stat().st_size
    assert one > 200_000, "the rows are most of a run that has not begun"
    assert room(space.root / "runs") < 1.5 * one + 50 * 10_000
    assert {rows_file(run).stat().st_ino for run in others} == {rows_file(first).stat().st_ino}
    assert not list((space.root / "runs").rglob("*.new"))


def test_the_rows_outlive_the_table_and_the_run_that_was_first(space: Workspace, stored: StoredTable) -> None:
    table = stored.table()
    first, second, third = runs_on(space, table, 3)
    for run in (first, second):
        run.change(state="finished")
    space.delete(stored)
    space.delete(first)
    Trash(space).put(second)
    Trash(space).empty()
    again, split = third.data()
    assert again.fingerprint == table.fingerprint and split.sizes() == make_split(table, SplitChoice()).sizes()
    fourth = runs_on(space, table, 1)[0]
    assert rows_file(fourth).samefile(rows_file(third))


def test_other_rows_or_another_split_share_nothing(space: Workspace, stored: StoredTable) -> None:
    table = stored.table()
    frame = table.frame.copy()
    frame.loc[0, "text"] = frame.loc[0, "text"][::-1]  # as long as before
    changed = Table(frame, table.roles, table.name)
    (first,), (other_split,), (other_rows,) = (
        runs_on(space, table, 1), runs_on(space, table, 1, seed=1), runs_on(space, changed, 1)
    )  # fmt: skip
    assert len({rows_file(run).stat().st_ino for run in (first, other_split, other_rows)}) == 3
    assert other_rows.data()[0].frame.loc[0, "text"] == frame.loc[0, "text"] != first.data()[0].frame.loc[0, "text"]


def test_files_of_one_size_are_compared_to_the_last_byte(tmp_path: Path) -> None:
    contents = {"mine": b"PAR1 rows a", "other": b"PAR1 rows b", "same": b"PAR1 rows a", "shorter": b"PAR1 rows"}
    for name, content in contents.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "rows.parquet").write_bytes(content)
    share_rows(tmp_path / "mine", [tmp_path / name for name in ("gone", "shorter", "other", "same")])
    mine = tmp_path / "mine" / "rows.parquet"
    assert mine.samefile(tmp_path / "same" / "rows.parquet") and mine.stat().st_nlink == 2
    assert {name: (tmp_path / name / "rows.parquet").read_bytes() for name in contents} == contents


def test_a_folder_is_copied_and_moved_with_its_rows(space: Workspace, stored: StoredTable, tmp_path: Path) -> None:
    table = stored.table()
    _, second = runs_on(space, table, 2)
    copy = Run(shutil.copytree(second.folder, tmp_path / "copy"))
    archive = shutil.make_archive(str(tmp_path / "packed"), "zip", second.folder)
    shutil.unpack_archive(archive, tmp_path / "unpacked")
    shutil.rmtree(space.root)
    for run in (copy, Run(tmp_path / "unpacked")):
        assert run.data()[0].fingerprint == table.fingerprint


def test_where_no_link_can_be_made_the_rows_are_copied(space: Workspace, stored: StoredTable, tmp_path: Path) -> None:
    """Between two disks the system refuses a hard link, as a file system does that has none."""
    table = stored.table()
    (first,) = runs_on(space, table, 1)
    with disk(tmp_path / "disk", "2m") as place:
        moved = shutil.move(first.folder, place / first.id)
        first.folder.symlink_to(moved)
        with pytest.raises(OSError):
            os.link(rows_file(first), tmp_path / "link")
        second, third = runs_on(space, table, 2)
        assert rows_file(first).stat().st_dev != rows_file(second).stat().st_dev
        assert second.data()[0].fingerprint == first.data()[0].fingerprint == table.fingerprint
        assert rows_file(third).samefile(rows_file(second)), "between these two there is one"
        assert not list((space.root / "runs").rglob("*.new"))


def test_rows_that_are_a_link_to_elsewhere_are_not_shared(
    space: Workspace, stored: StoredTable, tmp_path: Path
) -> None:
    table = stored.table()
    (first,) = runs_on(space, table, 1)
    elsewhere = rows_file(first).rename(tmp_path / "rows.parquet")
    rows_file(first).symlink_to(elsewhere)
    (second,) = runs_on(space, table, 1)
    assert not rows_file(second).is_symlink() and not rows_file(second).samefile(elsewhere)


def test_the_trash_says_what_deleting_frees(space: Workspace, stored: StoredTable) -> None:
    trash, runs = Trash(space), runs_on(space, stored.table(), 3)
    one = rows_file(runs[0]).stat().st_size
    for run in runs:
        run.change(state="finished")
        trash.put(run)
    lying = trash.runs()
    assert trash.size(lying[:2]) < one < trash.size(lying) < 1.5 * one + 30_000
