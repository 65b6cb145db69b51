"""The Layers page: each section opens on a real run, computes what it says, and fails alone."""

from __future__ import annotations

import importlib.util
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from bertui.runs.run import Run
from bertui.ui.answer.loaded import predictor_of
from bertui.ui.layers.text import _rows
from bertui.ui.layers.tour_steps import STEPS, Step
from bertui.ui.server.jobs import jobs
from tests.app.finished import HOSTILE

Open = Callable[..., AppTest]


@pytest.fixture
def opened(run: Run, open_page: Open) -> Callable[..., AppTest]:
    """Open the page with a section open."""

    def open_section(*views: str) -> AppTest:
        at = open_page("layers", run=run.id)
        for view in views:
            at.session_state[f"layers_open_{view}"] = True
        return settled(at)

    return open_section


def settled(at: AppTest) -> AppTest:
    """Run the page until no work is under way."""
    at.run()
    ends = time.monotonic() + 60
    while any(not job.done for job in list(jobs()._jobs.values())):
        assert time.monotonic() < ends
        time.sleep(0.05)
    at.run()
    assert not at.exception
    return at


def started(at: AppTest, place: str) -> AppTest:
    at.button(key=f"layers_{place}_start").click()
    return settled(at)


def test_no_model_says_what_is_missing(open_page: Open) -> None:
    at = open_page("layers")
    assert not at.exception and "no trained model yet" in at.info[0].value


def test_nothing_is_computed_before_a_section_is_open(opened: Callable[..., AppTest]) -> None:
    at = opened()
    assert at.slider(key="layers_layer").value == 2 and len(at.expander) >= 6
    assert not at.get("plotly_chart") and not jobs()._jobs


@pytest.mark.parametrize("view", ["drift", "attribution", "attention"])
def test_quick_sections_are_drawn_when_opened(opened: Callable[..., AppTest], view: str) -> None:
    at = opened(view)
    assert not at.error and at.get("plotly_chart")
    assert any("How to read it" in one.value for one in at.caption)


def words(at: AppTest) -> str:
    return " ".join(one.value for one in [*at.markdown, *at.caption]).replace("\\", "")


def test_layers_are_left_out_when_asked_for_and_the_slider_moves_what_is_said(opened: Callable[..., AppTest]) -> None:
    at = opened("decides")
    assert not at.get("plotly_chart")
    at = started(at, "ablation")
    assert len(at.get("plotly_chart")) == 1 and "Without layer 2" in words(at)
    at.slider(key="layers_layer").set_value(0).run()
    assert "Without layer" not in words(at) and "nothing above the embeddings" in words(at)
    at = started(at, "heads")
    assert len(at.get("plotly_chart")) == 2 and len(at.dataframe[0].value) == 4  # two layers of two heads


def test_layers_are_put_back_and_models_mixed(opened: Callable[..., AppTest]) -> None:
    at = started(started(opened("swap"), "swap"), "blend")
    assert not at.error and len(at.get("plotly_chart")) == 2
    at.select_slider(key="layers_share").set_value(30).run()
    assert "30 % of the later model" in words(at)


def test_a_view_that_the_model_cannot_serve_says_so_and_the_others_work(opened: Callable[..., AppTest]) -> None:
    at = opened("forgetting", "drift")
    assert len(at.error) == 1 and "no language-model head" in at.error[0].value
    assert at.get("plotly_chart")


