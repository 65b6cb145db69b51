"""What runs are called: a first name that says what is special about a run, and no name twice."""

from __future__ import annotations

import itertools
import re
from pathlib import PurePath
from typing import Any

from bertui.errors import RunError
from bertui.modeling.size import Size
from bertui.modeling.sources import EMBEDDED, model_title
from bertui.recipe import PRESETS, Recipe, preset, with_task_defaults
from bertui.runs.run import LIVE, Run
from bertui.runs.workspace import Workspace

_LONGEST = 110  # characters; a number of a few digits still fits into the 120 of a run's name
_MOST_DIFFERENCES = 3


def default_name(table: str, recipe: Recipe, task: str) -> str:
    """Return a name for a new run: its table, its model where it is not the built-in one, and what was chosen.

    Example: "requests · bert-base-uncased · epochs 5".
    """
    model = [] if recipe.model.name == EMBEDDED else [model_title(recipe.model.name)]
    named = preset_of(recipe, task)
    chosen = [named] if named else _brief_differences(recipe, _usual(recipe, task))
    sample = [f"{100 * recipe.split.sample:.0f} % of the rows"] if recipe.split.sample < 1 else []
    return " · ".join([PurePath(table).stem or table, *model, *chosen[:_MOST_DIFFERENCES], *sample])[:_LONGEST]


def free_name(workspace: Workspace, name: str) -> str:
    """Return the name, with a number where a run has it already: pickers know runs by their names."""
    taken = {run.name for run in workspace.runs()}
    base = re.sub(r" \(\d+\)$", "", name)[:_LONGEST]
    numbered = (f"{base} ({number})" for number in itertools.count(2))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def rename(workspace: Workspace, run: Run, typed: str) -> None:
    """Give a run another name.

    Raises:
        RunError: The name is empty or another run's, or the run is live.
    """
    name = " ".join(typed.split())[:120]
    if not name:
        raise RunError("The name is empty.", expected="A name that tells this run from the others.", remedy="Type one.")
    if run.state in LIVE:
        raise RunError(f"The run is {run.state}.", remedy="Rename it when it has ended.")
    if any(other.name == name for other in workspace.runs() if other.id != run.id):
        raise RunError(f"Another run is called '{name}'.", remedy=f"Choose another name, such as '{name} (2)'.")
    run.change(name=name)


def preset_of(recipe: Recipe, task: str) -> str:
    """Return the name of the preset that a recipe is, whatever its model and split; empty where it is none."""
    return next((name for name in PRESETS if not _outside_split(recipe, _with_model(name, recipe, task))), "")


def differs(recipe: Recipe, rows: int, task: str = "single-label", size: Size | None = None) -> str:
    """Return in short what differs from what is recommended for so many rows; the model has a column of its own.

    Args:
        size: The model's, on which the recommended rate hangs; looked for on this machine where None.
    """
    return " · ".join(_brief_differences(recipe, _usual(recipe, task).resolved(rows, size), split=True))


def brief(value: Any) -> str:
    """Return a value of a choice in few characters."""
    if value is None:
        return "automatic"
    return f"{value:.4g}" if isinstance(value, float) else model_title(str(value))


def _usual(recipe: Recipe, task: str) -> Recipe:
    return with_task_defaults(Recipe(), task).changed({"model": recipe.model.model_dump()})


def _with_model(name: str, recipe: Recipe, task: str) -> Recipe:
    chosen = preset(name, task)
    return chosen if "model.name" in PRESETS[name][1] else chosen.changed({"model": recipe.model.model_dump()})


def _brief_differences(recipe: Recipe, usual: Recipe, *, split: bool = False) -> list[str]:
    changed = recipe.differences(usual) if split else _outside_split(recipe, usual)
    return [f"{path.split('.')[-1].replace('_', ' ')} {brief(mine)}" for path, (mine, _) in changed.items()]


def _outside_split(recipe: Recipe, other: Recipe) -> dict[str, tuple[Any, Any]]:
    """The table has its own split, which is no choice of the form."""
    return {path: pair for path, pair in recipe.differences(other).items() if not path.startswith("split.")}
