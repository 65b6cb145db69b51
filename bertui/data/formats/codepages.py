"""Which encoding a text is in that is not Unicode: western first, then by letter statistics."""

from __future__ import annotations

import codecs
import re

_SAMPLE = 1 << 18
_IN_USE = (  # without these bounds, a short text is taken for the rarest of a hundred encodings
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "cp1257",
    "cp1258",
    "cp874",
    "iso8859_2",
    "koi8_r",
    "mac_roman",
    "gb18030",
    "big5",
    "cp932",
    "euc_jp",
    "cp949",
)
_ENOUGH = 20  # letters beyond ASCII before their mix says anything on the language
_LETTER = "a-zA-Zà-öø-ÿ"
# What cp1252 shows for text of another encoding: a capital or a symbol inside a word, a pile of accents,
# a byte that cp1252 leaves free.
_NOT_WESTERN = re.compile(
    r"(?<=[a-zà-öø-ÿ])[À-ÖØ-ÞŠŽŒŸ](?=[a-zà-öø-ÿ])"
    rf"|(?<=[{_LETTER}])[¡-³µ¶¸¹»-¿×÷ƒ†‡ˆ‰‹˜™](?=[{_LETTER}])"
    r"|(?=[^\x00-\x7f]{0,3}[À-ÿ])[^\x00-\x7f]{4,}"
    r"|\ufffd"
)


def likely_codepages(data: bytes) -> list[str]:
    """Return names of encodings for bytes that are not UTF-8, the most likely first."""
    sample = _telling(data)
    text = sample.decode("cp1252", "replace")
    beyond = sum(not char.isascii() for char in text)
    if sum(len(hit) for hit in _NOT_WESTERN.findall(text)) > 0.1 * beyond:
        return [*(["cp1255"] if _hebrew(sample) else []), *_by_statistics(sample), "cp1252"]
    return [_neighbour(text, beyond), "cp1252"]


def _neighbour(text: str, beyond: int) -> str:
    """Tell Central European and Turkish text by the letters that no western language uses so often."""
    if beyond < _ENOUGH:
        return "cp1252"
    if len(re.findall("[šžŠŽ]", text)) > 0.1 * beyond:
        return "cp1250"
    turkish = len(re.findall("[þýðÞÝÐ]", text)) > 0.2 * beyond and not re.search("[áæÁÆ]", text)
    return "cp1254" if turkish else "cp1252"


def _hebrew(sample: bytes) -> bool:
    """Tell Hebrew, whose letters fill E0 to FA and have no capitals, from Cyrillic, which uses C0 to FF."""
    beyond = len(re.findall(rb"[\x80-\xff]", sample))
    return beyond >= _ENOUGH and len(re.findall(rb"[\xe0-\xfa]", sample)) > 0.97 * beyond


def _telling(data: bytes) -> bytes:
    """Return the lines that hold bytes beyond ASCII: only they tell one encoding from another."""
    lines: list[bytes] = []
    size = place = 0
    beyond = re.compile(rb"[\x80-\xff]")
    while size < _SAMPLE and (hit := beyond.search(data, place)):
        start = max(place, data.rfind(b"\n", place, hit.start()) + 1, hit.start() - 1000)
        end = data.find(b"\n", hit.start()) + 1 or len(data)
        lines.append(data[start : min(end, start + _SAMPLE)])
        size, place = size + len(lines[-1]), end
    return b"".join(lines)


def _by_statistics(sample: bytes) -> list[str]:
    from charset_normalizer import from_bytes

    return [codecs.lookup(match.encoding).name for match in from_bytes(sample, cp_isolation=list(_IN_USE))]
