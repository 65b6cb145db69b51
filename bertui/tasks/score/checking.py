"""How the numbers of a score are read, and what is wrong or odd with them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from bertui.data.cells.number_cells import Decimal
from bertui.data.cells.numbers import Numbers, decimal_of_file, read_numbers
from bertui.data.checking.findings import KEEP, Finding, drop
from bertui.data.phrases import count, listed
from bertui.data.table import Table

_FAR = 5.0  # times the middle half's width beyond which a score is suspect
_SHOWN = 3


def scores_of(table: Table, usual: Decimal | None = None) -> Numbers:
    """Return the scores of a table; ``usual`` is the decimal mark that a model has learned with."""
    (column,) = table.roles.of("score")
    chosen = table.roles.decimal
    file = None if chosen or usual else decimal_of_file(table.frame, column)
    return read_numbers(table.cells("score"), chosen=chosen, usual=usual, file=file)


def check_scores(table: Table) -> list[Finding]:
    """Report how numbers are read, cells that hold none, numbers far from all others, and always the same one."""
    numbers, cells = scores_of(table), table.cells("score")
    findings = [*_no_numbers(table, numbers, cells), *how_read(numbers, cells)]
    filled = numbers.values.dropna()
    if len(filled) and filled.nunique() == 1:
        title = f"Every score is {filled.iloc[0]:g}."
        findings.append(Finding("one score", "error", title, "There is nothing to learn: choose another column."))
    return [*findings, *_far_ones(filled, cells)]


def how_read(numbers: Numbers, cells: pd.Series) -> Iterator[Finding]:
    """Say how cells are read that a person might mean otherwise."""
    if numbers.open:
        mark = "comma" if "," in numbers.open[0] else "point"
        use = "decimals" if (mark == "comma") == (numbers.decimal == ",") else "thousands"
        other = "point" if numbers.decimal == "," else "comma"
        yield Finding(
            "number reading", "note",
            f"The {mark} is taken to divide {use}: {_examples(numbers, cells, numbers.open)}.",
            "Nothing in the column rules out the other reading. If that is meant, choose the "
            f"{other} as the decimal mark (on the Data page, or with --decimal {other}).",
            _rows(cells, numbers.open), (KEEP,),
        )  # fmt: skip
    if numbers.clashing:
        yield Finding(
            "two decimal marks", "warning",
            f"Some scores have a decimal point, others a decimal comma: {listed(numbers.clashing)}.",
            "Each is read as it stands. If rows come from two sources, look whether thousands are meant somewhere.",
            _rows(cells, numbers.clashing), (KEEP,),
        )  # fmt: skip
    if len(numbers.units) > 1:
        units = [unit or "none" for unit in numbers.units]
        yield Finding(
            "several units", "warning", f"The scores have different units: {listed(units)}.",
            "Units are left out and the numbers learned as they stand: 80 % is 80, not 0.8. Give all the same unit.",
            fixes=(KEEP,),
        )  # fmt: skip
    if numbers.fractions:
        yield Finding(
            "fractions", "note", f"Fractions are read as numbers: {_examples(numbers, cells, numbers.fractions)}.",
            "If they mean something else, such as a date or a rating, write them otherwise.",
            _rows(cells, numbers.fractions), (KEEP,),
        )  # fmt: skip


def _examples(numbers: Numbers, cells: pd.Series, some: tuple[str, ...]) -> str:
    stripped = cells.str.strip()
    read = [f"'{cell[:40]}' is read as {numbers.values[stripped == cell].iloc[0]:.10g}" for cell in some[:_SHOWN]]
    return ", ".join(read)


def _rows(cells: pd.Series, some: tuple[str, ...]) -> np.ndarray:
    return cells.index[cells.str.strip().isin(some)].to_numpy(dtype=np.int64)


def _no_numbers(table: Table, numbers: Numbers, cells: pd.Series) -> list[Finding]:
    rows = table.frame.index[numbers.values.isna() & (cells.str.strip() != "")].to_numpy(dtype=np.int64)
    if not len(rows):
        return []
    examples = listed(cells[cells.index.isin(rows)].unique(), _SHOWN)
    title = f"{count(len(rows), 'score is', 'scores are')} no number: {examples}."
    fixes = (drop(rows, "Drop these rows", "score is no number"),)
    return [Finding("no number", "error", title, "A score must be a number such as 4.5 or 80.", rows, fixes)]


def _far_ones(filled: pd.Series, cells: pd.Series) -> list[Finding]:
    low, high = (filled.quantile(0.25), filled.quantile(0.75)) if len(filled) else (0.0, 0.0)
    reach = _FAR * (high - low)
    far = filled.index[(filled < low - reach) | (filled > high + reach)].to_numpy(dtype=np.int64)
    if not len(far) or reach <= 0:
        return []
    examples = listed(cells[cells.index.isin(far)].unique(), _SHOWN)
    title = f"{count(len(far), 'score is', 'scores are')} far from all others: {examples}."
    detail = f"Half of the scores lie from {low:g} to {high:g}. Such a row weighs like hundreds of others: a slip?"
    fixes = (drop(far, "Drop these rows", "score far from all others"), KEEP)
    return [Finding("score out of range", "warning", title, detail, far, fixes)]
