"""The app in a real browser: deep link to a fresh server, every page, no foreign request, a clean end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bertui.runs.workspace import Workspace
from tests.browser.conftest import Server

HOSTILE = "<img src=x onerror=alert(1)> <script>alert(2)</script> **bold** $x$"
pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_deep_link_is_the_first_request_of_a_fresh_server(server: Server, page: Any) -> None:
    page.goto(f"{server.address}/data?table=none")
    page.get_by_role("heading", name="Data", exact=True).wait_for()
    for title in ("Start", "Data", "Train", "Runs", "Results", "Sentence"):
        page.get_by_role("link", name=title).first.wait_for()


def test_every_page_opens_without_errors_or_foreign_requests(server: Server, page: Any) -> None:
    for name in ("", "data", "train", "runs", "results", "sentence"):
        page.goto(f"{server.address}/{name}")
        page.get_by_role("heading", level=1).first.wait_for()
        page.wait_for_timeout(800)
        assert page.locator("[data-testid='stException']").count() == 0, name
    assert page.problems == [] and page.foreign == []
    assert server.end() == 0


def test_hostile_upload_is_shown_literally(server: Server, page: Any, tmp_path: Path) -> None:
    rows = "".join(f'"{HOSTILE} {n}",{"<b>a</b>" if n % 2 else "b"}\n' for n in range(60))
    page.goto(f"{server.address}/data")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "<img src=x onerror=alert(3)>.csv", "mimeType": "text/csv", "buffer": f"text,label\n{rows}".encode()}
    )
    page.get_by_text("60", exact=False).first.wait_for()
    page.wait_for_timeout(3000)
    assert page.locator("img[src='x']").count() == 0 and page.problems == []
    assert len(Workspace(tmp_path / "workspace").tables()) == 1


def test_the_end_of_the_app_is_said_and_how_to_start_it(server: Server, page: Any, tmp_path: Path) -> None:
    page.goto(f"{server.address}/runs")
    page.get_by_role("heading", name="Runs", exact=True).wait_for()
    page.get_by_role("link", name="Data").wait_for()
    page.wait_for_timeout(1000)
    server.end()
    page.get_by_role("heading", name="bertui has stopped").wait_for()
    words = page.get_by_role("dialog").inner_text()
    assert f"bertui app --port {server.port} --workspace {tmp_path / 'workspace'}" in words
    assert "internet" not in words


def test_on_a_phone_a_chosen_page_gets_the_screen_and_the_keyboard_is_seen_in_the_side_bar(
    server: Server, page: Any
) -> None:
    page.goto(server.address)
    page.get_by_role("link", name="Runs").wait_for()
    page.get_by_role("link", name="Start").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("link", name="Runs").click()
    page.get_by_role("heading", name="Runs", exact=True).wait_for()
    page.wait_for_function("document.querySelector('[data-testid=stSidebar]').getBoundingClientRect().x < 0")
    assert page.locator("[aria-current=page]").text_content().endswith("Runs")
