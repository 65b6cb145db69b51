"""The Runs page: empty, the table, comparison and deletion."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from bertui.data.roles import Roles
from bertui.data.splitting import make_split
from bertui.data.table import Table
from bertui.errors import RunError
from bertui.experiment.experiment import write_predictions
from bertui.modeling.size import Size
from bertui.recipe import Recipe
from bertui.runs.naming import rename
from bertui.runs.overview import differs, overview, paired, side_by_side, unique_names
from bertui.runs.run import Run
from bertui.runs.trash import DAYS, Trash
from bertui.runs.workspace import Workspace
from bertui.tasks.labels.single_label import LabelPrediction, SingleLabel

PAGES = Path(__file__).parents[2] / "pages"
STATES = {"finished": "Finished", "failed": "Failed", "interrupted": "Interrupted"}


@pytest.fixture
def workspace(workspace_root: Path) -> Workspace:
    return Workspace(workspace_root)


def add_run(workspace: Workspace, right: int, *, state: str = "finished", extra: int = 0, **changes: object) -> Run:
    """A run whose first ``right`` of 10 test rows are answered right."""
    rows = [(f"text {n}", "good" if n % 2 else "bad") for n in range(40 + extra)]
    frame = pd.DataFrame(rows, columns=["words", "mood"], dtype="str")
    table = Table(frame, Roles(("words",), "mood"), "moods")
    paths = {name.replace("__", "."): value for name, value in changes.items()}
    recipe = Recipe().changed({"split.test": 0.25, **paths})
    split = make_split(table, recipe.split)
    run = workspace.create_run(table, split, recipe, name="moods")
    run.change(state=state)
    targets = table.targets(split.test)
    chosen = np.where(np.arange(len(targets)) < right, targets, 1 - targets)
    task = SingleLabel(classes=table.classes)
    answers = [LabelPrediction(("",), 0, table.classes[one], table.classes, tuple(np.eye(2)[one])) for one in chosen]
    judged = task.judge(task.gold(table, split.test), answers, split.test)
    write_predictions(run.folder, "test", split.test, answers, judged)
    interval = {"value": right / 10, "low": 0.0, "high": 1.0}
    part = {"n": 10, "metrics": dict.fromkeys(judged.metrics, interval), "views": [], "baselines": []}
    report = {"task": "single-label", "seconds": 61.0, "parts": {"test": part, "validation": part}}
    (run.folder / "report.json").write_text(json.dumps(report), "utf-8")
    return run


def alone() -> AppTest:
    page = AppTest.from_file(str(PAGES / "runs.py"), default_timeout=60).run()
    assert not page.exception, page.exception
    return page


def test_without_runs_it_offers_to_start_one(workspace: Workspace) -> None:
    page = alone()
    assert "Nothing has been trained" in page.info[0].value
    assert page.button[0].label == "Start a run"


def test_the_table_has_a_row_per_run(workspace: Workspace) -> None:
    add_run(workspace, 8)
    add_run(workspace, 6, training__epochs=5)
    page = alone()
    frame = page.dataframe[0].value
    assert len(frame) == 2
    assert set(frame["Test"]) == {"80.0 % accuracy", "60.0 % accuracy"}


def test_overview_says_what_differs_and_survives_a_broken_run(workspace: Workspace) -> None:
    good = add_run(workspace, 8, training__epochs=5)
    broken = add_run(workspace, 8)
    (broken.folder / "recipe.json").write_text("{", "utf-8")
    frame = overview([good, broken], STATES)
    assert frame["Differs"][0] == "epochs 5 · test 0.25"
    assert frame["Time"][0] == "1 min 1 s"
    assert frame["State"].tolist() == ["Finished", "Unreadable"]


def test_the_model_and_its_own_rate_are_no_difference() -> None:
    base, size = Recipe().changed({"model.name": "bert-base-uncased"}), Size("bert", 768, 12)
    assert differs(base.resolved(500), 500) == ""
    assert differs(base.resolved(500, size), 500, size=size) == ""
    assert differs(base.resolved(500, size), 500, size=Size("bert", 1024, 24)) == "learning rate 2e-05"


def test_the_rate_of_a_model_that_is_gone_is_told_by_what_it_became(workspace: Workspace) -> None:
    """The pre-trained model is no longer on this machine; the run's own folder says how large it was."""
    run = add_run(workspace, 8, model__name="acme/bert", optimizer__learning_rate=2e-5)
    assert "learning rate 2e-05" in overview([run], STATES)["Differs"][0]
    (run.folder / "model").mkdir()
    size = {"base_size": Size("bert", 768, 12).to_json()}
    (run.folder / "model" / "bertui.json").write_text(json.dumps(size), "utf-8")
    assert "learning rate" not in overview([run], STATES)["Differs"][0]


