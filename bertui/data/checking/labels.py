"""A hard look at the label column: what its classes are, and what speaks against it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from bertui.data.cells.structured import WORDS, Kind, kind_of
from bertui.data.cells.tag_spelling import respelled
from bertui.data.cells.tags import scheme_of
from bertui.data.checking.findings import KEEP, Finding, drop
from bertui.data.checking.respelling import spelling_finding
from bertui.data.columns import is_number
from bertui.data.phrases import count, listed
from bertui.data.table import Table

_SHORT = 20  # rows of a table that is not yet long enough to tell what its labels are
_REGRESSION = (
    "choose the task 'A score' to learn them as numbers, choose another column, or sort the values into a few "
    "classes first."
)
_TAGS = {"B-", "O"}  # begin nearly all tags of tokens that mark entities
MISSING_MARKS = frozenset(["nan", "na", "n/a", "none", "null", "nil", "?", "-", "--", "#n/a", "<na>"])
"""What people and programs write where a value is missing, in lower case."""


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One line of the mapping from class number to label name; shares are of the usable rows."""

    number: int
    name: str
    rows: int
    share: float


def class_mapping(table: Table) -> list[ClassRow]:
    """List the classes by number with the usable rows of each."""
    counts = table.labels[table.usable].value_counts()
    total = max(1, int(counts.sum()))
    rows = [int(counts.get(name, 0)) for name in table.classes]
    return [ClassRow(n, table.classes[n], size, size / total) for n, size in enumerate(rows)]


def check_label(series: pd.Series) -> list[Finding]:
    """Say what speaks against a column as the label column.

    Args:
        series: The labels, dtype ``str``; the index holds the row ids. NA and blank cells are missing.
    """
    labels = series.str.strip()
    labels = labels[labels.notna() & (labels != "")]
    if labels.empty:
        return [_empty_column(series)]
    counts = labels.value_counts()
    if (kind := kind_of(labels)) is not None:
        return [_structure(labels, kind)]
    whole = _all_equal(labels, counts) or _all_unique(labels, counts) or _continuous(labels, counts)
    problems = (whole, _tags(labels, counts), _missing_marks(labels), _spellings(labels, counts))
    return [finding for finding in problems if finding is not None]


def _empty_column(series: pd.Series) -> Finding:
    return Finding(
        "no labels",
        "error",
        "The label column is empty.",
        "Training needs a label in at least some rows: choose another column.",
        _ids(series),
    )


def _structure(labels: pd.Series, kind: Kind) -> Finding:
    return Finding(
        "lists as labels",
        "error",
        f"The label column holds {WORDS[kind]}, such as {listed(labels.head(1))}.",
        "A class is one name or number. For lists of labels choose the task 'Several labels', for a tag for each "
        "token 'A tag for each token'; or choose another column.",
        _ids(labels),
    )


def _all_equal(labels: pd.Series, counts: pd.Series) -> Finding | None:
    if len(counts) > 1:
        return None
    return Finding(
        "one class",
        "error",
        f"Every row has the same label: {listed(counts.index)}.",
        "There is nothing to tell apart: choose another column, or add rows of another class.",
        _ids(labels),
    )


def _seems(labels: pd.Series) -> str:
    """Say what a column without two equal cells may be, and what to do about it."""
    if len(labels) < _SHORT:
        return "Add rows to each class, or choose another label column."
    if is_number(labels).all():
        return f"These numbers look like scores, or like a number for each row; {_REGRESSION}"
    return "This looks like a number for each row or like free text: choose another column."


def _all_unique(labels: pd.Series, counts: pd.Series) -> Finding | None:
    if len(counts) == len(labels):
        return Finding(
            "all labels differ",
            "error",
            f"Every one of the {count(len(labels), 'label', 'labels')} is different.",
            f"A class needs several rows to be learned. {_seems(labels)}",
            _ids(labels),
        )
    if len(labels) >= _SHORT and len(counts) > len(labels) / 2 and not is_number(labels).all():
        return Finding(
            "most labels differ",
            "warning",
            f"{len(counts):,} different labels in {len(labels):,} rows.",
            "Most classes have one row or two, too few to learn from; this looks like free text: choose "
            "another column.",
            _ids(labels),
        )
    return None


def _continuous(labels: pd.Series, counts: pd.Series) -> Finding | None:
    names = counts.index.to_series()
    if not is_number(names).all():
        return None
    broken = names.str.contains(r"[.,]\d*[1-9]").sum()
    if not (broken > 20 or (len(names) > 50 and len(names) > 0.2 * len(labels))):
        return None
    return Finding(
        "score, not class",
        "error",
        f"The label column holds {len(names):,} different numbers.",
        f"They look like scores rather than classes; {_REGRESSION}",
        _ids(labels),
    )


def _tags(labels: pd.Series, counts: pd.Series) -> Finding | None:
    """Warn of tags of tokens (B-PER, I-PER, O) as classes of texts."""
    (tags,) = respelled([labels.tolist()])
    if not {tag[:2] for tag in tags} >= _TAGS or scheme_of([tags]) == "plain":
        return None
    return Finding(
        "tags as labels",
        "warning",
        f"The labels look like tags of single tokens: {listed(counts.index)}.",
        "A tag depends on the words around it. Choose the task 'A tag for each token', with a column that numbers the "
        "sentences (called sentence) where each row holds one token.",
        _ids(labels),
        (KEEP,),
    )


def _missing_marks(labels: pd.Series) -> Finding | None:
    marked = labels[labels.str.casefold().isin(MISSING_MARKS)]
    if marked.empty:
        return None
    names = marked.value_counts().index
    rows = _ids(marked)
    return Finding(
        "missing marks",
        "warning",
        f"{count(len(marked), 'row has a label', 'rows have a label')} that reads like 'missing': {listed(names)}.",
        "The model would learn it as a class of its own; drop these rows unless that is what you mean.",
        rows,
        (drop(rows, "Drop these rows", f"labelled {listed(names)}"), KEEP),
    )


def _spellings(labels: pd.Series, counts: pd.Series) -> Finding | None:
    rows = {str(name): _ids(cells) for name, cells in labels.groupby(labels, sort=False)}
    sizes = {str(name): int(times) for name, times in counts.items()}
    return spelling_finding("label spellings", sizes, rows, str(labels.name), one="label", many="labels")


def _ids(cells: pd.Series) -> np.ndarray:
    return cells.index.to_numpy(dtype=np.int64)
