"""How long a run will take and how much memory it needs, from a few steps really taken on its own texts."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.experiment.preparation import build, load
from bertui.recipe import Recipe

if TYPE_CHECKING:
    from bertui.training.state import Training

_BATCHES = 8  # optimizer steps that the sample of rows is enough for
_SECONDS = 6.0  # after so long no further step is measured
_READ = 128  # validation texts read


@dataclass(frozen=True, slots=True)
class Costs:
    """What the parts of a run cost on this machine, for one table and the choices of ``cost_choices``.

    Attributes:
        start: Seconds to load the model.
        step: Seconds of one optimizer step.
        encode: Seconds to tokenise one text.
        read: Seconds to answer one text.
        memory: Bytes that training needs beyond the libraries: weights, gradients, optimizer, activations.
        measured: Steps that were measured.
    """

    start: float
    step: float
    encode: float
    read: float
    memory: int
    measured: int

    def seconds(self, recipe: Recipe, sizes: dict[str, int]) -> float:
        """Return how long a run on so many rows takes, from its start to its end, baselines apart."""
        training = recipe.training
        steps = training.steps(sizes["train"])
        checks = math.ceil(steps / training.steps_per_epoch(sizes["train"]) * training.evaluations_per_epoch)
        read = checks * sizes["validation"] + sizes["validation"] + sizes["test"]
        return self.start + sum(sizes.values()) * self.encode + steps * self.step + read * self.read


def cost_choices(recipe: Recipe) -> dict[str, Any]:
    """Return the choices on which the costs hang; a run with other epochs or rates needs no new measurement."""
    dumped = recipe.model_dump(mode="json")
    training = dumped["training"]
    return {
        **{section: dumped[section] for section in ("model", "encoding", "features", "regularization")},
        "training": {name: training[name] for name in ("batch_size", "accumulation", "trained", "precision", "device")},
    }


def measure_costs(table: Table, split: Split, recipe: Recipe) -> Costs:
    """Take a few steps on some of the rows, with all that a step of the run does, and keep nothing.

    Raises:
        UserError: What would stop the run stops this: no such model, memory run out ...
    """
    recipe = recipe.resolved().changed({"training.epochs": 1, "training.max_steps": None})
    some = _some_rows(split, recipe)
    began = time.monotonic()
    backbone = last(load(recipe))
    loaded = time.monotonic()
    training: Training = last(build(table, some, recipe, backbone))
    built = time.monotonic()
    steps = _step_seconds(training)
    return Costs(
        start=loaded - began,
        step=float(np.mean(steps)),
        encode=(built - loaded) / max(1, sum(some.sizes().values())),
        read=_reading_seconds(training),
        memory=sum(memory_parts(training).values()),
        measured=len(steps),
    )


def _step_seconds(training: Training) -> list[float]:
    """Take steps, in random order as in training, and return the seconds of each."""
    from bertui.training.events import StepTaken
    from bertui.training.loop import fit

    began, seconds = time.monotonic(), []
    for event in fit(training):
        if isinstance(event, StepTaken):
            seconds.append(event.seconds)
            if len(seconds) > 1 and time.monotonic() - began > _SECONDS:
                break
    return seconds[1:] or seconds  # the first step pays for things that are done once


def _reading_seconds(training: Training) -> float:
    """Return the seconds that answering one text takes."""
    encoded = next((one for one in reversed(training.objective.fixed) if len(one)), None)
    if encoded is None:
        return 0.0
    began = time.monotonic()
    training.network.outputs(encoded)
    return (time.monotonic() - began) / len(encoded)


def memory_parts(training: Training) -> dict[str, int]:
    """Return the bytes of weights, gradients, two moments, and what the longest batch's largest part keeps."""
    held = chain(training.model.parameters(), training.model.buffers())  # embeddings never met are a buffer
    weights = sum(tensor.numel() * tensor.element_size() for tensor in held)
    learned = sum(p.numel() * p.element_size() for p in training.model.parameters() if p.requires_grad)
    longest, tokens = longest_batch(training), training.objective.tokens
    micro_batches = training.network.micro_batches(longest, tokens[longest])
    kept = kept_for_backward(training, max(micro_batches, key=lambda rows: tokens[rows].sum()))
    more = sum(one.numel() * one.element_size() for each in training.regularisers for one in each.state().values())
    return {"weights": weights, "gradients": learned, "moments": 2 * learned, "activations": kept, "averages": more}


def longest_batch(training: Training) -> np.ndarray:
    """Return the rows of the batch with the longest texts that there can be."""
    return np.argsort(training.objective.tokens)[-training.choices.batch_size :]


def kept_for_backward(training: Training, rows: np.ndarray) -> int:
    """Return the bytes that rows read at once keep for the backward pass; it leaves a gradient."""
    import torch

    own = {p.untyped_storage().data_ptr() for p in training.model.parameters()}
    kept: dict[int, int] = {}

    def note(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    training.model.train()
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        training.loss_and_gradient([rows])
    return sum(kept.values())


def _some_rows(split: Split, recipe: Recipe) -> Split:
    random = np.random.default_rng(0)
    number = _BATCHES * recipe.training.batch_size * recipe.training.accumulation

    def some(rows: np.ndarray, most: int) -> np.ndarray:
        return np.sort(random.permutation(rows)[:most])

    return Split(some(split.train, number), some(split.validation, _READ), split.test[:0])


def last(steps: Iterator[Any]) -> Any:
    """Run a generator to its end and return what it returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
