"""What a person does with a table and a run, in a few calls: train, resume, load, export.

Command line and library are these functions and those of ``answers``; the app uses the same parts underneath.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bertui.data.balance import check_classes, check_training_classes
from bertui.data.columns import guess_roles
from bertui.data.joining import join_parts
from bertui.data.report import require_classes
from bertui.data.splitting import Split, make_split
from bertui.data.table import Roles, Table
from bertui.errors import DataError, RunError
from bertui.prediction import Predictor
from bertui.recipe import Recipe
from bertui.runs.card import model_card
from bertui.runs.execution import execute
from bertui.runs.files import Tell, is_export, open_workspace, read_file
from bertui.runs.run import Run
from bertui.training.events import Event

Trained = Run | Predictor | str | Path
"""A run, its id or name, an exported folder, or a model that ``load`` gave."""


def prepare(
    train: str | Path, *, text: str | Sequence[str] = (), label: str | None = None, valid: str | Path | None = None,
    test: str | Path | None = None, recipe: Recipe | None = None, name: str = "", workspace: str | Path | None = None,
    tell: Tell | None = None,
) -> Run:  # fmt: skip
    """Read files, divide the rows and make a run that waits to be executed.

    Args:
        tell: Called with each sentence on what was mended in reading or is wrong with the classes.
    """
    space = open_workspace(workspace)
    files = {"train": train, "validation": valid, "test": test}
    table = labelled_table({part: Path(file) for part, file in files.items() if file is not None}, text, label, tell)
    require_classes(table)
    recipe = recipe or Recipe()
    split = make_split(table, recipe.split)
    _tell_of_classes(table, split, tell)
    return space.create_run(table, split, recipe, name=name)


def train(
    file: str | Path, *, set: dict[str, Any] | None = None, recipe: Recipe | None = None,
    watch: Callable[[Event], None] | None = None, **options: Any,
) -> Run:  # fmt: skip
    """Train on a file to the end and return the finished run.

    Args:
        set: Changes of the recipe by dotted path, such as ``{"training.epochs": 3}``.
        watch: Called with every event.
        options: text, label, valid, test, name, workspace, tell as in ``prepare``.
    """
    run = prepare(file, recipe=(recipe or Recipe()).changed(set or {}), **options)
    for event in execute(run, threading.Event()):
        if watch is not None:
            watch(event)
    return run


def load(run: Trained, workspace: str | Path | None = None) -> Predictor:
    """Load a run (or its id), or an exported folder, to answer for texts; what is loaded already is given back."""
    if isinstance(run, Predictor):
        return run
    found = run_of(run, workspace)
    return Predictor(Path(str(run)) if found is None else found.model_folder)


def run_of(run: Trained, workspace: str | Path | None) -> Run | None:
    """Return the run; None for a loaded model and an exported folder, which know nothing of one."""
    if isinstance(run, Predictor) or (not isinstance(run, Run) and is_export(run)):
        return None
    return find(run, workspace)


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
    found = find(run, workspace)
    if found.state not in ("interrupted", "failed"):
        raise RunError(
            f"The run '{found.name}' is {found.state}.", expected="A run that was interrupted or has failed.",
            remedy="Start a new one with bertui train.",
        )  # fmt: skip
    for event in execute(found, threading.Event()):
        if watch is not None:
            watch(event)
    return found


def export(run: Run | str | Path, folder: str | Path, *, workspace: str | Path | None = None) -> dict[str, str]:
    """Write a run's model as a folder and a zip with weights, tokenizer, label names and model card."""
    from bertui.modeling.export import export_model
    from bertui.modeling.saving import load_model

    found, target = find(run, workspace), Path(folder).expanduser()
    source = found.model_folder
    try:
        if target.is_file() or (target.exists() and any(target.iterdir())):
            raise RunError(
                f"'{target}' is {'a file' if target.is_file() else 'not empty'}.",
                expected="A folder that does not exist yet, or an empty one.",
                remedy="Name a new folder.",
            )
        plain = export_model(load_model(source), target)
        (target / "README.md").write_text(model_card(found, in_pipeline=plain), "utf-8")
        archive = shutil.make_archive(str(target), "zip", target)
    except OSError as error:
        raise RunError(
            f"The export cannot be written to '{target}' ({error.strerror or error}).",
            expected="A folder that you may write to, with room on its disk.",
            remedy="Name another folder, or free some space.",
        ) from error
    return {"folder": str(target), "zip": archive, "loads": "transformers" if plain else "bertui"}


def labelled_table(files: dict[str, Path], text: str | Sequence[str], label: str | None, tell: Tell | None) -> Table:
    """Read one or several files; several become one table with a split column."""
    frames = {part: read_file(path, tell) for part, path in files.items()}
    frame = next(iter(frames.values()))
    guess = guess_roles(frame)
    columns = text_columns(frame, text, list(guess.text))
    chosen = label or guess.label
    _check_column(frame, chosen, "label")
    split = guess.split if len(files) == 1 and "train" in files else None
    if len(frames) > 1:
        frame, split = join_parts(frames, [*columns, str(chosen)])
    return Table(frame, Roles(columns, chosen, split=split), next(iter(files.values())).name)


def text_columns(frame: pd.DataFrame, text: str | Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    wanted = (text,) if isinstance(text, str) else tuple(text)
    columns = wanted or tuple(known) or guess_roles(frame).text
    for column in columns:
        _check_column(frame, column, "text")
    return columns


def _tell_of_classes(table: Table, split: Split, tell: Tell | None) -> None:
    """Tell which classes are too small to be learned or are never shown in training."""
    if tell is None:
        return
    unseen = check_training_classes(table, split.train, np.concatenate([split.validation, split.test]))
    for finding in [*check_classes(table), *([unseen] if unseen else [])]:
        tell(f"{finding.title} {finding.detail}")


def _check_column(frame: pd.DataFrame, column: str | None, role: str) -> None:
    if column is None or column not in frame.columns:
        found = f"Column '{column}' is not in the file." if column else f"No column looks like the {role}."
        names = ", ".join(map(str, frame.columns))
        raise DataError(
            found, expected=f"Columns: {names}.", remedy=f"Choose one with --{role}, or add it to the file."
        )
