"""Predictions as tables: which rows were right, and how the table leaves the app."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from bertui.evaluation.counting import ClassScores
from bertui.evaluation.intervals import Interval
from bertui.evaluation.scores import Scores

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\0")
_PIECE = 5_000  # rows written at once, so that a large table is not copied whole
# JSON may hold these as they are, but many readers of lines take them for the end of one.
_LINE_ENDS = {ord(one): f"\\u{ord(one):04x}" for one in "\x85\u2028\u2029"}


def chosen_rows(
    frame: pd.DataFrame, *, wrong: bool = False, below: float | None = None, label: str | None = None,
    prediction: str | None = None, lengths: tuple[int, int] | None = None, containing: str = "",
) -> pd.DataFrame:  # fmt: skip
    """Return the rows of a predictions frame that meet every given condition, in their order.

    Args:
        wrong: Only rows whose prediction is not wholly right.
        below: Only rows less sure than this probability.
        label: Only rows whose wanted answer is this; likewise ``prediction``.
        lengths: Shortest and longest text in characters.
        containing: Only texts with these letters, case ignored; not a pattern.
    """
    keep = pd.Series(True, index=frame.index)
    if wrong:
        keep &= ~frame["right"]
    if below is not None:
        keep &= frame["probability"] < below
    if label is not None:
        keep &= frame["expected"] == label
    if prediction is not None:
        keep &= frame["prediction"] == prediction
    if lengths is not None:
        keep &= frame["characters"].between(*lengths)
    if containing:
        keep &= frame["text"].str.contains(containing, case=False, regex=False)
    return frame[keep]


def class_table(per_class: Sequence[ClassScores]) -> pd.DataFrame:
    """One line per class: F1, precision and recall in percent, their 95 % intervals in words, and rows."""
    lines = []
    for one in per_class:
        line: dict[str, Any] = {"class": one.name}
        for name, value in (("F1", one.f1), ("precision", one.precision), ("recall", one.recall)):
            line[f"{name} (%)"], line[f"{name}, 95 %"] = 100 * value.value, _range(value)
        lines.append(line | {"rows": one.support, "predicted": one.predicted})
    return pd.DataFrame(lines)


def only_class(scores: Scores) -> str | None:
    """Return the one class that everything is predicted as, if there are rows of others."""
    given = [one.name for one in scores.per_class if one.predicted]
    present = [one.name for one in scores.per_class if one.support]
    return given[0] if len(given) == 1 and len(present) > 1 else None


def to_csv(frame: pd.DataFrame) -> bytes:
    """Write a table as CSV that is safe to open in a spreadsheet: UTF-8 with its mark, every text in quotes.

    Texts that a spreadsheet would run as a formula get an apostrophe in front, in headers too; numbers stay
    numbers.

    Source: OWASP Application Security Verification Standard 5.0, 1.2.10.
    """
    header = pd.DataFrame(columns=[_harmless(str(name)) for name in frame.columns])
    written = io.BytesIO(_csv_lines(header, header=True).encode("utf-8-sig", "replace"))
    written.seek(0, io.SEEK_END)
    for start in range(0, len(frame), _PIECE):
        piece = frame.iloc[start : start + _PIECE]
        safe = piece.apply(lambda cells: cells if _is_plain_number(cells) else cells.map(_harmless))
        written.write(_csv_lines(safe, header=False).encode("utf-8", "replace"))
    return written.getvalue()


def _csv_lines(frame: pd.DataFrame, *, header: bool) -> str:
    return frame.to_csv(None, header=header, index=False, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")


def to_json_lines(frame: pd.DataFrame) -> bytes:
    """Write a table as JSON lines, every text and number exactly as it is; missing cells are null."""
    names = [str(name) for name in frame.columns]
    written = io.StringIO()
    for cells in frame.itertuples(index=False, name=None):
        record = dict(zip(names, map(_plain_value, cells), strict=True))
        written.write(json.dumps(record, ensure_ascii=False).translate(_LINE_ENDS) + "\n")
    return written.getvalue().encode("utf-8", "replace")


def _is_plain_number(cells: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_bool_dtype(cells))


def _harmless(cell: Any) -> Any:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _plain_value(cell: Any) -> Any:
    if isinstance(cell, str):
        return cell
    if pd.isna(cell):
        return None
    return cell.item() if isinstance(cell, np.generic) else cell


def _range(interval: Interval) -> str:
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f}"
