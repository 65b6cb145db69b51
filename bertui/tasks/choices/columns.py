"""Which columns of a table hold the choices of a row, and which names the right one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bertui.data.column_roles import stem_of
from bertui.tasks.choices.right_choice import first_number, naming_of, place_of_right

if TYPE_CHECKING:
    import pandas as pd

    from bertui.data.columns import Column

_LOOK = 500  # rows looked at to guess
_SLIPS = 0.1  # of the cells may name no choice; the report says which
_VARIED = 0.3  # different cells of a column of choices, as a share of the table's different rows
_NAMED = ("choice", "ending", "option", "answer", "alternative", "sol", "candidate")


def choice_columns(columns: Sequence[Column]) -> list[str]:
    """Return the columns that differ by a number or letter alone and hold varied cells: two if called choices, or
    more."""
    counted: dict[str, list[Column]] = {}
    for column in columns:
        stem, mark = stem_of(column.name)
        varied = column.variety > _VARIED or any(word in stem for word in _NAMED)
        if mark and not column.unnamed and varied and column.side < 0.5:
            counted.setdefault(stem, []).append(column)
    named = [group for stem, group in counted.items() if len(group) > 1 and any(word in stem for word in _NAMED)]
    groups = named or [group for group in counted.values() if len(group) > 2]
    return [column.name for column in max(groups, key=len, default=[])]


def names_choices(frame: pd.DataFrame, column: str, choices: list[str]) -> bool:
    """Whether the cells of a column name one of the choices, but for a few slips, and not always the same."""
    cells, texts = frame[column].head(_LOOK), frame[choices].head(_LOOK)
    naming, first = naming_of(cells, texts), first_number(cells)
    filled = cells.notna()
    rows = zip(cells[filled], texts[filled].itertuples(index=False, name=None), strict=True)
    places = [place_of_right(cell, row, naming, first) for cell, row in rows]
    return places.count(None) <= _SLIPS * len(places) and len({*places} - {None}) > 1
