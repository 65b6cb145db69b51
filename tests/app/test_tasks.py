"""Every task goes the same way through the app: upload, check, train, results, one row of one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from bertui.data.reading.reading import read_table
from bertui.data.splitting import make_split
from bertui.data.templates import TEMPLATES
from bertui.recipe import Recipe, with_task_defaults
from bertui.runs.execution import execute
from bertui.runs.run import Run
from bertui.runs.workspace import StoredTable, Workspace
from bertui.tasks.registry import TASKS
from bertui.ui.layers.page import VIEWS
from tests.app.test_layers import settled, started

Open = Callable[..., AppTest]
KINDS = list(TASKS)


def template(kind: str) -> pd.DataFrame:
    """The rows of a task's first template, eight times; contexts differ, since rows with one context stay together."""
    first = TEMPLATES[kind][0]
    frame = pd.concat([read_table(first.content, first.file_name)[0]] * 8, ignore_index=True)
    if "context" in frame:
        frame["context"] += [f" Note {number}." for number in range(len(frame))]
    return frame


def chosen_task(at: AppTest) -> Any:
    return next(box for box in at.selectbox if (box.key or "").startswith("data-task-"))


def stored(kind: str, root: Path) -> StoredTable:
    return Workspace(root).add_frame(template(kind), f"{kind}.csv")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, tiny: Path) -> dict[str, Run]:
    """A finished run of every task on a tiny model; all in one workspace."""
    workspace, by_task = Workspace(tmp_path_factory.mktemp("tasks")), {}
    for kind in KINDS:
        table = stored(kind, workspace.root)
        recipe = with_task_defaults(Recipe(), kind).changed(
            {"model.name": str(tiny), "training.epochs": 1, "encoding.max_length": 64, "training.precision": "32-bit"}
        )
        rows = table.table()
        run = workspace.create_run(rows, make_split(rows, table.split_choice), recipe, name=kind, table_id=table.id)
        for _ in execute(run):
            pass
        by_task[kind] = run
    return by_task


@pytest.fixture
def finished(runs: dict[str, Run], monkeypatch: pytest.MonkeyPatch) -> dict[str, Run]:
    monkeypatch.setenv("BERTUI_WORKSPACE", str(runs["score"].folder.parents[1]))
    return runs


@pytest.mark.parametrize("kind", KINDS)
def test_the_data_page_guesses_the_task_and_finds_nothing_that_must_be_mended(
    kind: str, workspace_root: Path, open_page: Open
) -> None:
    table = stored(kind, workspace_root)
    at = open_page("data", table=table.id)
    assert not at.exception and not at.error
    assert chosen_task(at).value == kind
    assert not at.button(key="data-train").disabled


@pytest.mark.parametrize("kind", KINDS)
def test_the_train_page_names_the_task_and_hides_what_does_nothing_for_it(
    kind: str, workspace_root: Path, open_page: Open
) -> None:
    at = open_page("train", table=stored(kind, workspace_root).id)
    assert not at.exception and not at.error
    keys = [widget.key.split(":", 1)[1] for widget in [*at.number_input, *at.selectbox] if ":" in (widget.key or "")]
    assert "optimizer.learning_rate" in keys
    for path in TASKS[kind].without:
        assert not [key for key in keys if key == path or key.startswith(f"{path}.")], path
    for path, value in TASKS[kind].recipe_defaults.items():
        assert next(one.value for one in at.number_input if (one.key or "").endswith(path)) == value
    assert f"--task {kind}" in " ".join(block.value for block in at.code)


@pytest.mark.parametrize("kind", KINDS)
def test_the_results_page_shows_every_measure_and_opens_without_an_error(
    kind: str, finished: dict[str, Run], open_page: Open
) -> None:
    at = open_page("results", run=finished[kind].id)
    assert not at.exception and not at.error
    shown = [metric.label for metric in at.metric]
    assert [measure.title for measure in TASKS[kind].measures] == shown


@pytest.mark.parametrize("kind", KINDS)
def test_the_sentence_page_asks_for_what_the_task_reads_and_explains_the_answer(
    kind: str, finished: dict[str, Run], open_page: Open
) -> None:
    run = finished[kind]
    table = run.data()[0]
    inputs = table.inputs(table.frame.index[:1])[0]
    at = open_page("sentence", run=run.id)
    boxes = [box.key for box in at.text_area if (box.key or "").startswith("sentence_text")]
    assert len(boxes) == len(inputs)
    for key, text in zip(boxes, inputs, strict=True):
        at.text_area(key=key).set_value(text)
    at.run()
    assert not at.exception and not at.error
    html = " ".join(block.proto.body for block in at.get("html"))
    assert "Words scored for" in html and "whatever the words" in html
    at.selectbox(key="method_sentence").set_value("integrated-gradients:32:pad").run()
    assert not at.exception and "Together the text moved" in " ".join(block.proto.body for block in at.get("html"))
    two = kind in ("question-answering", "multiple-choice") or len(inputs) == 2
    assert ("Words that act together" in [one.label for one in at.expander]) == two


def test_another_task_is_chosen_on_the_data_page(workspace_root: Path, open_page: Open) -> None:
    table = stored("score", workspace_root)
    at = open_page("data", table=table.id)
    chosen_task(at).set_value("single-label").run()
    assert not at.exception
    assert table.facts()["roles"]["task"] == "single-label"
    assert table.table().roles.one("text_b") == "text_b"


def test_the_form_begins_anew_when_the_table_is_for_another_task(workspace_root: Path, open_page: Open) -> None:
    first, second = stored("single-label", workspace_root), stored("question-answering", workspace_root)
    at = open_page("train", table=first.id)

    def longest() -> int:
        return next(int(one.value) for one in at.number_input if (one.key or "").endswith("encoding.max_length"))

    assert longest() == 256
    at.query_params["table"] = second.id
    at.session_state["table"] = second.id
    at.run()
    assert longest() == 384


@pytest.mark.parametrize("kind", KINDS)
def test_every_view_of_layers_is_drawn_or_says_in_one_message_why_not(
    kind: str, finished: dict[str, Run], open_page: Open
) -> None:
    at = open_page("layers", run=finished[kind].id)
    for view in VIEWS:
        at.session_state[f"layers_open_{view.key}"] = True
    at = settled(at)
    while begin := [one.key for one in at.button if (one.key or "").endswith("_start")]:
        at = started(at, begin[0].removeprefix("layers_").removesuffix("_start"))
    told = [one.value for one in at.error]
    reads_every_token = kind in ("tagging", "question-answering")
    assert sum("language-model head" in one for one in told) == 1
    assert sum("lens" in one for one in told) == reads_every_token
    assert len(told) == 1 + reads_every_token, told
    titles = [one.value for one in at.subheader]
    assert ("Tokens of one text" in titles) == reads_every_token
    assert len(at.get("plotly_chart")) >= 14 - 2 * reads_every_token
