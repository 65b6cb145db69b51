"""Tagging and question answering in a real browser: their own file shapes in, the heatmap of one's own text out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bertui.tasks.registry import TASKS
from tests.browser.conftest import Server
from tests.browser.test_journey import fill

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

HTML = "<img src=x onerror=alert(1)>"
PEOPLE, TOWNS = ("Ada", "Omar", "Lena", "Noor"), ("Leeds", "Cork", "Lyon", "Turin")


def conll() -> bytes:
    sentences = [
        f"{who} B-PER\nlives O\nin O\n{where} B-LOC\n. O\n" for who in PEOPLE for where in TOWNS for _ in range(3)
    ]
    return "\n".join([*sentences, f"{HTML.replace(' ', '/')} O\nleft O\n{TOWNS[0]} B-LOC\n"]).encode()


def squad() -> bytes:
    paragraphs = []
    for number, (who, where) in enumerate((who, where) for who in PEOPLE for where in TOWNS):
        context = f"{who} moved to {where} in {1900 + number} and opened a bakery {HTML} there."
        questions = {"Who moved?": who, "Where was the move to?": where, "When was it?": str(1900 + number)}
        qas = [
            {"id": f"{number}-{at}", "question": question,
             "answers": [{"text": answer, "answer_start": context.index(answer)}]}
            for at, (question, answer) in enumerate(questions.items())
        ]  # fmt: skip
        paragraphs.append({"context": context, "qas": qas})
    return json.dumps({"version": "1.1", "data": [{"title": "moves", "paragraphs": paragraphs}]}).encode()


def journey(server: Server, page: Any, name: str, content: bytes, kind: str, texts: list[tuple[str, str]]) -> None:
    """Upload, train one epoch, look at the results, type a row and wait for its heatmap."""
    page.goto(f"{server.address}/data")
    page.locator("input[type=file]").first.set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_text(TASKS[kind].help).last.wait_for()
    page.get_by_role("button", name="Train on this table").click()
    page.get_by_role("button", name="Start training").wait_for()
    fill(page, "Epochs", "1")
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("button", name="See results").wait_for(timeout=120_000)
    page.get_by_role("button", name="See results").click()
    page.get_by_role("heading", name="Predictions").wait_for()
    page.get_by_role("link", name="Sentence").first.click()
    for title, text in texts:
        box = page.get_by_label(title, exact=True).first
        box.fill(text)
        box.press("Control+Enter")
        page.wait_for_timeout(700)
    page.get_by_text("whatever the words").first.wait_for()
    page.get_by_label("Words scored for").first.wait_for()
    assert page.problems == [] and page.foreign == []


def test_tagging_from_a_conll_file_to_the_heatmap_of_one_token(server: Server, page: Any) -> None:
    texts = [("Your text", f"Ada lives in Leeds. {HTML}")]
    journey(server, page, "people.conll", conll(), "tagging", texts)


def test_question_answering_from_squad_to_the_heatmap_of_where_the_answer_starts(server: Server, page: Any) -> None:
    texts = [("Question", "Who moved?"), ("Context", f"Ada moved to Leeds in 1901. {HTML}")]
    journey(server, page, "moves.json", squad(), "question-answering", texts)
    page.get_by_text("Words that act together").click()
    # A chart that is drawn again stands twice for a moment; the one that goes is hidden.
    page.get_by_text("Words of the second text").filter(visible=True).first.wait_for()
    assert page.problems == [] and page.foreign == []
