"""What a new run will be: rows per split, steps, and the ways to do the same from a terminal or in Python."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import Any

from bertui.data.report import require_classes
from bertui.data.splitting import Split, make_split
from bertui.data.table import Table
from bertui.evaluation.scores import Scores
from bertui.recipe import Recipe, command_line
from bertui.runs.run import Run, main_part
from bertui.runs.workspace import StoredTable, Workspace

TRY = 0.1
"""The share of the training rows that a quick try uses."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be said of a run before it starts."""

    sizes: dict[str, int]
    classes: int
    text: tuple[str, ...]
    label: str


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
    require_classes(table)
    split = make_split(table, recipe.split)
    return Plan(split.sizes(), len(table.classes), table.roles.text, table.roles.label or ""), split


def shell_words(recipe: Recipe, name: str, plan: Plan) -> str:
    """Return the command that does the same run."""
    return command_line(recipe, name, plan.text, plan.label)


def python_words(recipe: Recipe, name: str, plan: Plan) -> str:
    """Return the Python lines that do the same run."""
    changes = {path: _json_value(recipe, path) for path in Recipe().differences(recipe)}
    settings = "".join(f"    {path!r}: {value!r},\n" for path, value in changes.items())
    changed = f", set={{\n{settings}}}" if changes else ""
    columns = f"text={list(plan.text)!r}, label={plan.label!r}"
    return f"import bertui\n\nrun = bertui.train({name!r}, {columns}{changed})\nprint(run.report())\n"


def headline(report: dict[str, Any]) -> str:
    """Return how good the model is against the baselines, in one line."""
    judged = main_part(report)
    if judged is None:
        return "The run has no validation or test rows, so nothing can be said about how good it is."
    part, found = judged
    scores = Scores.from_json(found["scores"])
    shares = [(one["name"], one["scores"]["accuracy"]["value"]) for one in found["baselines"]]
    others = [f"{100 * share:.1f} % for {name}" for name, share in shares]
    against = f", against {' and '.join(reversed(others))}" if others else ""
    return f"{scores.accuracy.percent()} right on {scores.n:,} {part} rows{against}."


def worth_it(report: dict[str, Any]) -> bool:
    """Whether the model is better than every baseline on the rows that the headline is about."""
    judged = main_part(report)
    if judged is None:
        return False
    mine = judged[1]["scores"]["accuracy"]["value"]
    return all(mine > one["scores"]["accuracy"]["value"] for one in judged[1]["baselines"])


def _json_value(recipe: Recipe, path: str) -> Any:
    value: Any = recipe.model_dump(mode="json")
    for name in path.split("."):
        value = value[name]
    return value


def free_name(workspace: Workspace, wanted: str) -> str:
    """Return the name, with a number where a run has it already: pickers know runs by their names."""
    taken = {run.name for run in workspace.runs()}
    base = re.sub(r" \(\d+\)$", "", wanted)[:110]
    numbered = (f"{base} ({number})" for number in itertools.count(2))
    return wanted if wanted not in taken else next(name for name in numbered if name not in taken)


def with_changes(workspace: Workspace, run: Run, changes: dict[str, Any]) -> Run:
    """Make a new run on exactly the rows of this one, with some choices changed."""
    table, split = run.data()
    facts = run.facts()
    name, table_id = free_name(workspace, facts["name"]), facts.get("table_id")
    return workspace.create_run(table, split, run.recipe.changed(changes), name=name, table_id=table_id)
