"""Every page under axe, the checker of accessibility: in light and dark, with all that opens opened."""

from __future__ import annotations

import json
from importlib.resources import files
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
from tests.browser.conftest import Server, open_all
from tests.tiny import tiny_bert

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
# Streamlit's file uploader labels a section that it calls presentational.
NOT_OURS = {"presentation-role-conflict": {"enabled": False}}


@pytest.fixture
def run(server: Server, tmp_path: Path) -> Run:
    """A finished run in the workspace of the server."""
    workspace = Workspace(tmp_path / "workspace")
    rows = [(f"a {('great', 'terrible', 'dull')[n % 3]} film, number {n}", ("good", "bad", "soso")[n % 3])
            for n in range(90)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["text", "label"], dtype="str")
    stored = workspace.add_table(frame.to_csv(index=False).encode(), "films.csv", roles=Roles(("text",), "label"))
    recipe = Recipe().changed(
        {"model.name": str(tiny_bert(tmp_path / "tiny")), "training.epochs": 4, "encoding.max_length": 32}
    )
    table = stored.table()
    made = workspace.create_run(table, make_split(table, stored.split_choice), recipe, name="a", table_id=stored.id)
    for _ in execute(made):
        pass
    return made


def violations(page: Any) -> list[str]:
    """Open all that can be opened and return what axe finds."""
    open_all(page)
    return found_by_axe(page)


def found_by_axe(page: Any) -> list[str]:
    """Return what axe finds on the page as it is: rule, how often, and the first of its places."""
    page.evaluate(AXE)
    found = page.evaluate(f"axe.run(document, {{rules: {json.dumps(NOT_OURS)}, resultTypes: ['violations']}})")
    return [f"{one['id']} ({len(one['nodes'])}): {one['nodes'][0]['html'][:200]}" for one in found["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_has_nothing_against_any_page(server: Server, page: Any, run: Run, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    table = run.facts()["table_id"]
    for path in ("", f"data?table={table}", f"train?table={table}&view=new", f"train?run={run.id}&view=run", "runs",
                 f"results?run={run.id}", f"layers?run={run.id}", f"sentence?run={run.id}"):  # fmt: skip
        page.goto(f"{server.address}/{path}")
        assert violations(page) == [], (path, scheme)
    page.get_by_label("Your text").fill("a great film")
    page.get_by_role("button", name="Read it").click()
    page.get_by_role("group", name="Words scored for").wait_for()
    assert violations(page) == [], ("sentence", scheme)


def test_sparklines_speak_in_words_and_code_takes_the_keyboard(server: Server, page: Any, run: Run) -> None:
    page.goto(f"{server.address}/train?run={run.id}&view=run")
    charts = page.get_by_test_id("stMetricChart")
    charts.first.wait_for()
    page.wait_for_timeout(1_000)
    assert charts.count() == 3
    assert charts.evaluate_all("all => all.map(one => one.getAttribute('aria-hidden'))") == ["true"] * 3
    spoken = page.locator(".bertui-spoken").all_inner_texts()
    assert [words.split(":")[0] for words in spoken] == [
        "Training loss as a line", "Validation Macro-F1 as a line", "Examples per second as a line"
    ]  # fmt: skip
    page.get_by_text("Choices of this run").click()
    assert page.get_by_test_id("stCode").last.locator("pre").get_attribute("tabindex") == "0"
