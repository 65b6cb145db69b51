"""What a person does with a table and a run, in a few calls: train, resume, load, export.

Command line and library are these functions and those of ``answers``; the app uses the same parts underneath.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from bertui.atomic import new_name, system_error, together
from bertui.data.cells.number_cells import Decimal
from bertui.data.file_layout import UNKNOWN, Layout
from bertui.data.reading.reading import ReadingOptions
from bertui.data.roles import Roles
from bertui.data.row_numbers import RowNumbers
from bertui.data.splitting import Split, make_split
from bertui.data.table import Table
from bertui.errors import ModelError, RunError
from bertui.prediction.predictor import Predictor
from bertui.recipe import Recipe, with_task_defaults
from bertui.runs.card import model_card
from bertui.runs.execution import execute
from bertui.runs.files import Tell, is_export, open_workspace, read_file
from bertui.runs.run import Run
from bertui.tasks.guessing import Columns, choose_roles
from bertui.tasks.parts import join_files
from bertui.tasks.registry import check, read_task, require, task_class
from bertui.tasks.task import Task
from bertui.training.events import Event

Trained = Run | Predictor | str | Path
"""A run, its id or name, an exported folder, or a model that ``load`` gave."""


def prepare(
    train: str | Path, *, task: str | None = None, valid: str | Path | None = None, test: str | Path | None = None,
    recipe: Recipe | None = None, set: dict[str, Any] | None = None, name: str = "",
    workspace: str | Path | None = None, tell: Tell | None = None, decimal: Decimal | None = None,
    reading: ReadingOptions | None = None, pins: Sequence[str] = (), **columns: str | Sequence[str] | None,
) -> Run:  # fmt: skip
    """Read files, divide the rows and make a run that waits to be executed.

    Args:
        task: Kind of the task, such as "tagging"; guessed from the columns when left out.
        recipe: The choices; those that suit the task when left out.
        set: Changes of the recipe by dotted path, such as ``{"training.epochs": 3}``.
        tell: Called with each sentence on what was mended in reading, and with each warning of the report.
        decimal: The mark before the decimals of a score; the cells decide when left out.
        reading: How the files are to be read where the guess is wrong: encoding, delimiter, sheet, header_rows (0: the
            columns are named by their place) and skip_rows above them, such as ``{"header_rows": 0}``; as_it_stands
            leaves rows that hold structure as they are.
        pins: Up to five sentences that are asked at every check; texts of a pair with a tab or " | " between them.
        columns: Role -> column or columns: ``text="review"``, ``label="stars"``; guessed when left out.
    """
    space = open_workspace(workspace)
    files = {"train": train, "validation": valid, "test": test}
    given = {part: Path(file) for part, file in files.items() if file is not None}
    table = read_table_of(given, columns, task, tell, reading=reading)
    table = table.with_roles(table.roles.with_decimal(decimal))
    require(table)
    recipe = (recipe or with_task_defaults(Recipe(), table.roles.task)).changed(set or {})
    split = make_split(table, recipe.split)
    findings = _looked_over(table, split, tell)
    run = space.create_run(table, split, recipe, name=name, pins=pins)
    run.change(findings=findings)
    return run


def train(file: str | Path, *, watch: Callable[[Event], None] | None = None, **options: Any) -> Run:
    """Train on a file to the end and return the finished run.

    Args:
        watch: Called with every event.
        options: text, label, other columns, task, set, recipe, valid, test, name, workspace, tell as in ``prepare``.
    """
    run = prepare(file, **options)
    for event in execute(run):
        if watch is not None:
            watch(event)
    return run


def load(run: Trained, workspace: str | Path | None = None) -> Predictor:
    """Load a run (or its id), or an exported folder, to answer for texts; what is loaded already is given back."""
    if isinstance(run, Predictor):
        return run
    trained = run_of(run, workspace)
    return Predictor(Path(str(run)) if trained is None else trained.model_folder)


def run_of(run: Trained, workspace: str | Path | None) -> Run | None:
    """Return the run; None for a loaded model and an exported folder, which know nothing of one."""
    if isinstance(run, Predictor) or (not isinstance(run, Run) and is_export(run)):
        return None
    return find(run, workspace)


def run_with_rows(run: Trained, workspace: str | Path | None) -> Run:
    """Return the run behind what was given, where there is one.

    Raises:
        ModelError: An exported folder or a loaded model has no rows.
    """
    trained = run_of(run, workspace)
    if trained is None:
        raise ModelError(
            "This model has no rows to look at.",
            expected="A run of a workspace, with the rows that it was trained on.",
            remedy="Take the run itself instead of its exported folder.",
        )
    return trained


def find(run: Run | str | Path, workspace: str | Path | None = None) -> Run:
    """Return a run by id or name."""
    if isinstance(run, Run):
        return run
    return open_workspace(workspace).run(str(run))


def resume(run: Run | str, *, workspace: str | Path | None = None, watch: Callable[[Event], None] | None = None) -> Run:
    """Go on with a run that was interrupted or failed, from its last checkpoint to its end.

    Raises:
        RunError: The run lives, or has ended.
    """
    interrupted = resumable(run, workspace)
    for event in execute(interrupted):
        if watch is not None:
            watch(event)
    return interrupted


def resumable(run: Run | str, workspace: str | Path | None = None) -> Run:
    """Return a run that can be resumed.

    Raises:
        RunError: The run lives, or has ended.
    """
    candidate = find(run, workspace)
    if candidate.state not in ("interrupted", "failed"):
        raise RunError(
            f"The run '{candidate.name}' is {candidate.state}.", expected="A run that was interrupted or has failed.",
            remedy="Start a new one with bertui train.",
        )  # fmt: skip
    return candidate


def stop(run: Run | str, *, discard: bool = False, workspace: str | Path | None = None) -> Run:
    """Ask the process that trains a run, whichever it is, to end it; it does so after its next step.

    Args:
        discard: Throw the run's work away; else its best model is kept, evaluated and saved.

    Raises:
        RunError: Nobody trains it.
    """
    asked = find(run, workspace)
    if not asked.ask("cancel" if discard else "stop"):
        raise RunError(
            f"The run '{asked.name}' is {asked.state}.", expected="A run that is being trained.",
            remedy="Cancel it with --discard." if asked.state == "queued" else "There is nothing to stop.",
        )  # fmt: skip
    return asked


def export(run: Run | str | Path, folder: str | Path, *, workspace: str | Path | None = None) -> dict[str, str]:
    """Write a run's model as a folder and a zip with weights, tokenizer, label names and model card.

    Raises:
        RunError: The run has no model, or the folder is not empty or cannot be written; then nothing is left in it.
    """
    source_run, target = find(run, workspace), Path(folder).expanduser()
    source = source_run.model_folder
    new = not os.path.exists(target)  # unlike Path's, it takes a name that no folder can have
    try:
        if target.is_file() or (not new and any(target.iterdir())):
            raise RunError(
                f"'{target}' is {'a file' if target.is_file() else 'not empty'}.",
                expected="A folder that does not exist yet, or an empty one.",
                remedy="Name a new folder.",
            )
        target.mkdir(parents=True, exist_ok=True)
        archive, plain = _export(source_run, source, target)
    except Exception as error:
        system = system_error(error)
        if new:
            with suppress(OSError):
                target.rmdir()
        if system is None:
            raise
        raise RunError(
            f"The export cannot be written to '{target}' ({system.strerror or system}).",
            expected="A folder that you may write to, with room on its disk.",
            remedy="Name another folder, or free some space.",
        ) from error
    return {"folder": str(target), "zip": archive, "loads": "transformers" if plain else "bertui"}


def _export(run: Run, model: Path, target: Path) -> tuple[str, bool]:
    """Write folder and zip, both or none; return the zip and whether plain transformers loads the folder."""
    from bertui.modeling.export import export_model
    from bertui.modeling.saving import load_model

    saved, archive = load_model(model), f"{target}.zip"
    plain_task = read_task(saved.facts["task"]).plain()
    packed = new_name(Path(archive))
    try:
        with together(target, "export") as fresh:
            plain = export_model(saved, fresh, plain_task)
            card = model_card(run, plain_task.pipeline if plain and plain_task else None)
            (fresh / "README.md").write_text(card, "utf-8")
            os.replace(shutil.make_archive(str(packed), "zip", fresh), packed)
        os.replace(packed, archive)
    finally:
        for left in (packed, packed.with_name(f"{packed.name}.zip")):
            left.unlink(missing_ok=True)
    return archive, plain


def read_table_of(
    files: dict[str, Path], columns: Columns, task: str | None, tell: Tell | None, *, like: Roles | None = None,
    layout: Layout = UNKNOWN, reading: ReadingOptions | None = None,
) -> Table:  # fmt: skip
    """Read one or several files with their true answers; several become one table with a split column.

    Args:
        like: The columns that a run was trained with, and ``layout`` how the rows lay in its file.
        reading: What a person says of how the files are to be read.
    """
    (part, path), *others = files.items()
    needed = [name for role in like.playing("input") for name in like.of(role)] if like else []
    frame, how_read = read_file(path, tell, layout=layout, columns=needed, reading=reading)
    frames, numbers = {part: frame}, [(how_read.numbers, range(len(frame)))]
    for part, other in others:
        frames[part], read_too = read_file(other, tell, layout=how_read.layout, columns=frame.columns, reading=reading)
        numbers.append((read_too.numbers, range(len(frames[part]))))
    roles = choose_roles(frame, columns, task, like=like)
    # Group and row id are asked for in the app; here a guess would change the split unasked. But rows that share
    # a text they are read with must stay together.
    read = [name for role in roles.playing("input") for name in roles.of(role)]
    group = roles.group if roles.group in read else columns.get("group")
    split = roles.split if len(files) == 1 and "train" in files else None
    roles = roles.changed(id=columns.get("id"), group=group, split=split)
    if len(frames) > 1:
        frame, roles, notes = join_files(frames, roles)
        tell_all(notes, tell)
    counted = RowNumbers.below_each_other(numbers)
    return Table(frame, roles, path.name, layout=how_read.layout, numbers=counted)


def tell_of_reading(task: Task, table: Table, tell: Tell | None) -> None:
    """Tell how answers are read that a person might mean otherwise."""
    if tell is not None:
        tell_all([f"{finding.title} {finding.detail}" for finding in task.reading(table)], tell)


def tell_all(sentences: Iterable[str], tell: Tell | None) -> None:
    """Tell sentences where somebody listens."""
    for sentence in sentences:
        if tell is not None:
            tell(sentence)


def _looked_over(table: Table, split: Split, tell: Tell | None) -> list[dict[str, str]]:
    """Return the findings, the most harmful first; pass on the warnings, and the notes on how answers are read."""
    findings = check(table, split=split).findings
    readings = {one.kind for one in task_class(table.roles.task).learn(table, split.train).reading(table)}
    if tell is not None:
        for finding in findings:
            if finding.severity != "note":
                tell(f"Warning: {finding.title} {finding.detail}")
            elif finding.kind in readings:
                tell(f"{finding.title} {finding.detail}")
    return [{"kind": one.kind, "severity": one.severity, "title": one.title, "detail": one.detail} for one in findings]
