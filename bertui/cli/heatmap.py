"""A text on a terminal with each word on the colour of its score, and its words with their scores in a table.

The sign stands before a coloured word, so nothing depends on colour.
"""

from __future__ import annotations

from rich.color import Color
from rich.style import Style
from rich.text import Text

from bertui.cli.printing import console, safe, show, table
from bertui.explanation.attribution import Attribution
from bertui.explanation.palette import BLUE, ORANGE

_FAINTEST = 0.05  # of full colour: below it a word is left plain, as on the page
_NO_COLOUR = (136, 136, 136)  # scores fade into a grey that shows on dark and light terminals
_STRONGEST_WORDS = 20


def show_heatmap(attribution: Attribution, label: str) -> None:
    """Print the text in colours where there is a terminal that shows them, and the scores of its words."""
    out, coloured = console(), console().color_system is not None
    if coloured:
        show("", _text(attribution), "")
        if attribution.signed:
            show(Text.assemble((" +towards ", _style(1.0)), " ", (" -against ", _style(-1.0)), f" '{safe(label)}'"))
    show("", safe(attribution.sentence(label)), "")
    _show_words(attribution, everything=not out.is_terminal)


def _text(attribution: Attribution) -> Text:
    """Return the text with its words on their colours; words that the model did not read are struck through."""
    text, at = Text(), 0
    for word, score, seen in zip(attribution.words, attribution.scores, attribution.seen, strict=True):
        text.append(_between(attribution.text[at : word.start]))
        share = score / attribution.reach
        if not seen:
            text.append(safe(word.text), style="dim strike")
        elif abs(share) < _FAINTEST:
            text.append(safe(word.text))
        else:
            text.append(f"{'+' if share > 0 else '-'}{safe(word.text)}", style=_style(share))
        at = word.stop
    return text.append(_between(attribution.text[at:]))


def _between(space: str) -> str:
    """Keep the lines of a text, and make the rest of what stands between words safe."""
    return "\n".join(safe(line.replace("\t", " ")) for line in space.replace("\r\n", "\n").split("\n"))


def _style(share: float) -> Style:
    """Return the style of a score that is ``share`` (-1 to 1) of full colour; the letters are what stands out."""
    end = Color.parse(ORANGE if share > 0 else BLUE).get_truecolor()
    weight = min(1.0, abs(share))
    mixed = [round((1 - weight) * grey + weight * full) for grey, full in zip(_NO_COLOUR, end, strict=True)]
    light = 0.2126 * mixed[0] + 0.7152 * mixed[1] + 0.0722 * mixed[2] > 110
    return Style(color="black" if light else "bright_white", bgcolor=Color.from_rgb(*mixed), bold=weight > 0.5)


def _show_words(attribution: Attribution, *, everything: bool) -> None:
    """Print scores and words: all in the order of the text, or on a terminal the strongest first."""
    lines = list(zip(attribution.scores, attribution.words, attribution.seen, strict=True))
    if not everything:
        lines = sorted(lines, key=lambda line: -abs(line[0]))[:_STRONGEST_WORDS]
    rows = [(f"{round(score, 3) + 0.0:+.3f}" if seen else "not read", safe(word.text)) for score, word, seen in lines]
    show(table(("Score" + (f" ({attribution.scale})" if attribution.scale else ""), "Word"), rows, right=(0,)))
    if len(lines) < len(attribution.words):
        show(f"The {len(lines)} strongest of {len(attribution.words):,} words; --json has all.")
