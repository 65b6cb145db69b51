"""Tables whose answers are held against those of a training table: files for validation and test, and for scoring."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from bertui.data.cells.spelling import matched
from bertui.data.joining import check_columns, join_parts
from bertui.data.phrases import count, listed
from bertui.data.roles import ROLES, Roles
from bertui.data.table import Table
from bertui.errors import DataError
from bertui.tasks.registry import task_class
from bertui.tasks.task import Task

_SHOWN = 5


def join_files(frames: Mapping[str, pd.DataFrame], roles: Roles) -> tuple[pd.DataFrame, Roles, list[str]]:
    """Put the files of train, validation and test under each other as one table with a split column.

    Answers that differ from those of the training file only in their spelling are written as there.

    Returns:
        The frame, the roles with the split column, and sentences on what was found.

    Raises:
        DataError: A file lacks a column, has no answers, or none that the training file knows.
    """
    check_columns(frames, list(roles.named().values()))
    train = Table(frames["train"], roles)
    task = task_class(roles.task).learn(train, train.frame.index[train.usable].to_numpy())
    joined, notes = {}, list[str]()
    for part, frame in frames.items():
        table, sentences = Table(frame, roles), list[str]()
        if part != "train":
            table, sentences = aligned(task, table, f"The {part} file")
        joined[part] = table.frame
        notes += sentences
    frame, split = join_parts(joined, list(roles.named().values()))
    return frame, roles.changed(split=split), notes


def aligned(task: Task, table: Table, name: str) -> tuple[Table, list[str]]:
    """Return a table with its answers spelled as the task knows them, and sentences on what was found.

    Args:
        name: What the table is called at the beginning of a sentence, such as "The test file".

    Raises:
        DataError: It has no answers, or none that the task knows.
    """
    _check_answers(table, name)
    notes = [_unanswered(table, name)]
    words = matched(sorted(task.given(table)), task.names())
    if words:
        table = task.respelled(table, words)
        pairs = ", ".join(f"'{old}' is read as '{new}'" for old, new in list(words.items())[:_SHOWN])
        more = f" and {len(words) - _SHOWN:,} more" if len(words) > _SHOWN else ""
        notes.append(f"{name} spells labels otherwise than the training rows: {pairs}{more}.")
    given = task.given(table)
    if given and not given & set(task.names()):
        raise DataError(
            f"{name} has none of the labels of the training rows; it has {listed(sorted(given))}.",
            expected=f"Labels: {listed(task.names(), 20)}.",
            remedy="Choose the right column of labels, or mend the labels.",
        )
    return table, list(filter(None, notes))


def _check_answers(table: Table, name: str) -> None:
    """Refuse a table without a single answer, as competitions give their test rows out."""
    roles = [role for role in task_class(table.roles.task).needs if ROLES[role].use == "answer"]
    columns = [column for role in roles for column in table.roles.of(role)]
    if not columns or any((table.frame[column].fillna("").str.strip() != "").any() for column in columns):
        return
    every = "its one row" if len(table.frame) == 1 else f"all of its {len(table.frame):,} rows"
    where = f"the column {listed(columns)} is" if len(columns) == 1 else f"the columns {listed(columns)} are"
    raise DataError(
        f"{name} has no true answers: {where} empty in {every}.",
        expected="The model's answers are compared with the true ones, so each of its rows needs one.",
        remedy="Name a file that has them, or leave it out; for answers alone, predict the file with a finished run.",
    )


def _unanswered(table: Table, name: str) -> str:
    """Say which rows are left out, as they have no answer."""
    rows = table.frame.index[table.answers.isna()].tolist()
    if not rows:
        return ""
    shown = ", ".join(map(str, rows[:_SHOWN])) + (f" and {len(rows) - _SHOWN:,} more" if len(rows) > _SHOWN else "")
    has = count(len(rows), "row has", "rows have")
    which = "row" if len(rows) == 1 else "rows"
    return (
        f"{name}: {has} no answer and {'is' if len(rows) == 1 else 'are'} left out ({which} {shown}, counted from 0)."
    )
