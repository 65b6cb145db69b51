"""What a new run will be: rows per split, steps, and the ways to do the same from a terminal or in Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from bertui.choice import Section
from bertui.data.roles import ROLES, Roles
from bertui.data.splitting import Split, make_split
from bertui.data.table import Table
from bertui.experiment.pins import pin_lines
from bertui.recipe import Recipe, command_line
from bertui.runs.naming import default_name, free_name
from bertui.runs.run import Run
from bertui.runs.workspace import StoredTable, Workspace
from bertui.tasks.registry import require, task_class
from bertui.tasks.results import Input

TRY = 0.1
"""The share of the training rows that a quick try uses."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be said of a run before it starts."""

    sizes: dict[str, int]
    classes: int
    roles: Roles


def with_split_of(recipe: Recipe, stored: StoredTable, *, try_out: bool) -> Recipe:
    """Return the recipe with the table's split; a quick try uses a tenth of the training rows."""
    split = stored.split_choice
    sample = TRY if try_out else min(split.sample, recipe.split.sample)
    return recipe.changed({"split": split.model_dump(mode="json") | {"sample": sample}})


def plan_of(table: Table, recipe: Recipe) -> tuple[Plan, Split]:
    """Divide the table.

    Raises:
        DataError: The table cannot be divided so, or has no labels that are classes.
    """
    require(table)
    split = make_split(table, recipe.split)
    classes = len(task_class(table.roles.task).learn(table, split.train).names())
    return Plan(split.sizes(), classes, table.roles), split


def shell_words(recipe: Recipe, name: str, plan: Plan, pins: Sequence[Input] = ()) -> str:
    """Return the command that does the same run."""
    return command_line(recipe, name, plan.roles, pin_lines(pins))


def python_words(recipe: Recipe, name: str, plan: Plan, pins: Sequence[Input] = ()) -> str:
    """Return the Python lines that do the same run."""
    changes = {path: _plain(recipe.value(path)) for path in Recipe().differences(recipe)}
    settings = "".join(f"    {path!r}: {value!r},\n" for path, value in changes.items())
    changed = f", set={{\n{settings}}}" if changes else ""
    columns_of = [(role, names) for role, names in plan.roles.columns.items() if ROLES[role].options]
    columns = ", ".join(f"{role}={list(names) if len(names) > 1 else names[0]!r}" for role, names in columns_of)
    pinned = f", pins={pin_lines(pins)!r}" if pins else ""
    call = f"bertui.train({name!r}, task={plan.roles.task!r}, {columns}{changed}{pinned})"
    return f"import bertui\n\nrun = {call}\nprint(run.report())\n"


def with_changes(workspace: Workspace, run: Run, changes: dict[str, Any]) -> Run:
    """Make a new run on the rows of this one, with some choices changed; parts are the same unless they are changed."""
    table, split = run.data()
    recipe = run.recipe.changed(changes)
    if recipe.split != run.recipe.split:
        split = make_split(table, recipe.split)
    name = free_name(workspace, default_name(table.name, recipe, run.task_kind))
    return workspace.create_run(table, split, recipe, name=name, table_id=run.facts().get("table_id"),
                                pins=pin_lines(run.pins))  # fmt: skip


def table_again(workspace: Workspace, run: Run) -> StoredTable:
    """Make a table of the rows that the run keeps, divided as they were: the one it was made from has been removed."""
    table, split = run.data()
    frame, roles = table.frame, table.roles
    if roles.split is None:
        column = "split" if "split" not in frame.columns else "part of the run"
        parts = pd.Series("train", index=frame.index, dtype="str")
        for part, rows in split.parts().items():
            parts.loc[rows] = part
        frame, roles = frame.assign(**{column: parts}), roles.changed(split=column)
    stored = workspace.add_frame(frame, table.name, roles=roles)
    stored.set_split(run.recipe.split)
    return stored


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, Section) else value
