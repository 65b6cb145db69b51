"""Texts with spans, as doccano, Prodigy and Label Studio write them -> the words of each text and their tags.

A span is characters of the text and a name: [10, 19, "PER"], or a record with start and end. Words are divided as
``words_of`` does (blanks and punctuation), or as the file's own tokens say. Where a span begins or ends beside
punctuation within a word, as in "Oslo's", the word is divided there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from bertui.data.cells.cell_readers import one_word, parsed_or
from bertui.data.cells.structured import as_span
from bertui.data.cells.words import words_of
from bertui.data.phrases import count
from bertui.data.reading.shapes.offsets import placed
from bertui.data.reading.shapes.shape import Kinds, Shaped, named

_LOOK = 500
_FITS = 0.9  # of the rows with spans, whose spans lie within the text
_TEXTS = ("text", "data", "content", "sentence", "body")
_SHOWN = 3  # rows that a note names
Piece = tuple[int, int]
"""Start and end of a word."""


class _Unfit(ValueError):
    """The spans of a row do not fit its words; the message says why."""


def read(frame: pd.DataFrame, kinds: Kinds) -> Shaped | None:
    """Return the frame with words in place of the text and tags in place of the spans."""
    columns = [name for name, kind in kinds.items() if kind == "offsets"]
    text = _text_of(frame, columns, kinds)
    columns = [name for name in columns if text is not None and _fits(frame, name, text)]
    if text is None or not columns:
        return None
    pieces = _own_tokens(frame, text, kinds)
    tags: dict[str, list[str | None]] = {name: [] for name in columns}
    words: list[str | None] = []
    unfit: dict[str, list[int]] = defaultdict(list)
    for number, (row, texts) in enumerate(zip(frame.index, frame[text], strict=True)):
        if not isinstance(texts, str):
            words.append(None)
            for name in columns:
                tags[name].append(None)
            continue
        places = pieces[number] if pieces else [(word.start, word.stop) for word in words_of(texts)]
        spans = {}
        for name in columns:
            try:
                spans[name] = _spans(frame[name].iloc[number], texts)
                places = _divided(texts, places, spans[name])
            except _Unfit as problem:
                unfit[str(problem)].append(int(row))
                spans[name] = None
        words.append(" ".join(one_word(texts[start:stop]) for start, stop in places))
        for name in columns:
            tags[name].append(None if spans[name] is None else " ".join(_tags(places, spans[name])))
    fresh = {text: words, **tags}
    shaped = frame.assign(**{name: pd.Series(cells, index=frame.index, dtype="str") for name, cells in fresh.items()})
    own = named([name for name in kinds if name != text], "tokens")
    shaped = shaped.drop(columns=own) if pieces and own else shaped
    return Shaped(shaped, tuple(_notes(text, columns, bool(pieces), tags, unfit)))


def _text_of(frame: pd.DataFrame, columns: Sequence[str], kinds: Kinds) -> str | None:
    """Return the column whose texts the spans fit: by its name, else the one with the longest texts."""
    plain = [str(name) for name in frame.columns if str(name) not in kinds]
    fitting = [name for name in plain if any(_fits(frame, column, name) for column in columns)]
    lengths = {name: float(frame[name].head(_LOOK).str.len().mean()) for name in fitting}
    return named(fitting, *_TEXTS) or max(fitting, key=lengths.__getitem__, default=None)


def _fits(frame: pd.DataFrame, column: str, text: str) -> bool:
    """Whether the spans of a column lie within the texts of another."""
    rows = zip(frame[column].head(_LOOK), frame[text].head(_LOOK), strict=True)
    inside = [
        isinstance(whole, str) and all(0 <= span.start < span.stop <= len(whole) + 1 for span in spans)
        for cell, whole in rows
        if isinstance(values := parsed_or(cell), list) and (spans := [s for v in values if (s := as_span(v))])
    ]
    return bool(inside) and sum(inside) >= _FITS * len(inside)


def _own_tokens(frame: pd.DataFrame, text: str, kinds: Kinds) -> list[list[Piece]] | None:
    """Return the tokens that Prodigy writes beside its spans, where every row has them."""
    column = named(list(kinds), "tokens")
    if column is None or column == text or kinds[column] != "records":
        return None
    rows = [parsed_or(cell) for cell in frame[column]]
    try:
        return [[(int(token["start"]), int(token["end"])) for token in row] for row in rows]
    except (TypeError, KeyError, ValueError):
        return None


def _spans(cell: object, text: str) -> list[tuple[int, int, str]] | None:
    """Return the spans of a row in their order, each once; None where nobody has looked for any."""
    values = parsed_or(cell)
    if not isinstance(values, list):
        return None
    spans = [as_span(value) for value in values]
    unique = set()
    for span in spans:
        if span is None:
            raise _Unfit("a span has no start, end or name")
        place = placed(span, text)
        if place is None:
            raise _Unfit("a span lies outside its text, or elsewhere than the words that it names")
        unique.add((*place, one_word(span.name)))
    ordered = sorted(unique)
    if any(after[0] < before[1] for before, after in pairwise(ordered)):
        raise _Unfit("two spans overlap")
    return ordered


def _divided(text: str, pieces: Sequence[Piece], spans: Sequence[tuple[int, int, str]] | None) -> list[Piece]:
    """Divide words where a span begins or ends within them, unless that is between two letters or digits."""
    edges = sorted({edge for start, stop, _ in spans or () for edge in (start, stop)})
    divided: list[Piece] = []
    for start, stop in pieces:
        for edge in [edge for edge in edges if start < edge < stop]:
            if text[edge - 1].isalnum() and text[edge].isalnum():
                raise _Unfit("a span begins or ends within a word")
            divided.append((start, edge))
            start = edge
        divided.append((start, stop))
    return [piece for piece in divided if text[piece[0] : piece[1]].strip()]


def _tags(pieces: Sequence[Piece], spans: Sequence[tuple[int, int, str]] | None) -> list[str]:
    tags = ["O"] * len(pieces)
    for start, stop, name in spans or ():
        inside = [place for place, piece in enumerate(pieces) if start <= piece[0] and piece[1] <= stop]
        for place in inside:
            tags[place] = f"{'B' if place == inside[0] else 'I'}-{name}"
    return tags


def _notes(
    text: str, columns: Sequence[str], own: bool, tags: dict[str, list[str | None]], unfit: dict[str, list[int]]
) -> list[str]:
    shown = " and ".join(f"'{name}'" for name in columns)
    how = "by the file's own tokens" if own else "at blanks and punctuation"
    notes = [
        f"The column {shown} holds spans of '{text}': the text was divided {how}, and each word has a tag (B-, I-, O)."
    ]
    without = sum(all(tag == "O" for tag in cell.split()) for cell in tags[columns[0]] if cell is not None)
    if without:
        rows = count(without, "row holds no span; its words are", "rows hold no span; their words are")
        notes.append(f"{rows} all tagged O. Drop such rows where nobody has looked for spans.")
    for problem, places in unfit.items():
        more = f" and {len(places) - _SHOWN:,} more" if len(places) > _SHOWN else ""
        rows = count(len(places), "row has", "rows have")
        notes.append(f"{rows} no tags, since {problem}: row {', '.join(map(str, places[:_SHOWN]))}{more}.")
    return notes