def test_side_by_side_marks_differences(workspace: Workspace) -> None:
    runs = [add_run(workspace, 8), add_run(workspace, 8, training__epochs=5)]
    frame = side_by_side(runs)
    assert frame["Choice"].tolist() == ["Epochs"]
    assert frame.iloc[0].tolist()[2:] == ["20", "5"]
    whole = side_by_side(runs, everything=True)
    assert len(whole) > 20 and (whole[""] == "≠").sum() == 1


def test_equal_names_are_told_apart(workspace: Workspace) -> None:
    names = unique_names([add_run(workspace, 8), add_run(workspace, 8)])
    assert len(set(names)) == 2


def test_paired_comparison_needs_the_same_rows(workspace: Workspace) -> None:
    first, second, other = add_run(workspace, 10), add_run(workspace, 4), add_run(workspace, 4, extra=4)
    pair = paired(first, second)
    assert pair.possible and "100.0 %" in pair.words and "40.0 %" in pair.words
    refused = paired(first, other)
    assert not refused.possible and "different tables" in refused.words


def test_another_split_is_refused(workspace: Workspace) -> None:
    pair = paired(add_run(workspace, 10), add_run(workspace, 10, split__seed=3))
    assert not pair.possible and "not the same" in pair.words


def test_a_deep_link_chooses_the_run_and_shows_its_comparison(workspace: Workspace) -> None:
    run = add_run(workspace, 8, state="failed")
    run.change(error="It *broke*.")
    page = AppTest.from_file(str(PAGES / "runs.py"), default_timeout=60)
    page.query_params["run"] = run.id
    page.run()
    assert not page.exception
    assert any(r"\*broke\*" in one.value for one in page.error)
    assert "Open training" in [one.label for one in page.button]


def test_chosen_runs_are_compared_and_can_be_deleted(workspace: Workspace) -> None:
    for right in (8, 4):
        add_run(workspace, right)
    page = AppTest.from_function(_both).run(timeout=60)
    assert not page.exception
    assert any("McNemar" in one.value for one in page.markdown)


def _both() -> None:
    from bertui.ui import shell
    from bertui.ui.runs.chosen import together

    together(shell.workspace().runs())


def test_deleting_asks_first_and_forgets_the_run(workspace: Workspace) -> None:
    add_run(workspace, 8)
    page = AppTest.from_function(_dialog).run(timeout=60)
    assert len(workspace.runs()) == 1
    next(one for one in page.button if one.label == "Delete for good").click().run()
    assert not page.exception
    assert workspace.runs() == []


def test_a_deleted_run_comes_back_by_undo_and_from_the_trash(
    workspace: Workspace, open_page: Callable[..., AppTest]
) -> None:
    run = add_run(workspace, 8)
    facts, rows = run.facts(), run.data()[0].frame
    for label in ("Undo", "Restore"):
        Trash(workspace).put(run)
        assert workspace.runs() == [] and not run.folder.exists()
        page = open_page("runs")
        if label == "Undo":
            page.session_state["deleted-run"] = [run.id]
            page.run()
        next(one for one in page.button if one.label == label).click().run()
        assert not page.exception
        assert workspace.runs() == [run] and Trash(workspace).runs() == []
    assert run.facts() == facts and run.data()[0].frame.equals(rows)


