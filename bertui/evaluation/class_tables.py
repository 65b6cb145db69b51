"""Predictions as tables: the rows that meet conditions, and the scores of each class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from bertui.evaluation.counting import ClassScores
from bertui.evaluation.intervals import Interval
from bertui.evaluation.scores import Scores


def chosen_rows(
    frame: pd.DataFrame, *, wrong: bool = False, below: float | None = None, label: str | None = None,
    prediction: str | None = None, lengths: tuple[int, int] | None = None, containing: str = "",
) -> pd.DataFrame:  # fmt: skip
    """Return the rows of a predictions frame that meet every given condition, in their order.

    Args:
        wrong: Only rows whose prediction is not wholly right.
        below: Only rows less sure than this probability.
        label: Only rows whose true answer is this; likewise ``prediction``.
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


def _range(interval: Interval) -> str:
    return f"{100 * interval.low:.1f} to {100 * interval.high:.1f}"
