"""``bertui layers``: what every layer of a run does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from bertui.cli import options
from bertui.cli.printing import remark, safe, show, show_json, table

if TYPE_CHECKING:
    from bertui.laboratory.words import OneWord
    from bertui.runs.layer_report import LayerReport

_OCCURRENCES = 10  # of a word that are listed
_LONGEST = 100  # letters of a text that fit


@click.command(epilog=options.examples(
    "bertui layers reviews", "bertui layers reviews --rows 500 --json", "bertui layers reviews --word light",
))  # fmt: skip
@click.argument("run")
@click.option("--rows", type=click.IntRange(min=8), default=2000, show_default=True, help="Rows that are read at most.")
@click.option("--word", help="A word that is followed through the layers.")
@click.option("--before", help="A run in the place of the model before fine-tuning.")
@options.workspace
@options.as_json
def layers(run: str, rows: int, word: str | None, before: str | None, workspace: Path | None, as_json: bool) -> None:
    """Say what every layer of a finished RUN does, before against after fine-tuning.

    Probes are fitted on training rows and scored on validation rows; test rows are for the end. What was read is kept
    in the run's folder, so that a second look is quick.
    """
    from bertui.cli.progress import Phases, Shares
    from bertui.runs.layer_report import layer_report

    with Phases() as phases:
        phases.begin("Loading the model")
        report = layer_report(
            run, rows=rows, word=word, before=before, workspace=workspace, progress=Shares(phases, "Reading layers")
        )
    if as_json:
        show_json(report.to_json())
        return
    _show(report)
    if report.word is not None:
        _show_word(report.word)
    for note in report.notes:
        remark(note)


def _show(report: LayerReport) -> None:
    fitted, scored = report.rows
    show(f"Fitted on {fitted:,} training rows, scored on {scored:,} validation rows.", "")
    rows = []
    for number, layer in enumerate(report.to_json()["layers"]):
        probe, untrained = layer["probe_mean"], layer["untrained_mean"]["after"]
        shares = (probe["before"], probe["after"], untrained, layer["lens"], layer["lens_mapped"])
        rows.append((str(number), *map(_percent, shares), _number(layer["cka"]), _percent(layer["without"])))
    titles = ("Layer", "Probe before", "after", "untrained", "Lens", "mapped", "CKA", "Without it")
    show(table(titles, rows, right=range(8)))
    if report.majority is not None:
        show("", f"Always the most frequent label: {_percent(report.majority)}.")
    show(
        "",
        "Probe: how well a linear classifier tells the label from the mean of the layer's vectors. Lens: the share of",
        "rows for which that layer, read as if it were the top, gives the model's answer; mapped: through a linear map",
        "to the top. CKA: how alike the vectors are before and after, 1 is the same. Without it: the score when the",
        "layer is skipped.",
    )


def _show_word(word: OneWord) -> None:
    top = len(word.vectors) - 1
    show("", f"“{safe(word.word)}” stands there {word.found:,} times. Nearest to the first at the top layer:", "")
    near = [(word.occurrences[at], cosine) for at, cosine in word.nearest(top, 0, _OCCURRENCES)]
    for one, cosine in [(word.occurrences[0], 1.0), *near]:
        show(f"{cosine:+.2f}  {safe(one.label)}: {safe(one.text[:_LONGEST])}")


def _percent(value: float | None) -> str:
    return "" if value is None else f"{100 * value:.1f} %"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"
