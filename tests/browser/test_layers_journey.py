"""The guided tour of the Layers page, from an empty workspace to the last step, then every view opened."""

from __future__ import annotations

from typing import Any

import pytest

from bertui.ui.layers.tour_steps import STEPS, Step
from tests.browser.conftest import Server, open_all
from tests.browser.test_accessible import found_by_axe

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

_LONG = 300_000  # milliseconds; on a machine that does nothing else, a tenth of it
# What stands in the section that a step opens, once its work is done.
OPENED = {
    "probe": ("From layer 6 the probe tells the label rightly for", "Right (%) by layer:"),
    "drift": ("general sentences have similarity", "Similarity (CKA) by layer"),
    "lens": ("Nine of ten have it from", "Final answer (%) by layer"),
    "swap": ("The model as it is:", "Accuracy (%) by layer"),
}
"""Words and the beginning of the figure's alternative text."""
# No work is under way, and nothing is pale because it is about to be drawn anew.
_SETTLED = """() => ![...document.querySelectorAll("[role=progressbar], [data-stale=true]")].some(
  one => one.checkVisibility())"""

_READ = (("light", 1280), ("dark", 390))  # by axe, which takes long on ten open views: each theme and each width once


@pytest.mark.timeout(900)  # it trains and probes with the embedded model, on machines that do other work too
def test_a_room_is_walked_through_all_seven_steps(server: Server, page: Any) -> None:
    page.goto(f"{server.address}/layers")
    page.get_by_text("Guided tour").click()
    for number, step in enumerate(STEPS, start=1):
        _begin(page, number, step)
        if step.key in OPENED:
            _see_section(page, step)
        else:
            _ON_ANOTHER_PAGE[step.key](page)
            page.get_by_role("link", name=f"Back to the guided tour, step {number} of 7").click()
            page.get_by_role("heading", name="Layers", exact=True).wait_for()
    assert page.problems == [] and page.foreign == []
    open_all(page)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(1_000)
            page.wait_for_function(_SETTLED, timeout=_LONG)
            if (scheme, width) in _READ:
                assert found_by_axe(page) == [], (scheme, width)
            assert page.evaluate("document.scrollingElement.scrollWidth <= innerWidth"), (scheme, width)
    assert page.locator(".js-plotly-plot").filter(visible=True).count() >= 10, "all that is open was looked at"
    assert page.problems == [] and page.foreign == []


def _begin(page: Any, number: int, step: Step) -> None:
    """Come to a step, read its question's answer, and press its button."""
    title = page.get_by_role("heading", name=f"{number}. {step.title}", exact=True)
    if number > 1 and not title.is_visible():
        page.get_by_role("button", name="Next step").click()
    title.wait_for()
    for words in (step.words, step.look_for, step.question):
        page.get_by_text(words).first.wait_for()
    page.get_by_role("button", name="Show the answer").click()
    page.get_by_text(step.answer).wait_for()
    page.keyboard.press("Escape")
    page.get_by_text(step.answer).wait_for(state="hidden")
    page.get_by_role("button", name=step.button).click()


def _see_section(page: Any, step: Step) -> None:
    words, figure = OPENED[step.key]
    page.get_by_text(words).filter(visible=True).first.wait_for(timeout=_LONG)
    page.locator(f"[aria-label^='{figure}']").filter(visible=True).first.wait_for()


def _see_data(page: Any) -> None:
    page.get_by_role("heading", name="Data", exact=True).wait_for()


def _see_training(page: Any) -> None:
    page.get_by_text("Training: step").wait_for()
    page.get_by_role("button", name="See results").wait_for(timeout=_LONG)


def _see_error(page: Any) -> None:
    page.get_by_role("heading", name="Sentence", exact=True).wait_for()
    page.get_by_role("group", name="Words scored for").wait_for()


_ON_ANOTHER_PAGE = {"data": _see_data, "training": _see_training, "error": _see_error}
