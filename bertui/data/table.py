"""The Table: a checked upload with a role for each column that matters."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.data.cells.blank import are_blank
from bertui.data.file_layout import UNKNOWN, Layout
from bertui.data.roles import ROLES, Roles
from bertui.data.row_numbers import BELOW_HEADER, RowNumbers
from bertui.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

SPLIT_NAMES = ("train", "validation", "test")


@dataclass(frozen=True)
class Table:
    """A frame of strings with roles. Row ids are the positions in the first version and never change.

    Attributes:
        frame: Every column of dtype ``str``; a missing cell is NA. The index holds the row ids.
        roles: Which column plays which part.
        name: What the person calls it; for showing only, never a path.
        layout: How the rows lay in its file, so that files of the same shape are read alike.
        numbers: What a person calls the rows: the numbers that a spreadsheet gives to those of the file.
    """

    frame: pd.DataFrame
    roles: Roles
    name: str = "table"
    notes: tuple[str, ...] = field(default=())
    layout: Layout = UNKNOWN
    numbers: RowNumbers = BELOW_HEADER

    def __post_init__(self) -> None:
        for role, column in self.roles.named().items():
            if column not in self.frame.columns:
                raise DataError(
                    f"Column '{column}' (for the {role}) is not in the table.",
                    expected=f"Columns: {', '.join(map(str, self.frame.columns))}.",
                    remedy="Choose one of these.",
                )

    def cells(self, role: str) -> pd.Series:
        """Return the cells of a role, several columns joined; a missing cell is the empty string."""
        return self._joined([role])

    @cached_property
    def texts(self) -> pd.Series:
        """All that is read of each row in one string; what is missing is the empty string."""
        return self._joined(self.roles.playing("input"))

    @cached_property
    def _columns(self) -> dict[tuple[str, str], pd.Series]:
        """The columns of each role as it reads them; a missing cell is the empty string."""
        columns = {}
        for role, names in self.roles.columns.items():
            read = ROLES[role].read
            for name in names:
                cells = self.frame[name]
                columns[role, name] = (cells if read is None else read(cells)).fillna("")
        return columns

    def _joined(self, roles: Sequence[str]) -> pd.Series:
        import pandas as pd

        columns = [self._columns[role, name] for role in roles for name in self.roles.of(role)]
        if len(columns) == 1:
            return columns[0].astype("str")
        joined = [self.roles.separator.join(filter(None, cells)) for cells in zip(*columns, strict=True)]
        return pd.Series(joined or "", index=self.frame.index, dtype="str")

    def inputs(self, rows: Iterable[int]) -> list[tuple[str, ...]]:
        """Return what the model reads of each row, in the order of the roles: one string for each text of its own."""
        rows = list(rows)
        columns: list[pd.Series] = []
        for role in self.roles.playing("input"):
            apart = ROLES[role].several == "apart"
            columns += [self._columns[role, name] for name in self.roles.of(role)] if apart else [self.cells(role)]
        return list(zip(*(column.loc[rows].tolist() for column in columns), strict=True))

    def names(self, role: str) -> pd.Series:
        """The name that each row has in a role (label, group, split, id): white space around it off; NA if blank."""
        import pandas as pd

        column = self.roles.one(role)
        if column is None:
            return pd.Series(pd.NA, index=self.frame.index, dtype="str")
        stripped = self.frame[column].str.strip()
        return stripped.mask(stripped == "")

    @cached_property
    def labels(self) -> pd.Series:
        """The label of each row; NA where it is missing."""
        return self.names("label")

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The label names in the order of their class numbers: numbers by value, words by alphabet."""
        return sort_labels(self.labels.dropna().unique())

    @cached_property
    def answers(self) -> pd.Series:
        """The true answer of each row in one string; NA where a cell that must not be empty is."""
        import pandas as pd

        roles = self.roles.playing("answer")
        if not roles:
            return pd.Series(pd.NA, index=self.frame.index, dtype="str")
        joined = self._joined(roles)
        missing = pd.Series(False, index=self.frame.index)
        for role in roles:
            if not ROLES[role].blank:
                missing |= self.cells(role).str.strip() == ""
        return joined.mask(missing)

    def numbered(self, rows: Sequence[int] | np.ndarray | pd.Index, columns: Iterable[str]) -> pd.DataFrame:
        """Return cells to be shown to a person, each row under its number in the file."""
        import pandas as pd

        numbers = pd.Index(self.numbers.all(np.asarray(rows)), name="row")
        return self.frame.loc[list(rows), list(columns)].set_axis(numbers)

    @cached_property
    def usable(self) -> pd.Series:
        """True for the rows that can be trained on: nothing that is read is blank, and the answer is there."""
        usable = self.answers.notna()
        for role in self.roles.playing("input"):
            columns = [self.cells(role)]
            if ROLES[role].several == "apart":
                columns = [self._columns[role, name] for name in self.roles.of(role)]
            for cells in columns:
                usable &= ~are_blank(cells)
        return usable

    def targets(self, rows: np.ndarray | Sequence[int]) -> np.ndarray:
        """Return the class number of each row, ``int64 [rows]``."""
        numbers = {name: number for number, name in enumerate(self.classes)}
        return self.labels.loc[list(rows)].map(numbers).to_numpy(dtype=np.int64)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over roles, row ids and cells of the columns in use: equal content, equal fingerprint."""
        import pandas as pd

        columns = list(dict.fromkeys(self.roles.named().values()))
        digest = hashlib.sha256(repr((self.roles, columns)).encode())
        hashes = pd.util.hash_pandas_object(self.frame[columns].astype(object), index=True)
        digest.update(np.ascontiguousarray(hashes.to_numpy()).tobytes())
        return digest.hexdigest()

    def with_roles(self, roles: Roles) -> Table:
        return replace(self, roles=roles)


def sort_labels(labels: Iterable[Any]) -> tuple[str, ...]:
    """Sort label names: by number when every one is a number, else by alphabet, case ignored first."""
    names = [str(label) for label in labels]
    try:
        values = {name: float(name) for name in names}
    except ValueError:
        values = {}
    # "nan" is a float too, but has no place in an order.
    if values and all(map(isfinite, values.values())):
        return tuple(sorted(names, key=lambda name: (values[name], name)))
    return tuple(sorted(names, key=lambda name: (name.casefold(), name)))
