"""A server in a process of its own, and a real browser that notes what goes wrong."""

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

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip


class Server:
    """``bertui app`` in a process of its own."""

    def __init__(self, workspace: Path, port: int | None = None) -> None:
        self.port = port or free_port()
        environment = os.environ | {"BERTUI_WORKSPACE": str(workspace), "HF_HUB_OFFLINE": "1"}
        command = [sys.executable, "-c", "from bertui.cli import main; main()", "app", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=environment)
        self.address = f"http://127.0.0.1:{self.port}"
        for _ in range(3000):
            try:
                if urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=2).read() == b"ok":
                    return
            except OSError:
                time.sleep(0.02)
        raise AssertionError("the server did not start")

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        return self.process.wait(60)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


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
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
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


def open_all(page: Any) -> None:
    """Open all that can be opened on a page, and wait until it is drawn."""
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_timeout(2_000)
    for summary in page.locator("details:not([open]) > summary").all():
        if summary.is_visible():
            summary.click()
            page.wait_for_timeout(250)
    page.wait_for_timeout(1_000)
