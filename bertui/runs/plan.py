"""What a new run will be: rows per split, steps, and the ways to do the same from a terminal or in Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bertui.choice import Section
from bertui.data.roles import ROLES, Roles
from bertui.data.splitting import Split, make_split
from bertui.data.table import Table
from bertui.recipe import Recipe, command_line, preset
from bertui.runs.naming import default_name, free_name
from bertui.runs.results import metrics_of
from bertui.runs.run import Run, main_part
from bertui.runs.workspace import StoredTable, Workspace
from bertui.tasks import words
from bertui.tasks.registry import require, task_class
from bertui.tasks.results import BaselineScores
from bertui.tasks.task import Task
from bertui.tasks.verdicts import Standing, standing, verdict

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


def shell_words(recipe: Recipe, name: str, plan: Plan) -> str:
    """Return the command that does the same run."""
    return command_line(recipe, name, plan.roles)


def python_words(recipe: Recipe, name: str, plan: Plan) -> str:
    """Return the Python lines that do the same run."""
    changes = {path: _plain(recipe.value(path)) for path in Recipe().differences(recipe)}
    settings = "".join(f"    {path!r}: {value!r},\n" for path, value in changes.items())
    changed = f", set={{\n{settings}}}" if changes else ""
    columns_of = [(role, names) for role, names in plan.roles.columns.items() if ROLES[role].options]
    columns = ", ".join(f"{role}={list(names) if len(names) > 1 else names[0]!r}" for role, names in columns_of)
    call = f"bertui.train({name!r}, task={plan.roles.task!r}, {columns}{changed})"
    return f"import bertui\n\nrun = {call}\nprint(run.report())\n"


def headline(task: type[Task], report: dict[str, Any]) -> str:
    """Return how good the model is against the baselines, in one line."""
    judged = main_part(report)
    if judged is None:
        return "The run has no validation or test rows, so nothing can be said about how good it is."
    part, scores = judged
    metrics = metrics_of(scores)
    sentence = words.headline(task.measures_in(metrics)[0], metrics, _baselines(scores)).rstrip(".")
    return f"On {scores['n']:,} {part} rows: {sentence}."


def against_baselines(task: type[Task], report: dict[str, Any]) -> tuple[Standing | None, str]:
    """Return where the model stands against the strongest baseline, and the verdict in words."""
    judged = main_part(report)
    if judged is None:
        return None, ""
    baselines = _baselines(judged[1])
    return standing(task, baselines), verdict(task, baselines)


def is_perfect(task: type[Task], report: dict[str, Any]) -> bool:
    """Whether every row that the model is judged by is right, so that no further training can show."""
    judged = main_part(report)
    if judged is None:
        return False
    metrics = metrics_of(judged[1])
    measure = task.measures_in(metrics)[0]
    return measure.percent and not measure.falling and metrics[measure.name].value >= 1


def _baselines(scores: dict[str, Any]) -> list[BaselineScores]:
    return [BaselineScores.from_json(one) for one in scores["baselines"]]


def with_changes(workspace: Workspace, run: Run, changes: dict[str, Any]) -> Run:
    """Make a new run on the rows of this one, with some choices changed; parts are the same unless they are changed."""
    table, split = run.data()
    recipe = run.recipe.changed(changes)
    if recipe.split != run.recipe.split:
        split = make_split(table, recipe.split)
    name = free_name(workspace, default_name(table.name, recipe, run.task_kind))
    return workspace.create_run(table, split, recipe, name=name, table_id=run.facts().get("table_id"))


def next_step(run: Run) -> tuple[str, dict[str, Any]]:
    """Return what may make a run better that is no better than a baseline: words for a button, and changes."""
    recipe, rows = run.recipe, run.facts()["sizes"]["train"]
    usual = preset("Recommended", run.task_kind).changed({"model": recipe.model.model_dump(mode="json")})
    if recipe.training.steps(rows) < usual.training.steps(round(rows / recipe.split.sample)):
        split = recipe.split.model_dump(mode="json") | {"sample": 1.0}
        return "Train again with Recommended", usual.model_dump(mode="json") | {"split": split}
    epochs = min(1000, 2 * recipe.training.epochs_for(rows))
    return f"Train again with {epochs} epochs", {"training.epochs": epochs, "training.max_steps": None}


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, Section) else value
