"""Names of files, columns, classes, runs and models that try to be HTML, Markdown, formulas, links, on every page."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Sequence
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
from tests.browser.conftest import Server, open_all
from tests.browser.test_journey import fill
from tests.tiny import tiny_bert

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LONG = "averylongwordwithoutanyblank" * 3
# Each begins with a word of its own, so that it is found wherever it is shown, whole or not.
FILE = "filename\n../../etc <img src=x onerror=alert(1)> **bold** $x^2$.csv"
TEXT = f"textcolumn\n<script>alert(2)</script> :red[red] `code` {LONG}"
LABEL = "labelcolumn\r\n![i](http://evil.example/i.png) [link](http://evil.example) ~~gone~~"
GOOD = f"goodclass <b>bold</b> $y_1$\n:material/home: <a href='http://evil.example'>a</a> {LONG}"
BAD = 'badclass "quoted" _it_ <i>it</i> <br> &amp; http://evil.example'
RUN = f"runname\n<svg onload=alert(3)> __bold__ :blue[blue] $$z$$ www.evil.example {LONG}"[:120]
OTHER = "othername a -> b -- c >= d # heading > quote \\(a\\) <iframe src='http://evil.example'> "
MODEL = "modelname <img src=x onerror=alert(4)> *it* $m$"
SENTENCE = "typedtext <img src=x onerror=alert(5)> **bold** $t$ :red[red] [l](http://evil.example)"
NAMES = (FILE, TEXT, LABEL, GOOD, BAD, RUN, OTHER, MODEL, SENTENCE)
# What would be there if any of it had been taken for what it looks like.
INTERPRETED = (
    "img[src='x']", "img[src*='evil']", "iframe[src*='evil']", "[href*='evil']", ".katex",
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
        for _ in execute(run):
            pass
        made.append(run)
    return made


def visible(page: Any) -> str:
    """Return all words on the page, those in its boxes too."""
    boxes = page.locator("input, textarea").evaluate_all("boxes => boxes.map(box => box.value)")
    return squeezed("\n".join([page.locator("body").inner_text(), *boxes]).replace(JOINER, ""))


def squeezed(words: str) -> str:
    """Leave out blanks: a line break is shown as one, as a blank, in a box not at all, in code as a sign."""
    return "".join(re.sub(r"\\[nr]", "", words).split())


# What reaches beyond the right edge of the page, and cannot be scrolled to within a part of it.
_BEYOND = """() => [...document.querySelectorAll("[data-testid=stMain] *")].filter(one => {
  const box = one.getBoundingClientRect();
  const apart = "[data-testid=stDataFrame], .js-plotly-plot, [role=tablist], [data-testid=stCode], input[type=range]";
  return box.width > 0 && box.right > innerWidth + 2 && !one.closest(apart);
}).map(one => one.tagName + " " + one.textContent.slice(0, 80))"""


_SCRIPTS = "[...document.querySelectorAll('main script')].filter(one => one.textContent.includes('alert')).length"


def stays_inside(page: Any, where: str) -> None:
    """Hold that nothing leaves the page, on a screen and on a phone."""
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(400)
        assert page.evaluate(_BEYOND) == [], (where, width)


def look(page: Any, where: str, seen: Counter[str], names: Sequence[str] = NAMES) -> None:
    """Open all that can be opened, hold what is shown against the names, and count them."""
    open_all(page)
    for what in INTERPRETED:
        assert page.locator(what).count() == 0, (where, what, page.locator(what).first.inner_html())
    assert page.evaluate(_SCRIPTS) == 0, where
    words = visible(page)
    for name in map(squeezed, names):
        for match in re.finditer(re.match(r"[a-z]+", name)[0], words):  # type: ignore[index]
            as_written = os.path.commonprefix([name, words[match.start() :]])  # noqa: RUF071  (characters, no path)
            # Cut short, or one word of it that stands beside its figure in a list of bars.
            cut = words[match.start() + len(as_written)] in "…+−" if as_written != name else False
            assert as_written == name or cut, (where, words[match.start() :][:120])
            seen[name] += as_written == name
            seen[where] += 1
    assert page.problems == [] and page.foreign == [], where
    stays_inside(page, where)


def choose_line(page: Any, table: int, line: int) -> None:
    """Tick a line of a table, which is drawn on a canvas."""
    page.get_by_test_id("stDataFrame").nth(table).click(position={"x": 15, "y": 17 + 35 * line})
    page.wait_for_timeout(1_500)


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
    page.goto(f"{server.address}/runs?run={run.id}")
    choose_line(page, 0, 1)
    page.get_by_text("Better, or only luckier?").wait_for()
    look(page, "comparison", seen)
    page.goto(f"{server.address}/results?run={run.id}")
    page.get_by_role("heading", name="Predictions").wait_for()
    choose_line(page, -1, 1)
    page.get_by_role("group", name="Words scored for").wait_for()
    look(page, "opened row", seen)
    names = [squeezed(name) for name in NAMES]
    assert all(seen[where] for where in [*places, "heatmap", "comparison", "opened row"]), seen
    assert all(seen[name] for name in names), seen
    assert sum(seen[name] for name in names) >= 60, seen


def test_a_run_is_watched_whose_names_are_hostile(server: Server, page: Any, runs: list[Run]) -> None:
    page.goto(f"{server.address}/runs?run={runs[0].id}")
    page.get_by_role("button", name="Duplicate with changes").click()
    page.get_by_role("button", name="Start training").wait_for()
    fill(page, "Epochs", "1000")
    fill(page, "Batch size (texts)", "4")
    fill(page, "Name of the run", RUN[::-1].replace("\n", " "))
    page.get_by_role("button", name="Start training").click()
    page.get_by_text("Training: step").wait_for()
    for tab in ("Learning rate by layer", "Gradient norm", "Log"):
        page.get_by_role("tab", name=tab).click()
    seen: Counter[str] = Counter()
    look(page, "live view", seen)
    assert seen["live view"], seen
    page.get_by_role("button", name="Stop").wait_for()  # it was watched, not found finished


def test_a_hostile_file_is_uploaded(server: Server, page: Any, tmp_path: Path) -> None:
    name = "uploaded <img src=x onerror=alert(1)> **bold** $x^2$.csv"
    classes = (GOOD[:40], BAD[:40].replace('"', "'"))
    rows = "".join(f'"a {("great", "dull")[n % 2]} film, number {n}","{classes[n % 2]}"\n' for n in range(60))
    page.goto(f"{server.address}/data")
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": f'"{TEXT}","{LABEL}"\n{rows}'.encode()}
    )
    page.get_by_text("Train on this table").wait_for()
    look(page, "upload", seen := Counter(), (TEXT, LABEL))
    assert seen[squeezed(TEXT)] and seen[squeezed(LABEL)], seen
    assert squeezed(f"{name}: 60 rows") in visible(page)
    (stored,) = Workspace(tmp_path / "workspace").tables()
    assert stored.name == name and list(map(squeezed, stored.table().frame.columns)) == [
        squeezed(TEXT),
        squeezed(LABEL),
    ]
