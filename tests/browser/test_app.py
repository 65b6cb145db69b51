"""The app in a real browser: deep link to a fresh server, every page, no foreign request, a clean end."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bertui.runs.workspace import Workspace

APP = Path(__file__).resolve().parents[2] / "app.py"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip
HOSTILE = "<img src=x onerror=alert(1)> <script>alert(2)</script> **bold** $x$"
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


class Server:
    """``bertui app`` in a process of its own."""

    def __init__(self, workspace: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environment = os.environ | {"BERTUI_WORKSPACE": str(workspace), "HF_HUB_OFFLINE": "1"}
        command = [sys.executable, "-c", "from bertui.cli import main; main()", "app", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=environment)
        self.address = f"http://127.0.0.1:{self.port}"
        for _ in range(600):
            try:
                if urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2).read() == b"ok":
                    return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path / "workspace")
    yield started
    if started.process.poll() is None:
        started.end()


@pytest.fixture
def page(server: Server) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(60_000)
        page.problems, page.foreign = [], []
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        page.on("dialog", lambda dialog: (page.problems.append("a dialog: " + dialog.message), dialog.dismiss()))
        page.on("request", lambda request: _note(page, request.url, server.port))
        yield page
        browser.close()


def _note(page: Any, url: str, port: int) -> None:
    if not url.startswith((f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}", "data:", "blob:")):
        page.foreign.append(url)


def test_deep_link_is_the_first_request_of_a_fresh_server(server: Server, page: Any) -> None:
    page.goto(f"{server.address}/data?table=none")
    page.get_by_role("heading", name="Data", exact=True).wait_for()
    for title in ("Start", "Data", "Train", "Runs", "Results", "Sentence"):
        page.get_by_role("link", name=title).first.wait_for()


def test_every_page_opens_without_errors_or_foreign_requests(server: Server, page: Any) -> None:
    for name in ("", "data", "train", "runs", "results", "sentence"):
        page.goto(f"{server.address}/{name}")
        page.get_by_role("heading", level=1).first.wait_for()
        page.wait_for_timeout(800)
        assert page.locator("[data-testid='stException']").count() == 0, name
    assert page.problems == [] and page.foreign == []
    assert server.end() == 0


def test_hostile_upload_is_shown_literally(server: Server, page: Any, tmp_path: Path) -> None:
    rows = "".join(f'"{HOSTILE} {n}",{"<b>a</b>" if n % 2 else "b"}\n' for n in range(60))
    page.goto(f"{server.address}/data")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "<img src=x onerror=alert(3)>.csv", "mimeType": "text/csv", "buffer": f"text,label\n{rows}".encode()}
    )
    page.get_by_text("60", exact=False).first.wait_for()
    page.wait_for_timeout(3000)
    assert page.locator("img[src='x']").count() == 0 and page.problems == []
    assert len(Workspace(tmp_path / "workspace").tables()) == 1
