"""Tags as entities, and entities as marks over a sentence: what is right, wrong or missed."""

from __future__ import annotations

from collections.abc import Sequence

from bertui.data.tags import OUTSIDE, Span, strict_spans
from bertui.evaluation.entities import matched, verdict
from bertui.tasks.views import Mark, Tone


def as_spans(tags: Sequence[str]) -> list[str]:
    """Return tags that mark entities; plain tags as entities of one token each, "O" being none in either case."""
    if all(tag == OUTSIDE or tag[:2] in ("B-", "I-") for tag in tags):
        return list(tags)
    return [tag if tag == OUTSIDE else f"B-{tag}" for tag in tags]


def marks_of(tokens: Sequence[str], found: Sequence[str], wanted: Sequence[str] | None) -> tuple[Mark, ...]:
    """Return what was found in a sentence of ``tokens`` with single blanks between them.

    Args:
        found: The predicted tags as ``as_spans`` gives them.
        wanted: The true ones; with them each mark says whether it is right.
    """
    if wanted is None:
        return tuple(_mark(tokens, span, span.kind, "found") for span in strict_spans(found))
    marks: list[Mark] = []
    for true, given in matched(strict_spans(wanted), strict_spans(found)):
        if given is not None:
            marks.append(_mark(tokens, given, _told(true, given), "right" if true == given else "wrong"))
        elif true is not None:
            marks.append(_mark(tokens, true, true.kind, "missed"))
    return tuple(marks)


def _told(true: Span | None, given: Span) -> str:
    said = verdict((true, given))
    if said == "boundary":
        return f"{given.kind}, other ends"
    return f"{given.kind}, should be {true.kind}" if true is not None and said != "right" else given.kind


def _mark(tokens: Sequence[str], span: Span, name: str, tone: Tone) -> Mark:
    start = sum(len(token) + 1 for token in tokens[: span.start])
    return Mark(start, start + len(" ".join(tokens[span.start : span.stop])), name, tone)