def test_cancelled_work_keeps_nothing(opened: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()

    def endless(model: object, sample: object, progress: Callable[[float], None]) -> None:
        while True:
            begun.set()
            progress(0.5)
            time.sleep(0.01)

    at = opened("decides")
    monkeypatch.setattr("bertui.ui.layers.decides.layer_ablation", endless)
    at.button(key="layers_ablation_start").click().run()
    assert begun.wait(20)
    (job,) = jobs()._jobs.values()
    at.run()
    at.button(key="layers_ablation_cancel").click().run()
    job.wait(20)
    assert job.done and job.result is None and not jobs()._jobs
    at.run()
    assert at.button(key="layers_ablation_start") and not at.exception


def test_a_text_is_shown_as_it_is(opened: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bertui.ui.layers.text._rows", lambda run_id, _run: [(HOSTILE,)])
    at = opened("attribution", "attention")
    assert len(at.get("plotly_chart")) == 3 and "&lt;" in at.get("plotly_chart")[0].proto.spec
    for chart in at.get("plotly_chart"):
        assert "<img" not in chart.proto.spec and "<script" not in chart.proto.spec
    for block in [*at.markdown, *at.caption]:
        assert not getattr(block, "allow_html", False)
        assert "<" not in block.value.replace("\\<", "")


def test_another_run_stands_in_the_place_of_before(opened: Callable[..., AppTest], run: Run) -> None:
    other = Run(run.folder.with_name(f"{run.id[:-4]}abcd"))
    shutil.copytree(run.folder, other.folder)
    other.change(name="the other")
    at = opened("drift")
    assert "has changed" not in words(at)
    at.selectbox(key=f"layers_other_{run.id}").set_value(other.id)
    assert "No weight of the encoder has changed" in words(settled(at))


def test_a_run_without_validation_rows_says_so_where_they_are_needed(
    opened: Callable[..., AppTest], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Run.data

    def without(self: Run) -> object:
        table, split = data(self)
        return table, replace(split, validation=split.validation[:0])

    monkeypatch.setattr(Run, "data", without)
    at = opened("decides", "attribution")
    assert len(at.error) == 1 and "This run has 0 validation rows" in at.error[0].value
    assert at.get("plotly_chart")


def test_a_word_is_followed_and_one_that_stands_nowhere_is_told(opened: Callable[..., AppTest], run: Run) -> None:
    at = opened("word")
    assert "in the training and validation rows" in words(at) and len(at.get("plotly_chart")) == 2
    at.text_input(key=f"layers_word_{run.id}").set_value("terrible")
    at = settled(at)
    table, split = run.data()
    known = table.texts.loc[[*split.train, *split.validation]]
    assert f"“terrible” stands {known.str.contains('terrible').sum()} times" in words(at)
    at.selectbox(key="layers_occurrence").set_value(1).run()
    nearest = next(one.value for one in at.dataframe if "likeness" in one.value)
    assert len(nearest) == 5 and nearest["likeness"].is_monotonic_decreasing
    at.text_input(key=f"layers_word_{run.id}").set_value("zeppelin")
    at = settled(at)
    assert "zeppelin" in at.error[0].value and not at.get("plotly_chart")


def test_a_rerun_beside_all_open_sections_is_quick(opened: Callable[..., AppTest]) -> None:
    at = opened("word", "drift", "attribution", "attention")
    at.run()
    took = []
    for _ in range(5):
        began = time.process_time()
        at.run()
        took.append(time.process_time() - began)
    assert min(took) < 0.15, "a rerun builds nothing anew"


def test_layers_are_probed_for_the_label_and_for_the_order_of_words(opened: Callable[..., AppTest], run: Run) -> None:
    at = started(opened("probe"), "probe")
    assert "From layer 2 the probe tells the label rightly for" in words(at) and "% with random" in words(at)
    at = started(at, "few")
    assert not at.error and len(at.get("plotly_chart")) == 2
    at.segmented_control(key="layers_pooling").set_value("cls").run()
    assert not at.get("plotly_chart"), "another vector is another probe"
    at.selectbox(key=f"layers_target_{run.id}").set_value("the order of the words").run()
    at = started(at, "probe")
    assert len(at.get("plotly_chart")) == 1 and "% with random" not in words(at)
    at.slider(key="layers_layer").set_value(0).run()
    assert "same vector" in words(at)


def test_the_top_of_the_lens_is_the_models_own_answer(opened: Callable[..., AppTest], run: Run) -> None:
    at = started(opened("lens"), "lens")
    assert not at.error and "At layer 2, 100.0 %" in words(at)
    table = next(one.value for one in at.dataframe if "layer" in one.value)
    assert table["layer"].tolist() == [2, 1, 0] and len(at.get("plotly_chart")) == 2
    text = at.selectbox(key=f"layers_text_{run.id}")
    answer = predictor_of(run).answer(_rows(run.id, _run=run)[text.value])
    shares = dict(zip(predictor_of(run).classes, answer.probabilities, strict=True))
    for name, share in shares.items():
        assert table[f"{name} (%)"].iloc[0] == pytest.approx(100 * share, abs=0.06)


def test_texts_lie_in_a_plane_and_umap_that_is_missing_is_named(opened: Callable[..., AppTest]) -> None:
    at = started(opened("texts"), "texts")
    assert not at.error and len(at.get("plotly_chart")) == 1
    if importlib.util.find_spec("umap") is None:
        at.segmented_control(key="layers_plane").set_value("umap").run()
        at = started(at, "texts")
        assert "umap-learn" in at.error[0].value and at.button(key="layers_texts_again")


def test_vectors_are_compared_on_own_and_on_general_texts(opened: Callable[..., AppTest]) -> None:
    at = started(opened("drift"), "moved")
    assert len(at.get("plotly_chart")) == 3 and "general sentences have similarity" in words(at)
    assert "Only 5" in at.warning[0].value or "rows: below 500" in at.warning[0].value


def test_the_tour_begins_without_a_run_and_waits_for_one(open_page: Open) -> None:
    at = open_page("layers")
    at.session_state["layers_tour"] = True
    at.run()
    assert not at.exception and not at.button(key="layers_tour_data").disabled
    for _ in range(3):
        at.button(key="layers_tour_next").click().run()
    assert at.button(key="layers_tour_probe").disabled and "step 2 makes one" in words(at)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.key)
def test_each_step_of_the_tour_does_what_its_button_says(opened: Callable[..., AppTest], step: Step, run: Run) -> None:
    at = opened()
    at.session_state["layers_tour"] = True
    at.session_state["layers_tour_step"] = STEPS.index(step) + 1
    at.run()
    assert step.look_for in words(at) and step.question in words(at)
    if step.key == "training":
        return  # that run needs the real model: the browser's journey
    at.button(key=f"layers_tour_{step.key}").click().run()
    assert not at.error and not at.exception
    if step.key in ("data", "error"):
        titles = {"data": "Data", "error": "Sentence"}
        none_wrong = step.key == "error" and any("answers every validation row rightly" in one.value for one in at.info)
        assert none_wrong or at.title[0].value == titles[step.key]
    else:
        assert settled(at).get("plotly_chart"), "the section is open and its work done"


def test_a_run_whose_rows_are_gone_says_so_once(opened: Callable[..., AppTest], run: Run) -> None:
    shutil.rmtree(run.folder / "data")
    at = opened("probe", "word", "decides")
    assert len(at.error) == 1 and not at.get("plotly_chart"), [one.value for one in at.error]


def links(at: AppTest) -> list[str]:
    return [one.proto.label for one in at.get("page_link")]


def test_a_section_and_the_tour_are_open_as_they_were_left(opened: Callable[..., AppTest]) -> None:
    at = opened("attribution")
    at.session_state["layers_tour"] = True
    at.run()
    at.switch_page("pages/data.py").run()
    assert at.title[0].value == "Data" and "Back to the guided tour, step 1 of 7" in links(at)
    at.switch_page("pages/layers.py").run()
    assert "Back to the guided tour, step 1 of 7" not in links(at)
    assert settled(at).get("plotly_chart") and at.button(key="layers_tour_data")
