"""What is wrong or odd with the tags of a table."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from bertui.data.findings import KEEP, Finding, count, drop, listed
from bertui.data.tags import OUTSIDE, repaired, scheme_of, to_iob2

if TYPE_CHECKING:
    import pandas as pd

    from bertui.data.table import Table

_SHOWN = 5
_ALIKE = 0.9  # of the rows with the same number of words
_RARE = 3  # times that a tag occurs below which it may be a slip


def check_tags(table: Table) -> list[Finding]:
    """Report rows with more or fewer tags than tokens, tags that break their scheme, and rare ones."""
    usable = table.frame.index[table.usable]
    tokens, tags = (table.cells(role).loc[usable] for role in ("tokens", "tags"))
    uneven = tokens.str.count(r"\S+") != tags.str.count(r"\S+")
    found = _uneven(usable[uneven].to_numpy(dtype=np.int64))
    sentences = tags[~uneven].str.split()
    scheme = scheme_of(sentences)
    used = Counter(tag for sentence in sentences for tag in sentence)
    if len(used) < 2:
        title = f"Every token has the same tag: {listed(used)}." if used else "There are no tags."
        return [*found, Finding("one tag", "error", title, "There is nothing to tell apart: choose another column.")]
    if scheme != "plain":
        by_row = dict(zip(map(int, sentences.index.tolist()), sentences.tolist(), strict=True))
        found += _broken({row: to_iob2(sentence, scheme) for row, sentence in by_row.items()}, scheme)
        found += _unknown(by_row)
    return found + _rare(used)


def _uneven(rows: np.ndarray) -> list[Finding]:
    if not len(rows):
        return []
    title = f"{count(len(rows), 'row has', 'rows have')} more tags than tokens, or fewer."
    detail = "Each token needs one tag, both divided by single blanks; nobody can say which tag is whose."
    fixes = (drop(rows, "Drop these rows", "tokens and tags differ in number"),)
    return [Finding("tag counts", "error", title, detail, rows, fixes)]


def _broken(sentences: dict[int, list[str]], scheme: str) -> list[Finding]:
    """List entities that do not begin with a B-; they are mended in reading."""
    repairs = {row: found for row, tags in sentences.items() if (found := repaired(tags)[1])}
    if not repairs:
        return []
    number = sum(map(len, repairs.values()))
    told = [f"row {row}, token {one.position + 1}: {one.found} read as {one.written}"
            for row, found in repairs.items() for one in found][:_SHOWN]  # fmt: skip
    more = f"; and {number - len(told):,} more" if number > len(told) else ""
    return [
        Finding(
            "tag repairs", "warning",
            f"{count(number, 'tag breaks', 'tags break')} the scheme ({scheme}) and {'is' if number == 1 else 'are'} "
            "mended in reading.",
            f"An entity must begin with B-. {'; '.join(told)}{more}.",
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


def are_tags(tags: pd.Series, tokens: pd.Series, tag_counts: pd.Series, token_counts: pd.Series) -> bool:
    """Whether one column has as many words as another in nearly every row, but far fewer different ones."""
    if (tag_counts == token_counts).mean() < 0.95 or token_counts.mean() < 2:
        return False
    # Where nearly all rows have as many words, that two columns have as many says nothing.
    if token_counts.value_counts(normalize=True).iloc[0] > _ALIKE and scheme_of(tags.str.split()) == "plain":
        return False
    different = len(set(tags.str.split().explode())), len(set(tokens.str.split().explode()))
    return different[0] <= 100 and different[0] < different[1]
