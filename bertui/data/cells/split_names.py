"""The words with which people name the parts of a table -> train, validation, test."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_SPELLINGS = {
    "train": ("train", "training", "tr"),
    "validation": ("validation", "valid", "val", "dev", "development", "eval"),
    "test": ("test", "testing", "tst", "holdout", "held-out"),
}
_NAMES = {spelling: name for name, spellings in _SPELLINGS.items() for spelling in spellings}


def part_named(word: str) -> str | None:
    """Return train, validation or test; None for another word."""
    return _NAMES.get(word.strip().lower())


def canonical_split(values: pd.Series) -> pd.Series:
    """Map a split column's words to train, validation, test; unknown words become NA."""
    return values.str.strip().str.lower().map(_NAMES)
