"""What the cells of each column of a table say of it: how many are filled, how varied they are, what they look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bertui.data.cells.cell_shapes import shape_shares
from bertui.data.cells.split_names import canonical_split
from bertui.data.column_names import name_words

_SAMPLE = 20_000  # rows in which values are counted
_LOOKED_AT = 1_500  # cells of a column whose shape is examined
_CELL = 1_000  # characters of a cell that are looked at
_SPLIT_WORDS = frozenset({"split", "set", "fold", "subset", "partition"})
_SIDE_SHAPES = ("date", "time", "duration", "address", "version", "coordinate", "link", "email", "path", "amount")
_TAG = r"</?[A-Za-z][^<>]{0,300}>"
_NUMBER = r"\s*[-+]?[\d.,]*\d[\d.,]*(?:[eE][-+]?\d+)?\s*%?\s*"


@dataclass(frozen=True, slots=True)
class Column:
    """What a sample of cells says about a column; shares are of the cells that are filled, unless said otherwise.

    Attributes:
        filled: Share of all rows.
        cells: Filled ones in the sample.
        distinct: Different values among them.
        items: Different values of the table's most varied column, so that rows that stand twice do not count.
        most: Share of the commonest value.
        length: Mean characters.
        markup: Share of the characters that are HTML tags.
        shapes: Share of each shape, see ``cell_shapes``.
        fractions: Share of numbers that are not whole.
        questions: Share that ends in a question mark.
        split: The cells say train, validation and test.
    """

    name: str
    words: frozenset[str]
    place: int
    last: bool
    filled: float
    cells: int
    distinct: int
    items: int
    most: float
    length: float
    markup: float
    shapes: Mapping[str, float]
    fractions: float
    questions: float
    split: bool

    @property
    def first(self) -> bool:
        return self.place == 0

    @property
    def variety(self) -> float:
        return self.distinct / self.items if self.items else 0.0

    @property
    def natural(self) -> float:
        """Share of cells that read like language."""
        return self.shapes.get("words", 0.0)

    @property
    def number(self) -> float:
        return self.shapes.get("number", 0.0)

    @property
    def code(self) -> float:
        """Share of cells that are numbers or of letters and digits, as identifiers are."""
        return self.number + self.shapes.get("code", 0.0)

    @property
    def side(self) -> float:
        """Share of dates, links, addresses and other things that are no answers to a text."""
        return sum(self.shapes.get(shape, 0.0) for shape in _SIDE_SHAPES)

    @property
    def unnamed(self) -> bool:
        """Whether the column is called by its place."""
        return self.name == f"column {self.place + 1}"


def called(columns: Sequence[Column], *names: str) -> str | None:
    """Return the first column whose name is one of these, or has one as a word; earlier names count more."""
    for name in names:
        for column in columns:
            if column.name.strip().casefold() == name or name in column.words:
                return column.name
    return None


def is_number(texts: pd.Series) -> pd.Series:
    """True for the texts that are one number and nothing else."""
    return texts.str.fullmatch(_NUMBER).fillna(False).astype(bool)


def look_at(frame: pd.DataFrame) -> list[Column]:
    """Return what a sample of rows, from end to end, says of each column."""
    sample = frame.iloc[_spread(len(frame), _SAMPLE)]
    cells = {str(name): _filled(sample[name]) for name in frame}
    counts = {name: values.value_counts() for name, values in cells.items()}
    items = max(map(len, counts.values()), default=0)
    return [
        _look_at_column(name, place, frame[name], cells[name], counts[name], items, place == len(cells) - 1)
        for place, name in enumerate(cells)
    ]


def _look_at_column(
    name: str, place: int, column: pd.Series, cells: pd.Series, counts: pd.Series, items: int, last: bool
) -> Column:
    words, named = name_words(name), canonical_split(counts.index.to_series().astype("str"))
    splits = len(counts) > 0 and bool(named.notna().all()) and (bool(words & _SPLIT_WORDS) or named.nunique() > 1)
    few = cells.iloc[_spread(len(cells), _LOOKED_AT)]
    numbers = pd.to_numeric(few.str.replace(",", "."), errors="coerce").dropna() if len(few) else few
    share = len(cells) / max(1, min(len(column), _SAMPLE))
    return Column(
        name=name, words=words, place=place, last=last, filled=share, cells=len(cells), distinct=len(counts),
        items=items, most=float(counts.iloc[0] / len(cells)) if len(cells) else 0.0,
        length=float(few.str.len().mean()) if len(few) else 0.0, markup=_markup(few),
        shapes=shape_shares(few.tolist()) if len(few) else {},
        fractions=float((numbers % 1 != 0).mean()) if len(numbers) else 0.0,
        questions=float(few.str.endswith(("?", "？")).mean()) if len(few) else 0.0, split=splits,
    )  # fmt: skip


def _filled(cells: pd.Series) -> pd.Series:
    stripped = cells.dropna().str.slice(0, _CELL).str.strip()
    return stripped[stripped != ""]


def _markup(cells: pd.Series) -> float:
    letters = cells.str.len().sum()
    return float(1 - cells.str.replace(_TAG, "", regex=True).str.len().sum() / letters) if letters else 0.0


def _spread(count: int, most: int) -> np.ndarray:
    """Return at most so many places from end to end."""
    return np.unique(np.linspace(0, max(0, count - 1), min(count, most)).astype(int))
