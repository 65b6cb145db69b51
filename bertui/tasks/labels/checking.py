"""Which column holds several labels, and what is wrong or odd with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bertui.data.cells.spelling import key_of
from bertui.data.checking.findings import KEEP, Finding, Fix, drop
from bertui.data.checking.labels import MISSING_MARKS
from bertui.data.checking.respelling import spelling_finding
from bertui.data.edits import Respell
from bertui.data.phrases import count, listed

if TYPE_CHECKING:
    import pandas as pd

    from bertui.data.columns import Column
    from bertui.data.table import Table

_FEW = 10  # rows of a label below which its scores are mostly chance
_RETURN = 0.5  # of the labels given in lists; of tokens and other texts, fewer come back
_RETURN_BETWEEN_MARKS = 0.8
_TWO = 0.03  # of the cells hold two labels or more
_ALONE = 0.5  # of the labels are cells of their own too, as "a" is beside "a, b"; those of "Health, Beauty" are not
_LISTS = 0.01  # of the cells are 4,5,16: so 2,5 beside them is two numbers
_LONG = 120  # characters of a cell; longer ones are texts
_NAMES = ("labels", "tags", "themes", "topics", "categories", "genres", "keywords", "emotions", "codes")


def holds_several(column: Column, cells: pd.Series) -> float:
    """Return how surely the cells of a column hold several labels each, 0 to 1.

    Some cells hold two or more, and nearly all labels come back: the parts of texts, names and places do not.
    """
    from bertui.data.cells.label_cells import separator_of, split_by
    from bertui.data.cells.structured import kind_of

    cells = cells.dropna()
    kind, named = kind_of(cells), any(name in column.words for name in _NAMES)
    numbers = column.number + column.shapes.get("list", 0.0) > 0.9 and column.shapes.get("list", 0.0) > _LISTS
    if kind == "nothing" or (kind is None and (column.length > _LONG or column.split)):
        return 0.0
    separator = separator_of(cells, several=named or numbers)
    if separator is None:
        return 0.0
    labels = split_by(cells, separator)
    times = labels.explode().dropna().value_counts()
    if not len(times) or times[times > 1].sum() / times.sum() < (_RETURN if kind else _RETURN_BETWEEN_MARKS):
        return 0.0
    if (labels.dropna().map(len) > 1).mean() < _TWO:  # lists of one each may still be meant
        return 0.75 if kind and named else 0.525 if kind else 0.0
    if not (kind or named or numbers or column.number < 0.5):
        return 0.0
    return 1.0 if not kind and times.index.isin(cells.str.strip()).mean() > _ALONE else 0.875


def check_labels(table: Table, given: pd.Series) -> list[Finding]:
    """Report cells that hold no labels, rows without one, labels that few rows have, and fewer than two labels.

    Args:
        given: the labels of each row, as tuples.
    """
    if unread := _not_labels(table):
        return [unread]
    counts = given.explode().dropna().value_counts()
    if len(counts) < 2:
        title = f"The table has {f'1 label: {listed(counts.index)}' if len(counts) else 'no labels'}."
        detail = "At least two are needed: choose another column, or the task 'One label'."
        return [Finding("too few labels", "error", title, detail)]
    spelled = [*_spellings(table, given, counts), *_missing_marks(table, given, counts)]
    return [*spelled, *_by_place(table, counts), *_without(given), *_small(given, counts)]


def _spellings(table: Table, given: pd.Series, counts: pd.Series) -> list[Finding]:
    columns = table.roles.of("labels")
    if len(columns) > 1:
        return []
    each = given.explode().dropna()
    rows = {str(name): finding.index.to_numpy() for name, finding in each.groupby(each, sort=False)}
    sizes = {str(name): int(times) for name, times in counts.items()}
    mark = mark_of(table)
    finding = spelling_finding("label spellings", sizes, rows, columns[0], one="label", many="labels", mark=mark)
    return [] if finding is None else [finding]


def _missing_marks(table: Table, given: pd.Series, counts: pd.Series) -> list[Finding]:
    """Report labels that read like "missing", as the check of one label does."""
    names = [str(name) for name in counts.index if str(name).casefold() in MISSING_MARKS]
    columns = table.roles.of("labels")
    if not names or len(columns) > 1:
        return []
    rows = given.index[given.map(lambda labels: bool(set(labels) & set(names)))].to_numpy(dtype=np.int64)
    title = f"{count(len(rows), 'row has a label', 'rows have a label')} that reads like 'missing': {listed(names)}."
    detail = (
        "The model would learn it as a label of its own. Read it as “no label applies”, or drop the rows if nobody "
        "knows their labels."
    )
    emptied = Respell(column=columns[0], words=dict.fromkeys(names, ""), mark=mark_of(table))
    fixes = (Fix("Read as no label", emptied), drop(rows, "Drop these rows", f"labelled {listed(names)}"), KEEP)
    return [Finding("missing marks", "warning", title, detail, rows, fixes)]


def mark_of(table: Table) -> str | None:
    """Return what divides the labels of a cell, as ``respelled`` takes it; None where a cell holds one label."""
    from bertui.data.cells.label_cells import separator_of

    (column,) = table.roles.of("labels")
    return separator_of(table.frame[column].dropna(), several=True)


def _not_labels(table: Table) -> Finding | None:
    """Refuse lists of which nobody can say what the labels are."""
    from bertui.data.cells.label_cells import separator_of
    from bertui.data.cells.structured import WORDS, kind_of

    columns = table.roles.of("labels")
    cells = table.frame[columns[0]]
    if len(columns) != 1 or (kind := kind_of(cells)) is None or separator_of(cells, several=True) is not None:
        return None
    title = f"The cells hold {WORDS[kind]}, such as {listed(cells.dropna().head(1))}."
    detail = (
        "Several labels are read from lists of names or numbers, from names with | or ; or commas between them, and "
        "from one yes/no column for each label. Write the labels in one of these ways, or choose another column."
    )
    return Finding("not labels", "error", title, detail, cells.dropna().index.to_numpy(dtype=np.int64))


def _by_place(table: Table, counts: pd.Series) -> list[Finding]:
    from bertui.data.cells.structured import kind_of

    columns = table.roles.of("labels")
    if len(columns) != 1 or kind_of(table.frame[columns[0]]) != "vectors":
        return []
    title = f"The labels stand as 0 and 1 by place; they are called {listed(sorted(counts.index))}."
    detail = (
        "The file does not name them. For names of your own, upload one column for each label, with its name above."
    )
    return [Finding("labels by place", "note", title, detail, fixes=(KEEP,))]


def _without(given: pd.Series) -> list[Finding]:
    empty = given.index[given.map(len) == 0].to_numpy(dtype=np.int64)
    if not len(empty):
        return []
    title = f"{count(len(empty), 'row has', 'rows have')} no label."
    detail = "They are read as “none of the labels applies”. Drop them if the labels are merely missing."
    fixes = (drop(empty, "Drop these rows", "no label"), KEEP)
    return [Finding("no label applies", "note", title, detail, empty, fixes)]


def _small(given: pd.Series, counts: pd.Series) -> list[Finding]:
    together = counts.groupby(counts.index.map(key_of)).transform("sum")  # of all spellings
    rare = [str(name) for name in counts.index[together < _FEW]]
    if not rare:
        return []
    rows = given.index[given.map(lambda names: bool(set(names) & set(rare)))].to_numpy(dtype=np.int64)
    title = f"{count(len(rare), 'label has', 'labels have')} fewer than {_FEW} rows: {listed(rare)}."
    detail = "So few examples teach little, and a score on one or two test rows is chance."
    return [Finding("small labels", "warning", title, detail, rows, (KEEP,))]
