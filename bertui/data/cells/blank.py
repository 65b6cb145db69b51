"""Is there anything to read in a text? What cannot be seen is nothing: blanks, zero-width marks, control characters."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# Letters and marks by their category that have no shape: fillers of Hangul, vowels of Khmer that are not written,
# selectors of a glyph's variant, the blank of Braille.
_SHAPELESS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\ufffd") | frozenset(
    map(chr, [*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
)
_INVISIBLE = ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp")


def is_blank(text: str) -> bool:
    """Whether a text shows nothing: it is empty, or each of its characters is white space or invisible."""
    return not any(map(_visible, text))


def are_blank(texts: pd.Series) -> pd.Series:
    """Return for each text of a column without missing cells whether it is blank."""
    # Most texts hold a Latin letter or a digit; asked so, a million rows take a tenth of a second instead of three.
    blank = ~texts.str.contains("[0-9A-Za-z]").astype(bool)
    blank[blank] = texts[blank].map(is_blank).astype(bool)
    return blank


@lru_cache(maxsize=4096)
def _visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE and character not in _SHAPELESS
