"""Edits: every change a person makes to a table, as a list that can be read, undone and saved."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field, TypeAdapter, ValidationError

from bertui.choice import Section
from bertui.data.cells.spelling import respelled
from bertui.data.roles import Roles
from bertui.data.row_numbers import BELOW_HEADER, RowNumbers
from bertui.data.table import Table
from bertui.errors import DataError


class EditBase(Section):
    """One change; applying it gives a new frame, the old one stays as it was."""

    @abstractmethod
    def apply(self, frame: pd.DataFrame, roles: Roles) -> pd.DataFrame:
        """Return the changed frame; the rows that stay keep their row ids.

        Raises:
            DataError: When a row or column that the edit names is not there.
        """

    @abstractmethod
    def describe(self, numbers: RowNumbers = BELOW_HEADER) -> str:
        """Return one plain sentence for the list of edits; rows have their numbers in the file."""


class DropRows(EditBase):
    """Take rows out of the table."""

    kind: Literal["drop rows"] = "drop rows"
    rows: tuple[int, ...]
    reason: str = ""

    def apply(self, frame: pd.DataFrame, roles: Roles) -> pd.DataFrame:
        _check_rows(frame, self.rows)
        return frame[~frame.index.isin(self.rows)]

    def describe(self, numbers: RowNumbers = BELOW_HEADER) -> str:
        dropped = f"Row {numbers.of(self.rows[0])}" if len(self.rows) == 1 else f"{len(self.rows):,} rows"
        return f"{dropped} dropped" + (f": {self.reason}" if self.reason else "")


class SetCell(EditBase):
    """Write one cell; ``value`` None empties it. ``was`` is what stood there, for the sentence only."""

    kind: Literal["set cell"] = "set cell"
    row: int
    column: str
    value: str | None
    was: str | None = None

    def apply(self, frame: pd.DataFrame, roles: Roles) -> pd.DataFrame:
        _check_rows(frame, (self.row,))
        _check_column(frame, self.column)
        changed = frame.copy(deep=False)
        changed.loc[self.row, self.column] = self.value
        return changed

    def describe(self, numbers: RowNumbers = BELOW_HEADER) -> str:
        where, now, was = f"Row {numbers.of(self.row)}, {self.column}:", _shown(self.value), _shown(self.was)
        if self.value is None:
            return f"{where} emptied" if self.was is None else f"{where} {was} taken out"
        return f"{where} {now} filled in" if self.was is None else f"{where} {was} became {now}"


class RenameLabel(EditBase):
    """Give every row labelled with one of ``old`` the label ``new``; several old labels are merged.

    ``column`` None means the label column of the moment; with its name the edit means the same when
    another column becomes the label.
    """

    kind: Literal["rename label"] = "rename label"
    old: tuple[str, ...] = Field(min_length=1)
    new: str = Field(min_length=1)
    column: str | None = None

    def apply(self, frame: pd.DataFrame, roles: Roles) -> pd.DataFrame:
        column = self.column or roles.label
        if column is None:
            raise DataError(
                f"The label {_shown(self.old[0])} cannot be renamed: no label column is chosen.",
                remedy="Choose the label column first.",
            )
        _check_column(frame, column)
        # A label that is not there is no error: taking back an earlier edit may have undone its name.
        cells = frame[column]
        return frame.assign(**{column: cells.mask(cells.str.strip().isin(self.old), self.new)})

    def describe(self, numbers: RowNumbers = BELOW_HEADER) -> str:
        names = ", ".join(map(_shown, self.old[:5])) + (", ..." if len(self.old) > 5 else "")
        labels = "Label" if len(self.old) == 1 else f"{len(self.old)} labels"
        return f"{labels} {names} became {_shown(self.new)}"


class Respell(EditBase):
    """Write words of a column in another way: ``words`` says for each old spelling the new one.

    ``mark`` divides the words of a cell (several labels, tags); None where a cell is one word.
    """

    kind: Literal["respell"] = "respell"
    column: str
    words: dict[str, str] = Field(min_length=1)
    mark: str | None = None

    def apply(self, frame: pd.DataFrame, roles: Roles) -> pd.DataFrame:
        _check_column(frame, self.column)
        cells = frame[self.column]
        new = {cell: respelled(cell, self.words, self.mark) for cell in cells.dropna().unique()}
        return frame.assign(**{self.column: cells.map(new, na_action="ignore").astype("str")})

    def describe(self, numbers: RowNumbers = BELOW_HEADER) -> str:
        by_new: dict[str, list[str]] = {}
        for old, new in self.words.items():
            by_new.setdefault(new, []).append(old)
        changes = [f"{', '.join(map(_shown, old[:5]))} as {_shown(new)}" for new, old in list(by_new.items())[:3]]
        more = f" and {len(by_new) - 3} more" if len(by_new) > 3 else ""
        return f"{self.column}: {'; '.join(changes)}{more}"


Edit = Annotated[DropRows | SetCell | RenameLabel | Respell, Field(discriminator="kind")]

_EDITS: TypeAdapter[list[Edit]] = TypeAdapter(list[Edit])


def apply_edits(table: Table, edits: Iterable[Edit]) -> Table:
    """Return a new table with the edits done one after the other.

    Raises:
        DataError: When an edit names a row or column that is not there.
    """
    frame = table.frame
    for edit in edits:
        frame = edit.apply(frame, table.roles)
    return replace(table, frame=frame)


def edits_to_json(edits: Iterable[Edit]) -> list[dict[str, Any]]:
    """Return the edits as plain lists and dicts."""
    return [edit.model_dump(mode="json") for edit in edits]


def edits_from_json(saved: Sequence[Mapping[str, Any]]) -> list[Edit]:
    """Read what ``edits_to_json`` wrote.

    Raises:
        DataError: When an entry is no edit.
    """
    try:
        return _EDITS.validate_python(saved)
    except ValidationError as error:
        first = error.errors()[0]
        raise DataError(
            f"The saved list of edits cannot be read: entry {first['loc']}: {first['msg']}.",
            expected="Each edit has a kind (drop rows, set cell, rename label, respell) and its own fields.",
            remedy="Go back to the table as it was uploaded and do the edits again.",
        ) from error


def edits_from_editor(
    before: pd.DataFrame, changes: Mapping[int, Mapping[str, Any]], row_ids: Sequence[int] | np.ndarray
) -> list[SetCell]:
    """Turn what Streamlit's data editor reports into edits; cells that did not change are left out.

    Args:
        before: The frame as it was shown.
        changes: The editor's ``edited_rows``: position -> {column: new value}.
        row_ids: The row id of each position.
    """
    edits = []
    for key, cells in changes.items():
        place = int(key)
        if not 0 <= place < len(before):
            raise _no_row(place, "The view")
        for column, value in cells.items():
            _check_column(before, column)
            was, now = _as_text(before[column].iloc[place]), _as_text(value)
            if was != now:
                edits.append(SetCell(row=int(row_ids[place]), column=column, value=now, was=was))
    return edits


def _as_text(cell: Any) -> str | None:
    return None if pd.isna(cell) else str(cell)


def _shown(text: str | None) -> str:
    """Quote a text for a sentence, cut to about one line."""
    words = " ".join((text or "").split())
    return f"'{words if len(words) <= 60 else words[:57] + '...'}'"


def _check_rows(frame: pd.DataFrame, rows: Sequence[int]) -> None:
    ids = np.asarray(rows, dtype=np.int64)
    missing = ids[frame.index.get_indexer(pd.Index(ids)) < 0]
    if len(missing):
        raise _no_row(int(missing[0]), "The table")


def _no_row(row: int, where: str) -> DataError:
    return DataError(
        f"{where} has no row {row}.",
        expected="The row may have been dropped by an earlier edit.",
        remedy="Take this edit back, or choose another row.",
    )


def _check_column(frame: pd.DataFrame, column: str) -> None:
    if column not in frame.columns:
        raise DataError(
            f"Column '{column}' is not in the table.",
            expected=f"Columns: {', '.join(map(str, frame.columns))}.",
            remedy="Choose one of these.",
        )
