"""Prodigy's decisions: what was rejected or ignored does not teach its label."""

from __future__ import annotations

import pandas as pd

from bertui.data.phrases import count
from bertui.data.reading.shapes.shape import Kinds, Shaped, named

_DECISIONS = {"accept", "reject", "ignore"}
_SIGNS = ("_input_hash", "_task_hash", "_view_id", "_session_id", "_annotator_id", "spans", "accept", "label")
_TAUGHT = ("label", "spans", "accept", "labels", "relations")


def read(frame: pd.DataFrame, kinds: Kinds) -> Shaped | None:
    """Return the frame in which rows that were not accepted have no label.

    Where every row asks about the same label, the decision itself is the label, and only ignored rows have none.
    """
    names = list(map(str, frame.columns))
    answer = named(names, "answer")
    if answer is None or named(names, *_SIGNS) is None:
        return None
    decisions = frame[answer].str.strip().str.casefold()
    if not decisions.notna().any() or not set(decisions.dropna()) <= _DECISIONS:
        return None
    taught = [name for name in names if name.strip().casefold() in _TAUGHT]
    label_column = named([name for name in names if name not in kinds], "label")
    if label_column is not None and frame[label_column].dropna().nunique() == 1 and "reject" in set(decisions):
        return _decided(frame, answer, decisions, label_column)
    left = decisions.isin(("reject", "ignore"))
    if not left.any() or not taught:
        return None
    rejected, ignored = int((decisions == "reject").sum()), int((decisions == "ignore").sum())
    note = (
        f"{count(rejected, 'row was', 'rows were')} rejected and {ignored:,} ignored in Prodigy ('{answer}'): their "
        f"{' and '.join(taught)} cells are empty here, so that they teach nothing."
    )
    return Shaped(frame.drop(columns=answer).assign(**{name: frame[name].mask(left) for name in taught}), (note,))


def _decided(frame: pd.DataFrame, answer: str, decisions: pd.Series, label_column: str) -> Shaped | None:
    ignored = decisions == "ignore"
    label = str(frame[label_column].dropna().iloc[0])[:60]
    note = (
        f"Every row of this Prodigy file asks about {label!r}, so the label is the decision (column '{answer}': accept "
        f"or reject); {count(int(ignored.sum()), 'ignored row has', 'ignored rows have')} none."
    )
    kept = frame.drop(columns=label_column)
    return Shaped(kept.assign(**{answer: frame[answer].mask(ignored)}), (note,))
