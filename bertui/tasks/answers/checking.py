"""What is wrong or odd with the answers to questions about a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bertui.data.checking.findings import KEEP, Finding, drop
from bertui.data.phrases import count, listed
from bertui.tasks.answers.gold_answers import place_of

if TYPE_CHECKING:
    from bertui.data.table import Table


def check_answers(table: Table) -> list[Finding]:
    """Report answers that stand elsewhere than said, in other capitals, or nowhere, and questions without one."""
    rows = table.frame.index[table.usable].tolist()
    starts = table.cells("answer_start").loc[rows] if table.roles.of("answer_start") else [""] * len(rows)
    absent, moved, respelled, none = [], [], [], []
    cells = zip(rows, table.cells("context").loc[rows], table.cells("answer").loc[rows], starts, strict=True)
    for row, context, answer, start in cells:
        if not answer.strip():
            none.append(row)
        elif (place := place_of(context, answer.strip(), start)) is None:
            absent.append(row)
        elif context[slice(*place)] != answer.strip():
            respelled.append(row)
        elif start.strip() and str(place[0]) != start.strip().removesuffix(".0"):
            moved.append(row)
    findings = [*_absent(table, absent), *_moved(moved), *_respelled(table, respelled)]
    if none and len(none) < len(rows):
        title = f"{count(len(none), 'question has', 'questions have')} no answer."
        detail = "The model learns to say so; the threshold for it is set on the validation rows."
        findings.append(Finding("no answer", "note", title, detail, np.array(none, dtype=np.int64), (KEEP,)))
    elif none:
        findings.append(Finding("only no answers", "error", "No question has an answer.", "Choose the answer column."))
    return findings


def _absent(table: Table, rows: list[int]) -> list[Finding]:
    if not rows:
        return []
    array = np.array(rows, dtype=np.int64)
    examples = listed(table.cells("answer")[table.frame.index.isin(array)].tolist(), 3)
    where = "its context" if len(rows) == 1 else "their context"
    title = f"{count(len(rows), 'answer does', 'answers do')} not stand in {where}"
    detail = "The model marks a part of the context, so the answer must be there word for word."
    fixes = (drop(array, "Drop these rows", "answer not in the context"),)
    return [Finding("span not found", "error", f"{title}: {examples}.", detail, array, fixes)]


def _moved(rows: list[int]) -> list[Finding]:
    if not rows:
        return []
    title = f"{count(len(rows), 'answer does', 'answers do')} not stand where the file says."
    detail = "The nearest place where the same words stand is taken. Offsets count characters, from 0."
    return [Finding("span moved", "warning", title, detail, np.array(rows, dtype=np.int64), (KEEP,))]


def _respelled(table: Table, rows: list[int]) -> list[Finding]:
    if not rows:
        return []
    array = np.array(rows, dtype=np.int64)
    examples = listed(table.cells("answer")[table.frame.index.isin(array)].tolist(), 3)
    title = f"{count(len(rows), 'answer stands', 'answers stand')} in the context in other capitals or white space"
    detail = "The model marks a part of the context, so the context's own spelling is what it learns to give."
    fixes = (KEEP, drop(array, "Drop these rows", "answer spelled otherwise in the context"))
    return [Finding("answer spelling", "warning", f"{title}: {examples}.", detail, array, fixes)]
