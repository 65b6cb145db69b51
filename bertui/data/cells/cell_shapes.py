"""What one cell looks like: a number, a date, a link, a list ... or words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_MONTHS = (
    "jan|feb|fev|fév|mar|mär|mrt|apr|abr|avr|mai|may|maj|mag|mei|maio|jun|juin|giu|jul|juil|lug|aug|août|aou|ago|sep|set"
    "|okt|oct|out|ott|nov|dec|dez|dic|déc"
)
_ZONE = r"(?:\s?(?:z|utc|gmt|[a-z]{3,4}|[+-]\d\d:?\d{0,2})){0,2}"
_CLOCK = rf"\d{{1,2}}[:.]\d{{2}}(?:[:.]\d{{2}}(?:[.,]\d+)?)?(?:\s?[ap]\.?m\.?)?{_ZONE}"
_DAY = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
    rf"|(?:\d{{1,2}}(?:\.|st|nd|rd|th)?[\s/-]+(?:de\s)?)?(?:{_MONTHS})[a-zéûä]{{0,7}}\.?[\s/,-]+(?:de\s)?"
    r"(?:\d{1,2}(?:st|nd|rd|th)?,?[\s/-]+)?(?:\d{4}|\d{2})"
    rf"|[a-z]{{3,9}},?\s(?:{_MONTHS})[a-z]{{0,7}}\s\d{{1,2}}\s{_CLOCK}\s\d{{4}}"
)
_UNIT = (
    "ms|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|weeks?|months?|years?|tage?|stunden?|minuten|jahre?|wochen"
    "|jours?|heures?|ans?|mois|horas?|días?|dias?|años?|anos?|meses|giorni|ore|dagen|uur"
)
_REAL = r"\d{1,3}\.\d{2,}"

# The first that fits the whole cell names its shape.
_PATTERNS = {
    "number": (
        r"[-+]?(?:\d{1,3}(?:[,.'\u00a0\u202f ]\d{3})+|\d+)?(?:(?<=\d)[.,]\d+|(?<!\d)\.\d+|(?<=\d)\.?)"
        r"(?:e[-+]?\d+)?\s?%?"
    ),
    "amount": (
        r"[-+]?(?:[$€£¥₹]|usd|eur|rs\.?)\s?[\d.,' ]+[km]?"
        r"|[\d.,' ]+\s?(?:[$€£¥₹]|usd|eur|kg|g|cm|mm|km|ml|mb|kb|gb)"
    ),
    "date": (
        rf"(?:[a-zéûä]{{2,10}}[.,]{{1,2}}\s|[a-z]{{3}}\s)?(?:{_DAY})"
        rf"(?:(?:,|\s-|\sat|\sà|\sum)?[\st]{{1,2}}{_CLOCK})?"
    ),
    "time": _CLOCK,
    "duration": rf"(?:\d+(?:[.,]\d+)?\s?(?:{_UNIT})[\s,]*)+(?:ago|old)?|pt?(?:\d+[hmsd.]+)+",
    "address": r"(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?|(?:[0-9a-f]{1,4}:){4,7}[0-9a-f:]+",
    "version": r"v?\d+(?:\.\d+){2,}[-+.\w]*|v\d+(?:\.\d+)*",
    "coordinate": rf"(?:point\s?)?[\[(]?\s*[-+]?{_REAL}\s?[,;\s]\s?[-+]?{_REAL}\s*[\])]?",
    "link": r"(?:(?:https?|ftp)://|www\.)\S+",
    "email": r"(?:[^<>]{1,60}<)?[^\s@<>]+@[^\s@<>]+\.[a-z]{2,}>?",
    "path": (
        r"(?:[a-z]:\\|\.{0,2}/)[\w.\\/ %~-]+"
        r"|[\w.\\/ %~-]+\.(?:jpe?g|png|gif|txt|csv|tsv|html?|pdf|wav|mp3|mp4|json|xml|docx?)"
    ),
    "list": r"[\[{(].*[\]})]|set\(\)|\d+(?:\s*,\s*\d+){2,}",
    "code": r"(?=\D*\d)(?=[\d_-]*[a-z])[\w:#.+/=-]*",  # letters and digits without a blank
}  # fmt: skip
_SHAPE = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS.items()), re.I | re.S)
# Words side by side, or a script that puts no blanks between them (Japanese, Chinese, Thai, Korean).
_NATURAL = re.compile(
    r"[^\W\d_][.,;:!?'\"’”)]*\s+[\"'“„«(]?[^\W\d_]|[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_MOST = 1_000  # characters of a cell that are looked at; a shape other than a list is shorter


def shape_of(cell: str) -> str:
    """Return the name of a pattern that the whole cell fits, else "words" (several, or a script without blanks) or
    "word"."""
    cell = cell.strip()
    hit = _SHAPE.fullmatch(cell) if len(cell) <= _MOST else None
    if hit and hit.lastgroup:
        return hit.lastgroup
    return "words" if _NATURAL.search(cell, 0, _MOST) else "word"


def shape_shares(cells: Iterable[str]) -> dict[str, float]:
    """Return the share of each shape among filled cells."""
    counts = Counter(map(shape_of, cells))
    return {shape: count / counts.total() for shape, count in counts.items()}
