"""``bertui predict`` and ``bertui evaluate``: what a finished run says of new rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bertui.cli import options
from bertui.cli.printing import remark, show_json

if TYPE_CHECKING:
    from bertui.runs.evaluation import Evaluation


@click.command(epilog=options.examples(
    "bertui predict reviews new.csv --out answers.csv",
    "bertui predict reviews new.xlsx --text Comment --out answers.xlsx",
))  # fmt: skip
@click.argument("run")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True,
              help="File to write: .csv, .tsv, .xlsx, .jsonl, .json, .parquet, or the task's own shape.")  # fmt: skip
@options.columns("input")
@options.reading
@options.workspace
def predict(run: str, file: Path, out: Path, workspace: Path | None, **columns: Any) -> None:
    """Answer for every row of FILE with a finished RUN.

    RUN is an id as `bertui runs` lists it, a name that only one run has, or an exported folder. The file keeps its
    columns; the answers stand beside them. A row with nothing to read has no answer.
    """
    from bertui.cli.progress import Phases, Shares
    from bertui.runs import answers
    from bertui.runs.files import check_output, no_output

    check_output(out)
    ending = answers.output_ending(run, out, workspace)
    with Phases() as phases:
        phases.begin("Loading the model")
        answered = answers.answer_file(
            run, file, workspace=workspace, progress=Shares(phases, "Predicting", then="Saving"), tell=remark,
            ending=ending, **columns,
        )  # fmt: skip
        try:
            out.write_bytes(answered.written(ending))
        except OSError as error:
            raise no_output(out, error.strerror or str(error)) from error
    remark(f"{len(answered.frame):,} rows written to {out}")


@click.command(epilog=options.examples(
    "bertui evaluate reviews held_out.csv",
    "bertui evaluate reviews held_out.csv --text Comment --label Stars --json",
))  # fmt: skip
@click.argument("run")
@click.argument("file", type=click.Path(path_type=Path))
@options.columns("input", "answer")
@options.decimal
@options.reading
@options.workspace
@options.as_json
def evaluate(run: str, file: Path, workspace: Path | None, as_json: bool, **columns: Any) -> None:
    """Score a finished RUN on the labelled rows of FILE.

    RUN is an id as `bertui runs` lists it, a name that only one run has, or an exported folder. Rows that the run was
    trained on are counted, and baselines are compared on the other rows alone.
    """
    from bertui.cli.progress import Phases, Shares
    from bertui.runs.evaluation import evaluation_of

    with Phases() as phases:
        phases.begin("Loading the model")
        evaluation = evaluation_of(
            run, file, workspace=workspace, progress=Shares(phases, "Evaluating", then="Baselines"), tell=remark,
            **columns,
        )  # fmt: skip
    if as_json:
        show_json(evaluation.to_json())
    else:
        _show_evaluation(evaluation, file)


def _show_evaluation(evaluation: Evaluation, file: Path) -> None:
    from bertui.cli.header import show_run
    from bertui.cli.results import Shown, show_scores, show_views

    task, judged, fresh = type(evaluation.task), evaluation.judged, evaluation.fresh
    if evaluation.run is not None:
        show_run(evaluation.run, f"{judged.n:,} of {evaluation.rows:,} in {file.name}")
    beside = evaluation.baselines if fresh is judged else ()
    show_scores(Shown(task, judged.metrics, beside, judged.views), f"Scores on {judged.n:,} rows")
    if fresh is not None and fresh is not judged:
        heading = f"Scores on the {fresh.n:,} of them that do not stand in the training rows"
        show_scores(Shown(task, fresh.metrics, evaluation.baselines, fresh.views), heading)
    show_views(judged.views)
