"""An explained answer as a PNG picture, drawn without a browser.

The font is DejaVu Sans, which matplotlib brings; it holds Latin, Greek, Cyrillic and more. Scripts that it lacks, and
scripts that run from right to left, are refused in words: boxes or letters in a wrong order would mislead.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bertui.errors import DataError
from bertui.explanation.bars import figure, scale_in_words, strongest
from bertui.explanation.html import DEEPEST, FAINTEST, VISIBLE, direction, notes, runs
from bertui.explanation.palette import BLUE, ORANGE
from bertui.explanation.report import Report

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

_WIDTH, _MARGIN = 1200, 40
_LETTERS, _MOST_LINES = 50, 300  # letters of a line at least, so that memory stays bounded
_SMALL, _LARGE = 18, 24
_INK, _PAPER, _UNREAD = (26, 26, 26), (255, 255, 255), (222, 222, 222)
_EXPECTED = f"Up to {_MOST_LINES} lines in scripts that run from left to right and that the picture's font holds."
_ELSEWHERE = "Download the page (HTML) instead: a browser draws every script and any length."
_MANY = 5  # letters that are named


def png(report: Report) -> bytes:
    """Return the map with its bars, legend and sentences as a PNG file of 1,200 pixels' width.

    Raises:
        DataError: It holds letters that cannot be drawn, or is too long for a picture.
    """
    if trouble := cannot_draw(report):
        raise DataError(trouble, expected=_EXPECTED, remedy=_ELSEWHERE)
    from PIL import Image, ImageDraw

    sketch = _Sheet(ImageDraw.Draw(Image.new("RGB", (1, 1))))
    _draw(sketch, report)
    image = Image.new("RGB", (_WIDTH, sketch.y + _MARGIN), _PAPER)
    _draw(_Sheet(ImageDraw.Draw(image)), report)
    written = io.BytesIO()
    image.save(written, "PNG", optimize=True)
    return written.getvalue()


def cannot_draw(report: Report) -> str:
    """Say what a picture cannot show; "" where it can show all."""
    lines = sum(1 + len(line) // _LETTERS for line in _plain(report.attribution.text).split("\n"))
    if lines > _MOST_LINES:
        return f"The text is too long for a picture: about {lines:,} lines."
    letters = _plain("".join((report.attribution.text, *report.titles, report.heading, report.other_label or "",
                              *report.facts, *report.remarks)))  # fmt: skip
    if any(unicodedata.bidirectional(letter) in ("R", "AL", "AN") for letter in letters):
        return "The text holds a script that runs from right to left, which the picture cannot show."
    lacking = [letter for letter in dict.fromkeys(letters) if not letter.isspace() and ord(letter) not in _held()]
    named = " ".join(lacking[:_MANY]) + " …" * (len(lacking) > _MANY)
    return f"The picture's font lacks letters of the text: {named}." if lacking else ""


class _Sheet:
    """A place on a picture that goes on to the right and down, as a pen does."""

    def __init__(self, draw: ImageDraw) -> None:
        self.draw, self.x, self.y = draw, _MARGIN, _MARGIN

    def line(self, size: int = _SMALL) -> None:
        """Go to the beginning of the next line."""
        self.x, self.y = _MARGIN, self.y + round(1.7 * size)

    def write(self, text: str, size: int = _SMALL, share: float = 0.0, read: bool = True) -> None:
        """Write a text as it stands, broken between words where it must be; shaded by ``share``, -1 to 1."""
        for piece in re.findall(r"\n| +|[^ \n]+", _plain(text)):
            if piece == "\n":
                self.line(size)
                continue
            if self.x > _MARGIN and self.x + self._width(piece, size) > _WIDTH - _MARGIN:
                self.line(size)
            for part in self._parts(piece, size):
                if self.x > _MARGIN and self.x + self._width(part, size) > _WIDTH - _MARGIN:
                    self.line(size)
                if self.x > _MARGIN or not part.isspace():
                    self._stamp(part, size, share, read)

    def bar(self, name: str, share: float, value: str) -> None:
        """Draw a word's bar to the left (against) or right (for) of the middle, with its figure."""
        self.write(name)
        middle, half, top = 620, 220, self.y + 3
        end = middle + round(half * share)
        box = (min(middle, end), top, max(middle, end), top + _SMALL)
        self.draw.rectangle(box, fill=ORANGE if share > 0 else BLUE)
        self.draw.line((middle, top - 3, middle, top + _SMALL + 3), fill=(120, 120, 120))
        self.draw.text((880, self.y), value, _INK, _font(_SMALL))
        self.line()

    def _stamp(self, text: str, size: int, share: float, read: bool) -> None:
        width, bottom = self._width(text, size), self.y + round(1.25 * size)
        if not read or share:
            self.draw.rectangle((self.x, self.y, self.x + width, bottom), fill=_shade(share) if read else _UNREAD)
        self.draw.text((self.x, self.y), text, _INK, _font(size))
        step = 1 if share > 0 else 4 if share < 0 else 10  # solid for, dotted against, dashed where not read
        if share or not read:
            for x in range(round(self.x), round(self.x + width), step):
                self.draw.line((x, bottom, x + (step if step == 1 else step // 2), bottom), fill=_INK)
        self.x += width

    def _width(self, text: str, size: int) -> int:
        return round(self.draw.textlength(text, _font(size)))

    def _parts(self, word: str, size: int) -> Iterator[str]:
        """Cut a word that no line holds."""
        while self._width(word, size) > _WIDTH - 2 * _MARGIN:
            fits = len(word) * (_WIDTH - 2 * _MARGIN) // (self._width(word, size) + size)
            yield word[: max(1, fits)]
            word = word[max(1, fits) :]
        yield word


def _draw(sheet: _Sheet, report: Report) -> None:
    attribution = report.attribution
    for text, size in ((report.heading, _LARGE), *((fact, _SMALL) for fact in report.facts)):
        sheet.write(text, size)
        sheet.line(size)
    sheet.line()
    _draw_words(sheet, report)
    sheet.line(_LARGE)
    sheet.line()
    sheet.write(f"The words that count most, {scale_in_words(attribution)}")
    sheet.line()
    for name, score in strongest(attribution):
        sheet.bar(name, score / attribution.reach, figure(score, attribution))
    sheet.line()
    for share, sign in ((1.0, "+, solid line"), (-1.0, "−, dotted line")):
        verb = "speaks" if share < 0 and report.other_label is None else "pushes"
        sheet.write(f"{verb} {direction(share, report.label, report.other_label)} ({sign})", share=share)
        sheet.line()
    for remark in (f"Full colour is {attribution.size(attribution.reach)}.", *notes(attribution), *report.remarks):
        sheet.write(remark)
        sheet.line()


def _draw_words(sheet: _Sheet, report: Report) -> None:
    attribution, at, number = report.attribution, 0, 0
    text, begins = attribution.text, (0, *attribution.breaks)
    for start, stop, score in [*runs(attribution), (len(text), len(text), 0.0)]:
        while number < len(begins) and start >= begins[number]:
            sheet.write(text[at : begins[number]], _LARGE)
            at = begins[number]
            if report.titles:
                sheet.write(f"{report.titles[number]}: ")
            number += 1
        sheet.write(text[at:start], _LARGE)
        share = 0.0 if score is None else score / attribution.reach
        sheet.write(text[start:stop], _LARGE, share if abs(share) >= FAINTEST else 0.0, score is not None)
        at = stop


def _shade(share: float) -> tuple[int, ...]:
    """Return the colour of a share of full colour on white paper."""
    colour, opacity = ORANGE if share > 0 else BLUE, DEEPEST * abs(share)
    return tuple(round(255 + opacity * (int(colour[at : at + 2], 16) - 255)) for at in (1, 3, 5))


def _plain(text: str) -> str:
    """Return a text as it is drawn: control characters as "�", white space as spaces, no marks without shape."""
    one = unicodedata.normalize("NFC", re.sub(r"\r\n?", "\n", text).translate(dict.fromkeys(VISIBLE, "�")))
    one = re.sub(r"[^\S\n]", " ", one.replace("\t", "    "))
    return "".join(letter for letter in one if unicodedata.category(letter) != "Cf" and letter not in "\ufe0e\ufe0f")


@cache
def _font_file() -> str:
    import matplotlib

    return str(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))


@cache
def _held() -> frozenset[int]:
    """The letters that the font holds."""
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(_font_file()).get_charmap())


@cache
def _font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(_font_file(), size, layout_engine=ImageFont.Layout.BASIC)
