"""Whole or not at all: a kill at every single file operation, a full disk, a power cut between the moves."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bertui.atomic import new_name, recover, remove, system_error, together, unwritable, whole_folder, write_json
from bertui.errors import DiskError
from tests.conftest import disk

CHILD = """
import os, signal, sys
from pathlib import Path
from bertui.atomic import together, whole_folder

folder, left = Path(sys.argv[1]), int(sys.argv[2])

def kill_at(event, values):
    global left
    if armed and event in ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

armed = False
sys.addaudithook(kill_at)
armed = True
with together(folder, "unit") as fresh:
    (fresh / "model").mkdir()
    (fresh / "model" / "encoder").write_text("new")
    (fresh / "model" / "head").write_text("new")
    (fresh / "report.json").write_text("new")
armed = False
"""


def old_unit(folder: Path) -> None:
    (folder / "model").mkdir(parents=True)
    for name in ("model/encoder", "model/head", "model/gone", "report.json"):
        (folder / name).write_text("old")


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


OLD = {"model/encoder": "old", "model/gone": "old", "model/head": "old", "report.json": "old"}
NEW = {"model/encoder": "new", "model/head": "new", "report.json": "new"}


def test_killed_before_any_file_operation_a_unit_is_all_old_or_all_new(tmp_path: Path) -> None:
    ends = []
    for operation in range(1, 100):
        folder = tmp_path / str(operation)
        old_unit(folder)
        done = subprocess.run([sys.executable, "-c", CHILD, str(folder), str(operation)])
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL
        recover(folder)
        after = contents(folder)
        assert after in (OLD, NEW), f"before operation {operation}: {after}"
        assert sorted(path.name for path in folder.iterdir()) == ["model", "report.json"], "nothing is left over"
        ends.append(after == NEW)
    assert len(ends) > 10 and not ends[0] and ends[-1] and ends == sorted(ends), "old up to one moment, new after it"
    assert contents(folder) == NEW


def test_an_error_while_a_unit_is_written_leaves_the_old_one_alone(tmp_path: Path) -> None:
    old_unit(tmp_path)
    with pytest.raises(KeyError), together(tmp_path, "unit") as fresh:
        (fresh / "report.json").write_text("new")
        raise KeyError
    assert contents(tmp_path) == OLD


def test_a_full_disk_leaves_the_old_folder_and_gives_the_room_back(tmp_path: Path) -> None:
    with disk(tmp_path / "disk", "200k") as place:
        (place / "model").mkdir()
        (place / "model" / "weights").write_bytes(b"old")
        with pytest.raises(OSError, match="No space left"), whole_folder(place / "model") as fresh:
            (fresh / "weights").write_bytes(bytes(100_000))
            (fresh / "more").write_bytes(bytes(200_000))
        assert contents(place) == {"model/weights": "old"}
        ballast = place / "ballast"
        with pytest.raises(OSError, match="No space left"):
            ballast.write_bytes(bytes(300_000))
        (place / "facts.json").touch()
        with pytest.raises(DiskError, match="is full"):
            write_json(place / "facts.json", {"long": "x" * 10_000})
        assert sorted(path.name for path in place.iterdir()) == ["ballast", "facts.json", "model"]


def test_what_a_living_process_writes_is_left_alone_and_what_a_dead_one_wrote_is_removed(tmp_path: Path) -> None:
    mine = new_name(tmp_path / "run.json")
    theirs = tmp_path / f"run.json.{os.getppid()}-00000000-0.new"  # alive
    dead = [
        tmp_path / f"run.json.{2**22 + 1}-00000000-0.new",
        tmp_path / f"run.json.{os.getpid()}-00000000-0.new",  # this number, but in another life
        tmp_path / "run.json.0badcafe.new",  # as earlier versions called them
        tmp_path / "checkpoint.new",
    ]
    for path in (mine, theirs, *dead[:-1]):
        path.write_text("{")
    dead[-1].mkdir()
    recover(tmp_path)
    assert set(tmp_path.iterdir()) == {mine, theirs}


def test_what_another_host_writes_is_left_alone_for_a_day(tmp_path: Path) -> None:
    """Its process numbers mean nothing here: 4194305 is nobody's on Linux."""
    (mine,) = re.findall(r"-([0-9a-f]{6})\.new$", new_name(tmp_path / "run.json").name)
    theirs, old = (tmp_path / f"{name}.{2**22 + 1}-00000000-0-abcdef.new" for name in ("run.json", "recipe.json"))
    dead_here = tmp_path / f"run.json.{2**22 + 1}-00000000-0-{mine}.new"
    for path in (theirs, old, dead_here):
        path.write_text("{")
    two_days_ago = time.time() - 2 * 86_400
    os.utime(old, (two_days_ago, two_days_ago))
    recover(tmp_path)
    assert set(tmp_path.iterdir()) == {theirs}


def test_of_a_link_the_link_is_removed_and_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    remove(tmp_path / "link")
    assert (tmp_path / "kept" / "file").exists() and not (tmp_path / "link").exists()


def test_json_is_replaced_and_read_back(tmp_path: Path) -> None:
    for value in ({"a": 1}, {"b": ["ä", None]}):
        write_json(tmp_path / "x.json", value)
        assert json.loads((tmp_path / "x.json").read_text("utf-8")) == value
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "is full"), (errno.EDQUOT, "is full"), (errno.EROFS, "Read-only file system"),
     (errno.EMFILE, "too many files are open"), (errno.EACCES, "Permission denied")],
)  # fmt: skip
def test_each_reason_has_its_words(number: int, words: str) -> None:
    assert words in str(unwritable(Path("/w/run.json"), OSError(number, os.strerror(number))))


def test_what_rust_says_of_the_system_is_understood() -> None:
    recognised = system_error(Exception("I/O error: No space left on device (os error 28)"))
    assert recognised is not None and recognised.errno == errno.ENOSPC
    assert system_error(ValueError("28")) is None
    wrapped = unwritable(Path("/w/x"), OSError(errno.EROFS, "no"))
    wrapped.__cause__ = OSError(errno.EROFS, "no")
    recognised = system_error(wrapped)
    assert recognised is not None and recognised.errno == errno.EROFS
