"""``bertui runs`` and ``bertui export``: what the workspace holds, and how a model leaves it."""

from __future__ import annotations

from pathlib import Path

import click

from bertui.cli import options
from bertui.cli.printing import remark, show
from bertui.cli.summary import summary
from bertui.errors import UserError


@click.command()
@options.workspace
@options.as_json
def runs(workspace: Path | None, as_json: bool) -> None:
    """List the runs of the workspace, newest first."""
    from bertui.runs.files import open_workspace

    space = open_workspace(workspace)
    for broken in space.broken():
        remark(f"{broken.folder}: {broken.trouble}")
    rows = []
    for run in space.runs():
        try:
            rows.append(summary(run))
        except UserError as error:
            remark(f"{run.folder}: {error}")
    if as_json:
        show({"runs": rows}, True)
        return
    for row in rows:
        score = next(iter(row["metrics"].values()), None)
        shown = f"{score:6.3f}" if score is not None else "     -"
        click.echo(f"{row['run']}  {row['status']:<11}  {row['task']:<18}  {shown}  {row['name']}")
    if not rows:
        remark("No runs yet. Start one: bertui train FILE --text COLUMN --label COLUMN")


@click.command()
@click.argument("run")
@click.argument("dest", type=click.Path(path_type=Path))
@options.workspace
@options.as_json
def export(run: str, dest: Path, workspace: Path | None, as_json: bool) -> None:
    """Write a finished RUN as a folder and a zip for use elsewhere."""
    from bertui.runs import verbs

    show(verbs.export(run, dest, workspace=workspace), as_json)
