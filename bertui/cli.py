"""The command line: the same verbs, the same folders."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from bertui import __version__
from bertui.data.roles import ROLES
from bertui.errors import UserError

_workspace = click.option("--workspace", type=click.Path(path_type=Path), help="Folder with tables and runs.")
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object and nothing else.")


def _columns(*parts: str) -> Callable[[Any], Any]:
    """Add an option for each role of some parts; its columns arrive under the role's name."""

    def add(command: Any) -> Any:
        for role in reversed([role for role in ROLES.values() if role.part in parts and role.options]):
            several = role.several != "no"
            help = f"Column of the {role.title.lower()}{'; give it several times for several' if several else ''}."
            command = click.option(*role.options, role.name, multiple=several, help=help)(command)
        return command

    return add


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """Fine-tune BERT on your own table of texts, and see why it decides as it does."""


@cli.command()
@click.option("--port", default=8501, show_default=True)
@click.option("--address", default="127.0.0.1", show_default=True, envvar="STREAMLIT_SERVER_ADDRESS",
              help="Address to listen on; 0.0.0.0 stands for all of this machine.")  # fmt: skip
@click.option("--host", "names", multiple=True, metavar="NAME", envvar="STREAMLIT_SERVER_ALLOWED_HOSTS",
              help="Name by which browsers reach the app; give it several times for several.")  # fmt: skip
@click.option("--workspace", type=click.Path(path_type=Path), help="Folder with tables and runs.")
def app(port: int, address: str, names: tuple[str, ...], workspace: Path | None) -> None:
    """Start the app in the browser."""
    from bertui.ui.hosts import allowed_hosts, url

    hosts = allowed_hosts(address, names)
    if workspace is not None:
        os.environ["BERTUI_WORKSPACE"] = str(workspace.expanduser().resolve())
    os.environ.setdefault("BERTUI_WORKSPACE", str(Path("workspace").resolve()))
    click.echo(f"bertui is at {url(address, hosts, port)}  (stop with Ctrl-C)", err=True)
    from bertui.ui.serving import serve

    serve(port, address, hosts)


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--task", help="single-label, score, several-labels ...; guessed from the columns when left out.")
@_columns("input", "answer")
@click.option("--valid", type=click.Path(path_type=Path), help="Separate file of validation rows.")
@click.option("--test", type=click.Path(path_type=Path), help="Separate file of test rows.")
@click.option("--recipe", "recipe_file", type=click.Path(path_type=Path), help="Recipe saved as JSON.")
@click.option("--set", "settings", multiple=True, metavar="PATH=VALUE", help="Change one choice of the recipe.")
@click.option("--name", default="", help="What the run is called.")
@_workspace
@_json
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
        file, task=task, valid=valid, test=test, name=name, workspace=workspace, tell=_tell,
        recipe=recipe, set=parse_settings(settings), **columns,
    )  # fmt: skip
    _tell(f"run {run.id}: {run.task.title.lower()}")
    show = _watcher()
    for event in execute(run, threading.Event()):
        show(event)
    _say(_summary(run), as_json)


@cli.command()
@click.argument("run")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True,
              help="File to write: .csv, .jsonl, or the task's own shape.")  # fmt: skip
@_columns("input")
@_workspace
def predict(run: str, file: Path, out: Path, workspace: Path | None, **columns: Any) -> None:
    """Answer for every row of FILE with a finished RUN."""
    from bertui.runs import answers
    from bertui.runs.files import check_output, no_output

    check_output(out)
    with _bar("predict") as progress:
        found = answers.answer_file(run, file, workspace=workspace, progress=progress, tell=_tell, **columns)
    try:
        out.write_bytes(found.written(out.suffix))
    except OSError as error:
        raise no_output(out, error.strerror or str(error)) from error
    click.echo(f"{len(found.frame)} rows written to {out}", err=True)


@cli.command()
@click.argument("run")
@click.argument("file", type=click.Path(path_type=Path))
@_columns("input", "answer")
@_workspace
@_json
def evaluate(run: str, file: Path, workspace: Path | None, as_json: bool, **columns: Any) -> None:
    """Score a finished RUN on the labelled rows of FILE."""
    from bertui.runs import answers

    with _bar("evaluate") as progress:
        found = answers.evaluate(run, file, workspace=workspace, progress=progress, tell=_tell, **columns)
    if not as_json:
        del found["scores"]  # too much to read in lines
    _say(found, as_json)


@cli.command()
@click.argument("run")
@_workspace
@_json
def resume(run: str, workspace: Path | None, as_json: bool) -> None:
    """Go on with a RUN that was interrupted or failed; it ends as if nothing had happened."""
    from bertui.runs import verbs

    _say(_summary(verbs.resume(run, workspace=workspace, watch=_watcher())), as_json)


def _texts(command: Any) -> Any:
    """Add an option for each thing that a task reads; it takes the text itself."""
    for role in reversed([role for role in ROLES.values() if role.part == "input"]):
        several = role.several == "apart"
        help = f"The {role.title.lower()}{'; give it once for each' if several else ''}."
        command = click.option(*role.options, role.name, multiple=several, help=help)(command)
    return command


