"""Which of the choices a cell says is right: by number, by letter, or by its text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pandas as pd

Naming = Literal["number", "letter", "text"]
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LETTER = re.compile(r"\(?([A-Za-z])[.):]?")
_NUMBER = re.compile(r"(\d{1,6})(?:\.0*)?")
_AGREE = 0.9  # of the cells


def naming_of(cells: pd.Series, choices: pd.DataFrame) -> Naming:
    """Return how a column names the right choice; by number where no other way fits nearly all cells."""
    given = [cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()]
    width = len(choices.columns)
    if not given or _share(bool(_NUMBER.fullmatch(cell)) for cell in given) >= _AGREE:
        return "number"
    if _share(_by_letter(cell, width) is not None for cell in given) >= _AGREE:
        return "letter"
    rows = zip(cells, choices.itertuples(index=False, name=None), strict=True)
    within = [_by_text(cell, row) is not None for cell, row in rows if isinstance(cell, str) and cell.strip()]
    return "text" if _share(within) >= _AGREE else "number"


def place_of_right(cell: object, row: Sequence[object], naming: Naming, first: int) -> int | None:
    """Return the place of the right choice, from 0; None where the cell names none.

    Args:
        row: the choices.
        first: the number of the first choice, where they go by number.
    """
    if not isinstance(cell, str) or not cell.strip():
        return None
    if naming == "letter":
        return _by_letter(cell.strip(), len(row))
    if naming == "text":
        return _by_text(cell, row)
    number = _NUMBER.fullmatch(cell.strip())
    place = int(number[1]) - first if number else -1
    return place if 0 <= place < len(row) else None


def first_number(cells: pd.Series) -> Literal[0, 1]:
    """Return the number that a column gives to the first choice: 0 where it occurs, else 1."""
    numbers = [_NUMBER.fullmatch(cell.strip()) for cell in cells if isinstance(cell, str)]
    return 0 if any(number and int(number[1]) == 0 for number in numbers) else 1


def name_of(place: int, naming: Naming, first: int) -> str:
    """Return what the choice at a place is called in the column."""
    return _LETTERS[place] if naming == "letter" else str(first + place)


def expected_words(naming: Naming, first: int, choices: int) -> str:
    """Say what names a right choice."""
    if naming == "text":
        return "The text of one of the row's choices is expected."
    what = "letter" if naming == "letter" else "number"
    return (
        f"The {what} of the right choice is expected, {name_of(0, naming, first)} to "
        f"{name_of(choices - 1, naming, first)}."
    )


def _by_letter(cell: str, width: int) -> int | None:
    match = _LETTER.fullmatch(cell)
    place = _LETTERS.index(match[1].upper()) if match else width
    return place if place < width else None


def _by_text(cell: str, row: Sequence[object]) -> int | None:
    same = [place for place, text in enumerate(row) if isinstance(text, str) and _plain(text) == _plain(cell)]
    return same[0] if same else None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _share(flags: Iterable[bool]) -> float:
    values = list(flags)
    return sum(values) / len(values) if values else 0.0
