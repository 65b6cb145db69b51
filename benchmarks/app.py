"""The app as a person feels it: first paint, reruns idle and while a run trains, memory over many runs.

    python benchmarks/app.py [--runs 20]

Needs Chromium. Reruns are timed inside the process that trains, page by page, by Streamlit's own test driver.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bertui.ui.server.serving import listening  # noqa: E402
from tests.browser.conftest import free_port  # noqa: E402

_BUTTON = "Train on the sample"
_QUIET: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
PAGES = ("start", "data", "train", "runs", "results", "sentence")


def first_paints(times: int = 5) -> None:
    """Time fresh servers from their start to the painted first page, in turn with a Streamlit page of one button."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import CHROMIUM, FLAGS

    found: dict[str, list[tuple[float, float]]] = {"bertui": [], "an empty page": []}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for _ in range(times):
            for side, paints in found.items():
                paints.append(first_paint(browser, empty=side != "bertui"))
    for side, paints in found.items():
        ready, painted = zip(*paints, strict=True)
        print(f"{side}: listening {statistics.median(ready):.2f} s after the start, painted "
              f"{statistics.median(painted):.2f} s ({min(painted):.2f} to {max(painted):.2f})")  # fmt: skip


def first_paint(browser: Any, *, empty: bool) -> tuple[float, float]:
    """Return seconds from the start of a server to its listening and to the painted page."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        command = [sys.executable, "-c", "from bertui.cli import main; main()", "app", "--workspace", folder]
        if empty:
            (Path(folder) / "page.py").write_text(f"import streamlit as st\n\nst.button({_BUTTON!r})\n")
            command = [sys.executable, "-m", "streamlit", "run", f"{folder}/page.py", "--server.headless", "true"]
        began = time.perf_counter()
        server = subprocess.Popen([*command, "--server.port" if empty else "--port", str(port)], cwd=ROOT, **_QUIET)
        while not listening(port):
            time.sleep(0.01)
        ready = time.perf_counter() - began
        page = browser.new_context().new_page()
        page.goto(f"http://127.0.0.1:{port}", wait_until="commit")
        page.get_by_role("button", name=_BUTTON).wait_for()
        painted = time.perf_counter() - began
        page.context.close()
        server.terminate()
        server.wait()
        return ready, painted


def idle_memory() -> None:
    """Weigh a server once a page is open and its libraries are loaded."""
    from playwright.sync_api import sync_playwright

    from tests.browser.conftest import CHROMIUM, FLAGS, Server

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        server = Server(Path(folder))
        page = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS).new_page()
        page.goto(server.address)
        page.wait_for_timeout(15_000)
        print(f"memory idle {psutil.Process(server.process.pid).memory_info().rss / 1e6:.0f} MB")
        server.end()


def reruns(runs: int) -> None:
    """Train runs one after another in this process; time reruns beside them and between them."""
    os.environ["BERTUI_WORKSPACE"] = tempfile.mkdtemp()
    from bertui.data.samples import sample
    from bertui.data.splitting import make_split
    from bertui.recipe import Recipe
    from bertui.runs.workspace import Workspace, default_root
    from bertui.ui import shell

    shell.warm_up()
    sys.modules["_bertui_runtime"].warm.join()
    workspace = Workspace(default_root())
    entry = sample("requests")
    stored = workspace.add_table(entry.read(), "requests.csv", roles=entry.roles)
    table = stored.table()
    split = make_split(table, stored.split_choice)
    memory, busy = [], []
    for number in range(runs):
        recipe = Recipe().changed({"training.max_steps": 40, "training.seed": number})
        run = workspace.create_run(table, split, recipe, name=f"run {number}", table_id=stored.id)
        shell.executor().submit(run)
        while run.state in ("queued", "running"):
            if number == 1:
                busy += [timed(name) for name in PAGES]
            time.sleep(0.2)
        time.sleep(1)  # the executor gives memory back after the state has changed
        memory.append(psutil.Process().memory_info().rss / 1e6)
        if number == 0:
            show("idle", [timed(name) for name in PAGES for _ in range(40)])
    show("while training", busy)
    print(f"memory after run 1: {memory[0]:.0f} MB, run {runs // 2}: {memory[runs // 2 - 1]:.0f}, "
          f"run {runs}: {memory[-1]:.0f} MB")  # fmt: skip


_DRIVERS: dict[str, object] = {}


def timed(name: str) -> tuple[str, float]:
    """Run a page again and return its seconds; its first run is not counted."""
    from streamlit.testing.v1 import AppTest

    if name not in _DRIVERS:
        driver = AppTest.from_file(str(ROOT / "pages" / f"{name}.py"), default_timeout=120)
        _DRIVERS[name] = driver.run()
    driver = _DRIVERS[name]
    began = time.perf_counter()
    driver.run()  # type: ignore[attr-defined]
    return name, time.perf_counter() - began


def show(when: str, found: list[tuple[str, float]]) -> None:
    for name in PAGES:
        times = [1000 * seconds for page, seconds in found if page == name]
        if times:
            print(f"rerun {when}, {name}: {statistics.median(times):.0f} ms (worst of {len(times)}: {max(times):.0f})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=20)
    given = parser.parse_args()
    first_paints()
    idle_memory()
    reruns(given.runs)
