"""What a shape is: how a frame of it is recognised and turned into one that a task takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

import pandas as pd

from bertui.data.cells.structured import Kind

Kinds = Mapping[str, Kind]
"""The columns whose cells hold structure, with what they hold."""


@dataclass(frozen=True, slots=True)
class Shaped:
    """The frame as a task takes it, and sentences on what was done."""

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of files.

    Attributes:
        name: as people call it.
        read: returns None where the frame is of another shape.
    """

    name: str
    read: Callable[[pd.DataFrame, Kinds], Shaped | None]


def put_in_place(
    frame: pd.DataFrame, column: str, fresh: Mapping[str, Sequence[str | None] | pd.Series]
) -> pd.DataFrame:
    """Return the frame with other columns in the place of one; a name that is taken gets a number."""
    columns: dict[str, pd.Series] = {}
    kept = [str(name) for name in frame.columns if name != column]
    for name in map(str, frame.columns):
        if name != column:
            columns[name] = frame[name]
            continue
        for new, cells in fresh.items():
            columns[free_name(new, [*kept, *columns])] = pd.Series(cells, index=frame.index, dtype="str")
    return pd.DataFrame(columns, index=frame.index)


def free_name(name: str, taken: Sequence[str]) -> str:
    """Return the name, or with the first number that makes it another: "answer (2)"."""
    return name if name not in taken else next(new for n in count(2) if (new := f"{name} ({n})") not in taken)


def named(columns: Sequence[str], *names: str) -> str | None:
    """Return the first column whose name, capitals apart, is one of these; earlier names count more."""
    folded = {str(column).strip().casefold(): str(column) for column in reversed(list(columns))}
    return next((folded[name] for name in names if name in folded), None)
