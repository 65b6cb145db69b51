"""One explained answer to take away: a page of its own, and its numbers as a table."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import pandas as pd

from bertui.data.writing import to_csv
from bertui.explanation.attribution import Attribution
from bertui.explanation.bars import explained_html, scale_in_words
from bertui.explanation.html import legend_html, shown

# Nothing is loaded and nothing runs, whatever a text holds.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = (
    ":root{color-scheme:light dark}body{font-family:system-ui,sans-serif;max-width:70rem;margin:2rem auto;"
    "padding:0 1rem;line-height:1.5}h1{font-size:1.3rem;overflow-wrap:anywhere}p{overflow-wrap:anywhere}"
)


@dataclass(frozen=True, slots=True)
class Report:
    """A map of scores with what is needed to read it away from the app.

    Attributes:
        attribution: The scored words.
        label: Name of the explained target.
        model: Name of the model or run that answered.
        answer: What it answered, in words.
        other_label: Name of the only other target, if there are two.
        titles: What each of several texts is, such as "Question" and "Context".
        trust: One sentence on how far the map can be trusted; "" where that was not worked out.
    """

    attribution: Attribution
    label: str
    model: str
    answer: str = ""
    other_label: str | None = None
    titles: Sequence[str] = ()
    trust: str = ""

    @property
    def heading(self) -> str:
        """Which words push towards what."""
        return f"What each word did for “{self.label}”"

    @property
    def facts(self) -> tuple[str, ...]:
        """Who answered what, and how the words were scored."""
        answer = (f"Answer: {self.answer}",) if self.answer else ()
        return (f"Model: {self.model}", *answer, f"Words scored by: {self.attribution.method}")

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the scores sum to, and how far they can be trusted where that is known."""
        return tuple(filter(None, (self.attribution.sentence(self.label), self.trust)))

    def html(self) -> bytes:
        """Return a page that stands alone: the map with its bars, the legend, the sentences. No scripts."""
        parts = [
            f"<h1>{shown(self.heading)}</h1>", f"<p>{'<br>'.join(map(shown, self.facts))}</p>",
            explained_html(self.attribution, self.label, self.other_label, self.titles),
            f"<p></p>{legend_html(self.attribution, self.label, self.other_label)}",
            *(f"<p>{shown(remark)}</p>" for remark in self.remarks),
        ]  # fmt: skip
        page = (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{shown(self.heading)}</title>'
            f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY, quote=True)}">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
            f"<body>{''.join(parts)}</body></html>\n"
        )
        return page.encode()

    def frame(self) -> pd.DataFrame:
        """Return the words in their order with their scores; words that were not read have none."""
        one, scale = self.attribution, 1.0 if self.attribution.scale else 100.0
        rows = [
            {
                "place": place,
                "text": self._title(bisect(one.breaks, word.start)),
                "word": word.text,
                "score": scale * score if seen else None,
                "measured": scale_in_words(one),
                "for": self.label,
            }
            for place, (word, score, seen) in enumerate(zip(one.words, one.scores, one.seen, strict=True), 1)
        ]
        return pd.DataFrame(rows, columns=["place", "text", "word", "score", "measured", "for"])

    def csv(self) -> bytes:
        """Return the words with their scores as CSV that is safe to open in a spreadsheet."""
        return to_csv(self.frame())

    def _title(self, number: int) -> str:
        return self.titles[number] if number < len(self.titles) else str(number + 1)
