"""The words that count most as bars with their figures, strongest first: what stands beside every heatmap.

People misread colour: they take long words and words at the edge for more than they are (Schuff et al. 2022).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from bertui.explanation.attribution import Attribution
from bertui.explanation.html import heatmap_html, shown, signed
from bertui.explanation.palette import BLUE, ORANGE

MOST_BARS = 8
_LONGEST = 24  # letters of a word beside its bar
_BESIDE = "display:flex;flex-wrap:wrap;gap:1.25rem 2rem;align-items:flex-start"
_MAP, _LIST = "flex:3 1 20rem;min-width:0", "flex:2 1 15rem;min-width:0;font-size:.9rem"
_ROW = "display:flex;align-items:center;gap:.5rem;line-height:1.7"
_NAME = "flex:0 1 9rem;min-width:5rem;overflow-wrap:anywhere;unicode-bidi:isolate"
_FIGURE = "flex:0 0 3.5rem;text-align:end;font-variant-numeric:tabular-nums"
_HALF = "flex:1 1 0;display:flex;height:.7em"


def explained_html(
    attribution: Attribution, label: str, other_label: str | None = None, titles: Sequence[str] = ()
) -> str:
    """Return the heatmap with its bars, beside it where there is room, else below. Arguments as of the heatmap."""
    heatmap = heatmap_html(attribution, label, other_label, titles)
    return (
        f'<div style="{_BESIDE}"><div style="{_MAP};font-size:1.15rem">{heatmap}</div>'
        f'<div style="{_LIST}">{bars_html(attribution, label)}</div></div>'
    )


def bars_html(attribution: Attribution, label: str, most: int = MOST_BARS) -> str:
    """Return the strongest words as a list of bars, without scripts or styles of the page."""
    rows = list(strongest(attribution, most))
    heading = f"The words that count most, {scale_in_words(attribution)}"
    if not rows:
        return f"<div>{escape(heading)}: none.</div>"
    listed = "".join(_bar(name, score, attribution) for name, score in rows)
    return (
        f'<div style="opacity:.85;margin-bottom:.25rem">{escape(heading)}</div>'
        f'<div role="list" aria-label="{escape(f"Words scored for “{label}”", quote=True)}">{listed}</div>'
    )


def strongest(attribution: Attribution, most: int = MOST_BARS) -> Iterator[tuple[str, float]]:
    """Yield words with their scores; of a word that stands there several times which one it is."""
    read = [at for at, seen in enumerate(attribution.seen) if seen and attribution.scores[at]]
    times, met = Counter(word.text for word in attribution.words), Counter[str]()
    names = []
    for word in attribution.words:
        met[word.text] += 1
        short = word.text if len(word.text) <= _LONGEST else f"{word.text[:_LONGEST]}…"
        names.append(short if times[word.text] == 1 else f"{short} ({met[word.text]} of {times[word.text]})")
    for at in sorted(read, key=lambda at: -abs(attribution.scores[at]))[:most]:
        yield names[at], attribution.scores[at]


def scale_in_words(attribution: Attribution) -> str:
    """Say what the bars' figures are measured in."""
    if attribution.scale:
        return attribution.scale if attribution.scale.startswith("in ") else f"in {attribution.scale}"
    return "in points of probability"


def figure(score: float, attribution: Attribution) -> str:
    """Return a score with its sign as it stands beside a bar."""
    return signed(score if attribution.scale else 100 * score, bool(attribution.scale))


def _bar(name: str, score: float, attribution: Attribution) -> str:
    """Return one row: the word, a bar to the left (against) or the right (for) of the middle, the figure."""
    width = f"{100 * abs(score) / attribution.reach:.0f}%"
    colour, line = (ORANGE, "solid") if score > 0 else (BLUE, "dotted")
    bar = f'<div style="width:{width};background:{colour};border-radius:.15em;border:1px {line} {colour}"></div>'
    left, right = ("", bar) if score > 0 else (bar, "")
    middle = "border-inline-start:1px solid rgba(128,128,128,.6)"
    halves = (
        f'<div style="{_HALF};justify-content:flex-end">{left}</div><div style="{_HALF};{middle}">{right}</div>'
    )  # fmt: skip
    return (
        f'<div role="listitem" style="{_ROW}"><div dir="auto" style="{_NAME}">{shown(name)}</div>'
        f'<div aria-hidden="true" style="flex:1 1 6rem;display:flex">{halves}</div>'
        f'<div style="{_FIGURE}">{figure(score, attribution)}</div></div>'
    )
