"""Names of files, columns, classes, runs and models that try to be HTML, Markdown, formulas, links, on every page."""

from __future__ import annotations

import os
import re
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bertui.data.roles import Roles
from bertui.data.splitting import make_split
from bertui.recipe import Recipe
from bertui.runs.execution import execute
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.ui.messages import JOINER
from tests.browser.conftest import Server
from tests.tiny import tiny_bert

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# Each begins with a word of its own, so that it is found wherever it is shown, whole or not.
FILE = "filename <img src=x onerror=alert(1)> **bold** $x^2$.csv"
TEXT = "textcolumn <script>alert(2)</script> :red[red] `code`"
LABEL = "labelcolumn ![i](http://evil.example/i.png) [link](http://evil.example) ~~gone~~"
GOOD = "goodclass <b>bold</b> $y_1$ :material/home: <a href='http://evil.example'>a</a>"
BAD = 'badclass "quoted" _it_ <i>it</i> <br> &amp; http://evil.example'
RUN = "runname <svg onload=alert(3)> __bold__ :blue[blue] $$z$$ www.evil.example"
OTHER = "othername a -> b -- c >= d # heading > quote \\(a\\) <iframe src='http://evil.example'>"
MODEL = "modelname <img src=x onerror=alert(4)> *it* $m$"
SENTENCE = "typedtext <img src=x onerror=alert(5)> **bold** $t$ :red[red] [l](http://evil.example)"
NAMES = (FILE, TEXT, LABEL, GOOD, BAD, RUN, OTHER, MODEL, SENTENCE)
# What would be there if any of it had been taken for what it looks like.
INTERPRETED = (
    "img[src='x']", "img[src*='evil']", "iframe[src*='evil']", "[href*='evil']", "main script", ".katex",
    "svg[onload]", "main del", "[data-testid='stException']", "main a:text-is('link')",
    *(f"[data-testid='stApp'] {tag}:text-is('{words}')" for tag in ("b", "strong", "em", "i", "code", "span")
      for words in ("bold", "it", "red", "blue", "code")),
)  # fmt: skip


@pytest.fixture
def runs(server: Server, tmp_path: Path) -> list[Run]:
    """Two finished runs on one table, in the workspace of the server."""
    workspace = Workspace(tmp_path / "workspace")
    rows = [(f"a {'great' if n % 2 else 'terrible'} film, number {n}", (BAD, GOOD)[n % 2]) for n in range(60)]
    frame = pd.DataFrame(rows, columns=[TEXT, LABEL], dtype="str")
    stored = workspace.add_frame(frame, FILE, roles=Roles((TEXT,), LABEL))
    model = str(tiny_bert(tmp_path / MODEL.replace("/", "")))
    recipe = Recipe().changed({"model.name": model, "training.epochs": 1, "encoding.max_length": 32})
    table = stored.table()
    made = []
    for name in (RUN, OTHER):
        run = workspace.create_run(table, make_split(table, stored.split_choice), recipe, name=name, table_id=stored.id)
        for _ in execute(run, threading.Event()):
            pass
        made.append(run)
    return made


def visible(page: Any) -> str:
    """Return all words on the page, those in its boxes too."""
    boxes = page.locator("input, textarea").evaluate_all("boxes => boxes.map(box => box.value)")
    return "\n".join([page.locator("body").inner_text(), *boxes]).replace(JOINER, "")


def look(page: Any, where: str, seen: Counter[str]) -> None:
    """Open all that can be opened, hold what is shown against the names, and count them."""
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_timeout(2_000)
    for summary in page.locator("details:not([open]) > summary").all():
        if summary.is_visible():
            summary.click()
            page.wait_for_timeout(250)
    page.wait_for_timeout(800)
    for what in INTERPRETED:
        assert page.locator(what).count() == 0, (where, what, page.locator(what).first.inner_html())
    words = visible(page)
    for name in NAMES:
        for match in re.finditer(name.split()[0], words):
            as_written = os.path.commonprefix([name, words[match.start() :]])  # noqa: RUF071  (characters, no path)
            cut = words[match.start() + len(as_written)] == "…" if as_written != name else False
            assert as_written == name or cut, (where, words[match.start() :][:120])
            seen[name] += as_written == name
            seen[where] += 1
    assert page.problems == [] and page.foreign == [], where


def test_names_are_shown_as_they_are_written_on_every_page(server: Server, page: Any, runs: list[Run]) -> None:
    seen: Counter[str] = Counter()
    run = runs[0]
    table = run.facts()["table_id"]
    places = {
        "start": "", "data": f"data?table={table}", "train": f"train?table={table}", "a run": f"train?run={run.id}",
        "runs": "runs", "results": f"results?run={run.id}", "sentence": f"sentence?run={run.id}",
    }  # fmt: skip
    for where, path in places.items():
        page.goto(f"{server.address}/{path}")
        look(page, where, seen)
    page.get_by_label("Your text").fill(SENTENCE)
    page.get_by_role("button", name="Read it").click()
    page.get_by_role("group", name="Words scored for").wait_for()
    look(page, "heatmap", seen)
    print(seen)
    assert all(seen[where] for where in [*places, "heatmap"]), seen
    assert all(seen[name] for name in NAMES), seen
    assert sum(seen[name] for name in NAMES) >= 40, seen