@cli.command()
@click.argument("run")
@_texts
@click.option("--target", help="Label to explain; the predicted one when left out.")
@click.option("--focus", help="Part of the answer to explain, such as a token or 'end'; the usual one when left out.")
@_workspace
@_json
def explain(
    run: str, target: str | None, focus: str | None, workspace: Path | None, as_json: bool, **texts: Any
) -> None:
    """Say which words push towards an answer, by integrated gradients."""
    from bertui.runs import answers

    given = {role: (said,) if isinstance(said, str) else said for role, said in texts.items() if said not in (None, ())}
    inputs = answers.inputs_in_order(run, given, workspace)
    found = answers.explain(run, *inputs, target=target, focus=focus, workspace=workspace)
    if as_json:
        _say(found, True)
        return
    for name, probability in sorted(found.get("probabilities", {}).items(), key=lambda pair: -pair[1]):
        click.echo(f"{probability:7.1%}  {name}")
    click.echo(f"answer: {found['answer']}\n\nTowards (+) or against (-) '{found['target']}':")
    for word, score in zip(found["words"], found["scores"], strict=True):
        click.echo(f"{score:+7.3f}  {word}")


@cli.command()
@_workspace
@_json
def runs(workspace: Path | None, as_json: bool) -> None:
    """List the runs of the workspace, newest first."""
    from bertui.runs.files import open_workspace

    space = open_workspace(workspace)
    for broken in space.broken():
        _tell(f"The folder '{broken.folder}' cannot be read: its run.json is broken. Restore or delete the folder.")
    rows = [_summary(run) for run in space.runs()]
    if as_json:
        _say({"runs": rows}, True)
        return
    for row in rows:
        score = next(iter(row["metrics"].values()), None)
        shown = f"{score:6.3f}" if score is not None else "     -"
        click.echo(f"{row['run']}  {row['status']:<11}  {row['task']:<18}  {shown}  {row['name']}")
    if not rows:
        click.echo("No runs yet. Start one: bertui train FILE --text COLUMN --label COLUMN", err=True)


@cli.command(name="export")
@click.argument("run")
@click.argument("dest", type=click.Path(path_type=Path))
@_workspace
@_json
def export_(run: str, dest: Path, workspace: Path | None, as_json: bool) -> None:
    """Write a finished RUN as a folder and a zip for use elsewhere."""
    from bertui.runs import verbs

    _say(verbs.export(run, dest, workspace=workspace), as_json)


def main(words: Sequence[str] | None = None) -> None:
    """Run the command line: exit 0 done, 2 for what a person can mend, 130 interrupted, 1 for a bug.

    Args:
        words: What was typed after "bertui"; taken from the process when left out.
    """
    _quiet_libraries()
    try:
        sys.exit(cli.main(words, prog_name="bertui", standalone_mode=False) or 0)
    except UserError as error:
        click.echo(f"bertui: {error}", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("bertui: interrupted; a run that was training goes on with: bertui resume RUN", err=True)
        sys.exit(130)


def _quiet_libraries() -> None:
    """Keep the libraries' own progress bars off; ours is enough."""
    os.environ.setdefault("TRANSFORMERS_NO_ADVISORY_WARNINGS", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")


def _summary(run: Any) -> dict[str, Any]:
    """Return what --json says of a run."""
    from bertui.runs.run import main_part

    facts, report = run.facts(), run.report() or {"parts": {}}
    judged = main_part(report)
    metrics: dict[str, Any] = {}
    baselines: dict[str, Any] = {}
    if judged is not None:
        metrics = {**_values(judged[1]["metrics"]), "n": judged[1]["n"]}
        baselines = {other["name"]: _values(other["metrics"]) for other in judged[1]["baselines"]}
    return {
        "run": run.id, "name": facts["name"], "status": run.state, "task": run.task_kind,
        "metrics": metrics, "baselines": baselines,
        "seconds": report.get("seconds"), "train_examples_per_second": report.get("train_examples_per_second"),
        "folder": str(run.folder),
    }  # fmt: skip


def _values(metrics: dict[str, dict[str, float]]) -> dict[str, float]:
    return {name: value["value"] for name, value in metrics.items()}


def _say(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for key, value in found.items():
        shown = ", ".join(f"{name} {part}" for name, part in value.items()) if isinstance(value, dict) else value
        click.echo(f"{key}: {shown}")


def _watcher() -> Callable[[Any], None]:
    """Return a function that draws events as one progress bar on stderr."""
    from tqdm import tqdm

    from bertui.training.events import AlarmRaised, Evaluated, PhaseBegan, StepTaken, TrainingBegan

    bar: tqdm[Any] = tqdm(total=0, file=sys.stderr, unit="step", disable=None)

    def show(event: Any) -> None:
        if isinstance(event, TrainingBegan):
            bar.total, bar.n = event.steps, event.resumed_at
        elif isinstance(event, StepTaken):
            bar.update(event.step - bar.n)
            bar.set_postfix(loss=f"{event.loss:.3f}", refresh=False)
        elif isinstance(event, PhaseBegan):
            bar.set_description(event.name)
        elif isinstance(event, Evaluated):
            words = "  ".join(f"{name} {value:.4f}" for name, value in event.metrics.items())
            tqdm.write(f"step {event.step}: validation {words}{'  best' if event.best else ''}", file=sys.stderr)
        elif isinstance(event, AlarmRaised):
            tqdm.write(event.message, file=sys.stderr)

    return show


class _bar:
    """A progress bar on stderr for a share from 0 to 1."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __enter__(self) -> Callable[[float], None]:
        from tqdm import tqdm

        self.bar: tqdm[Any] = tqdm(total=100, desc=self.words, file=sys.stderr, disable=None, unit="%")
        return lambda share: self.bar.update(round(share * 100) - self.bar.n) and None

    def __exit__(self, *error: object) -> None:
        self.bar.close()


def _tell(words: str) -> None:
    click.echo(words, err=True)
