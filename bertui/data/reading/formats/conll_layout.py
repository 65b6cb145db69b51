"""The lines of a CoNLL file: what their columns are, and which lines are tokens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bertui.data.reading.formats.delimiters import text_lines

_UNIVERSAL = 10  # columns of CoNLL-U
_DOCUMENT = "-DOCSTART-"
_MARKS_SPANS = re.compile(r"O|[BIESLUM][-_].+")
_PART_ID = re.compile(r"\d+[-.]\d+")  # of CoNLL-U: the range 3-4 repeats two words, 5.1 is a word left unsaid
_TOKEN_NAMES = ("token", "tokens", "word", "words", "form")
_TAG_NAMES = ("tag", "tags", "label", "labels", "ner", "ner_tag", "ner_tags", "pos", "pos_tag", "upos", "iob", "bio")

Line = tuple[int, list[str]]  # the number of a line, and its columns


@dataclass(frozen=True, slots=True)
class ConllLayout:
    """Where token and tag stand in a line."""

    width: int  # columns
    token: int
    tag: int
    header: bool  # the first line names the columns
    tags: frozenset[str]
    by_sentence: bool = False  # words are numbered 2-1, 2-2: sentence and word

    @property
    def is_numbered(self) -> bool:
        """Say whether the first column holds the number of the word."""
        return self.token == 1

    @property
    def is_universal(self) -> bool:
        """Say whether this is CoNLL-U (or CoNLL-X): ten columns, the first of them numbers."""
        return self.is_numbered and self.width == _UNIVERSAL and not self.by_sentence


@dataclass(slots=True)
class Survey:
    """What the lines with columns have in common."""

    widths: Counter[int] = field(default_factory=Counter)
    last: set[str] = field(default_factory=set)  # what stands in the last column
    upos: set[str] = field(default_factory=set)  # what stands in the fourth of ten
    lines: int = 0
    sentences: int = 0
    numbered: int = 0  # lines that begin with the number of their word
    by_sentence: int = 0  # lines that begin with the numbers of their sentence and word
    highest: int = 0
    spaced: int = 0  # lines with white space within the first column, as texts have it
    listed: int = 0  # lines whose first column ends like a cell of a CSV file
    header: bool = False

    def layout(self) -> ConllLayout:
        """Return the layout that most lines with several columns have."""
        several = [(count, width) for width, count in self.widths.items() if width > 1]
        width = max(several)[1] if several else 1
        numbered = self.numbered >= 0.95 * self.lines and (width == _UNIVERSAL or width > 2 < self.highest)
        by_sentence = width > 2 and self.by_sentence >= 0.95 * self.lines > 0
        universal = numbered and width == _UNIVERSAL and not by_sentence
        tags = frozenset(self.upos if universal else self.last)
        tag = 3 if universal else width - 1
        return ConllLayout(width, int(numbered or by_sentence), tag, self.header, tags, by_sentence)

    def is_conll(self) -> bool:
        """Say whether the shape is that of a CoNLL file.

        Blank lines between groups of lines, the same number of columns in nearly all of them, no white space
        within a token, and few tags for many tokens: a table and prose lack one or another.
        """
        layout = self.layout()
        return (
            layout.width > 1
            and self.sentences > 1
            and self.lines >= 2 * self.sentences
            and self.widths[layout.width] >= 0.95 * self.lines
            and self.spaced <= 0.05 * self.lines
            and self.listed <= 0.3 * self.lines
            and (layout.is_universal or self._has_few_tags(layout.tags))
        )

    def _has_few_tags(self, tags: frozenset[str]) -> bool:
        return len(tags) <= self.lines / 2 or all(map(_MARKS_SPANS.fullmatch, tags))


def lines(clean: bytes) -> Iterator[Line]:
    """Yield the number and the columns of each line; no columns for one that ends a sentence."""
    return ((number, _columns(line)) for number, line in enumerate(text_lines(clean), 1))


def _columns(line: str) -> list[str]:
    """Return the columns of a line, between tabs where it holds one; [] for a blank line."""
    line = line.rstrip("\r\n")
    if not line.strip() or line.startswith(_DOCUMENT):  # where a document starts, a sentence ends
        return []
    if "\t" not in line:
        return [cell for cell in line.split(" ") if cell]
    cells = [cell.strip(" ") for cell in line.split("\t")]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def surveyed(lines: Iterable[Line]) -> Survey:
    """Return what the lines have in common; comments and a header do not count."""
    survey, inside, word = Survey(), False, 0
    for number, columns in lines:
        if not columns:
            inside, word = False, 0
            continue
        if columns[0].startswith("#") and not inside:  # a comment or a token: the other lines are to tell
            continue
        if number == 1 and columns[0].lower() in _TOKEN_NAMES and columns[-1].lower() in _TAG_NAMES:
            survey.header = True
            continue
        survey.lines += 1
        survey.sentences += not inside
        survey.widths[len(columns)] += 1
        survey.last.add(columns[-1])
        survey.spaced += len(columns[0].split()) > 1
        survey.listed += columns[0][-1:] in (",", ";")
        if len(columns) == _UNIVERSAL:
            survey.upos.add(columns[3])
        if _PART_ID.fullmatch(columns[0]):
            survey.numbered += 1
            survey.by_sentence += "-" in columns[0]
        elif columns[0].isdecimal() and len(columns[0]) < 7:  # Python refuses numbers of thousands of digits
            before, word = word, int(columns[0])
            survey.numbered += word == before + 1 or (not inside and word == 0)
            survey.highest = max(survey.highest, word)
        inside = True
    return survey


def sentences(lines: Iterable[Line], layout: ConllLayout) -> Iterator[list[Line]]:
    """Yield the lines of each sentence, without comments, header, ranges and empty nodes."""
    sentence: list[Line] = []
    for number, columns in lines:
        if not columns:
            yield sentence
            sentence = []
        elif (
            not (layout.header and number == 1)
            and not _is_comment(columns, layout, first=not sentence)
            and not (layout.is_numbered and not layout.by_sentence and _PART_ID.fullmatch(columns[0]))
        ):
            sentence.append((number, columns))
    yield sentence


def _is_comment(columns: list[str], layout: ConllLayout, first: bool) -> bool:
    """Tell a comment from a token that begins with #: that has a tag, or stands within its sentence."""
    if not columns[0].startswith("#"):
        return False
    if layout.is_numbered:
        return True
    other = len(columns) != layout.width or (columns[0] == "#" and columns[-1] not in layout.tags)
    return first and other
