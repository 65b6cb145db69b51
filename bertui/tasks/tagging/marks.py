"""Tags as entities, and entities as marks over a sentence: what is right, wrong or missed."""

from __future__ import annotations

from collections.abc import Sequence

from bertui.data.cells.tags import OUTSIDE, Span, strict_spans
from bertui.evaluation.entities import matched, outcome_of
from bertui.tasks.views import Mark, Tone


def as_spans(tags: Sequence[str]) -> list[str]:
    """Return tags that mark entities; plain tags as entities of one token each, "O" being none in either case."""
    if all(tag == OUTSIDE or tag[:2] in ("B-", "I-") for tag in tags):
        return list(tags)
    return [tag if tag == OUTSIDE else f"B-{tag}" for tag in tags]


def marks_of(tokens: Sequence[str], predicted: Sequence[str], gold: Sequence[str] | None) -> tuple[Mark, ...]:
    """Return the predicted entities in a sentence of ``tokens`` with single blanks between them.

    Args:
        predicted: The predicted tags as ``as_spans`` gives them.
        gold: The true ones; with them each mark says whether it is right.
    """
    if gold is None:
        return tuple(_mark(tokens, span, span.kind, "predicted") for span in strict_spans(predicted))
    marks: list[Mark] = []
    for true, given in matched(strict_spans(gold), strict_spans(predicted)):
        if given is not None:
            marks.append(_mark(tokens, given, _words(true, given), "right" if true == given else "wrong"))
        elif true is not None:
            marks.append(_mark(tokens, true, true.kind, "missed"))
    return tuple(marks)


def _words(true: Span | None, given: Span) -> str:
    outcome = outcome_of((true, given))
    if outcome == "boundary":
        return f"{given.kind}, other ends"
    return f"{given.kind}, should be {true.kind}" if true is not None and outcome != "right" else given.kind


def _mark(tokens: Sequence[str], span: Span, name: str, tone: Tone) -> Mark:
    start = sum(len(token) + 1 for token in tokens[: span.start])
    return Mark(start, start + len(" ".join(tokens[span.start : span.stop])), name, tone, span.kind)


def entities_of(tokens: Sequence[str], tags: Sequence[str]) -> str:
    """Return the entities of a sentence as people name them: "Ana Lee (PER), Oslo (LOC)"."""
    spans = strict_spans(as_spans(tags))
    named = [f"{' '.join(tokens[span.start : span.stop])} ({span.kind})" for span in spans]
    return ", ".join(named) or "No entity"


def tag_title(tag: str) -> str:
    """Return a tag as people name it: "PER (first word)" for ``B-PER``; a tag that marks no entity stays."""
    if tag == OUTSIDE:
        return "no entity"
    place = {"B-": "first word", "I-": "further word"}.get(tag[:2])
    return tag if place is None else f"{tag[2:]} ({place})"


def kinds_of(tags: Sequence[str]) -> tuple[str, ...]:
    """Return the types that tags can mark, each once, in the order of the tags."""
    return tuple(dict.fromkeys(tag[2:] for tag in as_spans(tags) if tag != OUTSIDE))
