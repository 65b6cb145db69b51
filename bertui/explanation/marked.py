"""Texts with named spans as HTML: entities, answers; what should be there and what should not, told in words too."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bertui.explanation.html import TEXT_STYLE, shown
from bertui.tasks.views import Mark

_STYLES = {
    "found": "background:rgba(86,180,233,.25);border-bottom:2px solid rgb(86,180,233)",
    "right": "background:rgba(0,158,115,.22);border-bottom:2px solid rgb(0,158,115)",
    "wrong": "background:rgba(213,94,0,.22);border-bottom:2px dotted rgb(213,94,0)",
    "missed": "border:1px dashed rgb(204,121,167)",
}
_WORDS = {"found": "", "right": "right", "wrong": "wrong", "missed": "missed"}
_SIGNS = {"found": "", "right": " ✓", "wrong": " ✗", "missed": " missed"}


def marked_html(text: str, marks: Sequence[Mark]) -> str:
    """Return a text with its marked spans shaded and named; where spans overlap, each is shown with what it has left.

    Every character passes the same escaping as the heatmap's.
    """
    pieces, at = [], 0
    for mark in sorted(marks, key=lambda one: (one.start, -one.stop)):
        start = max(mark.start, at)
        if start >= mark.stop:
            pieces.append(_name(mark))  # wholly inside another: its name alone tells of it
            continue
        pieces.append(shown(text[at:start]))
        pieces.append(_span(text[start : mark.stop], mark))
        at = mark.stop
    pieces.append(shown(text[at:]))
    return f'<div dir="auto" style="{TEXT_STYLE}">{"".join(pieces)}</div>'


def tones_html(tones: Sequence[str]) -> str:
    """Return the key to the tones in use; empty where all are merely found."""
    told = [tone for tone in ("right", "wrong", "missed") if tone in tones]
    keys = " ".join(f'<span style="{_STYLES[tone]}">{_KEYS[tone]}</span>' for tone in told)
    return f"<div>{keys}</div>" if told else ""


_KEYS = {"right": "found, and right ✓", "wrong": "found, but wrong ✗", "missed": "should have been found (missed)"}


def _span(text: str, mark: Mark) -> str:
    told = ", ".join(word for word in (mark.name, _WORDS[mark.tone]) if word)
    return (
        f'<span role="mark" title="{escape(told, quote=True)}" aria-label="{shown(text)}, {escape(told, quote=True)}" '
        f'style="{_STYLES[mark.tone]};border-radius:.2em;padding:.1em .15em">{shown(text)}{_name(mark)}</span>'
    )


def _name(mark: Mark) -> str:
    if not mark.name and not _SIGNS[mark.tone]:
        return ""
    return f'<span style="font-size:.7em;opacity:.85;margin-left:.3em">{escape(mark.name)}{_SIGNS[mark.tone]}</span>'
