"""Which encoding a text is in that is not Unicode: western first, then by letter statistics."""

from __future__ import annotations

import codecs
import re
from unicodedata import category

from bertui.data.reading.formats.multibyte import east_asian

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
)
_LATIN = ("cp1250", "iso8859-2", "cp1254", "cp1257", "cp1258", "mac-roman", "cp850")  # told apart by misfits in words
_BEYOND = re.compile(r"[^\x00-\x7f]")
_ENOUGH = 20  # letters beyond ASCII before their mix says anything on the language
_LETTER = "a-zA-Zà-öø-ÿ"
# What cp1252 shows for text of another encoding: a capital or a symbol inside a word, a pile of accents,
# a byte that cp1252 leaves free.
_NOT_WESTERN = re.compile(
    r"(?<=[a-zà-öø-ÿ])[À-ÖØ-ÞŠŽŒŸ](?=[a-zà-öø-ÿ])"
    rf"|(?<=[{_LETTER}])[¡-³µ¶¸¹»-¿×÷ƒ†‡ˆ‰‹˜™](?=[{_LETTER}])"
    rf"|º(?=[{_LETTER}])"
    r"|(?=[^\x00-\x7f]{0,3}[À-ÿ])[^\x00-\x7f]{4,}"
    r"|\ufffd"
)

_APART = frozenset("–—“”„‘«»‹›†‡•…¿¡‰")  # stand beside words, hardly ever between two letters
_SIGNS = frozenset("¶§")  # punctuation of no word
_LATIN_END = "\u0370"  # the first sign after the Latin letters


def likely_codepages(sample: bytes) -> list[str]:
    """Return names of encodings for lines that are not UTF-8 (see ``telling_lines``), the most likely first."""
    if (name := east_asian(sample)) is not None:
        return [name, "cp1252"]
    text = sample.decode("cp1252", "replace")
    beyond = sum(not char.isascii() for char in text)
    if max(sum(len(hit) for hit in _NOT_WESTERN.findall(text)), _misfits(text)) > 0.1 * beyond:
        return [*(["cp1255"] if _hebrew(sample) else []), *_by_statistics(sample), "cp1252"]
    return [_neighbour(text, beyond), "cp1252"]


def _neighbour(text: str, beyond: int) -> str:
    """Tell Central European, Turkish and Baltic text by the letters that no western language has so often."""

    def share(letters: str) -> float:
        return len(re.findall(f"[{letters}]", text)) / beyond

    if beyond < _ENOUGH:
        return "cp1252"
    if (share("šžŠŽ") > 0.1 and not share("õÕ")) or (share("õûÕÛ") > 0.05 and share("öü") and share("áí")):
        return "cp1250"
    if share("þýðÞÝÐ") > 0.2 and not share("áæÁÆ"):
        return "cp1254"
    return "cp1257" if share("ðþÐÞ") > 0.05 and share("èëûà") > 0.2 and not share("öúíýóÖÚÍÝÓ") else "cp1252"


def _hebrew(sample: bytes) -> bool:
    """Tell Hebrew, whose letters fill E0 to FA and have no capitals, from Cyrillic, which uses C0 to FF."""
    beyond = len(re.findall(rb"[\x80-\xff]", sample))
    return beyond >= _ENOUGH and len(re.findall(rb"[\xe0-\xfa]", sample)) > 0.97 * beyond


def telling_lines(data: bytes) -> bytes:
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
    """Return encodings by the mix of letters; of like ones first the one that leaves the fewest misfits in words."""
    from charset_normalizer import from_bytes

    names = [codecs.lookup(match.encoding).name for match in from_bytes(sample, cp_isolation=list(_IN_USE))]
    if names and names[0] not in _LATIN and not _misfits(sample.decode(names[0], "replace")):
        return names
    return sorted(dict.fromkeys([*names, *_LATIN]), key=lambda name: _misfits(sample.decode(name, "replace")))


def _misfits(text: str) -> int:
    """Count the signs beyond ASCII that cannot stand where they do: symbols in words, capitals after small letters."""
    text = f" {text} "
    return sum(_misfit(*text[hit.start() - 1 : hit.end() + 1]) for hit in _BEYOND.finditer(text))


def _misfit(before: str, char: str, after: str) -> bool:
    if char == "\ufffd" or category(char) == "Cc":
        return True
    if category(char)[0] in "LM":
        foreign = char >= _LATIN_END and (_is_basic(before) or _is_basic(after))
        return foreign or (before.islower() and char.isupper())
    if char in _APART or (category(char)[0] == "P" and char not in _SIGNS):
        return char in _APART and before.isalpha() and after.isalpha()
    return after.isalpha()


def _is_basic(char: str) -> bool:
    return char.isascii() and char.isalpha()
