"""How much memory JSON takes when it is read, estimated from its text: "[0,0,0" is four times as large in memory."""

from __future__ import annotations

import re

from bertui.data.reading.formats.limits import check_lines, mib, too_large

MAX_HELD = 1 << 30  # bytes
_BRACKET, _COMMA = 200, 50  # bytes of an object or a list with one value, and of one more value, key included


def check_json(clean: bytes, *, whole: bool, most: int = MAX_HELD) -> None:
    """Raise DataError for JSON whose values would take more than ``most`` bytes; signs within texts count too.

    Args:
        clean: The text.
        whole: It is one value that is read at once, not one a line.
        most: Bytes.
    """
    held = _BRACKET * (clean.count(b"{") + clean.count(b"[")) + _COMMA * clean.count(b",")
    if whole:
        held += len(clean) * _width(clean)
    else:
        check_lines(clean)
    if held > most:
        raise too_large(f"The JSON of the file holds values that take more than {mib(most)} of memory.", most)


def _width(clean: bytes) -> int:
    """Return the bytes that each character takes in Python; the widest decides for all."""
    if clean.isascii():
        return 1
    return 4 if re.search(rb"[\xf0-\xf4]", clean) else 2
