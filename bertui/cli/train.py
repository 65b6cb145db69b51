"""``bertui train`` and ``bertui resume``."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import click

from bertui.cli import options
from bertui.cli.printing import remark, show
from bertui.cli.progress import watcher
from bertui.cli.summary import summary


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--task", help="single-label, score, several-labels ...; guessed from the columns when left out.")
@options.columns("input", "answer")
@options.decimal
@click.option("--valid", type=click.Path(path_type=Path), help="Separate file of validation rows.")
@click.option("--test", type=click.Path(path_type=Path), help="Separate file of test rows.")
@click.option("--recipe", "recipe_file", type=click.Path(path_type=Path), help="Recipe saved as JSON.")
@click.option("--set", "settings", multiple=True, metavar="PATH=VALUE", help="Change one choice of the recipe.")
@click.option("--name", default="", help="What the run is called.")
@options.workspace
@options.as_json
def train(
    file: Path, task: str | None, valid: Path | None, test: Path | None, recipe_file: Path | None,
    settings: tuple[str, ...], name: str, workspace: Path | None, as_json: bool, **columns: Any,
) -> None:  # fmt: skip
    """Fine-tune on FILE and say how good the model is."""
    from bertui.recipe import parse_settings, read_recipe
    from bertui.runs import verbs
    from bertui.runs.execution import execute
    from bertui.runs.files import read_recipe_file

    recipe = read_recipe(read_recipe_file(recipe_file)) if recipe_file else None
    run = verbs.prepare(
        file, task=task, valid=valid, test=test, name=name, workspace=workspace, tell=remark,
        recipe=recipe, set=parse_settings(settings), **columns,
    )  # fmt: skip
    remark(f"run {run.id}: {run.task.title.lower()}")
    watch = watcher()
    for event in execute(run, threading.Event()):
        watch(event)
    show(summary(run), as_json)


@click.command()
@click.argument("run")
@options.workspace
@options.as_json
def resume(run: str, workspace: Path | None, as_json: bool) -> None:
    """Go on with a RUN that was interrupted or failed; it ends as if nothing had happened."""
    from bertui.runs import verbs

    show(summary(verbs.resume(run, workspace=workspace, watch=watcher())), as_json)
