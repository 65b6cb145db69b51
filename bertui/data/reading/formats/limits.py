"""How large a file and a table may be, and what a person is told beyond that.

A few kilobytes can hold gigabytes: one text in a million cells, zeros that compress a thousandfold, a list of a hundred
million brackets. What is counted is therefore what a file becomes, not what it is, and before or while it is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bertui.errors import DataError

MAX_ROWS = 1_000_000
MAX_COLUMNS = 1_000
MAX_FILE = 1 << 30  # bytes of a file as it is
MAX_UNPACKED = 1 << 28  # bytes that a compressed text unpacks to; in another encoding it takes up to four times that
MAX_TEXT = 3 << 27  # bytes of all cells together, where cells are packed; a table takes three times that
MAX_CELL = 1 << 24  # characters; War and Peace has 3 million
MAX_LINE = 1 << 25  # bytes of a line of a text file
_SMALLER = "Keep only the columns you need, or take a sample of the rows."


@dataclass(frozen=True, slots=True)
class Limits:
    """The most rows (without the header), columns, and bytes of text in all cells that are read."""

    rows: int
    columns: int
    text: int = MAX_TEXT

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

    def check_text(self, size: int) -> None:
        """Raise DataError for more text in all cells together, in bytes, than may come."""
        if size > self.text:
            raise too_large(f"The cells of the table hold more than {mib(self.text)} of text.", self.text)


def check_lines(clean: bytes, most: int = MAX_LINE) -> None:
    """Raise DataError for a line of a text file that is longer than twice ``most`` bytes; shorter ones may pass."""
    for start in range(0, len(clean) - most + 1, most):
        if clean.find(b"\n", start, start + most) < 0 and clean.find(b"\r", start, start + most) < 0:
            raise DataError(
                f"A line of the file is longer than {mib(most)}.",
                expected="Each row is expected to stand in a line of its own.",
                remedy="Save the table again as CSV (UTF-8), with a line break after each row.",
            )


def too_large(found: str, most: int) -> DataError:
    """Return the error for a file that becomes more than ``most`` bytes."""
    return DataError(found, expected=f"At most {mib(most)} can be read.", remedy=_SMALLER)


def mib(size: int) -> str:
    """Return a number of bytes in words."""
    return f"{size / 2**30:.0f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"


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
