"""Are there enough rows of each class? Findings about class sizes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from bertui.data.cells.spelling import key_of
from bertui.data.checking.findings import KEEP, Finding, Fix, drop
from bertui.data.edits import RenameLabel
from bertui.data.phrases import count, listed
from bertui.data.table import Table

FEW = 10  # rows of a class below which its scores are mostly chance
MOST_TIMES, MOST_SHARE = 20, 0.9  # largest class against the smallest, and against all
REST = "other"


def check_classes(table: Table) -> list[Finding]:
    """Say which classes are too small or too large among the usable rows; spellings of one class count together."""
    counts = _sizes(table)
    filled = counts[counts > 0]
    if len(filled) < 2:
        return [] if filled.empty else [_one_class(table, filled)]
    rare = (_rare(table, counts, 0, 2), _rare(table, counts, 2, FEW), _imbalance(table, filled))
    return [finding for finding in rare if finding is not None]


def check_training_classes(table: Table, train: np.ndarray, held_out: np.ndarray) -> Finding | None:
    """Say which classes are asked for in validation or test but never shown in training."""
    missing = set(table.labels.loc[held_out].dropna()) - set(table.labels.loc[train].dropna())
    if not missing:
        return None
    labels = table.labels.loc[held_out]
    rows = labels.index[labels.isin(missing)].to_numpy(dtype=np.int64)
    return Finding(
        "unseen classes",
        "warning",
        f"{count(len(missing), 'class has', 'classes have')} no training rows: {listed(sorted(missing))}.",
        "A class that is never shown in training is never predicted, so its validation and test rows count "
        "as mistakes.",
        np.sort(rows),
        (drop(rows, "Drop these rows", "their class has no training rows"), KEEP),
    )


def _sizes(table: Table) -> pd.Series:
    """Return the usable rows of each class, largest first; classes without any come last with 0."""
    counts = table.labels[table.usable].value_counts()
    return counts.reindex([*counts.index, *(name for name in table.classes if name not in counts.index)], fill_value=0)


def _together(counts: pd.Series) -> pd.Series:
    """Return for each class the rows of all its spellings."""
    return counts.groupby(counts.index.map(key_of)).transform("sum")


def _one_class(table: Table, counts: pd.Series) -> Finding:
    return Finding(
        "one class",
        "error",
        f"Every usable row has the same label: {listed(counts.index)}.",
        "There is nothing to tell apart: choose another label column, or add rows of another class.",
        _rows(table, list(counts.index)),
    )


def _rare(table: Table, counts: pd.Series, least: int, enough: int) -> Finding | None:
    """Report classes of ``least`` or more but fewer than ``enough`` rows."""
    together = _together(counts)
    small = counts[(together >= least) & (together < enough)]
    if small.empty:
        return None
    names = [str(name) for name in small.index]
    alone = enough == 2
    return Finding(
        "single rows" if alone else "small classes",
        "warning",
        f"{count(len(names), 'class has', 'classes have')} fewer than {enough} rows: {listed(names)}.",
        "Its one row can be learned from or tested on, not both: such a class is hardly ever found."
        if alone
        else "So few examples teach little, and a score on one or two test rows is chance.",
        _rows(table, names),
        _mend(table, counts, names),
    )


def _mend(table: Table, counts: pd.Series, names: list[str]) -> tuple[Fix, ...]:
    """Offer what leaves at least two classes, the merged one with at least two rows."""
    fixes = []
    staying = len(counts) - len(names)
    merged = int(counts[names].sum()) + (0 if REST in names else int(counts.get(REST, 0)))
    renamed = tuple(name for name in names if name != REST)
    if renamed and merged >= 2 and staying + (REST not in counts or REST in names) >= 2:
        edit = RenameLabel(old=renamed, new=REST, column=table.roles.label)
        fixes.append(Fix(f"Merge into '{REST}'", edit))
    if staying >= 2:
        rows = _rows(table, names)
        what = "this class" if len(names) == 1 else f"these {len(names)} classes"
        fixes.append(drop(rows, f"Drop {what} ({count(len(rows), 'row', 'rows')})", f"classes {listed(names)}"))
    return (*fixes, KEEP)


def _imbalance(table: Table, counts: pd.Series) -> Finding | None:
    counts = _together(counts).groupby(counts.index.map(key_of), sort=False).head(1).sort_values(ascending=False)
    largest, smallest, total = int(counts.iloc[0]), int(counts.iloc[-1]), int(counts.sum())
    if largest <= MOST_TIMES * smallest and largest <= MOST_SHARE * total:
        return None
    most, least = str(counts.index[0]), str(counts.index[-1])
    return Finding(
        "imbalance",
        "warning",
        f"The largest class has {largest / smallest:,.0f} times as many rows as the smallest.",
        f"{listed([most])} has {largest:,} of {total:,} rows, {listed([least])} has {smallest:,}: always "
        f"answering {listed([most])} would already be right {largest / total:.0%} of the time. Judge by "
        "macro-F1, and try balanced class weights in training.",
        _rows(table, [least]),
        (KEEP,),
    )


def _rows(table: Table, names: list[str]) -> np.ndarray:
    return table.labels.index[table.labels.isin(names)].to_numpy(dtype=np.int64)
