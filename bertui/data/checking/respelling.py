"""Findings on values that stand in several spellings, the same for labels, several labels, tags and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bertui.data.cells.spelling import variants
from bertui.data.checking.findings import KEEP, Finding, Fix
from bertui.data.edits import Respell
from bertui.data.phrases import count, listed

_OFFERED = 5  # fixes for one value each


def spelling_finding(
    kind: str, counts: Mapping[str, int], rows: Mapping[str, np.ndarray], column: str, *, one: str, many: str,
    mark: str | None = None,
) -> Finding | None:  # fmt: skip
    """Report values of a column that are spellings of one another, with a fix for all and one for each.

    Args:
        counts: How often each value stands there.
        rows: The rows of each.
        one: What the column holds, such as "label"; ``many``: more of them.
        mark: What divides the values of a cell.
    """
    groups = variants(sorted(counts, key=lambda name: -counts[name]))
    if not groups:
        return None
    fixes = [_fix(f"Write {listed(group[1:])} as '{group[0]}'", [group], column, mark) for group in groups[:_OFFERED]]
    if len(groups) > 1:
        fixes.insert(0, _fix(f"Fix all {len(groups):,} {many}", groups, column, mark))
    several = [name for group in groups for name in group]
    return Finding(
        kind,
        "warning",
        f"{count(len(groups), f'{one} is', f'{many} are')} spelled in several ways: {listed(several)}.",
        "They differ only by capitals, white space, signs or how a number is written, yet count as different "
        f"{many}. Each fix takes the commonest spelling.",
        np.unique(np.concatenate([rows[name] for name in several])).astype(np.int64),
        (*fixes, KEEP),
    )


def _fix(words: str, groups: Sequence[tuple[str, ...]], column: str, mark: str | None) -> Fix:
    new = {name: group[0] for group in groups for name in group[1:]}
    return Fix(words, Respell(column=column, words=new, mark=mark))