def test_emptying_the_trash_of_runs_leaves_the_tables_in_it(
    workspace: Workspace, open_page: Callable[..., AppTest]
) -> None:
    run = add_run(workspace, 8)
    table = workspace.add_frame(pd.DataFrame({"text": ["a"], "label": ["b"]}, dtype="str"), "kept.csv")
    for item in (run, table):
        Trash(workspace).put(item)
    page = open_page("runs")
    next(one for one in page.button if one.label == "Empty the trash").click().run()
    assert not page.exception and Trash(workspace).runs() == []
    assert [one.name for one in Trash(workspace).tables()] == ["kept.csv"]


def test_the_trash_keeps_a_run_for_some_days_and_never_a_live_one(workspace: Workspace) -> None:
    trash, old, new = Trash(workspace), add_run(workspace, 8), add_run(workspace, 8)
    trash.put(old)
    trash.put(new)
    assert trash.runs()[0].id == new.id and trash.size(trash.runs()) > 1_000
    long_ago = time.time() - (DAYS + 1) * 86_400
    os.utime(trash.folder / old.id, (long_ago, long_ago))
    trash.empty(older_than=DAYS * 86_400)
    assert [run.id for run in trash.runs()] == [new.id]
    live = add_run(workspace, 8, state="running")
    with pytest.raises(RunError, match="Stop it first"):
        trash.put(live)
    assert live.folder.exists()


def test_a_link_in_the_trash_is_removed_and_not_what_it_leads_to(workspace: Workspace, tmp_path: Path) -> None:
    run = add_run(workspace, 8)
    elsewhere = run.folder.rename(tmp_path / "elsewhere")
    run.folder.symlink_to(elsewhere)
    Trash(workspace).put(run)
    assert workspace.runs() == []
    Trash(workspace).empty()
    assert (elsewhere / "run.json").is_file() and not list(Trash(workspace).folder.iterdir())


def test_the_address_of_a_run_in_the_trash_offers_it_back(
    workspace: Workspace, open_page: Callable[..., AppTest]
) -> None:
    run = add_run(workspace, 8)
    Trash(workspace).put(run)
    page = open_page("train", run=run.id)
    assert "trash" in page.warning[0].value
    next(one for one in page.button if one.label == "Restore it").click().run()
    assert not page.exception and workspace.runs() == [run]


def test_a_run_is_renamed_but_not_to_nothing_nor_to_anothers_name(workspace: Workspace) -> None:
    run, other = add_run(workspace, 8), add_run(workspace, 8)
    rename(workspace, run, "  the   good one ")
    assert run.name == "the good one"
    rename(workspace, run, "the good one")
    for wrong in ("", " \t", "moods"):
        with pytest.raises(RunError):
            rename(workspace, run, wrong)
    other.change(state="running")
    with pytest.raises(RunError, match="when it has ended"):
        rename(workspace, other, "new")


def test_duplicate_leads_from_runs_to_the_form(workspace: Workspace, open_page: Callable[..., AppTest]) -> None:
    run = add_run(workspace, 8, training__epochs=7)
    page = open_page("runs", run=run.id)
    next(one for one in page.button if one.label == "Duplicate with changes").click().run()
    assert not page.exception
    assert page.title[0].value == "Train" and any(run.name in one.value for one in page.info)
    epochs = next(one for one in page.number_input if one.key and one.key.endswith(":training.epochs"))
    assert epochs.value == 7


def test_a_live_run_cannot_be_deleted(workspace: Workspace) -> None:
    add_run(workspace, 8, state="running")
    page = AppTest.from_function(_dialog).run(timeout=60)
    assert next(one for one in page.button if one.label == "Delete for good").disabled


def _dialog() -> None:
    from bertui.ui import shell
    from bertui.ui.runs.change import confirm_deletion

    confirm_deletion([run.id for run in shell.workspace().runs()])
