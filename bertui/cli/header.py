"""The head of what is printed of a run, and the commands that come next."""

from __future__ import annotations

import shlex
from pathlib import Path

from rich.text import Text

from bertui.cli.printing import grid, show
from bertui.data.roles import ROLES
from bertui.modeling.sources import model_title
from bertui.runs.run import Run

_MOST_CLASSES = 8


def show_run(run: Run, rows: str = "", *, err: bool = False) -> None:
    """Print what a run is: its name and id, task, model, and rows."""
    facts = run.facts()
    sizes = ", ".join(f"{count:,} {part}" for part, count in facts["sizes"].items() if count)
    show(
        grid(
            ("Run", f"{facts['name']}  ({run.id})"), ("Task", _task(run)),
            ("Model", model_title(run.recipe.model.name)), ("Rows", rows or sizes),
        ),
        err=err,
    )  # fmt: skip


def show_next(run: Run, workspace: Path | None) -> None:
    """Print the commands that are of use once a run has a model."""
    reads = [role for role in run.roles.playing("input") for _ in range(_times(run, role))]
    texts = " ".join(f'{ROLES[role].options[0]} "..."' for role in reads)
    where = "" if workspace is None else f" --workspace {shlex.quote(str(workspace))}"
    show("", Text("Next", style="bold"), "")
    for command in (
        f"bertui predict {run.id} NEW.csv --out ANSWERS.csv{where}",
        f"bertui explain {run.id} {texts}{where}",
        f"bertui evaluate {run.id} OTHER.csv{where}",
        f"bertui app{where}",
    ):
        show(f"  {command}")


def _times(run: Run, role: str) -> int:
    return len(run.roles.of(role)) if ROLES[role].several == "apart" else 1


def _task(run: Run) -> str:
    classes = run.facts().get("classes", [])
    more = f" and {len(classes) - _MOST_CLASSES} more" if len(classes) > _MOST_CLASSES else ""
    named = f" ({', '.join(classes[:_MOST_CLASSES])}{more})" if classes else ""
    return f"{run.task.title}{named}"
