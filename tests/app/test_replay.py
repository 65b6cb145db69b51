"""The replay of a run that is over on the Train page: pace, pause, back and forth, the end, and what ends it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.training.events import AlarmRaised, Evaluated, Event, PhaseBegan, StepTaken, TrainingBegan
from tests.app.test_train import add_run, button, open_page, pinned

SECONDS = 10.0  # that the run took; a step a second


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("bertui.ui.train.replay.time", SimpleNamespace(monotonic=made.monotonic))
    return made


@pytest.fixture
def run(workspace_root: Path) -> Run:
    """A run of ten steps, checked at step 5, with an alarm and a pinned sentence."""
    made = add_run(Workspace(workspace_root), "failed", error="Memory ran out.")
    at_once: list[Event] = [
        PhaseBegan("train"),
        TrainingBegan(20, 2.0, 30, 1000, 1000, "cpu", "32-bit"),
        pinned(0, 0.5),
    ]
    steps: list[Event] = [StepTaken(step, 1.0 / step, 0.5, {"head": 1e-4}, 8, 80, 1.0) for step in range(1, 11)]
    check: list[Event] = [
        Evaluated(5, 0.5, {"loss": 0.4, "accuracy": 0.8, "f1_macro": 0.75}, True, 0.5),
        pinned(5, 0.75),
        AlarmRaised("one-class", "All rows get one answer.", 5, {"training.batch_size": 16}),
    ]
    with pytest.MonkeyPatch.context() as patch:
        for seconds, events in enumerate([at_once, *([step] for step in steps[:4]), [steps[4], *check],
                                          *([step] for step in steps[5:])]):  # fmt: skip
            patch.setattr("bertui.runs.log.time.time", lambda now=1_000.0 + seconds: now)
            for event in events:
                made.log(event)
    return made


def begin(run: Run) -> AppTest:
    page = open_page(run, view="run")
    press(page, "Replay")
    return page


def press(page: AppTest, label: str) -> None:
    button(page, label).click().run()
    assert not page.exception, page.exception


def metrics(page: AppTest) -> dict[str, str]:
    return {one.label: one.value for one in page.metric}


def caption(page: AppTest) -> str:
    return next(one.value for one in page.caption if "A replay" in one.value or "The end" in one.value)


def test_it_goes_on_by_itself_with_all_that_was_seen_then_and_nothing_is_offered(run: Run, clock: Clock) -> None:
    log = (run.folder / "events.jsonl").read_bytes()
    page = begin(run)
    assert "before" not in caption(page) and "step 0 of 20" in caption(page)
    assert metrics(page)["Training loss"] == "–" and button(page, "Resume") is None
    clock.now += 12.6  # of the minute that the whole takes: 2.1 seconds of the run
    page.run()
    assert "2 s after the start, step 2 of 20" in caption(page)
    assert metrics(page)["Training loss"] == "0.750" and metrics(page)["Time left"] == "18 s"
    assert metrics(page)["Validation Macro-F1"] == "–" and not page.warning
    clock.now += 18
    page.run()
    assert metrics(page)["Validation Macro-F1"] == "75.0 %" and "All rows" in page.warning[0].value
    assert not [one for one in page.button if "Start again" in one.label], "what was offered then is not offered now"
    page.session_state["live_tabs"] = "Pinned sentences"
    page.run()
    assert any("75.0 %" in one.value for one in page.caption)
    page.select_slider[0].set_value(0).run()
    assert any("50.0 %" in one.value for one in page.caption)
    assert (run.folder / "events.jsonl").read_bytes() == log and run.state == "failed"


def test_it_pauses_changes_pace_goes_back_and_forth_and_ends(run: Run, clock: Clock) -> None:
    page = begin(run)
    page.button_group(key=f"replay_pace {run.id}").set_value("as it was").run()
    clock.now += 3
    press(page, "Pause")
    clock.now += 50
    page.run()
    assert "step 3 of 20" in caption(page) and button(page, "Pause") is None
    slider = page.slider[0]
    assert slider.value == pytest.approx(3.0) and slider.max == SECONDS
    slider.set_value(7.5).run()
    assert "step 7 of 20" in caption(page) and "75.0 %" in metrics(page).values()
    page.slider[0].set_value(1.0).run()
    assert "step 1 of 20" in caption(page) and "75.0 %" not in metrics(page).values()
    page.session_state["live_tabs"] = "Pinned sentences"
    page.run()
    press(page, "Play")
    clock.now += 8.5
    page.run()
    assert "step 9 of 20" in caption(page)
    clock.now += 1
    page.run()
    assert caption(page) == "The end of the run (failed)." and button(page, "Play") is not None
    press(page, "Play")
    assert "step 0 of 20" in caption(page), "from the end it begins anew"
    press(page, "Close")
    assert button(page, "Resume") is not None and page.error[0].value == "Memory ran out."


@pytest.mark.parametrize("way", ["page", "view"])
def test_leaving_ends_it(run: Run, clock: Clock, way: str) -> None:
    page = begin(run)
    press(page, "Pause")
    if way == "page":
        page.switch_page("pages/runs.py").run()
        page.switch_page("pages/train.py").run()
    else:
        view = page.button_group(key="train_view")
        view.set_value("New run").run()
        page.button_group(key="train_view").set_value("This run").run()
    assert not page.exception
    assert button(page, "Replay") is not None and button(page, "Play") is None
    assert "replay" not in page.session_state


def test_another_run_is_not_replayed_and_one_that_is_resumed_is_followed(run: Run, clock: Clock) -> None:
    page = begin(run)
    other = add_run(Workspace(run.folder.parents[1]), "interrupted")
    page.query_params["run"] = other.id
    page.run()
    assert not page.exception and button(page, "Pause") is None
    assert button(page, "Resume") is not None and button(page, "Replay") is None, "its log is empty"
    page = begin(run)
    run.change(state="running")
    page.run()
    assert not page.exception
    assert button(page, "Stop and keep best") is not None and button(page, "Close") is None


def test_a_run_of_an_earlier_version_is_replayed(workspace_root: Path, tmp_path: Path, clock: Clock) -> None:
    archive = Path(__file__).parents[1] / "workspaces" / "version-0.1.0.zip"
    zipfile.ZipFile(archive).extractall(tmp_path)  # its workspace has the test's own name
    old = next(run for run in Workspace(workspace_root).runs() if run.state == "finished")
    page = begin(old)
    clock.now += 30
    page.run()
    assert not page.exception and "A replay" in caption(page)
    clock.now += 31
    page.run()
    assert caption(page) == "The end of the run (finished)."
