"""Texts with named spans as HTML: entities, answers; what should be there and what should not, told in words too.

A type has its own colour and its name beside it; right, wrong and missed have a line, a sign and a word of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bertui.explanation.html import TEXT_STYLE, shown
from bertui.explanation.palette import GREEN, PURPLE, SKY, VERMILION, see_through, type_colour
from bertui.tasks.views import Mark, Tone

_TONES: dict[Tone, str] = {"predicted": SKY, "right": GREEN, "wrong": VERMILION, "missed": PURPLE}
_LINES: dict[Tone, str] = {
    "predicted": "2px solid",
    "right": "2px solid",
    "wrong": "2px dotted",
    "missed": "2px dashed",
}
_SIGNS: dict[Tone, str] = {"predicted": "", "right": " ✓", "wrong": " ✗", "missed": " missed"}
_KEYS: dict[Tone, str] = {
    "right": "found, and right ✓", "wrong": "found, but wrong ✗", "missed": "should have been found (missed)",
}  # fmt: skip
_FILL = 0.25  # opacity: text on it stays readable on white and on black


def marked_html(text: str, marks: Sequence[Mark], kinds: Sequence[str] = ()) -> str:
    """Return a text with its marked spans shaded and named; where spans overlap, each is shown with what it has left.

    Every character passes the same escaping as the heatmap's.

    Args:
        kinds: All types, in the order of their colours; a mark without a type has the colour of its tone.
    """
    pieces, at = [], 0
    for mark in sorted(marks, key=lambda one: (one.start, -one.stop)):
        start = max(mark.start, at)
        if start >= mark.stop:
            pieces.append(_name(mark))  # wholly inside another: its name alone tells of it
            continue
        pieces.append(shown(text[at:start]))
        pieces.append(_span(text[start : mark.stop], mark, tuple(kinds)))
        at = mark.stop
    pieces.append(shown(text[at:]))
    return f'<div dir="auto" style="{TEXT_STYLE}">{"".join(pieces)}</div>'


def key_html(marks: Sequence[Mark], kinds: Sequence[str] = ()) -> str:
    """Return the key to the types and tones in use; empty where there is nothing to tell."""
    types = [kind for kind in kinds if any(mark.kind == kind for mark in marks)]
    tones = [tone for tone in _KEYS if any(mark.tone == tone for mark in marks)]
    entries = [f'<span style="{_style(Mark(0, 0, kind, "predicted", kind), tuple(kinds))}">{escape(kind)}</span>'
               for kind in types]  # fmt: skip
    entries += [f'<span style="{_tone_style(tone, bool(types))}">{_KEYS[tone]}</span>' for tone in tones]
    return f'<div style="display:flex;flex-wrap:wrap;gap:.35rem .75rem">{"".join(entries)}</div>' if entries else ""


def _span(text: str, mark: Mark, kinds: tuple[str, ...]) -> str:
    words = (mark.name, "" if mark.tone == "predicted" else mark.tone)
    meaning = escape(", ".join(word for word in words if word), quote=True)
    return (
        f'<span role="mark" title="{meaning}" aria-label="{shown(text)}, {meaning}" '
        f'style="{_style(mark, kinds)}">{shown(text)}{_name(mark)}</span>'
    )


def _style(mark: Mark, kinds: tuple[str, ...]) -> str:
    colour = type_colour(mark.kind, kinds) if mark.kind else _TONES[mark.tone]
    fill = "" if mark.tone == "missed" else f"background:{see_through(colour, _FILL)};"
    return f"{fill}{_line(mark.tone, colour)};border-radius:.2em;padding:.1em .15em"


def _tone_style(tone: Tone, typed: bool) -> str:
    """Return the style of a tone in the key: only its line where the colour tells the type."""
    if typed:
        return _line(tone, "currentColor")
    return _style(Mark(0, 0, "", tone), ())


def _line(tone: Tone, colour: str) -> str:
    side = "border" if tone == "missed" else "border-bottom"
    return f"{side}:{_LINES[tone]} {colour}"


def _name(mark: Mark) -> str:
    if not mark.name and not _SIGNS[mark.tone]:
        return ""
    name = f"{escape(mark.name)}{_SIGNS[mark.tone]}"
    return f'<span style="font-size:.72em;font-weight:600;margin-inline-start:.35em">{name}</span>'
