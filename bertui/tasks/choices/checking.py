"""What is wrong or odd with the choices of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bertui.data.checking.findings import KEEP, Finding, Severity, drop
from bertui.data.phrases import count, listed
from bertui.tasks.choices.right_choice import expected_words

if TYPE_CHECKING:
    from bertui.data.table import Table
    from bertui.tasks.choices.multiple_choice import MultipleChoice


def check_choices(table: Table, task: MultipleChoice) -> list[Finding]:
    """Report right choices that name none of the choices, empty choices, and rows whose choices are alike."""
    columns = list(table.roles.of("choice"))
    if len(columns) < 2:
        title = f"{count(len(columns), 'column of choices is', 'columns of choices are')} chosen."
        return [Finding("too few choices", "error", title, "At least two are needed, in their order.")]
    places = task.places(table, table.frame.index.tolist())
    odd = pd.Series([place is None for place in places], index=table.frame.index) & table.labels.notna()
    blank = (table.frame[columns].fillna("").apply(lambda cells: cells.str.strip()) == "").any(axis=1)
    folded = table.frame[columns].fillna("").apply(lambda cells: cells.str.strip().str.casefold())
    twice = (folded.nunique(axis=1) < len(columns)) & ~blank
    shown = listed(table.labels[odd].unique(), 3)
    wrong = count(int(odd.sum()), "right choice is", "right choices are")
    allowed = expected_words(task.naming, task.first, task.choices)
    lacking, same = count(int(blank.sum()), "row lacks", "rows lack"), count(int(twice.sum()), "row has", "rows have")
    kinds: list[tuple[str, Severity, pd.Series, str, str]] = [
        ("no such choice", "error", odd, f"{wrong} no number of a choice: {shown}.", allowed),
        ("choice missing", "warning", blank, f"{lacking} a choice.", "Training leaves them out either way."),
        ("choices alike", "warning", twice, f"{same} the same choice twice.",
         "If one of the two is right, so is the other."),
    ]  # fmt: skip
    findings = _numbering(table, task)
    for kind, severity, which, title, detail in kinds:
        rows = table.frame.index[which].to_numpy(dtype=np.int64)
        if len(rows):
            fixes = (drop(rows, "Drop these rows", kind), *(() if severity == "error" else (KEEP,)))
            findings.append(Finding(kind, severity, title, detail, rows, fixes))
    return findings


def _numbering(table: Table, task: MultipleChoice) -> list[Finding]:
    """Say which number the first choice has where the cells leave it open."""
    places = {place for place in task.places(table, table.frame.index.tolist()) if place is not None}
    if task.naming != "number" or task.first == 0 or not places or task.choices - 1 in places:
        return []
    title = "The right choices are counted from 1."
    detail = f"No cell says 0 or {task.choices}, so the file does not tell whether 1 is the first choice or the second."
    return [Finding("choices counted from 1", "note", title, detail, fixes=(KEEP,))]
