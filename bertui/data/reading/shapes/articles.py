"""A row for each article or paragraph of SQuAD, its questions within a cell, as a Parquet file may hold them."""

from __future__ import annotations

import pandas as pd

from bertui.data.cells.printed import parsed
from bertui.data.reading.formats.limits import MAX_COLUMNS, MAX_ROWS, Limits
from bertui.data.reading.formats.squad import frame_of, questions_in
from bertui.data.reading.shapes.shape import Kinds, Shaped, named


def read(frame: pd.DataFrame, kinds: Kinds) -> Shaped | None:
    """Return one row for each question."""
    column = named(list(kinds), "paragraphs", "qas")
    if column is None or kinds[column] != "records":
        return None
    inner = column.strip().casefold()
    plain = {str(name): str(name).strip().casefold() for name in frame.columns}
    whole = [
        {
            plain[str(name)]: parsed(cell) if name == column else cell
            for name, cell in row.items()
            if isinstance(cell, str)
        }
        for row in frame.to_dict("records")
    ]
    articles = [row if inner == "paragraphs" else {"title": row.get("title"), "paragraphs": [row]} for row in whole]
    questions, notes = frame_of(questions_in(articles), Limits(MAX_ROWS, MAX_COLUMNS))
    return Shaped(questions, tuple(notes))
