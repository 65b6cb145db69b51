"""``bertui suspicious``: the rows of a run whose label looks wrong."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bertui.cli import options
from bertui.cli.printing import remark, safe, show, show_json, table

if TYPE_CHECKING:
    from bertui.runs.suspicious import SuspiciousLabels

_SHOWN = 30
_LONGEST = 60  # letters of a text that fit


@click.command(epilog=options.examples("bertui suspicious reviews", "bertui suspicious reviews --json"))
@click.argument("run")
@options.workspace
@options.as_json
def suspicious(run: str, workspace: Path | None, as_json: bool) -> None:
    """List the rows of a finished RUN whose label looks wrong, the most suspicious first.

    Five classifiers on the pre-trained model, which has seen no label, each judge the rows that they were not fitted
    on. What was found is kept in the run's folder.
    """
    from bertui.cli.progress import Phases, Shares
    from bertui.runs.suspicious import suspicious_labels

    with Phases() as phases:
        phases.begin("Loading the model")
        found = suspicious_labels(run, workspace=workspace, progress=Shares(phases, "Judging labels"))
    if as_json:
        show_json(found.to_json())
    else:
        _show(found)


def _show(found: SuspiciousLabels) -> None:
    rows = [
        (str(one.row), one.part, safe(one.given), _percent(one.given_probability), safe(one.suggested),
         _percent(one.suggested_probability), safe(one.text[:_LONGEST]))
        for one in found.found[:_SHOWN]
    ]  # fmt: skip
    if rows:
        titles = ("Row", "Part", "Label", "probable to", "Suggested", "probable to", "Text")
        show(table(titles, rows, right=(0, 3, 5), least=(1, 6)), "")
    for sentence in found.sentences():
        show(sentence)
    if len(found.found) > _SHOWN:
        remark(f"The first {_SHOWN} are shown; --json has all.")
    for note in found.notes:
        remark(note)


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"
