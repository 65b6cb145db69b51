"""How the rows lie in a file, as a person says or another file of the same shape shows."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Layout:
    """How the rows lie in a file: how many name the columns (0: they are named by place), and how many above are left
    out, and whether rows of a known shape were left as they are.

    None is to be found from the cells, or means nothing in a format such as Parquet.
    """

    header_rows: int | None = None
    skip_rows: int | None = None
    as_it_stands: bool | None = None

    def to_json(self) -> dict[str, int | None]:
        """Return plain JSON values."""
        return asdict(self)


UNKNOWN = Layout()
