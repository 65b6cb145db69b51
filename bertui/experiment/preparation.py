"""What stands between a recipe and the first step: the model at hand, the rows encoded, a Training built."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import ModelError, RecipeError
from bertui.modeling.sources import model_title
from bertui.recipe import Recipe
from bertui.training.events import PhaseBegan

if TYPE_CHECKING:
    import numpy as np

    from bertui.encoding.encode import TextEncoder
    from bertui.modeling.backbone import Backbone
    from bertui.modeling.sources import Progress
    from bertui.tasks.examples import Examples
    from bertui.tasks.task import Task
    from bertui.training.state import Training

_CHUNK = 2000  # rows tokenised at once: enough to use every core, few enough to report progress


def load(recipe: Recipe) -> Generator[PhaseBegan, None, Backbone]:
    """Load the pre-trained model; yields how far its download is, if it has to be fetched.

    Raises:
        ModelError: The model cannot be had.
    """
    from bertui.modeling.backbone import load_backbone

    yield PhaseBegan("load", detail=model_title(recipe.model.name))
    dropout = recipe.regularization
    return (
        yield from _reported(
            lambda report: load_backbone(
                recipe.model, progress=report,
                hidden_dropout=dropout.hidden_dropout, attention_dropout=dropout.attention_dropout,
            )
        )
    )  # fmt: skip


def build(
    table: Table, split: Split, recipe: Recipe, backbone: Backbone, task: Task | None = None
) -> Generator[PhaseBegan, None, Training]:
    """Encode the training and validation rows and build the network with its optimizer; yields progress.

    A learning rate that the recipe leaves open is the one that suits the model.

    Args:
        task: As ``task_of`` gives it, where it is at hand.

    Raises:
        RecipeError: The recipe asks for longer texts than the model reads.
    """
    from bertui.encoding.encode import TextEncoder
    from bertui.modeling.model import TextModel
    from bertui.modeling.precision import pick_device, pick_precision
    from bertui.training.masking import masking_of
    from bertui.training.regularisers import regularisers_of
    from bertui.training.state import Training
    from bertui.training.task_objective import TaskObjective

    yield PhaseBegan("tokenise")
    recipe = recipe.resolved(size=backbone.size)
    _check_length(recipe, backbone)
    masking = masking_of(recipe.training.masked_share, backbone.tokenizer)
    task = task or task_of(table, split, recipe)
    encoder = TextEncoder(backbone.tokenizer, recipe.encoding, backbone.max_length)
    device, padding = pick_device(recipe.training.device), backbone.tokenizer.pad_token_id
    objective = TaskObjective(
        task,
        (yield from _examples(task, table, split.train, encoder, "train")),
        (yield from _examples(task, table, split.validation, encoder, "validation")),
        padding, device, recipe.regularization, recipe.training.best, masking,
    )  # fmt: skip
    network = TextModel(
        backbone.encoder, recipe.features, objective.outputs, readout=objective.readout,
        dropout=recipe.regularization.classifier_dropout, seed=recipe.training.seed,
    )  # fmt: skip
    return Training(
        network, objective, training=recipe.training, optimizer=recipe.optimizer,
        regularisers=regularisers_of(recipe.training), padding=padding, device=device,
        precision=pick_precision(recipe.training.precision, device),
        suitable_rate=recipe.suitable_rate(backbone.size),
    )  # fmt: skip


def task_of(table: Table, split: Split, recipe: Recipe) -> Task:
    """Return the table's task as a run learns it."""
    from bertui.tasks.registry import task_class

    return task_class(table.roles.task).learn(table, split.train).chosen(recipe.task)


def _examples(
    task: Task, table: Table, rows: np.ndarray, encoder: TextEncoder, part: str
) -> Generator[PhaseBegan, None, Examples]:
    """Encode the rows of a part, chunk by chunk, so that progress can be reported between."""
    from bertui.encoding.encoded import concatenated

    inputs, gold = table.inputs(rows), task.gold(table, rows)
    chunks, done = [], 0
    for start in range(0, len(inputs), _CHUNK):
        chunk = inputs[start : start + _CHUNK]
        chunks.append(task.encode(encoder, chunk))
        done += len(chunk)
        yield PhaseBegan("tokenise", done / len(inputs), f"{part} rows")
    return task.examples(concatenated(chunks), inputs, gold)


def _check_length(recipe: Recipe, backbone: Backbone) -> None:
    if recipe.encoding.max_length > backbone.max_length:
        raise RecipeError(
            f"encoding.max_length is {recipe.encoding.max_length}.",
            expected=f"{backbone.source.title} reads at most {backbone.max_length} tokens.",
            remedy=f"Set it to {backbone.max_length} or less.",
        )


def _download_words(done: int, total: int) -> str:
    if done >= total:
        return "downloaded; reading the weights"
    return f"downloading, {done / 1e6:,.1f} of {total / 1e6:,.1f} MB"


def _reported(work: Callable[[Progress], Any]) -> Generator[PhaseBegan, None, Any]:
    """Do blocking work in a thread of its own, yield the bytes it reports, return what it returns.

    Closing the generator ends the work at its next report.
    """
    words: SimpleQueue[tuple[int, int] | None] = SimpleQueue()
    closed = threading.Event()
    outcome: dict[str, Any] = {}

    def report(done: int, total: int) -> None:
        if closed.is_set():
            raise ModelError("The download was given up.", remedy="Start the run again.")
        words.put((done, total))

    def carry_out() -> None:
        try:
            outcome["value"] = work(report)
        except BaseException as error:  # handed to the one who waits
            outcome["error"] = error
        finally:
            words.put(None)

    threading.Thread(target=carry_out, name="bertui-load", daemon=True).start()
    shown = -1
    try:
        while (progress := words.get()) is not None:
            percent = int(100 * progress[0] / max(1, progress[1]))
            if percent != shown:
                shown = percent
                yield PhaseBegan("load", percent / 100, _download_words(*progress))
    finally:
        closed.set()
    if "error" in outcome:
        raise outcome["error"]
    return outcome["value"]
