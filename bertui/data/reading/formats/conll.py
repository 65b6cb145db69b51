"""CoNLL column files, one token a line and a blank line between sentences -> frame of tokens and tags, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import pandas as pd
import pyarrow as pa

from bertui.data.cells.cell_readers import one_word
from bertui.data.cells.tags import OUTSIDE
from bertui.data.reading.formats.conll_layout import ConllLayout, Line, lines, sentences, surveyed
from bertui.data.reading.formats.headers import as_column, to_frame
from bertui.data.reading.formats.limits import Limits, no_rows
from bertui.errors import DataError

SUFFIXES = (".conll", ".conllu", ".iob", ".iob2", ".bio", ".tags")
_OPEN = ("", ".txt", ".tsv")  # suffixes that say nothing about the format: the shape decides
_SAMPLE = 2_000  # lines; enough to tell the shape
_LONG = 500  # tokens; a file of one such sentence has lost its blank lines
_MOST = 5_000_000  # lines; the largest public files have 4 million
_NAMED = 5  # faulty lines that a message names


@dataclass(slots=True)
class _Contents:
    """The sentences of a file, and the numbers of the lines that a person is told of."""

    tokens: list[str] = field(default_factory=list)
    tags: list[str | None] = field(default_factory=list)
    more: dict[int, list[str | None]] = field(default_factory=dict)  # other columns of words, by their place
    bare: list[int] = field(default_factory=list)  # lines with a token and no tag
    untagged: int = 0  # sentences that hold such lines
    tokenless: list[int] = field(default_factory=list)
    spaced: list[int] = field(default_factory=list)  # lines with white space within a token
    bad: list[tuple[int, int]] = field(default_factory=list)  # (line, columns)

    def take(self, sentence: Iterable[Line], layout: ConllLayout) -> None:
        """Keep the lines of one sentence; one token without a tag leaves the sentence without its tags."""
        tokens: list[str] = []
        tags: list[str] = []
        more: dict[int, list[str]] = {place: [] for place in self.more}
        for number, columns in sentence:
            if layout.token + 1 < len(columns) != layout.width:
                self.bad.append((number, len(columns)))
                continue
            token = columns[layout.token] if layout.token < len(columns) else ""
            if not token:
                self.tokenless.append(number)
                continue
            if len(token.split()) != 1:
                self.spaced.append(number)
            tokens.append(one_word(token))
            tag = columns[layout.tag] if 0 < layout.tag < len(columns) else ""
            if not tag or (layout.is_universal and tag == "_"):
                self.bare.append(number)
            else:
                tags.append(one_word(tag))
            for place, words in more.items():
                words.append(one_word(columns[place] if place < len(columns) else ""))
        if tokens:
            whole = len(tags) == len(tokens)
            self.untagged += not whole
            self.tokens.append(" ".join(tokens))
            for place, words in more.items():
                self.more[place].append(" ".join(words))
            self.tags.append(" ".join(tags) if whole else None)


def looks_like_conll(clean: bytes, suffix: str) -> bool:
    """Say whether the text is a CoNLL file, by the suffix of its name or, where that is open, by its shape."""
    if suffix in SUFFIXES:
        return True
    if suffix not in _OPEN:
        return False
    return surveyed(islice(lines(clean), _SAMPLE)).is_conll()


def read_conll(clean: bytes, limits: Limits) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame with columns "tokens" and "tags", one row a sentence, and notes on what was mended.

    Further columns of the lines follow as "column 2" and so on, so that a person may take another one as the tags.
    Of nested entities, the outer ones are the tags. All hold words with single spaces between them, as many tags as
    tokens; the tags are NA for a sentence in which a token has none. White space within a token becomes "_".

    Raises:
        DataError: lines that have neither all columns nor a token alone, which the message names; no
            sentences or too many.
    """
    if max(clean.count(b"\n"), clean.count(b"\r")) > _MOST:
        raise DataError(
            f"The file has more than {_MOST:,} lines.",
            expected=f"At most {_MOST:,} lines of one token each can be read.",
            remedy="Take a sample of the sentences and upload that.",
        )
    layout = surveyed(lines(clean)).layout()
    further = range(layout.token + 1, layout.width - 1)
    contents = _Contents(more={} if layout.is_universal else {place: [] for place in further})
    for sentence in sentences(lines(clean), layout):
        contents.take(sentence, layout)
        limits.check_rows(len(contents.tokens))
    if contents.bad:
        raise _ragged(contents.bad, layout)
    if not contents.tokens:
        raise no_rows([])
    tag = _outer(contents, layout)
    others = {f"column {place + 1}": cells for place, cells in contents.more.items()}
    cells: dict[str, Sequence[str | None]] = {"tokens": contents.tokens, "tags": contents.tags, **others}
    frame, _ = to_frame(list(cells), [pa.chunked_array([as_column(texts)]) for texts in cells.values()])
    return frame, [*_on_columns(layout, tag), *_on_lines(contents)]


