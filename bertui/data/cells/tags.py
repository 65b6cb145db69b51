"""Tags of tokens: which scheme writes them, the same in another scheme, and the spans they mark.

A tag is a letter, a hyphen and a kind (``B-PER``), or ``O`` for a token outside every span. A letter alone
(``B``) marks spans of the one kind ``_``. Whatever else stands in a tagged sentence (``X-PER``, an empty
tag) is left as it is and counts as outside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

Scheme = Literal["IOB1", "IOB2", "BIOES", "plain"]

OUTSIDE = "O"
UNNAMED = "_"  # the kind of spans whose tags are a letter only, as seqeval calls it
# What the letters of BIOES, BILOU (last, unit) and BMEWO (middle, whole) mean, said in those of BIOES.
_MEANING = {"B": "B", "I": "I", "M": "I", "E": "E", "L": "E", "S": "S", "U": "S", "W": "S"}


@dataclass(frozen=True, slots=True)
class Span:
    """The tokens from ``start`` to before ``stop`` are of one kind."""

    kind: str
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Repair:
    """At token ``position`` the tag ``original`` breaks its scheme, and ``written`` takes its place."""

    position: int
    original: str
    written: str


class _Part(NamedTuple):
    """A tag taken apart: its letter as BIOES has it, and its kind (of no meaning when outside)."""

    letter: str
    kind: str


_NO_PART = _Part(OUTSIDE, "")


def scheme_of(sentences: Iterable[Sequence[str]]) -> Scheme:
    """Name the scheme that the tags of these sentences are written in.

    ``plain`` are tags that mark no spans, such as parts of speech: most of the tags in use have no letter
    of a scheme before a hyphen, and they are not just the letters either. ``IOB1`` writes B only where a
    span follows another of its kind, ``IOB2`` at the start of every span; mistakes are outvoted. ``BIOES``
    is every spelling that marks the end of a span too, BILOU and BMEWO among them. Sentences with nothing
    but ``O`` are ``IOB2`` that marks nothing.
    """
    used: set[str] = set()
    starts = {"B": 0, "I": 0}
    for tags in sentences:
        used.update(tags)
        _count_starts(tags, starts)
    if not _marks_spans(used - {OUTSIDE, ""}, OUTSIDE in used):
        return "plain"
    if any(_part(tag).letter in "ES" for tag in used):
        return "BIOES"
    return "IOB1" if starts["I"] > starts["B"] else "IOB2"


def to_iob2(tags: Sequence[str], scheme: Scheme) -> list[str]:
    """Write the tags of one sentence in IOB2.

    Tags that were wrong in their own scheme stay wrong, so that ``repaired`` finds them; ``plain`` and
    IOB2 tags stay as they are.
    """
    if scheme in ("plain", "IOB2"):
        return list(tags)
    written, before = [], _NO_PART
    for tag in tags:
        now = _part(tag)
        written.append(_with_letter(_iob2_letter(now, before, scheme), tag))
        before = now
    return written


def to_scheme(tags: Sequence[str], scheme: Scheme) -> list[str]:
    """Write the IOB2 tags of one sentence, read leniently as by ``spans``, in another scheme."""
    if scheme == "plain":
        return list(tags)
    written, before = list(tags), Span("", -1, -1)
    for span in spans(tags):
        touches = (before.kind, before.stop) == (span.kind, span.start)
        for position in range(span.start, span.stop):
            first, last = position == span.start, position == span.stop - 1
            letter = _letter(scheme, first=first, last=last, touches=touches)
            written[position] = _with_letter(letter, tags[position])
        before = span
    return written


def repaired(tags: Sequence[str]) -> tuple[list[str], list[Repair]]:
    """Give IOB2 tags of one sentence where every span begins with B, and the list of what was changed.

    An ``I-X`` that follows neither ``B-X`` nor ``I-X`` becomes ``B-X``.
    """
    written, repairs, before = list(tags), [], _NO_PART
    for position, tag in enumerate(tags):
        now = _part(tag)
        if now.letter == "I" and not (before.letter in "BI" and before.kind == now.kind):
            written[position] = _with_letter("B", tag)
            repairs.append(Repair(position, tag, written[position]))
        before = now
    return written, repairs


def spans(tags: Sequence[str]) -> list[Span]:
    """Read the spans of one sentence leniently: one also begins at an I that continues nothing.

    The ends of spans in BIOES and its like are heeded, so this reads every scheme as it stands.

    Source: the rules of conlleval, Tjong Kim Sang and Buchholz (2000), CoNLL-2000 shared task.
    """
    entities: list[Span] = []
    before = _NO_PART
    for position, tag in enumerate(tags):
        now = _part(tag)
        if now.letter == OUTSIDE:
            pass
        elif _begins(now, before):
            entities.append(Span(now.kind, position, position + 1))
        else:
            entities[-1] = Span(now.kind, entities[-1].start, position + 1)
        before = now
    return entities


def strict_spans(tags: Sequence[str]) -> list[Span]:
    """Read the spans of one IOB2 sentence strictly: only B begins one, and only I of its kind continues it.

    An I that continues nothing marks nothing, as with ``seqeval`` in ``mode="strict"``.
    """
    entities: list[Span] = []
    inside = ""  # the kind of the span that the token before belongs to
    for position, tag in enumerate(tags):
        letter, kind = tag[:1], _part(tag).kind
        if letter == "B" and kind:
            entities.append(Span(kind, position, position + 1))
            inside = kind
        elif letter == "I" and kind and kind == inside:
            entities[-1] = Span(kind, entities[-1].start, position + 1)
        else:
            inside = ""
    return entities


def _part(tag: str) -> _Part:
    letter = _MEANING.get(tag[:1])
    if letter is None or tag[1:2] not in ("", "-"):
        return _NO_PART
    return _Part(letter, tag[2:] or UNNAMED)


def _with_letter(letter: str, tag: str) -> str:
    return letter + tag[1:] if _part(tag).kind else tag


def _begins(now: _Part, before: _Part) -> bool:
    return now.letter in "BS" or before.letter in "OES" or before.kind != now.kind


def _iob2_letter(now: _Part, before: _Part, scheme: Scheme) -> str:
    """The letter in IOB2. An I or E after nothing stays I in BIOES, where it is a mistake to be repaired."""
    if scheme == "IOB1":
        return "B" if _begins(now, before) else "I"
    follows_an_end = before.letter in "ES" and before.kind == now.kind
    return "B" if now.letter in "BS" or follows_an_end else "I"


def _letter(scheme: Scheme, *, first: bool, last: bool, touches: bool) -> str:
    if scheme == "BIOES":
        return {(True, True): "S", (True, False): "B", (False, True): "E", (False, False): "I"}[first, last]
    return "B" if first and (touches or scheme == "IOB2") else "I"


def _count_starts(tags: Sequence[str], starts: dict[str, int]) -> None:
    """Count which letters begin spans where B and I mean different schemes: not after the same kind."""
    before = _NO_PART
    for tag in tags:
        now = _part(tag)
        if now.letter in starts and before.kind != now.kind:
            starts[now.letter] += 1
        before = now


def _marks_spans(used: set[str], outside_too: bool) -> bool:
    """Whether these tags, ``O`` and empty ones left out, are those of a scheme; of none, whether there is ``O``."""
    if not used:
        return outside_too
    with_kind = sum(1 for tag in used if tag[1:2] == "-" and _part(tag).kind)
    # Some sets of parts of speech are single letters, but never only these.
    return 2 * with_kind >= len(used) or used <= _MEANING.keys()
