"""The app on an empty workspace of its own, with an executor of its own that ends with the test."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from bertui.runs.run import Run
from tests.app.finished import finished_run

APP = Path(__file__).resolve().parents[2] / "app.py"
TIMEOUT = 60.0


@pytest.fixture(autouse=True)
def workspace_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A fresh workspace; the executor made for it is closed afterwards, so no thread outlives the test."""
    root = tmp_path / "workspace"
    monkeypatch.setenv("BERTUI_WORKSPACE", str(root))
    sys.modules.pop("_bertui_runtime", None)
    _as_after_navigation(monkeypatch)
    import streamlit as st

    st.cache_resource.clear()
    st.cache_data.clear()
    yield root
    home = sys.modules.pop("_bertui_runtime", None)
    if home is not None and hasattr(home, "executor"):
        home.executor.close()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return finished_run(tmp_path_factory.mktemp("trained"))


@pytest.fixture
def run(trained: Run, workspace_root: Path) -> Run:
    """A finished run in the test's own workspace."""
    shutil.copytree(trained.folder.parents[1], workspace_root, dirs_exist_ok=True)
    return Run(workspace_root / "runs" / trained.id)


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """Open a page of the app, as ``open_page("data", table="...")``."""

    def opened(name: str, **query: str) -> AppTest:
        at = AppTest.from_file(str(APP), default_timeout=TIMEOUT)
        at.run()
        for key, value in query.items():
            at.query_params[key] = value
        return at.switch_page(f"pages/{name}.py").run()

    return opened


def _as_after_navigation(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each AppTest run begin as a server does that has met st.navigation.

    AppTest forgets it before every run; the page's guard then starts the run anew, and a click gets lost.
    """
    made = PagesManager.__init__

    def init(self: PagesManager, *args: Any, **more: Any) -> None:
        made(self, *args, **more)
        PagesManager.uses_pages_directory = False

    monkeypatch.setattr(PagesManager, "__init__", init)
