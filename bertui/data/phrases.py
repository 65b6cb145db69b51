"""Numbers and names as they stand in sentences."""

from __future__ import annotations

from collections.abc import Iterable


def count(number: int, one: str, many: str) -> str:
    """Say a number with its noun: "1 row", "2,000 rows"."""
    return f"{number:,} {one if number == 1 else many}"


def listed(names: Iterable[str], most: int = 5) -> str:
    """Quote the first few names: "'a', 'b' and 3 more"."""
    names = [f"'{name if len(name) <= 40 else name[:37] + '...'}'" for name in names]
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
