"""``bertui predict``, ``bertui evaluate`` and ``bertui explain``: what a finished run says of new rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bertui.cli import options
from bertui.cli.printing import remark, show
from bertui.cli.progress import Bar


@click.command()
@click.argument("run")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True,
              help="File to write: .csv, .tsv, .xlsx, .jsonl, .json, .parquet, or the task's own shape.")  # fmt: skip
@options.columns("input")
@options.workspace
def predict(run: str, file: Path, out: Path, workspace: Path | None, **columns: Any) -> None:
    """Answer for every row of FILE with a finished RUN."""
    from bertui.runs import answers
    from bertui.runs.files import check_output, no_output

    check_output(out)
    ending = answers.output_ending(run, out, workspace)
    with Bar("predict") as progress:
        found = answers.answer_file(
            run, file, workspace=workspace, progress=progress, tell=remark, ending=ending, **columns
        )
    try:
        out.write_bytes(found.written(ending))
    except OSError as error:
        raise no_output(out, error.strerror or str(error)) from error
    remark(f"{len(found.frame)} rows written to {out}")


@click.command()
@click.argument("run")
@click.argument("file", type=click.Path(path_type=Path))
@options.columns("input", "answer")
@options.decimal
@options.workspace
@options.as_json
def evaluate(run: str, file: Path, workspace: Path | None, as_json: bool, **columns: Any) -> None:
    """Score a finished RUN on the labelled rows of FILE."""
    from bertui.runs import answers

    with Bar("evaluate") as progress:
        found = answers.evaluate(run, file, workspace=workspace, progress=progress, tell=remark, **columns)
    if not as_json:
        del found["scores"]  # too much to read in lines
    show(found, as_json)


@click.command()
@click.argument("run")
@options.texts
@click.option("--target", help="Label to explain; the predicted one when left out.")
@click.option("--focus", help="Part of the answer to explain, such as a token or 'end'; the usual one when left out.")
@options.workspace
@options.as_json
def explain(
    run: str, target: str | None, focus: str | None, workspace: Path | None, as_json: bool, **texts: Any
) -> None:
    """Say which words push towards an answer, by integrated gradients."""
    from bertui.runs import answers

    given = {
        role: (typed,) if isinstance(typed, str) else typed for role, typed in texts.items() if typed not in (None, ())
    }
    inputs = answers.inputs_in_order(run, given, workspace)
    found = answers.explain(run, *inputs, target=target, focus=focus, workspace=workspace)
    if as_json:
        show(found, True)
        return
    for name, probability in sorted(found.get("probabilities", {}).items(), key=lambda pair: -pair[1]):
        click.echo(f"{probability:7.1%}  {name}")
    click.echo(f"answer: {found['answer']}\n\nTowards (+) or against (-) '{found['target']}':")
    for word, score in zip(found["words"], found["scores"], strict=True):
        click.echo(f"{score:+7.3f}  {word}")
