"""Train, validation and test rows: chosen first, stored with the run, never mixed again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.choice import Section, choice
from bertui.data.cells.split_names import canonical_split
from bertui.data.table import SPLIT_NAMES, Table
from bertui.errors import DataError

if TYPE_CHECKING:
    import pandas as pd


class SplitChoice(Section):
    """How rows are divided. Given splits (a split column, separate files) win over the shares."""

    validation: float = choice(
        0.1,
        title="Validation share",
        help="Rows that choose the best moment of training; never trained on.",
        basic=True, step=0.05, ge=0.0, le=0.8,
    )  # fmt: skip
    test: float = choice(
        0.15,
        title="Test share",
        help="Rows that are looked at once, at the end, for an honest score.",
        basic=True, step=0.05, ge=0.0, le=0.8,
    )  # fmt: skip
    stratified: bool = choice(
        True,
        title="Stratified split",
        help="The same mix of classes in each part: keeps rare classes from vanishing from a part. Ignored when a "
        "group column is set.",
        basic=True,
    )
    sample: float = choice(
        1.0,
        title="Training sample",
        help="Share of the training rows that is used. Below 1, a random part of the training rows (same mix of "
        "classes), for a quick try.",
        step=0.1, gt=0.0, le=1.0,
    )  # fmt: skip
    seed: int = choice(0, title="Split seed", help="Another number, another random split.", step=1, ge=0, le=2**31 - 1)


@dataclass(frozen=True, slots=True)
class Split:
    """Row ids of each part, ascending; parts do not overlap."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray

    def parts(self) -> dict[str, np.ndarray]:
        return {name: getattr(self, name) for name in SPLIT_NAMES}

    def sizes(self) -> dict[str, int]:
        return {name: len(rows) for name, rows in self.parts().items()}

    def to_json(self) -> dict[str, list[int]]:
        return {name: rows.tolist() for name, rows in self.parts().items()}

    @classmethod
    def from_json(cls, saved: dict[str, Any]) -> Split:
        return cls(*(np.asarray(saved[name], dtype=np.int64) for name in SPLIT_NAMES))


def make_split(table: Table, how: SplitChoice) -> Split:
    """Divide the usable rows of a table.

    Raises:
        DataError: When a part would be empty or a split column holds unknown names.
    """
    rows = table.frame.index[table.usable].to_numpy(dtype=np.int64)
    given = _given(table, rows)
    random = np.random.default_rng(how.seed)
    free = given["train"]
    for name, share in (("test", how.test), ("validation", how.validation)):
        if not len(given[name]) and share > 0:
            # A share is of all the rows that are not given away; keep it so for the second draw too.
            number = share * (len(rows) if table.roles.split is None else len(given["train"]))
            given[name], free = _draw(table, free, number, how.stratified, random)
    train = _sampled(table, free, how.sample, how.stratified, random)
    split = Split(np.sort(train), np.sort(given["validation"]), np.sort(given["test"]))
    _check(split, table, how)
    return split


def _given(table: Table, rows: np.ndarray) -> dict[str, np.ndarray]:
    if table.roles.split is None:
        return {"train": rows, "validation": rows[:0], "test": rows[:0]}
    column = table.names("split")
    everywhere = canonical_split(column)
    names, column = everywhere.loc[rows], column.loc[rows]
    unknown = column[names.isna()].fillna("(empty)").unique()
    if len(unknown):
        raise DataError(
            f"The split column '{table.roles.split}' holds {', '.join(map(repr, unknown[:5]))}.",
            expected="It should hold only train, validation (or dev) and test.",
            remedy="Mend the cells, or choose 'none' as the split column to split at random.",
        )
    for name in SPLIT_NAMES[1:]:
        if (everywhere == name).any() and not (names == name).any():
            raise DataError(
                f"None of the {name} rows of the column '{table.roles.split}' has {table.roles.needed()} filled in.",
                expected=f"{name.capitalize()} rows are answered by the model and compared with the true answers.",
                remedy=f"Fill these cells in, or drop the rows; then {name} rows are drawn from the training rows.",
            )
    return {name: rows[(names == name).to_numpy()] for name in SPLIT_NAMES}


