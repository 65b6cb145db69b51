"""The Train page: empty, form, contradictions, start, and every state a run can be in."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest
from streamlit.testing.v1 import AppTest

from bertui.cli.train import train as train_command
from bertui.data.phrases import duration
from bertui.data.roles import Roles
from bertui.data.splitting import SplitChoice, make_split
from bertui.errors import RecipeError
from bertui.evaluation.compare import compare
from bertui.recipe import Recipe, choices, preset
from bertui.runs.event_words import remedy_words
from bertui.runs.feed import feed_of
from bertui.runs.how_good import against_baselines, headline, is_perfect, next_step
from bertui.runs.naming import default_name, free_name
from bertui.runs.plan import python_words
from bertui.runs.run import Run
from bertui.runs.workspace import StoredTable, Workspace
from bertui.tasks.labels.single_label import SingleLabel
from bertui.training.events import AlarmRaised, Evaluated, LayersMoved, PhaseBegan, PinsAsked, StepTaken, TrainingBegan

APP = Path(__file__).parents[2] / "app.py"


@pytest.fixture
def workspace(workspace_root: Path) -> Workspace:
    return Workspace(workspace_root)


def add_table(workspace: Workspace) -> StoredTable:
    rows = [(f"text number {n} *bold*", "good" if n % 2 else "bad") for n in range(40)]
    return workspace.add_frame(pd.DataFrame(rows, columns=["words", "mood"]), "my $x$ [table]",
                               roles=Roles(text=("words",), label="mood"))  # fmt: skip


def add_run(workspace: Workspace, state: str, **facts: object) -> Run:
    stored = add_table(workspace)
    recipe = Recipe().changed({"training.epochs": 7})
    table = stored.table()
    split = make_split(table, recipe.split)
    run = workspace.create_run(table, split, recipe, name="a `run`", table_id=stored.id)
    run.change(state=state, **facts)
    return run


def tell(run: Run) -> None:
    run.log(PhaseBegan("train"))
    run.log(TrainingBegan(20, 2.0, 30, 1000, 1000, "cpu", "32-bit"))
    for step in range(1, 6):
        run.log(StepTaken(step, 1.0 / step, 0.5, {"layer 1": 1e-4, "head": 1e-4}, 8, 80, 0.5))
    run.log(Evaluated(5, 0.5, {"loss": 0.4, "accuracy": 0.8, "f1_macro": 0.75}, True, 0.5))


def catch_submitted(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """Nothing is trained; the runs that would have been are listed."""
    submitted: list[Run] = []
    where = "bertui.runs.background.BackgroundExecutor.submit"
    monkeypatch.setattr(where, lambda self, run: submitted.append(run))
    return submitted


def open_page(run: Run | None = None, **query: str) -> AppTest:
    page = AppTest.from_file(str(APP), default_timeout=60).run()
    if run is not None:
        page.query_params["run"] = run.id
    for key, value in query.items():
        page.query_params[key] = value
    page.switch_page("pages/train.py").run()
    assert not page.exception, page.exception
    return page


def button(page: AppTest, label: str):  # type: ignore[no-untyped-def]
    return next((one for one in page.button if one.label == label), None)


def test_without_a_table_it_says_what_is_missing(workspace: Workspace) -> None:
    page = open_page()
    assert "no table" in page.info[0].value
    assert button(page, "Go to Data") is not None


def test_the_form_shows_every_choice_with_help_and_says_nothing_new(workspace: Workspace) -> None:
    add_table(workspace)
    page = open_page()
    shown = [*page.selectbox, *page.number_input, *page.toggle, *page.text_input]
    keys = {one.key.split(":")[1]: one for one in shown if one.key and one.key.startswith("recipe")}
    for entry in choices():
        section = entry.path.split(".")[0]
        if section == "split" or {section, entry.path} & set(SingleLabel.without):
            assert entry.path not in keys, "it is chosen elsewhere, or does nothing for this task"
        else:
            assert keys[entry.path].help, entry.path
    assert keys["optimizer.learning_rate"].value is None
    saved = next(block.value for block in page.code if "bertui train" in block.value)
    assert "--set" not in saved  # the form as it opens is the recommended recipe


def test_a_changed_choice_reaches_the_command_line_and_the_steps(workspace: Workspace) -> None:
    add_table(workspace)
    page = open_page()
    epochs = next(one for one in page.number_input if one.key.endswith(":training.epochs"))
    epochs.set_value(5).run()
    assert any("training.epochs=5" in block.value for block in page.code)
    assert any("'training.epochs': 5" in block.value for block in page.code)
    assert any(
        "<dt>Steps</dt><dd>5</dd>" in block.value for block in page.html
    )  # 30 rows in batches of 32: a step an epoch


def test_the_automatic_rate_is_that_of_the_model_once_it_is_here(workspace: Workspace) -> None:
    add_table(workspace)
    page = open_page()
    automatic = "<dt>Learning rate (automatic)</dt><dd>{}</dd>"
    assert any(automatic.format("0.0001") in block.value for block in page.html)
    model = next(one for one in page.selectbox if one.key.endswith(":model.name"))
    model.set_value("roberta-base").run()
    assert any(automatic.format("when the model is here") in block.value for block in page.html)
    rate = next(one for one in page.number_input if one.key.endswith(":optimizer.learning_rate"))
    rate.set_value(3e-5).run()
    assert not any("Learning rate (automatic)" in block.value for block in page.html)


def test_a_preset_fills_the_form(workspace: Workspace) -> None:
    add_table(workspace)
    page = open_page()
    page.pills[0].set_value("Small data").run()
    epochs = next(one for one in page.number_input if one.key.endswith(":training.epochs"))
    assert epochs.value == 15


def test_the_best_model_can_be_chosen_by_the_measures_of_the_task(workspace: Workspace) -> None:
    stored = add_table(workspace)
    page = open_page()
    best = next(one for one in page.selectbox if one.key.endswith(":training.best"))
    assert best.options == ["auto (Macro-F1)", "Loss", "Accuracy", "Macro-F1", "Weighted F1", "Matthews"]
    best.set_value("f1_weighted").run()
    assert any("training.best=f1_weighted" in block.value for block in page.code)
    with pytest.raises(RecipeError, match="'exact', which is no measure of the task 'One label'"):
        table = stored.table()
        workspace.create_run(table, make_split(table, SplitChoice()), Recipe().changed({"training.best": "exact"}))
    assert not workspace.runs()


def test_a_recipe_of_another_task_is_refused_by_the_name_of_its_measure(workspace: Workspace) -> None:
    add_table(workspace)
    page = open_page()
    recipe = Recipe().changed({"training.best": "recall"})
    page.get("file_uploader")[0].set_value(("recipe.json", recipe.to_text().encode(), "application/json")).run()
    assert not page.exception
    assert "'recall'" in page.error[0].value.replace("\\", "") and "f1" in page.error[0].value
    start = button(page, "Start training")
    assert start is not None and start.disabled


def test_a_contradiction_is_told_and_start_disabled(workspace: Workspace) -> None:
    add_table(workspace)
    page = open_page()
    next(one for one in page.selectbox if one.key.endswith(":training.trained")).set_value("frozen").run()
    next(one for one in page.number_input if one.key.endswith(":optimizer.layer_decay")).set_value(0.9).run()
    assert not page.exception
    assert "frozen" in page.error[0].value
    assert button(page, "Start training").disabled


def test_start_makes_and_queues_a_run_with_the_tables_split(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = add_table(workspace)
    stored.set_split(stored.split_choice.model_copy(update={"test": 0.5}))
    submitted = catch_submitted(monkeypatch)
    page = open_page()
    next(one for one in page.toggle if one.label.startswith("Try")).set_value(True).run()
    button(page, "Start training").click().run()
    assert not page.exception
    (run,) = submitted
    assert run.facts()["sizes"]["test"] == 20
    assert run.recipe.split.sample == 0.1
    assert page.query_params["run"] in (run.id, [run.id])
    assert any("Waiting" in one.value for one in page.info)


def test_a_live_run_shows_numbers_and_stop(workspace: Workspace) -> None:
    run = add_run(workspace, "running")
    tell(run)
    page = open_page(run)
    labels = {one.label: one for one in page.metric}
    assert labels["Validation Macro-F1"].value == "75.0 %"
    assert labels["Examples per second"].value == "16"
    assert labels["Time left"].value == "8 s"  # 15 steps of half a second
    assert button(page, "Stop and keep best") is not None
    assert button(page, "Throw away") is not None


def test_a_failed_run_offers_its_remedy_and_user_words_stay_plain(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted = catch_submitted(monkeypatch)
    remedy = {"training.batch_size": 16, "training.accumulation": 2}
    alarm = {"kind": "memory", "remedy": remedy}
    run = add_run(workspace, "failed", error="Memory ran out with *32* texts.", alarm=alarm)
    page = open_page(run)
    assert r"\*32\*" in page.error[0].value
    button(page, "Start again with half the batch").click().run()
    assert not page.exception
    (fresh,) = submitted
    assert fresh.recipe.training.batch_size == 16 and fresh.recipe.training.epochs == 7
    assert fresh.facts()["sizes"] == run.facts()["sizes"]


def test_an_interrupted_run_can_be_resumed(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted = catch_submitted(monkeypatch)
    run = add_run(workspace, "interrupted")
    page = open_page(run)
    button(page, "Resume").click().run()
    assert submitted == [run]


def test_duplicate_loads_the_recipe_into_the_form(workspace: Workspace) -> None:
    page = open_page(add_run(workspace, "cancelled"))
    button(page, "Duplicate with changes").click().run()
    assert not page.exception
    epochs = next(one for one in page.number_input if one.key.endswith(":training.epochs"))
    assert epochs.value == 7


def test_a_finished_run_says_how_good_it_is(workspace: Workspace) -> None:
    run = add_run(workspace, "finished")
    (run.folder / "report.json").write_text(json.dumps(report()), "utf-8")
    page = open_page(run)
    assert "90" in page.info[0].value and "TF" in page.info[0].value
    assert button(page, "See results") is not None


def report() -> dict[str, object]:
    def metrics(value: float) -> dict[str, object]:
        interval = {"value": value, "low": value - 0.05, "high": value + 0.05}
        return dict.fromkeys(("accuracy", "f1_macro", "f1_weighted", "mcc"), interval)

    baselines = [{"name": "Majority class", "seconds": 0, "metrics": metrics(0.5)},
                 {"name": "TF-IDF", "seconds": 0, "metrics": metrics(0.8)}]  # fmt: skip
    parts = {"test": {"n": 100, "metrics": metrics(0.9), "views": [], "baselines": baselines}}
    return {"task": "single-label", "seconds": 61, "parts": json.loads(json.dumps(parts))}


def test_headline_gives_the_main_measure_against_the_best_baseline() -> None:
    expected = "On 100 test rows: Accuracy 90.0 % (85.0 to 95.0), against 80.0 % for TF-IDF."
    assert headline(SingleLabel, report()) == expected
    assert "nothing can be said" in headline(SingleLabel, {"parts": {}})


def test_a_model_without_an_error_is_not_trained_on() -> None:
    scores = report()
    assert not is_perfect(SingleLabel, scores) and not is_perfect(SingleLabel, {"parts": {}})
    scores["parts"]["test"]["metrics"]["accuracy"] |= {"value": 1.0, "high": 1.0}  # type: ignore[index]
    assert is_perfect(SingleLabel, scores)


def test_steps_are_those_of_the_loop() -> None:
    changes = {"training.batch_size": 8, "training.accumulation": 3, "training.epochs": 2}
    training = Recipe().changed(changes).training
    assert training.steps(50) == 6  # 7 batches, 3 steps an epoch
    assert training.model_copy(update={"max_steps": 4}).steps(50) == 4


def test_events_are_read_once_and_a_resumed_run_forgets_old_alarms(workspace: Workspace) -> None:
    run = add_run(workspace, "running")
    tell(run)
    run.log(AlarmRaised("one-class", "Nothing is learned.", 5, {"optimizer.learning_rate": 1e-5}))
    feed = feed_of(run)
    assert len(feed.history.steps) == 5 and len(feed.alarms) == 1
    assert feed.progress() == (0.25, "Training: step 5 of 20")
    run.log(StepTaken(6, 0.1, 0.5, {"head": 1e-4}, 8, 80, 0.5))
    assert len(feed_of(run).history.steps) == 6
    run.log(TrainingBegan(20, 2.0, 30, 1000, 1000, "cpu", "32-bit", resumed_at=3))
    assert len(feed_of(run).history.steps) == 3 and not feed_of(run).alarms


def test_a_model_no_better_by_the_paired_test_is_not_praised() -> None:
    scores = report()
    right = np.arange(100) < 90
    for baseline, hits in zip(scores["parts"]["test"]["baselines"], (50, 80), strict=True):  # type: ignore[index]
        baseline["comparison"] = compare(right.astype(float), (np.arange(100) < hits).astype(float)).to_json()
    assert against_baselines(SingleLabel, scores)[0] == "better"
    tfidf = scores["parts"]["test"]["baselines"][1]  # type: ignore[index]
    tfidf["comparison"] = compare(right.astype(float), (np.arange(100) >= 11).astype(float)).to_json()
    where, words = against_baselines(SingleLabel, scores)
    assert where == "unclear" and "cannot be told" in words


def test_what_was_started_outside_the_app_is_stopped_and_cancelled_in_it(workspace: Workspace) -> None:
    outside = psutil.Process(os.getppid())
    run = add_run(workspace, "running", kind="process", pid=outside.pid, born=outside.create_time())
    tell(run)
    page = open_page(run)
    assert not [one.value for one in page.caption if "outside" in one.value]
    button(page, "Stop and keep best").click().run()
    assert not page.exception and run.state == "stopping" and run.asked("stop") and not run.asked("cancel")
    assert button(page, "Stop and keep best").disabled
    button(page, "Throw away").click().run()
    assert not page.exception and run.asked("cancel")
    waiting = add_run(workspace, "queued", kind="background", pid=outside.pid, born=outside.create_time())
    page = open_page(waiting)
    button(page, "Throw away").click().run()
    assert not page.exception and waiting.state == "cancelled"


def test_a_second_run_of_the_same_name_gets_a_number(workspace: Workspace) -> None:
    add_run(workspace, "finished")
    assert free_name(workspace, "another") == "another"
    second = free_name(workspace, "a `run`")
    assert second == "a `run` (2)"
    add_run(workspace, "finished").change(name=second)
    assert free_name(workspace, second) == "a `run` (3)"


def test_the_first_name_of_a_run_says_what_is_special_about_it() -> None:
    def name(**changes: object) -> str:
        paths = {path.replace("__", "."): value for path, value in changes.items()}
        return default_name("shop requests.csv", Recipe().changed(paths), "single-label")

    assert name() == name(split__test=0.3) == "shop requests · Recommended"
    assert name(training__epochs=5, training__seed=2) == "shop requests · epochs 5 · seed 2"
    assert name(model__name="roberta-base") == "shop requests · roberta-base · Recommended"
    assert name(split__sample=0.1) == "shop requests · Recommended · 10 % of the rows"
    small = preset("Small data", "score")
    assert default_name("stars", small, "score") == "stars · Small data"
    assert len(default_name("x" * 300, small, "score")) <= 110


def test_choices_for_one_table_do_not_slip_into_the_next(workspace: Workspace) -> None:
    first, second = add_table(workspace), add_table(workspace)
    page = open_page(table=first.id, view="new")
    page.pills[0].set_value("Long texts").run()
    number(page, "training.epochs").set_value(9).run()
    next(one for one in page.toggle if one.label.startswith("Try")).set_value(True).run()
    page.query_params["table"] = second.id
    page.run()
    assert page.pills[0].value == "Recommended"
    assert number(page, "encoding.max_length").value == 256 and number(page, "training.epochs").value is None
    assert not next(one for one in page.toggle if one.label.startswith("Try")).value
    page.query_params["table"] = first.id
    page.run()
    assert number(page, "encoding.max_length").value == 512 and number(page, "training.epochs").value == 9


def number(page: AppTest, path: str):  # type: ignore[no-untyped-def]
    return next(one for one in page.number_input if one.key and one.key.endswith(f":{path}"))


def test_a_run_whose_table_was_removed_is_duplicated_with_its_own_rows(workspace: Workspace) -> None:
    run = add_run(workspace, "cancelled")
    workspace.delete(workspace.tables()[0])
    page = open_page(run)
    button(page, "Duplicate with changes").click().run()
    assert not page.exception
    (stored,) = workspace.tables()
    again = make_split(stored.table(), stored.split_choice)
    assert {name: rows.tolist() for name, rows in again.parts().items()} == {
        name: rows.tolist() for name, rows in run.data()[1].parts().items()
    }


def test_a_run_that_beats_nothing_offers_the_next_step(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    submitted = catch_submitted(monkeypatch)
    table = add_table(workspace).table()
    quick = preset("Quick look").changed({"training.max_steps": 3, "split.sample": 0.5, "split.test": 0.25})
    run = workspace.create_run(table, make_split(table, quick.split), quick, name="quick")
    run.change(state="finished")
    judged, right = report(), np.arange(100) < 70
    for baseline in judged["parts"]["test"]["baselines"]:  # type: ignore[index]
        baseline["comparison"] = compare(right.astype(float), np.ones(100)).to_json()
    (run.folder / "report.json").write_text(json.dumps(judged), "utf-8")
    page = open_page(run)
    button(page, "Train again with Recommended").click().run()
    assert not page.exception
    (fresh,) = submitted
    before, after = run.data()[1], fresh.data()[1]
    assert after.test.tolist() == before.test.tolist() and len(after.train) > len(before.train)
    assert fresh.recipe.training.max_steps is None and fresh.recipe.encoding.max_length == 256
    assert fresh.name != run.name
    assert next_step(fresh) == ("Train again with 40 epochs", {"training.epochs": 40, "training.max_steps": None})


def test_words() -> None:
    assert duration(None) == "–" and duration(59.6) == "1 min 0 s" and duration(3700) == "1 h 1 min"
    assert remedy_words({"optimizer.learning_rate": 4e-6}) == "learning rate 4e-06"


def test_the_python_lines_are_python() -> None:
    from bertui.runs.plan import Plan

    plan = Plan({"train": 1, "validation": 1, "test": 1}, 2, Roles(("it's", "b"), "label"))
    recipe = Recipe().changed({"encoding.truncation": "head", "training.epochs": 2})
    words = python_words(recipe, "a'b.csv", plan)
    compile(words, "shown", "exec")
    assert """train("a'b.csv", task='single-label', text=["it's", 'b'], label='label', set=""" in words
    assert "'training.epochs': 2" in words


def test_an_alarm_is_gone_once_the_validation_rows_are_answered_better(workspace: Workspace) -> None:
    run = add_run(workspace, "running")
    measure = SingleLabel.measures[0]
    checks = [(2, 0.5), (4, 0.5), (6, 0.8)]
    shown = []
    for step, accuracy in checks:
        run.log(Evaluated(step, 0.5, {"loss": 0.4, measure.name: accuracy}, step == 2, 0.5))
        if step == 2:
            run.log(AlarmRaised("one-class", "Nothing is learned so far.", 2, {}))
        shown.append([alarm.alarm for alarm in feed_of(run).open_alarms(measure)])
    assert shown == [["one-class"], ["one-class"], []]


def first_figure(page: AppTest, kind: str) -> dict[str, Any]:
    """The first chart of a page whose first trace is of a kind."""
    figures: list[dict[str, Any]] = [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]
    return next(figure for figure in figures if figure["data"][0]["type"] == kind)


def test_the_movement_of_layers_stands_beside_their_rates(workspace: Workspace) -> None:
    run = add_run(workspace, "interrupted")
    tell(run)
    page = open_page(run, view="run")
    labels = [tab.label for tab in page.tabs]
    assert labels.index("Movement by layer") == labels.index("Learning rate by layer") + 1
    page.session_state["live_tabs"] = "Movement by layer"
    page.run()
    assert any("No step is measured yet" in one.value for one in page.caption)
    run.log(LayersMoved(1, {"layer 1": 0.5, "head": 2.0}, {"layer 1": 0.0, "head": 0.01}))
    page.run()
    assert not page.exception
    assert any("does not learn is empty" in one.value for one in page.caption)
    choice = next(one for one in page.button_group if one.key == "movement")
    choice.set_value("Gradient norm (before clipping)").run()
    assert not page.exception
    heat = first_figure(page, "heatmap")["data"][0]
    assert heat["colorbar"]["title"]["text"] == "Gradient norm"


def pinned(step: int, sure: float) -> PinsAsked:
    words = {
        "text": "<b>so</b> good", "words": ["so", "good"], "spans": [[3, 5], [10, 14]], "scores": [-0.5, 1.5],
        "seen": [True, True], "target": 1, "other": 0.25, "output": sure, "baseline_output": None,
        "convergence_delta": None, "method": "frozen", "signed": True, "explained": "the logit of “good”",
        "against": None, "leaning": 0.25, "breaks": [], "unit": "", "full_colour": 0.2, "value": 1.5,
    }  # fmt: skip
    if sure < 0.5:
        words |= {"target": 0, "explained": "the logit of “bad”", "output": 1 - sure}
    one = {"texts": ["<b>so</b> good"], "answer": f"good, {100 * sure:.1f} %", "targets": ["bad", "good"], "unit": "",
           "probabilities": {"bad": 1 - sure, "good": sure}, "words": words}  # fmt: skip
    return PinsAsked(step, [one])


def test_pinned_sentences_change_and_a_slider_goes_back(workspace: Workspace) -> None:
    run = add_run(workspace, "interrupted")
    tell(run)
    page = open_page(run, view="run")
    page.session_state["live_tabs"] = "Pinned sentences"
    page.run()
    assert any("No sentence is pinned" in one.value for one in page.caption)
    run.log(pinned(0, 0.5))
    run.log(pinned(5, 0.75))
    page.run()
    assert not page.exception
    assert any("75.0 %" in one.value for one in page.caption)
    slider = page.select_slider[0]
    assert slider.value == 5
    slider.set_value(0).run()
    assert any("50.0 %" in one.value for one in page.caption)
    run.log(pinned(9, 0.9))
    page.run()
    assert page.select_slider[0].value == 0, "who went back stays there"
    page.select_slider[0].set_value(9).run()
    run.log(pinned(12, 0.95))
    page.run()
    assert page.select_slider[0].value == 12, "who stands at the newest goes on with it"
    assert not page.exception


def bars_of(page: AppTest) -> tuple[list[str], list[str]]:
    """The names of the bars of the first pinned sentence from top to bottom, and what is written at them."""
    figure = first_figure(page, "bar")
    return figure["layout"]["yaxis"]["ticktext"], figure["data"][0]["text"]


def test_the_bars_of_a_pinned_sentence_keep_their_places_and_its_target_is_said(workspace: Workspace) -> None:
    run = add_run(workspace, "interrupted")
    tell(run)
    for step, sure in ((0, 0.25), (5, 0.75), (9, 0.9)):
        run.log(pinned(step, sure))
    page = open_page(run, view="run")
    page.session_state["live_tabs"] = "Pinned sentences"
    page.run()
    said = "Here the words are scored for “{}”; after {} for another answer"
    assert bars_of(page) == (["bad", "good"], ["10.0 %", "90.0 %"])
    assert any(said.format("good", "step 0") in one.value for one in page.caption)
    page.select_slider[0].set_value(0).run()
    assert bars_of(page) == (["bad", "good"], ["75.0 %", "25.0 %"])
    assert any(said.format("bad", "steps 5, 9") in one.value for one in page.caption)


def test_a_duplicate_keeps_the_pins_and_the_command_has_them_quoted(workspace: Workspace) -> None:
    stored = add_table(workspace)
    table, recipe = stored.table(), Recipe()
    run = workspace.create_run(table, make_split(table, recipe.split), recipe, name="pinned", table_id=stored.id,
                               pins=["it's $5, \"so\" | good", "--text `bad`"])  # fmt: skip
    run.change(state="finished")
    page = open_page(run, view="run")
    button(page, "Duplicate with changes").click().run()
    assert not page.exception
    shell = next(block.value for block in page.code if block.value.startswith("bertui train"))
    words = shlex.split(shell)
    given = [words[at + 1] for at, word in enumerate(words) if word == "--pin"]
    assert given == ['it\'s $5, "so" | good', "--text `bad`"] == [text for (text,) in run.pins]
    read = train_command.make_context("train", words[2:]).params["pins"]
    assert list(read) == given, "the command line reads them so too"
    python = next(block.value for block in page.code if block.value.startswith("import bertui"))
    compile(python, "shown", "exec")
    assert f"pins={given!r})" in python
    page.pills[0].set_value("Small data").run()
    assert page.text_area[0].value.split("\n") == given, "a preset changes the choices alone"
    page.switch_page("pages/runs.py").run()
    page.switch_page("pages/train.py").run()
    assert page.text_area[0].value.split("\n") == given, "and they are there when one comes back"


def test_sentences_are_pinned_on_the_form(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    add_table(workspace)
    submitted = catch_submitted(monkeypatch)
    page = open_page()
    long = " ".join(["word"] * 300)
    for typed, words in (
        ("\n".join("abcdef"), "6 sentences are pinned"),
        ("so good\n\u200b", "sentence 2 holds nothing"),
        (long, "sentence 1 is too long"),
    ):
        next(one for one in page.text_area if one.label == "Pinned sentences").set_value(typed).run()
        assert any(words in one.value for one in page.error), typed
        assert button(page, "Start training").disabled
    next(one for one in page.text_area if one.label == "Pinned sentences").set_value("so good\n\nso | bad").run()
    button(page, "Start training").click().run()
    assert not page.exception
    assert submitted[0].pins == (("so good",), ("so | bad",))


def test_a_browser_that_says_that_nothing_is_chosen_gets_the_choice_back(workspace: Workspace) -> None:
    run = add_run(workspace, "interrupted")
    tell(run)
    page = open_page(run, view="run")
    for _ in range(2):
        page.session_state["train_view"] = None
        page.run()
        assert not page.exception and page.session_state["train_view"] == "This run"
        assert button(page, "Resume") is not None
    page.button_group(key="train_view").set_value("New run").run()
    page.session_state["train_view"] = None
    page.run()
    assert page.session_state["train_view"] == "New run" and button(page, "Resume") is None
    preset_key = page.pills[0].key
    page.session_state[preset_key] = None
    page.run()
    assert not page.exception and page.pills[0].value == "Recommended"
