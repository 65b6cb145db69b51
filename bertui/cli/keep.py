"""``bertui runs`` and ``bertui export``: what the workspace holds, and how a model leaves it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bertui.cli import options
from bertui.cli.as_json import summary
from bertui.cli.printing import grid, remark, safe, show, show_json, table
from bertui.errors import UserError

if TYPE_CHECKING:
    from bertui.runs.run import Run


@click.command(epilog=options.examples("bertui runs", "bertui runs --json"))
@options.workspace
@options.as_json
def runs(workspace: Path | None, as_json: bool) -> None:
    """List the runs of the workspace, newest first."""
    from bertui.runs.files import open_workspace

    space = open_workspace(workspace)
    for broken in space.broken():
        remark(f"{broken.folder}: {broken.trouble}")
    listed, rows = [], []
    for run in space.runs():
        try:
            listed.append(summary(run))
            rows.append(_cells(run))
        except UserError as error:
            remark(f"{run.folder}: {error}")
    if as_json:
        show_json({"runs": listed})
    elif listed:
        show(table(("Run", "Model", "Main score", "State"), rows, least=(1,)))
    else:
        remark("No runs yet. Start one: bertui train FILE --text COLUMN --label COLUMN")


@click.command(epilog=options.examples("bertui export reviews reviews-model"))
@click.argument("run")
@click.argument("dest", type=click.Path(path_type=Path))
@options.workspace
@options.as_json
def export(run: str, dest: Path, workspace: Path | None, as_json: bool) -> None:
    """Write a finished RUN as a folder and a zip for use elsewhere.

    DEST must be new or empty. Where transformers knows the task the folder loads in a plain pipeline.
    """
    from bertui.runs import verbs

    written = verbs.export(run, dest, workspace=workspace)
    if as_json:
        show_json(written)
        return
    show(grid(("Folder", written["folder"]), ("Zip", written["zip"]), ("Loads in", written["loads"])))


def _cells(run: Run) -> tuple[str, str, str, str]:
    """Return the two lines of each column: what a run is called, what it was made of, how good and how far it is."""
    from bertui.modeling.sources import model_title
    from bertui.runs.results import parts_of

    facts, parts = run.facts(), parts_of(run)
    score, rows = "-", ""
    if parts:
        report = (run.report() or {})["parts"][parts[0]]
        measure = run.task.measures_in(report["metrics"])[0]
        score = f"{measure.title} {measure.shown(report['metrics'][measure.name]['value'])}"
        rows = f"{report['n']:,} {parts[0]} rows"
    when = time.strftime("%d %b %Y %H:%M", time.localtime(facts["created"]))
    return (
        f"{safe(facts['name'])}\n{run.id}", f"{safe(model_title(run.recipe.model.name))}\n{run.task.title}",
        f"{score}\n{rows}", f"{run.state}\n{when}",
    )  # fmt: skip
