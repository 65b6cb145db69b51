"""Groups of rows that stay in one part: are they what they seem, and are there enough of them?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bertui.data.checking.findings import Finding
from bertui.data.checking.respelling import spelling_finding
from bertui.data.phrases import count
from bertui.data.splitting import Split, SplitChoice
from bertui.data.table import Table

_FAR = 0.5  # of the rows that were asked for: so many more or fewer are far from it
_NAMES = 60  # letters; longer cells are texts that rows share rather than names


def check_groups(table: Table, split: Split | None, how: SplitChoice | None) -> Iterator[Finding]:
    """Report groups in several spellings, rows without one, and parts that are far from what was asked for."""
    column = table.roles.group
    if column is None:
        return
    groups = table.names("group")
    if groups.str.len().max() <= _NAMES:
        rows = {str(name): members.index.to_numpy() for name, members in groups.dropna().groupby(groups, sort=False)}
        sizes = {name: len(members) for name, members in rows.items()}
        finding = spelling_finding("group spellings", sizes, rows, column, one="group", many="groups")
        if finding is not None:
            yield finding
    blank = groups.index[groups.isna()].to_numpy(dtype=np.int64)
    if len(blank):
        title = f"{count(len(blank), 'row has', 'rows have')} no group in the column '{column}'."
        yield Finding("blank groups", "note", title, "Each is taken for a group of its own.", blank)
    if split is not None and how is not None:
        yield from _few(table, split, how)


def _few(table: Table, split: Split, how: SplitChoice) -> Iterator[Finding]:
    """Report parts that groups do not allow to be as large as was asked for."""
    if table.roles.split is not None:
        return
    sizes, total = split.sizes(), int(table.usable.sum())
    requested = {"validation": how.validation * total, "test": how.test * total}
    far = [part for part, rows in requested.items() if rows and abs(sizes[part] - rows) > _FAR * rows]
    if not far:
        return
    groups = table.names("group")
    number = groups[table.usable].nunique()
    parts = ", ".join(
        f"{sizes[part]:,} {part} ({count(groups.loc[rows].nunique(dropna=False), 'group', 'groups')}"
        + (f", {requested[part]:,.0f} rows asked for)" if part in requested else ")")
        for part, rows in split.parts().items()
    )
    yield Finding(
        "few groups",
        "warning",
        f"The column '{table.roles.group}' has {count(number, 'group', 'groups')}, so the rows cannot be divided as "
        f"asked: {parts}.",
        "Rows of one group stay in one part. What a few rows of one or two groups say of the model is mostly chance: "
        "choose a column with many small groups (authors, customers), or none where rows do not belong together.",
        np.concatenate([split.parts()[part] for part in far]),
    )
