"""How large a table may be, and what a person is told beyond that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bertui.errors import DataError

MAX_ROWS = 1_000_000
MAX_COLUMNS = 1_000


@dataclass(frozen=True, slots=True)
class Limits:
    """The most rows (without the header) and columns that are read."""

    rows: int
    columns: int

    def check_rows(self, count: int) -> None:
        """Raise DataError for more rows than may come."""
        if count > self.rows:
            raise DataError(
                f"The table has more than {self.rows:,} rows.",
                expected=f"At most {self.rows:,} rows can be read.",
                remedy="Take a random sample of the rows and upload that.",
            )

    def check_columns(self, count: int) -> None:
        """Raise DataError for more columns than may come."""
        if count > self.columns:
            raise DataError(
                f"The table has {count:,} columns.",
                expected=f"At most {self.columns:,} columns can be read.",
                remedy="Keep only the columns you need, such as text and label.",
            )


def no_rows(header: Sequence[str]) -> DataError:
    """Return the error for a table without rows."""
    names = ", ".join(name.strip()[:30] for name in header[:6])
    found = f"The table has no rows, only a header: {names}." if names else "The table has no rows."
    return DataError(
        found,
        expected="A header and at least one row below it are expected.",
        remedy="Upload a file that holds the rows too; if the first line is data, "
        "add a line with column names above it.",
    )