def _draw(
    table: Table, rows: np.ndarray, number: float, stratified: bool, random: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Take about ``number`` rows out; return (taken, left)."""
    if table.roles.group is not None:
        taken = _draw_groups(table.names("group").loc[rows], number, random)
    elif stratified and table.roles.label is not None:
        taken = _draw_stratified(table.labels.loc[rows], number, random)
    else:
        taken = np.zeros(len(rows), dtype=bool)
        taken[random.permutation(len(rows))[: round(number)]] = True
    return rows[taken], rows[~taken]


def _draw_groups(groups: pd.Series, number: float, random: np.random.Generator) -> np.ndarray:
    """Mark whole groups, in random order, until ``number`` rows; an empty group cell stands alone."""
    import pandas as pd

    missing = groups.isna()
    names = groups.where(~missing, "\0row " + groups.index.astype(str))
    codes, _ = pd.factorize(names)
    sizes = np.bincount(codes)
    order = random.permutation(len(sizes))
    filled = np.cumsum(sizes[order])
    # A group joins while more than half of it still fits, so the share is met as nearly as groups allow.
    joins = order[filled - sizes[order] / 2 <= number]
    if not len(joins) and len(sizes) > 1:  # every group is too large: an empty part would help nobody
        joins = order[np.argmin(np.abs(sizes[order] - number))]
    return np.isin(codes, joins)


def _draw_stratified(labels: pd.Series, number: float, random: np.random.Generator) -> np.ndarray:
    """Mark ``number`` rows with each class in proportion (largest remainders), never a whole class."""
    import pandas as pd

    codes, _ = pd.factorize(labels)
    counts = np.bincount(codes)
    exact = counts * number / max(1, len(labels))
    quota = np.floor(exact).astype(int)
    short = max(0, round(number) - quota.sum())
    quota[np.argsort(-(exact - quota), kind="stable")[:short]] += 1
    quota = np.minimum(quota, np.maximum(counts - 1, 0))
    order = random.permutation(len(codes))
    by_class = order[np.argsort(codes[order], kind="stable")]
    ranks = np.empty(len(codes), dtype=int)
    ranks[by_class] = np.arange(len(codes)) - np.repeat(np.cumsum(counts) - counts, counts)
    return ranks < quota[codes]


def _sampled(table: Table, rows: np.ndarray, share: float, stratified: bool, random: np.random.Generator) -> np.ndarray:
    if share >= 1.0:
        return rows
    if stratified and table.roles.label is not None:
        # "Never a whole class" keeps one row behind; here each class must keep one instead.
        left_out = _draw_stratified(table.labels.loc[rows], (1 - share) * len(rows), random)
        return rows[~left_out]
    return rows[random.permutation(len(rows))[: max(1, round(share * len(rows)))]]


def _check(split: Split, table: Table, how: SplitChoice) -> None:
    for use, what in (("input", "texts"), ("answer", "true answers")):
        if not table.roles.playing(use):
            raise DataError(
                f"No column with the {what} is chosen.",
                expected="Training needs texts and their true answers.",
                remedy="Choose the columns of the task, or add the column to the file.",
            )
    if not table.usable.any():
        raise DataError(
            f"No row is left for training: none has {table.roles.needed()} filled in.",
            expected="Training needs rows of at least two classes, several of each.",
            remedy="Check which columns are chosen, or fill in the empty cells.",
        )
    if not len(split.train):
        raise DataError(
            "No row is left for training.",
            expected=f"The table has {int(table.usable.sum())} rows with {table.roles.needed()} filled in.",
            remedy="Lower the validation and test shares, or add rows.",
        )
    train_labels = table.labels.loc[split.train]
    if table.roles.label is not None and train_labels.nunique() < 2:
        raise DataError(
            f"All training rows have the same label: '{train_labels.iloc[0]}'.",
            expected="Training needs rows of at least two classes.",
            remedy="Choose another label column, add rows of other classes, or lower the other shares.",
        )
    for name, share in (("validation", how.validation), ("test", how.test)):
        if share > 0 and not len(getattr(split, name)):
            raise DataError(
                f"No row is left for {name}.",
                expected=f"{share:.0%} of the rows was asked for, but the table has too few rows or groups.",
                remedy=f"Raise the {name} share, add rows, or set the share to 0 to do without.",
            )
