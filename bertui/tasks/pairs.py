"""What the tasks over a text or a pair of texts share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from bertui.data.roles import Roles

if TYPE_CHECKING:
    import pandas as pd

    from bertui.data.columns import Column
    from bertui.data.findings import Finding
    from bertui.data.table import Table


def text_roles(columns: Sequence[Column], frame: pd.DataFrame) -> Roles:
    """Guess the text, or the two texts of a pair, and the marks; the answer is left to the task."""
    from bertui.data.columns import marks_of, pair_of, plain_roles

    pair = pair_of(columns)
    if pair is None:
        return plain_roles(columns, frame).changed(label=None)
    return Roles((pair[0],), text_b=pair[1]).changed(**marks_of(columns, frame, pair))


def same_halves(table: Table) -> list[Finding]:
    """Report pairs whose two texts are equal."""
    from bertui.data.findings import KEEP, Finding, count, drop

    if not table.roles.of("text_b"):
        return []
    first, second = (table.cells(role).str.split().str.join(" ").str.casefold() for role in ("text", "text_b"))
    rows = table.frame.index[(first == second) & (first != "")].to_numpy(dtype=np.int64)
    if not len(rows):
        return []
    title = f"{count(len(rows), 'pair has', 'pairs have')} the same text twice."
    detail = "There is nothing to compare in them; perhaps a column was copied."
    fixes = (drop(rows, "Drop these rows", "same text twice"), KEEP)
    return [Finding("pair halves", "note", title, detail, rows, fixes)]