def _outer(contents: _Contents, layout: ConllLayout) -> int:
    """Put the outer tags in place of nested ones, which mark fewer tokens of the same kinds; return their column."""
    before = contents.more.get(layout.tag - 1)
    if before is None or layout.is_universal:
        return layout.tag
    inner, outer = (_marked(cells) for cells in (contents.tags, before))
    if outer and set(inner) <= set(outer) and sum(inner.values()) < sum(outer.values()):
        contents.more[layout.tag] = contents.tags
        contents.tags = contents.more.pop(layout.tag - 1)
        return layout.tag - 1
    return layout.tag


def _marked(cells: Iterable[str | None]) -> Counter[str]:
    """Return how many tokens are of each kind of entity; nothing for tags of another sort."""
    tags = Counter(tag for cell in cells if cell is not None for tag in cell.split() if tag != OUTSIDE)
    if any(tag[1:2] != "-" for tag in tags):
        return Counter()
    kinds: Counter[str] = Counter()
    for tag, times in tags.items():
        kinds[tag[2:]] += times
    return kinds


def to_conll(
    tokens: Sequence[Sequence[str]], tags: Sequence[Sequence[str]], gold: Sequence[Sequence[str]] | None = None
) -> bytes:
    """Return the sentences as a CoNLL file: token, gold tag where given, predicted tag, with a blank between.

    The evaluation script of CoNLL-2003 reads this order. White space within a token becomes "_".

    Args:
        tokens: the words of each sentence.
        tags: the predicted tag of each word; likewise ``gold``.
    """
    columns = [tokens, *([] if gold is None else [gold]), tags]
    written = []
    for sentence in zip(*columns, strict=True):
        written.append("".join(" ".join(map(one_word, words)) + "\n" for words in zip(*sentence, strict=True)))
    return "\n".join(written).encode()


def _ragged(bad: Sequence[tuple[int, int]], layout: ConllLayout) -> DataError:
    named = ", ".join(f"line {line} has {columns}" for line, columns in bad[:_NAMED])
    more = f", and {len(bad) - _NAMED:,} more" if len(bad) > _NAMED else ""
    kind = "CoNLL-U" if layout.is_universal else "CoNLL"
    return DataError(
        f"{len(bad):,} line{'s do' if len(bad) > 1 else ' does'} not have {layout.width} columns like most: "
        f"{named}{more}.",
        expected=f"In a {kind} file each line holds one token and its columns, the tag among them; a blank line "
        "stands between sentences.",
        remedy=f"Mend line {bad[0][0]}"
        + (" and the others" if len(bad) > 1 else "")
        + ", or upload the sentences as CSV with the columns tokens and tags.",
    )


def _on_columns(layout: ConllLayout, tag: int) -> Iterator[str]:
    if layout.header:
        yield "The first line was taken as the header and left out."
    if layout.is_universal:
        yield "The file is CoNLL-U: FORM was read as the tokens and UPOS as the tags."
    elif layout.width > 2:
        which = "second (the first numbers the words)" if layout.is_numbered else "first"
        last = "the last" if tag == layout.tag else f"column {tag + 1} (the last holds what is nested within)"
        yield f"Each line has {layout.width} columns: the {which} was read as the token, {last} as its tag."


def _on_lines(contents: _Contents) -> Iterator[str]:
    if contents.untagged == len(contents.tokens):
        yield "No sentence has all its tags; the column 'tags' is empty."
    elif contents.bare:
        yield (
            f"{_count(contents.bare, 'token has no tag', 'tokens have no tag')}; the tags of the sentences with such "
            f"tokens ({contents.untagged:,} of {len(contents.tokens):,}) were left out."
        )
    if contents.tokenless:
        yield f"{_count(contents.tokenless, 'line has no token', 'lines have no token')}; left out."
    if contents.spaced:
        yield f"{_count(contents.spaced, 'token holds white space', 'tokens hold white space')}; it is written _ here."
    if len(contents.tokens) == 1 and (length := contents.tokens[0].count(" ") + 1) >= _LONG:
        yield f"The file is one sentence of {length:,} tokens: no blank line stands between sentences."


def _count(lines: Sequence[int], one: str, many: str) -> str:
    """Say how many lines there are, and where the first is."""
    return f"1 {one} (line {lines[0]})" if len(lines) == 1 else f"{len(lines):,} {many} (first in line {lines[0]})"
