"""Cells that hold numbers, as people write them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

_PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_COMMA = re.compile(r"[-+]?\d+,\d+")
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")


def numbers_of(cells: pd.Series) -> pd.Series:
    """Return the cells as numbers, NaN where a cell is none; "80 %" is 80, "4,5" is 4.5 and "1,200.5" is 1200.5.

    Whether a comma divides thousands or decimals is decided once for the column: decimals unless every comma has
    three digits behind it and some cell has a point too, or several commas.
    """
    plain = cells.fillna("").str.strip().str.removesuffix("%").str.strip()
    grouped = plain.str.fullmatch(_GROUPED) & plain.str.contains(",")
    thousands = bool((grouped & (plain.str.count(",").gt(1) | plain.str.contains(".", regex=False))).any())
    decimal = plain.str.fullmatch(_COMMA)
    turned = plain.str.replace(",", "") if thousands else plain.mask(decimal, plain.str.replace(",", "."))
    good = turned.str.fullmatch(_PLAIN)
    values = turned.where(good, "nan").astype(np.float64)
    return values.where(np.isfinite(values))
