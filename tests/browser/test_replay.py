"""A real browser replays a run that is over: it goes on by itself, stands still, goes back, and ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bertui.data.roles import Roles
from bertui.data.splitting import make_split
from bertui.recipe import Recipe
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.training.events import Evaluated, Event, PhaseBegan, StepTaken, TrainingBegan, to_json
from tests.browser.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

STEPS, SECONDS = 60, 6.0


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A finished run of six seconds; nothing was trained for it."""
    rows = [(f"text number {n}", "good" if n % 2 else "bad") for n in range(40)]
    workspace, recipe = Workspace(tmp_path / "workspace"), Recipe()
    stored = workspace.add_frame(pd.DataFrame(rows, columns=["words", "mood"]), "t", roles=Roles(("words",), "mood"))
    table = stored.table()
    made = workspace.create_run(table, make_split(table, recipe.split), recipe, name="replayed", table_id=stored.id)
    began: list[Event] = [PhaseBegan("train"), TrainingBegan(STEPS, 2.0, 30, 1000, 1000, "cpu", "32-bit")]
    lines = [(0.0, event) for event in began]
    for step in range(1, STEPS + 1):
        taken = StepTaken(step, 1.0 / step, 0.5, {"head": 1e-4}, 8, 80, 0.1)
        lines.append((step * SECONDS / STEPS, taken))
        if step % 20 == 0:
            scores = {"loss": 0.4, "accuracy": 0.8, "f1_macro": 0.75}
            lines.append((step * SECONDS / STEPS, Evaluated(step, 0.5, scores, True, 0.5)))
    text = "".join(json.dumps({"time": 1e9 + seconds, **to_json(event)}) + "\n" for seconds, event in lines)
    (made.folder / "events.jsonl").write_text(text, "utf-8")
    made.change(state="finished")
    return made


def test_a_run_is_replayed(server: Server, page: Any, run: Run) -> None:
    page.goto(f"{server.address}/train?run={run.id}&view=run")
    page.get_by_role("button", name="Replay").click()
    page.get_by_text("A replay, nothing is trained").wait_for()
    page.get_by_role("radio", name="as it was").click()
    page.get_by_text("The end of the run (finished)").wait_for()  # by itself
    slider = page.get_by_role("slider", name="Time since the start")
    assert float(slider.input_value()) == pytest.approx(SECONDS)
    page.get_by_text("75.0 %", exact=True).wait_for()
    slider.focus()
    page.keyboard.press("Home")
    page.get_by_text(f"0 s after the start, step 0 of {STEPS}").wait_for()
    page.get_by_text("75.0 %", exact=True).wait_for(state="detached")
    page.wait_for_timeout(1_500)
    assert float(slider.input_value()) == 0, "it stood at the end, so it stands here"
    page.get_by_role("button", name="Close").click()
    page.get_by_role("button", name="See results").wait_for()
    assert not page.problems and not page.foreign
