"""What a person does, from the upload to the heatmap, in a real browser against a real server that is killed."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.training.events import StepTaken
from tests.browser.conftest import Server

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# Each text holds HTML that would call out if a page took it for HTML.
HTML = "<img src=x onerror=alert(1)>"
GOOD = ("a lovely quiet room", "the breakfast was wonderful", "friendly people and a great view", "we loved it here")
BAD = ("a filthy noisy room", "the breakfast was awful", "rude people and a broken lift", "we hated it here")
ROWS = [(f"{text}, visit {n} {HTML}", label) for n in range(20) for texts, label in ((GOOD, "good"), (BAD, "bad"))
        for text in texts]  # fmt: skip
CSV = "text,label\n" + "".join(f'"{text}",{label}\n' for text, label in ROWS)


def upload(page: Any, server: Server) -> None:
    page.goto(f"{server.address}/data")  # the first request to a fresh server is a deep link
    file = {"name": "stays <b>.csv", "mimeType": "text/csv", "buffer": CSV.encode()}
    page.locator("input[type=file]").first.set_input_files(file)
    page.get_by_role("button", name="Train on this table").click()
    page.get_by_role("heading", name="Train", exact=True).wait_for()


def fill(page: Any, label: str, value: str) -> None:
    box = page.get_by_label(label, exact=True).first
    box.fill(value)
    box.press("Enter")
    page.wait_for_timeout(700)


def start(page: Any, epochs: int) -> None:
    page.get_by_role("button", name="Start training").wait_for()
    fill(page, "Epochs", str(epochs))
    fill(page, "Batch size (texts)", "16")
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("button", name="Stop and keep best").wait_for()


def the_run(workspace: Workspace) -> Run:
    (run,) = workspace.runs()
    return run


def steps(run: Run) -> list[int]:
    return [event.step for event in run.events()[0] if isinstance(event, StepTaken)]


def test_upload_train_reload_kill_resume_and_read(server: Server, page: Any, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    upload(page, server)
    start(page, epochs=8)
    run = the_run(workspace)
    page.get_by_text("Training: step").wait_for()
    page.get_by_text("tokens per second").wait_for()

    page.reload()  # the run goes on, and so does the view
    page.get_by_text("Training: step").wait_for()
    other = page.context.new_page()  # so it does in a second tab, whose address names the run
    other.goto(f"{server.address}/train?run={run.id}")
    other.get_by_text("Training: step").wait_for()
    other.close()

    while not (run.folder / "checkpoint" / "state.json").exists():
        page.wait_for_timeout(50)
    server.end(signal.SIGKILL)
    assert run.state == "interrupted"
    done = max(steps(run))
    fresh = Server(tmp_path / "workspace", server.port)
    try:
        page.goto(f"{fresh.address}/train?run={run.id}")
        page.get_by_text("Interrupted").first.wait_for()
        page.get_by_role("button", name="Resume").click()
        page.get_by_role("button", name="See results").wait_for(timeout=400_000)
        assert run.state == "finished" and max(steps(run)) == 8 * 8 > done  # 120 training rows, 8 steps an epoch
        page.get_by_text("On 24 test rows:").first.wait_for()
        read_results(page)
        read_a_sentence(page)
        assert page.problems == [] and page.foreign == []
        assert fresh.end() == 0
    finally:
        fresh.process.kill()


def read_results(page: Any) -> None:
    page.get_by_role("button", name="See results").click()
    page.get_by_role("heading", name="Baselines").wait_for()
    page.get_by_role("heading", name="Predictions").wait_for()


def read_a_sentence(page: Any) -> None:
    page.get_by_role("link", name="Sentence").first.click()
    page.get_by_label("Your text").fill(f"we loved the wonderful breakfast {HTML}<script>alert(2)</script>")
    page.get_by_role("button", name="Read it").click()
    page.get_by_text("What each word did").wait_for()
    heatmap = page.get_by_role("group", name="Words scored for")
    heatmap.wait_for()
    assert heatmap.inner_text() == f"we loved the wonderful breakfast {HTML}<script>alert(2)</script>"
    assert page.locator("img[src='x']").count() == 0
    page.get_by_text("Nearest training rows").click()
    page.get_by_text("Most like this text").wait_for()


def test_sample_is_stopped_and_its_best_kept(server: Server, page: Any, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace")
    page.goto(server.address)
    page.get_by_role("button", name="Train on the sample").click()
    page.get_by_text("Training: step").wait_for()
    run = the_run(workspace)
    while len(steps(run)) < 3:
        page.wait_for_timeout(100)
    page.get_by_role("button", name="Stop and keep best").click()
    page.get_by_role("button", name="See results").wait_for(timeout=120_000)
    assert run.state == "stopped" and run.report() is not None
    assert max(steps(run)) < 100, "it was stopped before its end"
    page.get_by_role("button", name="Try a sentence").click()
    page.get_by_label("Your text").fill("Where is my parcel?")
    page.get_by_role("button", name="Read it").click()
    page.get_by_role("group", name="Words scored for").wait_for()
    assert page.problems == [] and page.foreign == []


def test_the_server_ends_well_while_it_trains(server: Server, page: Any, tmp_path: Path) -> None:
    page.goto(server.address)
    page.get_by_role("button", name="Train on the sample").click()
    page.get_by_text("Training: step").wait_for()
    run = the_run(Workspace(tmp_path / "workspace"))
    assert server.end(signal.SIGINT) == 0
    assert run.state == "interrupted"
