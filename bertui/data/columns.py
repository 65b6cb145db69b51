"""Which column plays which role: good guesses, and a hard look at the label column."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bertui.data.edits import RenameLabel
from bertui.data.findings import KEEP, Finding, Fix, count, drop, listed
from bertui.data.splitting import canonical_split
from bertui.data.table import Roles, Table

_SAMPLE = 20_000
_CELL = 1_000  # characters of a cell that are looked at
_MOST_CLASSES = 1_000
_SHORT = 20  # rows of a table that is not yet long enough to tell what its labels are
_NO_REGRESSION = "regression is not available yet: choose another column, or sort the values into a few classes first."


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TEXT_WORDS = _words(
    "text texts sentence review message content body comment question tweet post description utterance query "
    "document email sms abstract headline title summary answer request feedback"
)
_LABEL_WORDS = _words("label labels class category target sentiment topic intent tag tags gold polarity rating stars")
_ID_WORDS = _words("id ids uuid guid ticket key index row number nr")
_GROUP_NAMES = _words("group user author patient thread session customer speaker conversation")
_SPLIT_WORDS = _words("split set fold subset partition")
_MISSING_MARKS = _words("nan na n/a none null nil ? - -- #n/a <na>")

# Words side by side, or a script that puts no blanks between them (Japanese, Chinese, Thai, Korean).
_NATURAL = r"[^\W\d_][.,;:!?'’)]*\s+[^\W\d_]|[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_IDENTIFIER = r"[A-Za-z_#-]*\d+|[0-9a-fA-F-]{8,}|[A-Za-z]+[-_][\w-]*\d[\w-]*"
_NUMBER = r"\s*[-+]?[\d.,]*\d[\d.,]*(?:[eE][-+]?\d+)?\s*%?\s*"


@dataclass(frozen=True, slots=True)
class ClassRow:
    """One line of the mapping from class number to label name; shares are of the usable rows."""

    number: int
    name: str
    rows: int
    share: float


@dataclass(frozen=True, slots=True)
class _Column:
    """What a sample of cells says about a column; shares are of the cells that are filled."""

    name: str
    words: frozenset[str]
    filled: int
    distinct: int
    length: float  # mean characters
    natural: float  # share of cells that read like language
    identifier: float
    number: float
    split: bool
    last: bool
    first: bool

    @property
    def variety(self) -> float:
        return self.distinct / self.filled if self.filled else 0.0


def guess_roles(frame: pd.DataFrame) -> Roles:
    """Guess which column plays which part, from the column names and a sample of the cells.

    Args:
        frame: Cells of dtype ``str``, at least one column.
    """
    columns = _look_at(frame)
    text = max(columns, key=_text_score)
    rest = [column for column in columns if column is not text]
    split = next((c for c in rest if c.split), None)
    identifier = next((c for c in rest if c is not split and _is_id(c)), None)
    group = next((c for c in rest if c not in (split, identifier) and _is_group(c, frame)), None)
    left = [c for c in rest if c not in (split, identifier, group)]
    label = max(left, key=_label_score, default=None)
    return Roles(
        text=(text.name,),
        label=label.name if label and _label_score(label) > 0 else None,
        id=identifier.name if identifier else None,
        group=group.name if group else None,
        split=split.name if split else None,
    )


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
    whole = _all_equal(labels, counts) or _all_unique(labels, counts) or _continuous(labels, counts)
    found = (whole, _missing_marks(labels), _spellings(labels, counts))
    return [finding for finding in found if finding is not None]


def is_number(texts: pd.Series) -> pd.Series:
    """True for the texts that are one number and nothing else."""
    return texts.str.fullmatch(_NUMBER).fillna(False).astype(bool)


def _look_at(frame: pd.DataFrame) -> list[_Column]:
    places = np.unique(np.linspace(0, max(0, len(frame) - 1), min(len(frame), _SAMPLE)).astype(int))
    sample = frame.iloc[places]
    last = len(frame.columns) - 1
    return [_look_at_column(str(name), sample[name], n == 0, n == last) for n, name in enumerate(frame)]


def _look_at_column(name: str, cells: pd.Series, first: bool, last: bool) -> _Column:
    cells = cells.dropna().str.strip()
    cells = cells[cells != ""].str.slice(0, _CELL)
    words = frozenset(re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()))
    parts = canonical_split(cells)
    named = bool(words & _SPLIT_WORDS)
    splits = len(cells) > 0 and bool(parts.notna().all()) and (named or parts.nunique() > 1)
    share = (lambda flags: float(flags.mean())) if len(cells) else (lambda flags: 0.0)
    return _Column(
        name=name,
        words=words,
        filled=len(cells),
        distinct=int(cells.nunique()),
        length=share(cells.str.len()),
        natural=share(cells.str.contains(_NATURAL)),
        identifier=share(cells.str.fullmatch(_IDENTIFIER)),
        number=share(cells.str.fullmatch(_NUMBER)),
        split=splits,
        first=first,
        last=last,
    )


def _text_score(column: _Column) -> float:
    """Long, varied, natural; a good name counts as much as twenty times the length."""
    named = 3.0 * bool(column.words & _TEXT_WORDS) - 3.0 * bool(column.words & (_LABEL_WORDS | _ID_WORDS))
    looks = np.log1p(column.length) * column.variety * (0.1 + column.natural)
    return float(looks * (1 - column.number) + (named if column.natural > 0.1 else named / 3))


def _label_score(column: _Column) -> float:
    """0 when the column cannot be the label; the higher the likelier."""
    named = bool(column.words & _LABEL_WORDS)
    repeats = 2 <= column.distinct <= max(2, min(column.filled / 2, _MOST_CLASSES))
    # A number or a date of which there are many is a measurement, not a class; the last column may be meant.
    measured = column.number > 0.9 and column.distinct > 20 and not column.last
    plausible = repeats and column.length <= 60 and not measured
    if not plausible:
        # A column that is called "label" is meant as one even when its cells are odd; the report says so.
        return 0.5 if named and column.length <= 60 else 0.0
    return 1.0 + 4.0 * named + 2.0 * column.last + 1 / column.distinct


def _is_id(column: _Column) -> bool:
    unique = column.filled > 1 and column.distinct == column.filled
    if not unique or column.length > 64 or column.natural > 0.1 or column.words & _LABEL_WORDS:
        return False
    return bool(column.words & _ID_WORDS) or (column.first and column.identifier > 0.95)


def _is_group(column: _Column, frame: pd.DataFrame) -> bool:
    if not column.words & _GROUP_NAMES or column.words - _GROUP_NAMES - {"id", "name", "nr", "number"}:
        return False
    cells = frame[column.name].dropna()
    return 1 < cells.nunique() < len(cells)


def _empty_column(series: pd.Series) -> Finding:
    return Finding(
        "no labels",
        "error",
        "The label column is empty.",
        "Training needs a label in at least some rows: choose another column.",
        _ids(series),
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
        return f"These numbers look like scores, or like a number for each row; {_NO_REGRESSION}"
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
        f"They look like scores rather than classes; {_NO_REGRESSION}",
        _ids(labels),
    )


def _missing_marks(labels: pd.Series) -> Finding | None:
    marked = labels[labels.str.casefold().isin(_MISSING_MARKS)]
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
    names = counts.index.to_series()
    spelling = names.str.split().str.join(" ").str.casefold()
    groups = [tuple(group) for _, group in names.groupby(spelling.to_numpy(), sort=False) if len(group) > 1]
    if not groups:
        return None
    several = [name for group in groups for name in group]
    return Finding(
        "label spellings",
        "warning",
        f"{count(len(groups), 'label is', 'labels are')} spelled in several ways: {listed(several)}.",
        "They differ only by capitals or white space, yet the model would learn them as different classes.",
        _ids(labels[labels.isin(several)]),
        (*(_merge(group, labels.name) for group in groups), KEEP),
    )


def _merge(spellings: Sequence[str], column: Hashable) -> Fix:
    """Offer to write every spelling like the most frequent one, which comes first."""
    old, new = tuple(spellings[1:]), spellings[0]
    edit = RenameLabel(old=old, new=new, column=None if column is None else str(column))
    return Fix(f"Write {listed(old)} as '{new}'", edit)


def _ids(cells: pd.Series) -> np.ndarray:
    return cells.index.to_numpy(dtype=np.int64)
