"""Numbers and names as they stand in sentences."""

from __future__ import annotations

from collections.abc import Iterable


def count(number: int, one: str, many: str) -> str:
    """Say a number with its noun: "1 row", "2,000 rows"."""
    return f"{number:,} {one if number == 1 else many}"


def duration(seconds: float | None) -> str:
    """Say a time span: "8 s", "3 min 20 s", "1 h 5 min"; a dash where it is unknown."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def percent(share: float) -> str:
    """Say a share, such as a probability: "92.4 %". Only nothing is "0.0 %", and only all of it "100.0 %"."""
    rounded = f"{100 * share:.1f}"
    if rounded == "0.0" and share > 0:
        return "under 0.1 %"
    return "over 99.9 %" if rounded == "100.0" and share < 1 else f"{rounded} %"


def listed(names: Iterable[str], most: int = 5) -> str:
    """Quote the first few names: "'a', 'b' and 3 more"."""
    names = [f"'{name if len(name) <= 40 else name[:37] + '...'}'" for name in names]
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
