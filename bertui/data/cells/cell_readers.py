"""How the cells of a role are read where they hold lists: once for a column, the same in every file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bertui.data.cells.printed import parsed
from bertui.data.cells.structured import kind_of

if TYPE_CHECKING:
    import pandas as pd

MISSING_WORD = "_"  # stands for a token that is empty, so that the tags of the others keep their places


def as_text(cells: pd.Series) -> pd.Series:
    """Return texts; a list of texts is put end to end with blanks, as tokenised texts are stored."""
    return _each(cells, lambda items: " ".join(str(item) for item in items if item is not None), ("texts",))


def as_words(cells: pd.Series) -> pd.Series:
    """Return sentences as words with single blanks between; of a list each item is one word (``one_word``)."""
    return _each(cells, lambda items: " ".join(map(one_word, items)), ("texts",))


def as_tags(cells: pd.Series) -> pd.Series:
    """Return tags with single blanks between; a list in which one is missing is missing as a whole."""
    kinds = ("texts", "whole numbers", "vectors")
    return _each(cells, lambda items: None if None in items else " ".join(map(one_word, items)), kinds)


def one_word(item: Any) -> str:
    """Return an item as one word: white space within becomes "_", and so does an item that is empty."""
    return MISSING_WORD.join(("" if item is None else str(item)).split()) or MISSING_WORD


def not_one_word(cells: pd.Series) -> pd.Series:
    """Say of each cell whether it is a list with an item that is empty or holds white space."""
    import pandas as pd

    if kind_of(cells) != "texts":
        return pd.Series(False, index=cells.index)
    return cells.map(lambda cell: any(one_word(item) != item for item in _list(cell))).astype(bool)


def not_a_list(cells: pd.Series) -> pd.Series:
    """Say of each filled cell of a column of lists whether it is none."""
    import pandas as pd

    if kind_of(cells) is None:
        return pd.Series(False, index=cells.index)
    return cells.map(lambda cell: isinstance(cell, str) and bool(cell.strip()) and parsed(cell) is None).astype(bool)


def _each(cells: pd.Series, read: Any, kinds: tuple[str, ...]) -> pd.Series:
    import pandas as pd

    if kind_of(cells) not in kinds:
        return cells
    read_cells = [read(items) if isinstance(items := parsed_or(cell), list) else items for cell in cells]
    return pd.Series(read_cells, index=cells.index, name=cells.name, dtype="str")


def parsed_or(cell: Any) -> Any:
    """Return the list or record that a cell holds, or the cell as it stands."""
    value = parsed(cell) if isinstance(cell, str) else None
    return cell if value is None else value


def _list(cell: Any) -> list[Any]:
    value = parsed_or(cell)
    return value if isinstance(value, list) else []
