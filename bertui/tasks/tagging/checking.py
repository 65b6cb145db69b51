"""What is wrong or odd with the tags of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from bertui.data.cells.cell_readers import as_tags, as_words, not_a_list, not_one_word
from bertui.data.cells.structured import kind_of
from bertui.data.cells.tag_spelling import TagSpelling, respelled, spelling_of
from bertui.data.cells.tags import OUTSIDE, repaired, scheme_of, to_iob2
from bertui.data.checking.findings import KEEP, Finding, drop
from bertui.data.phrases import count, listed
from bertui.data.row_numbers import RowNumbers

if TYPE_CHECKING:
    import pandas as pd

    from bertui.data.table import Table

_WORD = r"\S+"
_SHOWN = 5
_AS_MANY = 0.95  # of the rows have as many tags as tokens
_MOST_TAGS = 100
_ALIKE = 0.9  # of the rows with the same number of words
_FEW_ROWS = 5  # below which one word a row may be what is meant
_RARE = 3  # times that a tag occurs below which it may be a slip


def check_tags(table: Table) -> list[Finding]:
    """Report rows with more or fewer tags than tokens, tags that break their scheme, and rare ones."""
    usable = table.frame.index[table.usable]
    tokens, tags = (table.cells(role).loc[usable] for role in ("tokens", "tags"))
    uneven = tokens.str.count(_WORD) != tags.str.count(_WORD)
    findings = [
        *_unlisted(table),
        *_uneven(usable[uneven].to_numpy(dtype=np.int64)),
        *_single(tokens),
        *_changed(table),
    ]
    sentences = tags[~uneven].str.split()
    spelling = spelling_of(sentences)
    used = Counter(tag for sentence in sentences for tag in sentence)
    sentences = sentences.map(spelling.read_all)
    scheme = scheme_of(sentences)
    if len(used) < 2:
        title = f"Every token has the same tag: {listed(used)}." if used else "There are no tags."
        return [*findings, Finding("one tag", "error", title, "There is nothing to tell apart: choose another column.")]
    if scheme != "plain":
        by_row = dict(zip(map(int, sentences.index.tolist()), sentences.tolist(), strict=True))
        repaired_rows = {row: to_iob2(sentence, scheme) for row, sentence in by_row.items()}
        findings += _broken(repaired_rows, scheme, table.numbers)
        findings += _unknown(by_row)
    return findings + _spelling(used, spelling) + _numbered(used) + _rare(used)


def _spelling(used: Counter[str], spelling: TagSpelling) -> list[Finding]:
    """Say which tags are written otherwise than as B-PER and O, and how they are read."""
    changed = {tag: spelling.read(tag) for tag, _ in used.most_common() if spelling.read(tag) != tag}
    if not changed:
        return []
    examples = ", ".join(f"'{tag}' as {read}" for tag, read in list(changed.items())[:_SHOWN])
    title = f"{count(len(changed), 'tag is', 'tags are')} read in the usual spelling: {examples}."
    detail = "O is a token outside every entity, B- begins one, I- goes on. Files for prediction are read alike."
    return [Finding("tag spelling", "warning", title, detail, fixes=(KEEP,))]


def _unlisted(table: Table) -> list[Finding]:
    """Report cells that are no list in a column of lists, such as one that was cut off."""
    frame = table.frame
    odd = not_a_list(frame[table.roles.of("tokens")[0]]) | not_a_list(frame[table.roles.of("tags")[0]])
    rows = frame.index[odd].to_numpy(dtype=np.int64)
    if not len(rows):
        return []
    title = f"{count(len(rows), 'row holds no whole list', 'rows hold no whole list')} where the others hold lists."
    detail = "A list may have been cut off when the file was written; so many tokens and tags cannot be told apart."
    return [Finding("broken lists", "error", title, detail, rows, (drop(rows, "Drop these rows", "broken lists"),))]


def _single(tokens: pd.Series) -> list[Finding]:
    """Warn where nearly every row holds one token: the sentences then lie in pieces."""
    alone = tokens.str.count(_WORD) == 1
    if len(tokens) < _FEW_ROWS or alone.mean() < _ALIKE:
        return []
    detail = (
        "A tag depends on the words around it, and a model that reads each word alone cannot see them. Add a column "
        "that numbers the sentences (called sentence), or upload a CoNLL file; then each row becomes a sentence."
    )
    title = f"{count(int(alone.sum()), 'row holds', 'rows hold')} one token each, not a sentence."
    return [Finding("one token a row", "warning", title, detail, tokens.index[alone].to_numpy(dtype=np.int64), (KEEP,))]


def _changed(table: Table) -> list[Finding]:
    """Say of which lists an item is no single word, and how it is read."""
    cells = table.frame[table.roles.of("tokens")[0]]
    rows = table.frame.index[not_one_word(cells) & table.usable].to_numpy(dtype=np.int64)
    if not len(rows):
        return []
    title = f"{count(len(rows), 'row has', 'rows have')} tokens that are empty or hold white space."
    detail = "White space within a token is read as _, and so is an empty token, so that every tag keeps its token."
    return [Finding("tokens with blanks", "warning", title, detail, rows, (KEEP,))]


def _numbered(used: Counter[str]) -> list[Finding]:
    """Warn of class numbers in place of tags."""
    if not all(tag.isdecimal() for tag in used):
        return []
    title = f"The tags are numbers: {listed(sorted(used, key=lambda tag: (len(tag), tag)))}."
    detail = (
        "Such files hold class numbers, whose names stand elsewhere (datasets: features['ner_tags'].feature.names). "
        "Without them B-PER and I-PER cannot be told, so each token counts by itself. Write the names in place of "
        "the numbers, or upload the Parquet file that datasets writes, which holds them."
    )
    return [Finding("numbered tags", "warning", title, detail, fixes=(KEEP,))]


def _uneven(rows: np.ndarray) -> list[Finding]:
    if not len(rows):
        return []
    title = f"{count(len(rows), 'row has', 'rows have')} more tags than tokens, or fewer."
    detail = "Each token needs one tag, both divided by single blanks; nobody can say which tag is whose."
    fixes = (drop(rows, "Drop these rows", "tokens and tags differ in number"),)
    return [Finding("tag counts", "error", title, detail, rows, fixes)]


def _broken(sentences: dict[int, list[str]], scheme: str, numbers: RowNumbers) -> list[Finding]:
    """List entities that do not begin with a B-; they are mended in reading."""
    repairs = {row: of_row for row, tags in sentences.items() if (of_row := repaired(tags)[1])}
    if not repairs:
        return []
    number = sum(map(len, repairs.values()))
    shown = [f"row {numbers.of(row)}, token {one.position + 1}: {one.original} read as {one.written}"
            for row, of_row in repairs.items() for one in of_row][:_SHOWN]  # fmt: skip
    more = f"; and {number - len(shown):,} more" if number > len(shown) else ""
    return [
        Finding(
            "tag repairs", "warning",
            f"{count(number, 'tag breaks', 'tags break')} the scheme ({scheme}) and {'is' if number == 1 else 'are'} "
            "mended in reading.",
            f"An entity must begin with B-. {'; '.join(shown)}{more}.",
            np.array(sorted(repairs), dtype=np.int64), (KEEP,),
        )
    ]  # fmt: skip


def _unknown(sentences: dict[int, list[str]]) -> list[Finding]:
    odd = {tag for tags in sentences.values() for tag in tags if tag != OUTSIDE and tag[1:2] not in ("-", "")}
    rows = [row for row, tags in sentences.items() if odd & set(tags)]
    if not odd:
        return []
    title = f"{count(len(odd), 'tag is', 'tags are')} no tag of the scheme: {listed(sorted(odd))}."
    detail = "The other tags are O, or a letter, a hyphen and a type (B-PER). These would be learned as such."
    array = np.array(sorted(rows), dtype=np.int64)
    fixes = (drop(array, "Drop these rows", "odd tags"), KEEP)
    return [Finding("unknown tags", "warning", title, detail, array, fixes)]


def _rare(used: Counter[str]) -> list[Finding]:
    rare = sorted(tag for tag, times in used.items() if times < _RARE)
    if not rare:
        return []
    title = f"{count(len(rare), 'tag occurs', 'tags occur')} fewer than {_RARE} times: {listed(rare)}."
    return [Finding("rare tags", "note", title, "So few examples teach nothing; is it a slip of the pen?")]


def tagged_columns(head: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield the pairs of columns of which one looks like tokens and the other like their tags."""
    read = {str(name): (as_words(head[name]), as_tags(head[name])) for name in head}
    listed = {name for name in read if kind_of(head[name]) is not None}
    for tokens, (words, _) in read.items():
        for tags, (_, given) in read.items():
            both = words.notna() & given.notna()
            lists = tokens in listed and tags in listed
            if tokens != tags and both.any() and _are_tags(given[both], words[both], lists=lists):
                yield tokens, tags


def marks_entities(cells: pd.Series) -> bool:
    """Whether the tags are those of a scheme, such as B-PER."""
    return scheme_of(respelled(as_tags(cells).dropna().str.split())) != "plain"


def _are_tags(tags: pd.Series, tokens: pd.Series, *, lists: bool) -> bool:
    """Whether one column has as many words as another in nearly every row, but far fewer different ones.

    Where nearly all rows have as many words, that two columns have as many says nothing, unless both hold lists.
    """
    counts = tokens.str.count(_WORD)
    if (tags.str.count(_WORD) == counts).mean() < _AS_MANY or counts.mean() < 2:
        return False
    plain = scheme_of(respelled(tags.str.split())) == "plain"
    if not lists and plain and counts.value_counts(normalize=True).iloc[0] > _ALIKE:
        return False
    different = len(set(tags.str.split().explode())), len(set(tokens.str.split().explode()))
    return different[0] <= _MOST_TAGS and (different[0] < different[1] or (lists and not plain))
