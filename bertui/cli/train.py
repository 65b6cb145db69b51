"""``bertui train``, ``bertui resume`` and ``bertui stop``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bertui.cli import options
from bertui.cli.as_json import summary
from bertui.cli.printing import remark, show_json
from bertui.errors import RunError

if TYPE_CHECKING:
    from bertui.runs.run import Run

_PARTS = {
    "test": "Scores on {n:,} test rows, kept apart until the end",
    "validation": "Scores on {n:,} validation rows; the model was chosen by them, so they are a little too good",
}


@click.command(epilog=options.examples(
    "bertui train reviews.csv",
    "bertui train reviews.csv --text review --label stars --name reviews",
    "bertui train tweets.jsonl --labels topics --test held_out.jsonl",
    "bertui train reviews.csv --set training.epochs=2 --recipe mine.json",
))  # fmt: skip
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--task", metavar="KIND", help="What is learned: single-label, score, several-labels, tagging, "
              "question-answering or multiple-choice; guessed from the columns when left out.")  # fmt: skip
@options.columns("input", "answer")
@options.decimal
@options.reading
@click.option("--valid", type=click.Path(path_type=Path), help="Separate file of validation rows.")
@click.option("--test", type=click.Path(path_type=Path), help="Separate file of test rows.")
@click.option("--recipe", "recipe_file", type=click.Path(path_type=Path), help="Recipe saved as JSON.")
@click.option("--set", "settings", multiple=True, metavar="PATH=VALUE",
              help="Change one choice of the recipe, such as training.epochs=2; docs/recipe.md lists all.")  # fmt: skip
@click.option("--name", default="", help="What the run is called.")
@click.option("--pin", "pins", multiple=True, metavar="TEXT",
              help="A sentence to be answered at every check while the model learns, up to five; give it again for "
              'each. Texts of a pair: a tab or " | " between them.')  # fmt: skip
@options.workspace
@options.as_json
def train(
    file: Path, task: str | None, valid: Path | None, test: Path | None, recipe_file: Path | None,
    settings: tuple[str, ...], name: str, pins: tuple[str, ...], workspace: Path | None, as_json: bool, **columns: Any,
) -> None:  # fmt: skip
    """Fine-tune on FILE and say how good the model is.

    FILE is a table: CSV, TSV, Excel, Parquet, JSON lines, CoNLL or SQuAD. Columns that are not named are guessed.
    Part of the rows is kept apart: validation rows choose the best model, test rows say how good it is.
    """
    from bertui.recipe import parse_settings, read_recipe
    from bertui.runs import verbs
    from bertui.runs.files import read_recipe_file

    recipe = read_recipe(read_recipe_file(recipe_file)) if recipe_file else None
    run = verbs.prepare(
        file, task=task, valid=valid, test=test, name=name, workspace=workspace, tell=remark,
        recipe=recipe, set=parse_settings(settings), pins=pins, **columns,
    )  # fmt: skip
    _carry_out(run, workspace, as_json)


@click.command(epilog=options.examples("bertui resume reviews"))
@click.argument("run")
@options.workspace
@options.as_json
def resume(run: str, workspace: Path | None, as_json: bool) -> None:
    """Go on with a RUN that was interrupted or failed; it ends as if nothing had happened.

    RUN is an id as `bertui runs` lists it, or a name that only one run has.
    """
    from bertui.runs import verbs

    _carry_out(verbs.resumable(run, workspace), workspace, as_json)


@click.command(epilog=options.examples("bertui stop reviews", "bertui stop reviews --discard"))
@click.argument("run")
@click.option("--discard", is_flag=True, help="Keep no model: what the run has learned is thrown away.")
@options.workspace
@options.as_json
def stop(run: str, discard: bool, workspace: Path | None, as_json: bool) -> None:
    """End a RUN that the app or another terminal trains; its best model so far is kept, evaluated and saved.

    It is asked to, and does so after the step it is at.
    """
    from bertui.runs import verbs

    asked = verbs.stop(run, discard=discard, workspace=workspace)
    if as_json:
        show_json(summary(asked))
    else:
        remark(f"bertui: {asked.name} ({asked.id}) ends after its next step; bertui runs says when it has.")


def _carry_out(run: Run, workspace: Path | None, as_json: bool) -> None:
    """Train to the end while a person watches, then say how good the model is."""
    from bertui.cli.header import show_next, show_run
    from bertui.cli.progress import Phases
    from bertui.cli.watching import Watcher
    from bertui.runs.execution import execute
    from bertui.training.choices import best_measure

    show_run(run, err=as_json)
    best = best_measure(run.task, run.recipe.training.best)
    with Phases() as phases:
        watch = Watcher(phases, sorted(run.task.measures, key=lambda one: one != best))
        for event in execute(run):
            watch(event)
    if run.state == "cancelled":
        raise RunError(f"The run '{run.name}' was cancelled from elsewhere.", remedy="Its rows and choices are kept.")
    if as_json:
        show_json(summary(run))
        return
    _show_results(run)
    show_next(run, workspace)


def _show_results(run: Run) -> None:
    from bertui.cli.printing import show
    from bertui.cli.results import Shown, show_scores, show_views
    from bertui.data.phrases import duration
    from bertui.runs.results import parts_of, read_part

    report = run.report() or {}
    speed = report.get("train_examples_per_second")
    pace = "" if speed is None else f", {speed:,.0f} examples a second"
    show("", f"Trained in {duration(report.get('seconds', 0.0))}{pace}.")
    parts = parts_of(run)
    if not parts:
        show("There were no test or validation rows, so nothing says how good the model is.")
        return
    results = read_part(run, parts[0])
    show_scores(
        Shown(results.task, results.metrics, results.baselines, results.views), _PARTS[results.part].format(n=results.n)
    )
    show_views(results.views)
