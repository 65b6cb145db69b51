"""The words of a text as a person sees them."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_SPACE, _MARK, _LETTER, _ALONE, _PICTURE, _FLAG, _PUNCTUATION = range(7)
_INNER = frozenset("'’-‐‑·׳״")  # join the letters on both sides: don't, well-made, col·lecció, צה״ל
_INNER_NUMBER = frozenset(".,:")  # join the digits on both sides: 3.14, 1,000, 10:30
_JOINER = "\u200d"  # makes one picture of two: 👩 + 🚀
_INVISIBLE_SPACES = "\u200b\ufeff\u2060"
_ALONE_RANGES = (  # scripts without spaces: each character is a word
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x1950, 0x19DF), (0x1A20, 0x1AAF), (0xA9E0, 0xA9FF),
    (0xAA60, 0xAA7F), (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x30FF), (0x3100, 0x312F), (0x31A0, 0x31FF),
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0xFF66, 0xFF9F), (0x1AFF0, 0x1B16F), (0x20000, 0x3FFFF),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it stands in the text: ``text == whole_text[start:stop]``."""

    text: str
    start: int
    stop: int


def words_of(text: str) -> tuple[Word, ...]:
    """Split a text into words, with casing, punctuation and emoji kept.

    A word is a run of letters and digits with inner apostrophes and hyphens, a run of punctuation, one emoji
    (however many code points it has), or one character of a script without spaces. Only white space belongs to
    no word.
    """
    words: list[Word] = []
    start, current = -1, _SPACE
    for at, character in enumerate(text):
        kind = _kind(character)
        if current != _SPACE and _continues(text, start, at, current, kind):
            current = kind if current == _MARK else current
            continue
        if current != _SPACE:
            words.append(Word(text[start:at], start, at))
        start, current = at, kind
    if current != _SPACE:
        words.append(Word(text[start:], start, len(text)))
    return tuple(words)


def _continues(text: str, start: int, at: int, current: int, kind: int) -> bool:
    """Say whether the character at ``at`` belongs to the open word, which began at ``start``."""
    if kind == _SPACE:
        return False
    if kind == _MARK or current == _MARK:
        return True
    if current == _LETTER:
        return kind == _LETTER or _is_inner(text, at)
    if current == _PICTURE:
        return text[at - 1] == _JOINER
    if current == _FLAG:
        return kind == _FLAG and at == start + 1
    return current == kind == _PUNCTUATION


def _is_inner(text: str, at: int) -> bool:
    before, after = text[at - 1], text[at + 1 : at + 2]
    if text[at] in _INNER_NUMBER:
        return before.isdigit() and after.isdigit()
    return text[at] in _INNER and bool(after) and _kind(after) == _LETTER


@lru_cache(maxsize=4096)
def _kind(character: str) -> int:
    code, category = ord(character), unicodedata.category(character)
    if character.isspace() or character in _INVISIBLE_SPACES:
        return _SPACE
    if category[0] == "M" or category == "Cf" or 0x1F3FB <= code <= 0x1F3FF:  # the last are skin tones
        return _MARK
    if 0x1F1E6 <= code <= 0x1F1FF:
        return _FLAG
    if category == "So" or 0x1F000 <= code <= 0x1FAFF:
        return _PICTURE
    if category[0] in "LN":
        return _ALONE if any(low <= code <= high for low, high in _ALONE_RANGES) else _LETTER
    return _PUNCTUATION
