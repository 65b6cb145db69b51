"""The app on a workspace that cannot be written: it opens, says why, shows what is there, and leaks nothing."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from bertui.data.roles import Roles
from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.recipe import Recipe
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.ui.shell import PAGES
from tests.conftest import disk

NAMES = [key for entries in PAGES.values() for key, _, _ in entries]


@pytest.fixture
def small_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workspace on a disk of its own, with a table, a run that waits for an app that is gone, and one that failed."""
    with disk(tmp_path / "disk", "2m") as place:
        monkeypatch.setenv("BERTUI_WORKSPACE", str(place))
        frame = pd.DataFrame({"text": [f"text {n}" for n in range(20)], "label": ["a", "b"] * 10}, dtype="str")
        stored = Workspace(place).add_frame(frame, "films", roles=Roles(("text",), "label"))
        for state in ("queued", "failed"):
            add_run(Workspace(place), stored.table()).change(state=state, pid=2**22 + 1, name=f"a {state} run")
        yield place


def add_run(space: Workspace, table: Table) -> Run:
    split = Split(train=np.arange(12), validation=np.arange(12, 16), test=np.arange(16, 20))
    return space.create_run(table, split, Recipe(), name="a run")


def fill(place: Path) -> None:
    with suppress(OSError), (place / "ballast").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def make_read_only(place: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)


def told(page: AppTest) -> str:
    return "\n".join(one.value.replace("\\", "") for one in page.error)


@pytest.mark.parametrize(
    ("spoil", "words"), [(fill, "is full"), (make_read_only, "Read-only file system")], ids=["full", "read-only"]
)
def test_every_page_opens_on_a_disk_that_cannot_be_written_and_reloads_leak_no_thread(
    small_disk: Path, open_page: Callable[..., AppTest], spoil: Callable[[Path], None], words: str
) -> None:
    spoil(small_disk)
    open_page("start")
    before = threading.active_count()
    for name in NAMES * 2:
        page = open_page(name)
        assert not page.exception, f"{name}: {page.exception}"
        assert words in told(page) and str(small_disk) in told(page)
        assert page.title
    training = [thread for thread in threading.enumerate() if thread.name == "bertui-training"]
    assert len(training) == 1 and threading.active_count() <= before
    rows = open_page("runs").dataframe[0].value
    assert sorted(rows["Name"]) == ["a failed run", "a queued run"]


def test_on_a_full_disk_old_runs_are_deleted_in_the_app_and_what_waited_goes_on(
    small_disk: Path, open_page: Callable[..., AppTest]
) -> None:
    (failed,) = [run for run in Workspace(small_disk).runs() if run.name == "a failed run"]
    (failed.folder / "model").mkdir()
    (failed.folder / "model" / "weights").write_bytes(bytes(500_000))
    fill(small_disk)
    open_page("runs")
    page = AppTest.from_function(_confirm).run(timeout=60)
    next(one for one in page.button if one.label == "Delete for good").click().run()
    assert not page.exception and not failed.folder.exists()
    page = open_page("runs")
    assert not page.exception and not told(page), "there is room again, and the app was not started anew"
    (waiting,) = Workspace(small_disk).runs()
    for _ in range(100):
        if waiting.state not in ("queued", "interrupted"):
            break
        threading.Event().wait(0.1)
    assert json.loads((waiting.folder / "run.json").read_text())["state"] != "queued", "it was taken up"


def _confirm() -> None:
    from bertui.ui import shell
    from bertui.ui.runs.change import confirm_deletion

    confirm_deletion([run.id for run in shell.workspace().runs() if run.name == "a failed run"])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("where", ["file", "file/below", "~nobody-of-this-name/w"])
def test_a_path_that_can_be_no_workspace_is_told_on_every_page(
    tmp_path: Path, open_page: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch, where: str, name: str
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BERTUI_WORKSPACE", where if where[0] == "~" else str(tmp_path / where))
    page = open_page(name)
    assert not page.exception and "workspace" in told(page).lower() and "--workspace" in told(page)


def test_a_workspace_that_went_away_while_the_app_runs_is_told_and_comes_back(
    tmp_path: Path, open_page: Callable[..., AppTest], workspace_root: Path
) -> None:
    frame = pd.DataFrame({"text": [f"text {n}" for n in range(40)], "label": ["x", "y"] * 20}, dtype="str")
    Workspace(workspace_root).add_frame(frame, "films")
    assert not open_page("data").exception
    workspace_root.rename(tmp_path / "unplugged")
    workspace_root.touch()  # a folder that is merely missing is made anew
    for name in NAMES:
        page = open_page(name)
        assert not page.exception and "it is a file" in told(page)
    workspace_root.unlink()
    (tmp_path / "unplugged").rename(workspace_root)
    page = open_page("data")
    assert not page.exception and not told(page)


def test_a_broken_run_and_a_broken_table_are_named_and_can_be_deleted(
    small_disk: Path, open_page: Callable[..., AppTest]
) -> None:
    space = Workspace(small_disk)
    broken = space.runs()[0]
    path = broken.folder / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"pid": "seven"}), "utf-8")
    table = space.tables()[0]
    (table.folder / "table.json").write_text("{", "utf-8")
    for name in NAMES:
        assert not open_page(name).exception
    for name, item in (("runs", broken), ("data", table)):
        page = open_page(name)
        (words,) = [one.value.replace("\\", "") for one in page.warning if item.id in one.value.replace("\\", "")]
        assert "cannot be read" in words
        page.button(key=f"broken-{item.folder.parent.name}/{item.id}").click().run()
        assert not page.exception and not item.folder.exists()
    assert len(space.runs()) == 1
