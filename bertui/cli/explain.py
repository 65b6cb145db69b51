"""``bertui explain``: which words push towards an answer, of one text or of every row of a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bertui.cli import options
from bertui.cli.printing import remark, safe, show, show_json
from bertui.data.phrases import percent

if TYPE_CHECKING:
    from bertui.runs.explained_row import Explained
    from bertui.runs.pushing import Pushing

_MOST_PROBABILITIES, _MOST_WORDS = 10, 8


@click.command(epilog=options.examples(
    'bertui explain reviews --text "A fine lens, but the strap broke."',
    'bertui explain reviews --text "The strap broke." --target negative --json',
    'bertui explain reviews --text "The strap broke." --trust --flip',
    'bertui explain squad --question "Who came?" --context "Ada came first."',
    "bertui explain reviews new.csv --out explained.jsonl",
))  # fmt: skip
@click.argument("run")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--out", type=click.Path(path_type=Path),
              help="With FILE: JSON lines to write, one for each row.")  # fmt: skip
@options.texts
@click.option("--target", help="Label to explain; the predicted one when left out.")
@click.option("--against", help="Another label: the difference of the two is explained.")
@click.option("--focus", help="Part of the answer to explain, such as a token or 'end'; the usual one when left out.")
@click.option("--method", metavar="METHOD[:OPTION]", help="How words are scored: frozen (when left out), "
              "integrated-gradients, occlusion, lime, input-x-gradient or rollout.")  # fmt: skip
@click.option("--trust", is_flag=True, help="Take the strongest words away, and say how far the scores can be trusted.")
@click.option("--flip", is_flag=True, help="Look for the fewest words to delete or replace for another answer.")
@options.workspace
@options.as_json
def explain(
    run: str, file: Path | None, out: Path | None, target: str | None, against: str | None, focus: str | None,
    method: str | None, trust: bool, flip: bool, workspace: Path | None, as_json: bool, **texts: Any,
) -> None:  # fmt: skip
    """Say which words push towards an answer, of one text or of every row of FILE.

    On a terminal the words stand on colours: orange pushes towards the label, blue against it. With FILE the
    options of texts name its columns, those of the training file when left out.
    """
    from bertui.cli.progress import Phases, Shares
    from bertui.runs import explained_row

    if file is not None or out is not None:
        alone = {"--target": target, "--against": against, "--focus": focus, "--trust": trust, "--flip": flip,
                 "--json": as_json}  # fmt: skip
        _explain_rows(run, file, out, [name for name, given in alone.items() if given], workspace, method, texts)
        return
    given = {
        role: (typed,) if isinstance(typed, str) else typed for role, typed in texts.items() if typed not in (None, ())
    }
    inputs = explained_row.inputs_in_order(run, given, workspace)
    with Phases() as phases:
        explanation = explained_row.explained(
            run, *inputs, target=target, against=against, focus=focus, workspace=workspace, method=method, trust=trust,
            flip=flip, progress=Shares(phases, "Looking for another answer"),
        )  # fmt: skip
    if explanation.doubt:
        remark(f"Warning: {explanation.doubt}")
    if as_json:
        show_json(explanation.to_json())
    else:
        _show_explanation(explanation)


def _explain_rows(
    run: str, file: Path | None, out: Path | None, alone: list[str], workspace: Path | None, method: str | None,
    columns: dict[str, Any],
) -> None:  # fmt: skip
    """Write a line for every row of a file; the file is there whole or not at all."""
    from bertui.atomic import new_name
    from bertui.cli.progress import Phases, Shares
    from bertui.data.writing import json_line
    from bertui.runs.explained_file import check_lines, explain_file
    from bertui.runs.files import check_output, no_output
    from bertui.runs.pushing import WordsMet

    if file is None or out is None:
        raise click.UsageError("FILE and --out go together: the rows to explain, and the .jsonl file to write.")
    if alone:
        raise click.UsageError(f"{alone[0]} is for a single text. Leave it out, or give --text instead of FILE.")
    check_lines(out)
    check_output(out)
    fresh, rows, met = new_name(out), 0, WordsMet()
    with Phases() as phases:
        phases.begin("Loading the model")
        lines = explain_file(run, file, workspace=workspace, method=method, tell=remark,
                             progress=Shares(phases, "Explaining"), **columns)  # fmt: skip
        try:
            with fresh.open("w", encoding="utf-8", errors="replace", newline="\n") as written:
                for line in lines:
                    written.write(json_line(line))
                    met.add(line)
                    rows += 1
            fresh.replace(out)
        except OSError as error:
            raise no_output(out, error.strerror or str(error)) from error
        finally:
            fresh.unlink(missing_ok=True)
    _show_pushing(met.pushing(_MOST_WORDS))
    remark(f"{rows:,} rows explained in {out}")


def _show_pushing(words: Sequence[Pushing]) -> None:
    from bertui.cli.printing import table

    if words:
        rows = [(safe(one.target), safe(one.word), f"{one.rows:,}", f"{one.mean:+.3f}") for one in words]
        show("Words that push most towards each answer", "",
             table(("Answer", "Word", "Rows", "Mean score"), rows, right=(2, 3)))  # fmt: skip


def _show_explanation(explanation: Explained) -> None:
    from rich.text import Text

    from bertui.cli.heatmap import show_heatmap
    from bertui.cli.printing import table

    show(Text.assemble(("Answer: ", "bold"), safe(explanation.answer.in_words)))
    ranked = sorted(explanation.probabilities.items(), key=lambda pair: -pair[1])[:_MOST_PROBABILITIES]
    if ranked:
        rows = [(percent(probability), safe(name)) for name, probability in ranked]
        show("", table(("Probability", "Label"), rows, right=(0,)))
    show_heatmap(explanation.attribution, explanation.target)
    if explanation.trust is not None:
        show("", safe(explanation.trust.sentence()))
    if explanation.flips is not None:
        _show_flips(explanation)


def _show_flips(explanation: Explained) -> None:
    if not explanation.flips:
        show("", safe(explanation.no_flip or "No other answer was found by deleting or replacing up to four words."))
        return
    show("", "Other answers, with the fewest words changed:")
    for one in explanation.flips:
        show(f"  {safe(one.prediction.summary())}: {safe(one.in_words())}", f"    {safe(one.text)}")
