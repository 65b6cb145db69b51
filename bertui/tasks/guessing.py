"""What a file is for and which column plays which role: guessed, or as a person says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from bertui.data.column_roles import metadata_of
from bertui.data.columns import Column, called, look_at
from bertui.data.roles import METADATA, ROLES, Roles
from bertui.errors import DataError
from bertui.tasks.pairs import text_roles, with_metadata
from bertui.tasks.registry import TASKS, task_class
from bertui.tasks.task import Task

if TYPE_CHECKING:
    import pandas as pd

Columns = Mapping[str, str | Sequence[str] | None]
"""Role -> column or columns; nothing for a role that is to be guessed."""


def guess_roles(frame: pd.DataFrame, kind: str | None = None) -> Roles:
    """Guess what a file is for and which column plays which role.

    Args:
        kind: The task, where it is known.
    """
    columns = look_at(frame)
    return _best(columns, frame, TASKS if kind is None else [kind])


def choose_roles(
    frame: pd.DataFrame, columns: Columns, kind: str | None = None, *, answers: bool = True, like: Roles | None = None
) -> Roles:
    """Return the roles of a file's columns: those a person names, the rest guessed.

    Args:
        kind: The task; guessed among those that have the named roles when left out.
        answers: Whether a column with the true answers is needed.
        like: The roles that a run was trained with; its columns are taken where the file has them.

    Raises:
        DataError: A column that is not there, a needed role without one, or no task with such roles.
    """
    given = {role: names for role, named in columns.items() if (names := _names(named))}
    for role, names in given.items():
        for name in names:
            _check_column(frame, name, role)
    from_run = _known_columns(frame, like) if like is not None else {}
    looked = look_at(frame)
    taken = {name for names in given.values() for name in names}
    guess = _best(looked, frame, [kind] if kind else _fitting(given), taken)
    roles = _combined(guess, given | {role: names for role, names in from_run.items() if role not in given})
    for role in task_class(roles.task).needs:
        if not roles.of(role) and (answers or ROLES[role].use == "input"):
            _check_column(frame, None, role)
    return roles


def _best(columns: Sequence[Column], frame: pd.DataFrame, kinds: Iterable[str], taken: Collection[str] = ()) -> Roles:
    """Return the roles of the likeliest of some tasks; by the columns' names alone where none seems likely."""
    kinds = list(kinds)
    guesses = [(guess, kind) for kind in kinds if (guess := task_class(kind).guess(columns, frame)) is not None]
    if guesses:
        guess, kind = max(guesses, key=lambda pair: pair[0].likelihood)
        return guess.roles.for_task(kind)
    return _by_name([column for column in columns if column.name not in taken], frame, kinds[0])


def _by_name(columns: Sequence[Column], frame: pd.DataFrame, kind: str) -> Roles:
    """Return what can be said where a person names a task and the cells do not look like it."""
    cls = task_class(kind)
    names: dict[str, str] = {}
    for role in cls.needs:
        left = [column for column in columns if column.name not in names.values()]
        if (ROLES[role].use == "answer" or ROLES[role].several == "no") and (name := called(left, role)):
            names[role] = name
    left = [column for column in columns if column.name not in names.values()]
    if "text" not in cls.needs or not left:
        return Roles(task=kind, **names).changed(**metadata_of(left, frame, ()))
    roles = with_metadata(text_roles(left).changed(**names), left, frame).for_task(kind)
    return roles if "text_b" in cls.may else roles.changed(text_b=None)


def _fitting(given: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the tasks that have all of the named roles."""
    fitting = [kind for kind, cls in TASKS.items() if set(given) <= _roles_of(cls)]
    if not fitting:
        raise DataError(
            f"No task has all of these columns: {', '.join(ROLES[role].title.lower() for role in given)}.",
            expected="; ".join(f"{kind}: {', '.join((*cls.needs, *cls.may))}" for kind, cls in TASKS.items()) + ".",
            remedy="Name the columns of one task.",
        )
    return fitting


def _roles_of(cls: type[Task]) -> set[str]:
    return {*cls.needs, *cls.may, *METADATA}


def _combined(guess: Roles, given: Mapping[str, tuple[str, ...]]) -> Roles:
    """Put named columns in place of guessed ones; where some of a use are named, the guess adds what is needed."""
    taken = {name for names in given.values() for name in names}
    named_uses = {ROLES[role].use for role in given}
    cls = task_class(guess.task)
    kept = {
        role: names
        for role, names in guess.columns.items()
        if not taken & set(names)
        and (ROLES[role].use == "metadata" or ROLES[role].use not in named_uses or role in cls.needs)
    }
    return Roles(task=guess.task, separator=guess.separator, **{**kept, **given})


def _known_columns(frame: pd.DataFrame, like: Roles) -> dict[str, tuple[str, ...]]:
    """Return the trained columns that the file has, without the metadata."""
    return {
        role: names
        for role, names in like.columns.items()
        if ROLES[role].use != "metadata" and set(names) <= set(frame.columns)
    }


def _check_column(frame: pd.DataFrame, column: str | None, role: str) -> None:
    if column is None or column not in frame.columns:
        title = ROLES[role].title.lower()
        names = ", ".join(map(str, frame.columns))
        raise DataError(
            f"Column '{column}' is not in the file." if column else f"No column looks like the {title}.",
            expected=f"Columns: {names}.",
            remedy=f"Choose one with {next(iter(ROLES[role].options), role)}, or add it to the file.",
        )


def _names(named: str | Sequence[str] | None) -> tuple[str, ...]:
    return () if not named else (named,) if isinstance(named, str) else tuple(named)
