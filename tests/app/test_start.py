"""The Start page: three ways in, the recent runs, the line on the machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from bertui.data.samples import sample
from bertui.data.splitting import make_split
from bertui.recipe import Recipe
from bertui.runs.background import BackgroundExecutor
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.ui.start.recent import test_score as score_words

Open = Callable[..., AppTest]


def finished(root: Path, name: str = "a run") -> Run:
    """A run that says it is finished, without having trained."""
    workspace = Workspace(root)
    stored = workspace.add_table(sample("reviews").read(), "reviews.csv")
    table = stored.table()
    run = workspace.create_run(table, make_split(table, Recipe().split), Recipe(), name=name)
    run.change(state="finished")
    metrics = {"accuracy": {"value": 0.924, "low": 0.91, "high": 0.936}}
    (run.folder / "report.json").write_text(json.dumps({"parts": {"test": {"metrics": metrics}}}), "utf-8")
    return run


def test_an_empty_workspace(open_page: Open) -> None:
    at = open_page("start")
    assert not at.exception
    assert any("No runs yet" in one.value for one in at.caption)
    assert any("Workspace" in one.value for one in at.caption)
    assert at.button(key="start-sentence").disabled


def test_one_click_starts_a_run_on_the_sample(
    open_page: Open, workspace_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued: list[Run] = []
    monkeypatch.setattr(BackgroundExecutor, "submit", lambda self, run: queued.append(run))
    at = open_page("start").button(key="start-sample").click().run()
    assert not at.exception
    (run,) = queued
    assert (run.recipe.training.epochs, run.recipe.training.batch_size) == (2, 8)
    usual = Recipe().resolved()
    assert set(run.recipe.differences(usual)) == {"training.epochs", "training.batch_size", "optimizer.learning_rate"}
    assert run.recipe.optimizer.learning_rate == 2 * (usual.optimizer.learning_rate or 0)
    assert run.facts()["table_id"] == Workspace(workspace_root).tables()[0].id
    assert at.query_params["run"] in (run.id, [run.id])
    assert at.title[0].value.startswith("Train")


def test_the_upload_card_leads_to_data(open_page: Open) -> None:
    at = open_page("start").button(key="start-upload").click().run()
    assert not at.exception
    assert at.title[0].value == "Data"


def test_recent_runs_show_state_and_score(open_page: Open, workspace_root: Path) -> None:
    run = finished(workspace_root, "<b>*mine*</b>")
    at = open_page("start")
    assert not at.exception
    shown = [one.value for one in at.text]
    assert "<b>*mine*</b>" in shown
    assert any(
        "Finished" in one.value and "92.4 % accuracy (test)" in one.value.replace("\\", "") for one in at.markdown
    )
    assert not at.button(key="start-sentence").disabled
    assert at.button(key=f"start-open-{run.id}").label == "Results"


def test_no_score_is_a_dash(workspace_root: Path) -> None:
    run = finished(workspace_root)
    assert score_words(run) == "92.4 % accuracy (test)"
    (run.folder / "report.json").write_text('{"parts": {}}', "utf-8")
    assert score_words(run) == "–"
    (run.folder / "report.json").unlink()
    assert score_words(run) == "–"
