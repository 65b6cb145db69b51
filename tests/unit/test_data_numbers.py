"""Numbers as people write them: one decimal mark for a column, found from all of its cells."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from bertui.data.cells.number_cells import read_number
from bertui.data.cells.numbers import decimal_of_file, read_numbers
from bertui.data.reading.reading import read_table


def read(*cells: str, **how: Any) -> Any:
    return read_numbers(pd.Series(cells, dtype="str"), **how)


@pytest.mark.parametrize(
    ("cells", "values", "decimal", "undecided"),
    [
        (["1,500", "801", "1,658"], [1500, 801, 1658], ".", True),  # as large as the numbers without a mark
        (["1.003", "300"], [1003, 300], ",", True),
        (["1,125", "2", "3,500"], [1.125, 2, 3.5], ",", True),
        (["1.125", "2", "3.500"], [1.125, 2, 3.5], ".", True),
        (["1.003,50", "300"], [1003.5, 300], ",", False),
        (["2.483,50", "300,50"], [2483.5, 300.5], ",", False),
        (["1,003.50", "2,000"], [1003.5, 2000], ".", False),
        (["0,500", "1,250"], [0.5, 1.25], ",", False),  # no thousands begin with 0
        (["1.250", "2.5"], [1.25, 2.5], ".", False),
        (["12.345.678", "1.250"], [12345678, 1250], ",", False),  # two points divide thousands
        (["1,00,000", "3,500"], [100000, 3500], ".", False),  # lakhs
        (["1 500", "2\u202f500,5", "1’250,25", "3,125"], [1500, 2500.5, 1250.25, 3.125], ",", False),
        (["1,234", "2,345"], [1234, 2345], ".", True),
    ],
)  # fmt: skip
def test_the_column_decides_what_divides_decimals(
    cells: list[str], values: list[float], decimal: str, undecided: bool
) -> None:
    numbers = read(*cells)
    assert (numbers.values.tolist(), numbers.decimal, bool(numbers.open)) == (values, decimal, undecided)


def test_what_a_person_chose_is_before_what_is_usual_before_the_file() -> None:
    assert read("1,234", file=",").values.tolist() == [1.234]
    assert read("1,234", file=",", usual=".").values.tolist() == [1234]
    assert read("1,234", "801", usual=",").values.tolist() == [1.234, 801]
    assert read("1,234", "4.5", usual=",").values.tolist() == [1234, 4.5]  # the column itself is plain
    chosen = read("1,234", "4.5", chosen=",")
    assert chosen.values.tolist() == [1.234, 4.5] and chosen.open == ()


def test_columns_with_both_marks_are_read_cell_by_cell_and_named() -> None:
    numbers = read("4.5", "4,5", "2,25", "1,500")
    assert numbers.values.tolist() == [4.5, 4.5, 2.25, 1.5]
    assert (numbers.decimal, numbers.clashing, numbers.open) == (",", ("4.5", "4,5"), ("1,500",))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("−3", -3), ("–4,5", -4.5), ("1e-3", 0.001), ("1.5E3", 1500), ("٣٫٥", 3.5), ("٣٬٥٠٠", 3500), ("４．５", 4.5),
        ("४२", 42), ("½", 0.5), ("3½", 3.5), ("1 1/2", 1.5), ("4/5", 0.8), ("$1,500.00", 1500), ("-€ 3,5", -3.5),
        ("12 EUR", 12), ("R$ 7", 7), ("(1,500.5)", -1500.5), ("7.5 %", 7.5), ("1'000.5", 1000.5), ("5.", 5), ("3,", 3),
    ],
)  # fmt: skip
def test_cells_as_people_write_them(cell: str, value: float) -> None:
    assert read(cell).values.tolist() == pytest.approx([value])


@pytest.mark.parametrize(
    "cell", ["1.2.3", "12.05.2020", "1/2/2020", "4,5,6", "1,50,000,00", "1 50", "--1", "-(3)", "1/0", "$", "5 apples",
             "1e999", "nan", "12:30", "1,5.000,2"],
)  # fmt: skip
def test_what_is_no_number(cell: str) -> None:
    assert np.isnan(read(cell).values).all() and np.isnan(read_number(cell)[:2]).all()


def test_units_and_fractions_are_kept_to_be_named() -> None:
    assert read("80 %", "0.8").units == ("", "%") and read("80 %", "7 %").units == ("%",)
    assert read("$5", "€5", "5").units == ("", "$", "€")
    assert read("4/5", "3").fractions == ("4/5",)


@pytest.mark.parametrize(
    ("text", "decimal"),
    [
        ("text;score\nwarm;1.234\ncold;2.345\n", ","),
        ("text,score\nwarm,1.234\ncold,2.345\n", None),
        ("text;score;weight\nwarm;1.234;0.5\ncold;2.345;0.75\n", "."),  # another column counts more
    ],
)
def test_the_rest_of_the_file_speaks_for_a_mark(text: str, decimal: str | None) -> None:
    frame, _ = read_table(text.encode(), "t.csv")
    assert decimal_of_file(frame, "score") == decimal
