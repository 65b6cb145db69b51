"""Bytes of a text file -> clean UTF-8: which encoding they are in, and what had to be mended."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from bertui.data.reading.formats.codepages import likely_codepages, telling_lines
from bertui.data.reading.formats.multibyte import FREQUENT
from bertui.data.reading.formats.signatures import not_a_table
from bertui.errors import DataError

FEW, FEW_SHARE = 10, 0.001  # so many bad places are a blemish; more mean another encoding
_CHUNK = 1 << 20
_LINES = 5  # line numbers that a note names
_BOMS = (  # UTF-32 first: its little-endian mark starts with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8"),
)
_CONTROLS = bytes([*range(1, 9), *range(14, 27), *range(28, 32), 127])
_MARK = "\ufffd"


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text as UTF-8 without byte order mark and NUL, the encoding it came in, and notes."""

    clean: bytes
    encoding: str
    notes: tuple[str, ...] = ()


def decode(data: bytes, encoding: str | None = None) -> Decoded:
    """Return the text of ``data`` in ``encoding``, or in the one that fits best when that is None.

    Raises:
        DataError: the encoding is unknown or does not fit, or the bytes are no text.
    """
    decoded = _guessed(data) if encoding is None else _as_chosen(data, encoding)
    clean = decoded.clean.removeprefix(codecs.BOM_UTF8)
    nuls = clean.count(0)
    if not nuls:
        return Decoded(clean, decoded.encoding, decoded.notes)
    if nuls > max(FEW, len(clean) // 100):
        raise _binary()
    note = (
        f"{nuls} NUL byte{'s were' if nuls > 1 else ' was'} removed (first in line {line_of(clean, clean.index(0))})."
    )
    return Decoded(clean.replace(b"\0", b""), decoded.encoding, (*decoded.notes, note))


def line_of(data: bytes, place: int) -> int:
    """Return the number of the line (from 1) that holds the byte at ``place``, for any kind of line end."""
    carriage, both = data.count(b"\r", 0, place), data.count(b"\r\n", 0, place)
    return 1 + data.count(b"\n", 0, place) + carriage - both


def _as_chosen(data: bytes, encoding: str) -> Decoded:
    name = _codec(encoding)
    try:
        return Decoded(data if name == "utf-8" and _is_utf8(data) else data.decode(name).encode(), name)
    except LookupError as error:  # a codec, but not one for text: hex, zlib
        raise _unknown(encoding) from error
    except UnicodeError as error:
        guess = _guessed(data)
        if guess.encoding == name:  # what was found by itself and shown may be asked for by name
            return guess
        line = line_of(data, getattr(error, "start", 0))
        raise DataError(
            f"The file is not valid {name}: the first bad byte is in line {line}.",
            expected=f"By itself it would be read as {guess.encoding}.",
            remedy="Choose another encoding, or save the file again as UTF-8.",
        ) from error


def _codec(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except (LookupError, ValueError) as error:
        raise _unknown(encoding) from error


def _unknown(encoding: str) -> DataError:
    return DataError(
        f"The encoding {encoding[:40]!a} is not known.",
        expected="For example utf-8, cp1252, latin-1 or utf-16.",
        remedy="Choose one of these, or leave the encoding to be found by itself.",
    )


def _guessed(data: bytes) -> Decoded:
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _utf8(data) if name == "utf-8" else _wide(data, name)
    if flavour := _utf16_without_mark(data):
        return _wide(data, flavour)
    if _is_utf8(data):
        return Decoded(data, "utf-8")
    sample = data[:_CHUNK]
    if len(sample) - len(sample.translate(None, _CONTROLS)) > max(2, len(sample) // 50):
        raise _binary()
    good, bad = _census(data)
    # In another encoding hardly one sequence in ten happens to be valid UTF-8, whereas broken UTF-8 and
    # files pasted together from two encodings have many valid ones.
    broken = good * 2 >= bad
    if broken and bad <= max(FEW, FEW_SHARE * len(data)):
        return _utf8(data)
    likely = likely_codepages(telling_lines(data))  # Chinese, Japanese and Korean bytes often are valid UTF-8
    return _utf8(data) if broken and likely[0] not in FREQUENT else _codepage(data, likely)


def _binary() -> DataError:
    return not_a_table("a binary file, not text")


def _is_utf8(data: bytes) -> bool:
    try:
        _count(data, "strict")
    except UnicodeDecodeError:
        return False
    return True


def _census(data: bytes) -> tuple[int, int]:
    """Return how many characters beyond ASCII are valid UTF-8, and how many places are not."""
    beyond, marks = _count(data, "replace")
    bad = marks - data.count(_MARK.encode())
    return beyond - bad, bad


def _count(data: bytes, errors: str) -> tuple[int, int]:
    """Count characters beyond ASCII and marks, by the MiB: a whole text needs 4 times its file in memory."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors)
    beyond = marks = 0
    for start in range(0, len(data), _CHUNK):
        text = decoder.decode(data[start : start + _CHUNK], final=start + _CHUNK >= len(data))
        if not text.isascii():
            beyond += len(text) - len(text.encode("ascii", "ignore"))
            marks += text.count(_MARK)
    return beyond, marks


def _utf8(data: bytes) -> Decoded:
    """Read UTF-8 with bad places, each replaced by the mark for it."""
    _, bad = _census(data)
    if not bad:
        return Decoded(data, "utf-8")
    note = (
        f"{bad} byte{'s were' if bad > 1 else ' was'} not valid UTF-8 and replaced by the mark {_MARK} "
        f"({_bad_lines(data)})."
    )
    if bad > max(FEW, FEW_SHARE * len(data)):
        note += " The file seems to mix encodings; save it again from where it came from if you can."
    return Decoded(data.decode("utf-8", "replace").encode(), "utf-8", (note,))


def _bad_lines(data: bytes) -> str:
    lines: list[int] = []
    start, buffer = 0, memoryview(data)
    while len(lines) <= _LINES:
        try:
            codecs.utf_8_decode(buffer[start:], "strict", True)
            break
        except UnicodeDecodeError as error:
            lines.append(line_of(data, start + error.start))
            start = data.find(b"\n", start + error.end) + 1 or len(data)
    if len(lines) == 1:
        return f"in line {lines[0]}"
    named = ", ".join(map(str, lines[:_LINES]))
    return f"first in line {lines[0]}; lines {named}{' and more' * (len(lines) > _LINES)}"


def _utf16_without_mark(data: bytes) -> str:
    """Return the flavour of UTF-16 without a mark: ASCII signs leave a NUL at every second byte."""
    nuls = data.count(0)
    if not nuls or len(data) % 2:
        return ""
    odd = data[1::2].count(0)
    if max(odd, nuls - odd) < 0.9 * nuls:
        return ""
    if nuls < 0.1 * len(data) and _is_utf8(data):  # UTF-8 with a few NULs in it
        return ""
    name = "utf-16-le" if odd * 2 >= nuls else "utf-16-be"
    try:
        text = data.decode(name)
    except UnicodeDecodeError:
        return ""
    return name if "\n" in text or "\r" in text else ""


def _wide(data: bytes, name: str) -> Decoded:
    text = data.decode(name, "replace")
    bad = text.count(_MARK)
    notes = [f"The file was read as {name.upper()}."]
    if bad:
        notes.append(f"{bad} places were not valid {name.upper()} and show the mark {_MARK}.")
    return Decoded(text.encode(), name, tuple(notes))


def _codepage(data: bytes, likely: list[str]) -> Decoded:
    for name in [*likely, "iso8859-1"]:  # the last gives every byte a meaning
        text = data.decode(name, "replace")
        bad = text.count(_MARK)
        if bad <= max(FEW, FEW_SHARE * len(text)):
            break
    notes = [f"The file is not UTF-8; it was read as {name}. If letters look wrong, choose another encoding."]
    if bad:
        notes.append(f"{bad} byte{'s have' if bad > 1 else ' has'} no meaning in {name} and became the mark {_MARK}.")
    return Decoded(text.encode("utf-8", "replace"), name, tuple(notes))
