"""Maps to take away: pages that load nothing, pictures that hold no boxes, tables that run no formulas."""

from __future__ import annotations

import io
from html.parser import HTMLParser

import pandas as pd
import pytest
from PIL import Image

from bertui.data.cells.words import words_of
from bertui.errors import DataError
from bertui.explanation.attribution import Attribution
from bertui.explanation.picture import cannot_draw, png
from bertui.explanation.report import Report


def report(text: str, scores: list[float] | None = None, breaks: tuple[int, ...] = (), **more: object) -> Report:
    words = tuple(words_of(text))
    given = scores or [0.0] * len(words)
    seen = tuple(index < len(given) for index in range(len(words)))
    given = given + [0.0] * (len(words) - len(given))
    one = Attribution(text, words, tuple(given), seen, 1, 0.0, 0.9, 0.5, 0.0, breaks=breaks)
    return Report(one, "good", "my run", **more)  # type: ignore[arg-type]


class Page(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.handlers: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.handlers |= {name for name, _ in attrs if name.startswith("on") or name in ("src", "href")}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_stands_alone_and_escapes_everything() -> None:
    hostile = "<script>alert('x')</script> \"fine\" <img src=x onerror=alert(1)>"
    given = report(hostile, [0.1, 0.3, -0.2], trust=f"Trust {hostile}", answer=hostile, other_label=hostile)
    page = Page(given.html().decode())
    assert page.tags <= {"html", "head", "meta", "title", "style", "body", "h1", "p", "br", "div", "span"}
    assert not page.handlers
    assert "my run" in page.text and f"Trust {hostile}" in page.text and "+30.0" in page.text and "−20.0" in page.text
    assert "The stronger the colour" in page.text and "50.0 %" in page.text
    assert "default-src 'none'" in given.html().decode().replace("&#x27;", "'")


def test_numbers_by_hand_and_safe_in_a_spreadsheet() -> None:
    given = report("=1+1 fine\nlater", [0.25, -0.125, 0.0], breaks=(10,), titles=("@Question", "Context"))
    rows = given.frame()
    assert rows["word"].tolist() == ["=", "1", "+", "1", "fine", "later"]
    assert rows["score"].tolist()[:3] == [25.0, -12.5, 0.0] and rows["score"][3:].isna().all()
    assert rows["text"].tolist() == ["@Question"] * 5 + ["Context"]
    content = given.csv()
    assert content.startswith(b"\xef\xbb\xbf")
    read = pd.read_csv(io.BytesIO(content), encoding="utf-8-sig")
    assert read["word"][0] == "'=" and read["text"][0] == "'@Question"


def coloured(content: bytes) -> tuple[int, int]:
    """Number of pixels that lean to orange, and to blue."""
    pixels = Image.open(io.BytesIO(content)).convert("RGB").get_flattened_data()
    return sum(red > blue + 60 for red, _, blue in pixels), sum(blue > red + 60 for red, _, blue in pixels)


def test_a_picture_shows_both_signs_and_grows_with_the_text() -> None:
    both, one = (
        coloured(png(report("bad but good", [-0.3, 0.0, 0.3]))),
        coloured(png(report("so so good", [0, 0, 0.3]))),
    )
    assert both[0] > 1000 and both[1] > one[1] + 1000  # the legend alone has some blue
    short, long = (Image.open(io.BytesIO(png(report("word " * times, [0.1])))).size for times in (5, 200))
    assert short[0] == long[0] == 1200 and long[1] > short[1] + 200


def test_equal_reports_give_equal_pictures() -> None:
    assert png(report("a fine\tfilm", [0.1])) == png(report("a fine\tfilm", [0.1]))


@pytest.mark.parametrize(
    ("text", "why"),
    [("שלום", "right to left"), ("مرحبا", "right to left"), ("電影很好看呢", "電 影 很 好 看 …"), ("हिन्दी", "lacks"),
     ("line\n" * 400, "too long")],
)  # fmt: skip
def test_what_cannot_be_drawn_is_said(text: str, why: str) -> None:
    assert why in cannot_draw(report(text))
    with pytest.raises(DataError) as caught:
        png(report(text))
    assert "HTML" in caught.value.remedy


def test_a_label_that_cannot_be_drawn_is_said_too() -> None:
    assert "電" in cannot_draw(report("a film", answer="電"))


@pytest.mark.parametrize(
    "text", ["naïve Ωμέγα ж ł", "tab\tbreak\r\nnext\xa0\u3000\u200bend", "nul\x00 esc\x1b", "x" * 9000]
)
def test_the_rest_is_drawn(text: str) -> None:
    assert png(report(text, [0.2])).startswith(b"\x89PNG")
