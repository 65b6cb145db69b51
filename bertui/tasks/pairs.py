"""What the tasks over a text or a pair of texts share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from bertui.data.roles import Roles

if TYPE_CHECKING:
    import pandas as pd

    from bertui.data.checking.findings import Finding
    from bertui.data.columns import Column
    from bertui.data.table import Table


Weigh = Callable[["Column", set[int]], float]


def text_roles(columns: Sequence[Column]) -> Roles:
    """Guess the text, or the two texts of a pair; the answer is left to the task."""
    from bertui.data.column_roles import pair_of, text_weight

    pair = pair_of(columns)
    return Roles((max(columns, key=text_weight).name,)) if pair is None else Roles((pair[0],), text_b=pair[1])


def free_columns(columns: Sequence[Column], roles: Roles) -> list[Column]:
    """Return the columns without a role."""
    taken = set(roles.named().values())
    return [column for column in columns if column.name not in taken]


def places_beside(columns: Sequence[Column], roles: Roles) -> set[int]:
    """Return the places next to the columns that are read."""
    read = {name for role in roles.playing("input") for name in roles.of(role)}
    return {column.place + step for column in columns if column.name in read for step in (-1, 1)}


def best_of(columns: Sequence[Column], roles: Roles, weigh: Weigh) -> tuple[float, str | None]:
    """Return the weight and the name of the likeliest answer among the columns without a role."""
    beside = places_beside(columns, roles)
    weighed = [(weigh(column, beside), column.name) for column in free_columns(columns, roles)]
    weight, name = max(weighed, key=lambda pair: pair[0], default=(0.0, None))
    return weight, name if weight else None


def with_metadata(roles: Roles, columns: Sequence[Column], frame: pd.DataFrame) -> Roles:
    """Return the roles with row id, group and given split among the columns that have none yet."""
    from bertui.data.column_roles import metadata_of

    return roles.changed(**metadata_of(columns, frame, list(roles.named().values())))


def same_halves(table: Table) -> list[Finding]:
    """Report pairs whose two texts are equal."""
    from bertui.data.checking.findings import KEEP, Finding, drop
    from bertui.data.phrases import count

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
