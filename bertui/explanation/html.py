"""Texts as HTML: words shaded by their scores, and texts with the truncated part faded.

Every character of a text passes ``shown``, which escapes it; nothing a person types can become a tag.
Colours are see-through, so they read on light and dark pages alike (blue and orange of Okabe and Ito, told apart
by colour-blind people), and a sign never shows by colour alone: for is underlined solid, against dotted.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from bertui.explanation.attribution import Attribution
from bertui.explanation.palette import BLUE, ORANGE, see_through

_FOR, _AGAINST = ORANGE, BLUE
DEEPEST = 0.55  # opacity of full colour: text on it stays readable on white and on black
FAINTEST = 0.05  # of full colour: below it a word is left plain
_TRUNCATED = "opacity:.7;background:rgba(128,128,128,.2);text-decoration:underline dashed"
_KEPT = "background:rgba(0,158,115,.18)"
TEXT_STYLE = "white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:isolate;line-height:1.9"
# Texts of like length stand side by side where there is room, a question above its context.
_ROW = "display:flex;flex-wrap:wrap;gap:1rem 1.5rem"
_BLOCK = "border-inline-start:3px solid rgba(128,128,128,.45);padding-inline-start:.75rem"
_BESIDE, _BELOW = "flex:1 1 16rem", "flex:1 1 100%"
_ALIKE = 3  # times as long as the other: a longer text stands below
VISIBLE = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n\r"} | {
    0x7F: 0x2421,
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),
}  # control characters as their pictures, halves of pairs as the replacement character


def heatmap_html(
    attribution: Attribution, label: str, other_label: str | None = None, titles: Sequence[str] = ()
) -> str:
    """Return the text with each word shaded by its score, as HTML without scripts or styles of the page.

    Args:
        attribution: The scored words.
        label: Name of the explained class.
        other_label: Name of the only other class, if there are two: where words against ``label`` push.
        titles: What each of several texts is, such as "Question" and "Context".
    """
    text = attribution.text
    ends = [*(start - 1 for start in attribution.breaks), len(text)]
    blocks, pieces, at = list[str](), list[str](), 0
    for start, stop, score in [*runs(attribution), (len(text), len(text), 0.0)]:
        while len(blocks) < len(ends) and start >= ends[len(blocks)]:
            pieces.append(shown(text[at : ends[len(blocks)]]))
            at = min(len(text), ends[len(blocks)] + 1)
            blocks.append("".join(pieces))
            pieces = []
        pieces.append(shown(text[at:start]))
        if score is None:
            pieces.append(f'<span style="{_TRUNCATED}" title="not read by the model">{shown(text[start:stop])}</span>')
        else:
            pieces.append(
                _word(text[start:stop], score / attribution.reach, _meaning(attribution, score, label, other_label))
            )
        at = stop
    summary = escape(_summary(attribution, label), quote=True)
    beneath = "".join(f"<div>{escape(note)}</div>" for note in notes(attribution))
    if len(blocks) == 1:
        body = f'<div dir="auto" role="group" aria-label="{summary}" style="{TEXT_STYLE}">{blocks[0]}</div>'
    else:
        body = f'<div role="group" aria-label="{summary}" style="{_ROW}">{apart_html(blocks, titles)}</div>'
    return f"<div>{body}{beneath}</div>"


def apart_html(blocks: Sequence[str], titles: Sequence[str] = ()) -> str:
    """Return texts that are HTML already as blocks that stand apart, each under its title."""
    lengths = [len(block) for block in blocks]
    place = _BESIDE if max(lengths) <= _ALIKE * max(1, min(lengths)) else _BELOW
    heads = [f'<div style="font-size:.8em;opacity:.8">{escape(title)}</div>' for title in titles] or [""] * len(blocks)
    return "".join(
        f'<div style="{_BLOCK};{place}">{head}<div dir="auto" style="{TEXT_STYLE}">{block}</div></div>'
        for head, block in zip(heads, blocks, strict=True)
    )


def legend_html(attribution: Attribution, label: str, other_label: str | None = None) -> str:
    """Return the key to the heatmap, in words, with the size of a score that has full colour."""
    full = attribution.size(attribution.reach)
    if not attribution.signed:
        return f"<div>The stronger the colour, the more attention comes from it; full colour is {escape(full)}.</div>"
    pushes, pulls = f"pushes towards “{label}”", direction(-1, label, other_label)
    pulls = f"pushes {pulls}" if other_label is not None else f"speaks {pulls}"
    return (
        f'<div style="overflow-wrap:anywhere"><span style="{_shade(1.0)}">{escape(pushes)} (+, solid line)</span> '
        f'<span style="{_shade(-1.0)}">{escape(pulls)} (−, dotted line)</span> '
        f"<span>The stronger the colour, the more the word counts; full colour is {escape(full)}; words without colour "
        "hardly count.</span></div>"
    )


def shaded_html(text: str, kept_spans: Sequence[tuple[int, int]]) -> str:
    """Return a text with the parts that the model reads shaded and the truncated parts faded.

    Args:
        text: The whole text.
        kept_spans: Character spans (start, stop) of what is kept, such as those of the kept tokens.
    """
    pieces = []
    for start, stop, kept in _pieces(text, kept_spans):
        style, title = (_KEPT, "read by the model") if kept else (_TRUNCATED, "truncated: the model does not read this")
        pieces.append(f'<span style="{style}" title="{title}">{shown(text[start:stop])}</span>')
    return f'<div dir="auto" style="{TEXT_STYLE}">{"".join(pieces)}</div>'


def runs(attribution: Attribution) -> Iterator[tuple[int, int, float | None]]:
    """Yield (start, stop, score) of each word read, and (start, stop, None) of each run of words not read."""
    rows = zip(attribution.words, attribution.scores, attribution.seen, strict=True)
    for (seen, _), group in groupby(rows, key=lambda row: (row[2], bisect(attribution.breaks, row[0].start))):
        run = list(group)
        if seen:
            yield from ((word.start, word.stop, score) for word, score, _ in run)
        else:
            yield run[0][0].start, run[-1][0].stop, None


def _meaning(attribution: Attribution, score: float, label: str, other_label: str | None) -> str:
    """Say what a score is, such as "+0.31 towards “good”"."""
    if not attribution.signed:
        return f"{score:.2f} of the attention"
    return f"{signed(score)} {direction(score, label, other_label)}"


def _word(text: str, share: float, meaning: str) -> str:
    """Return a word with a score that is ``share`` (-1 to 1) of full colour."""
    if abs(share) < FAINTEST:
        return f'<span title="{escape(meaning, quote=True)}">{shown(text)}</span>'
    named = f"{shown(text)}, {escape(meaning, quote=True)}"
    return (
        f'<span role="note" aria-label="{named}" title="{escape(meaning, quote=True)}" '
        f'style="{_shade(share)}">{shown(text)}</span>'
    )


def _shade(share: float) -> str:
    """Return the style of a score that is ``share`` (-1 to 1) of full colour."""
    colour, line = (_FOR, "solid") if share > 0 else (_AGAINST, "dotted")
    return (
        f"background:{see_through(colour, DEEPEST * abs(share))};border-radius:.2em;padding:.1em 0;"
        f"text-decoration:underline {line};text-underline-offset:.25em"
    )


def direction(score: float, label: str, other_label: str | None) -> str:
    """Say which way a score pushes."""
    if score >= 0:
        return f"towards “{label}”"
    return f"against “{label}”" if other_label is None else f"towards “{other_label}”"


def _summary(attribution: Attribution, label: str) -> str:
    """Say which words count most, for those who do not see the colours."""
    ranked = sorted(zip(attribution.scores, attribution.words, strict=True), key=lambda pair: -abs(pair[0]))[:5]
    strong = [f"{word.text.translate(VISIBLE)} {signed(score)}" for score, word in ranked if score]
    return f"Words scored for “{label}”. " + ("Strongest: " + ", ".join(strong) if strong else "No word counts") + "."


def notes(attribution: Attribution) -> Iterator[str]:
    """Yield what must be said of a heatmap beside its colours."""
    if not all(attribution.seen):
        yield _unread(attribution)
    if any(attribution.seen) and attribution.strongest < FAINTEST * attribution.reach:
        yield f"No word counts for much: the largest score is {attribution.size(attribution.strongest)}."


def _unread(attribution: Attribution) -> str:
    count = attribution.seen.count(False)
    words = "1 word" if count == 1 else f"{count:,} words"
    return f"{words} of {len(attribution.seen):,} (grey, dashed) were not read by the model and have no score."


def signed(value: float, exact: bool = True) -> str:
    """Return a number with its sign; small ones with more digits, unless one digit is exact enough."""
    digits = 1 if not exact else 4 if 0.00005 <= abs(value) < 0.005 else 2
    return f"{value:+z.{digits}f}".replace("-", "−")


def _pieces(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, stop, kept) covering the text; white space between kept spans counts as kept."""
    merged: list[list[int]] = []
    for start, stop in sorted(span for span in spans if span[0] < span[1]):
        if merged and not text[merged[-1][1] : start].strip():
            merged[-1][1] = max(merged[-1][1], stop)
        else:
            merged.append([start, stop])
    at = 0
    for start, stop in merged:
        if at < start:
            yield at, start, not text[at:start].strip()
        yield start, stop, True
        at = stop
    if at < len(text):
        yield at, len(text), not text[at:].strip()


def shown(text: str) -> str:
    """Escape a text for HTML, with control characters made visible."""
    return escape(text.translate(VISIBLE), quote=True)
