"""Where a span stands in its text: offsets count code points, UTF-16 units (JavaScript), or name the last letter."""

from __future__ import annotations

from bertui.data.cells.structured import CharacterSpan


def placed(span: CharacterSpan, text: str) -> tuple[int, int] | None:
    """Return start and end in code points, without white space at either; None where the span does not fit.

    Where the file says which words it means, they decide between the ways of counting.
    """
    for start, stop in _readings(span, text):
        inside = text[start:stop]
        if 0 <= start < stop <= len(text) and inside.strip() and (span.text is None or _same(inside, span.text)):
            return start + len(inside) - len(inside.lstrip()), stop - len(inside) + len(inside.rstrip())
    return None


def _readings(span: CharacterSpan, text: str) -> list[tuple[int, int]]:
    if span.text is None:
        return [(span.start, span.stop)]
    units = text.encode("utf-16-le", "surrogatepass")
    start, stop = (len(units[: 2 * place].decode("utf-16-le", "ignore")) for place in (span.start, span.stop))
    return [(span.start, span.stop), (span.start, span.stop + 1), (start, stop)]


def _same(one: str, other: str) -> bool:
    return one.split() == other.replace("\\n", "\n").split()
