"""A run's events in words: the same in the app, on a terminal and in whatever else follows a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bertui.data.phrases import count
from bertui.tasks.results import LOSS, Measure
from bertui.training.events import AlarmRaised, Evaluated, Event, PhaseBegan, TrainingBegan, TrainingEnded

_PHASES = {
    "load": "Loading the model",
    "tokenise": "Reading the texts",
    "train": "Training",
    "evaluate": "Evaluating",
    "save": "Saving",
}
_ENDS = {
    "all steps": "all steps are done",
    "no improvement": "no further improvement",
    "stopped": "stopped",
}


def phase_words(event: PhaseBegan) -> str:
    """Say what is being done."""
    return _PHASES.get(event.name, event.name)


def step_words(step: int, steps: int) -> str:
    """Say how far training is."""
    return f"step {step:,} of {steps:,}"


def check_cells(event: Evaluated, measures: Sequence[Measure]) -> dict[str, str]:
    """Return heading -> number of a check on validation rows, the measures that it has in the given order last."""
    shown = {one.title: one.shown(event.metrics[one.name]) for one in _had(event, (LOSS, *measures))}
    times = {"Step": f"{event.step:,}", "Epoch": f"{event.epoch:.1f}"}
    return times | {LOSS.title: shown.pop(LOSS.title), "Train loss": LOSS.shown(event.train_loss)} | shown


def describe(event: Event, measures: Sequence[Measure]) -> str:
    """Return the line of a log that an event makes; empty for those that are drawn instead.

    Args:
        measures: The task's, by whose titles scores are called.
    """
    if isinstance(event, PhaseBegan):
        return phase_words(event)
    if isinstance(event, TrainingBegan):
        learn = f"{event.trained_parameters:,} of {event.parameters:,} weights learn"
        return f"Plan: {event.steps:,} steps over {event.examples:,} texts; {learn} ({computed_by(event)})"
    if isinstance(event, Evaluated):
        scores = ", ".join(
            f"{one.called} {one.shown(event.metrics[one.name])}" for one in _had(event, (LOSS, *measures))
        )
        return f"Step {event.step:,}: validation {scores}{', the best so far' if event.best else ''}"
    if isinstance(event, AlarmRaised):
        return f"Step {event.step:,}: {event.message}"
    if isinstance(event, TrainingEnded):
        return f"Training ended at step {event.step:,}: {_ENDS.get(event.reason, event.reason)}."
    return ""


def computed_by(plan: TrainingBegan) -> str:
    """Say what computes the run: "cpu with 2 threads, 32-bit"."""
    threads = f" with {count(plan.threads, 'thread', 'threads')}" if plan.device == "cpu" and plan.threads else ""
    return f"{plan.device}{threads}, {plan.precision}"


def remedy_words(remedy: Mapping[str, Any]) -> str:
    """Return the changes that an alarm offers, for the button."""
    if "training.batch_size" in remedy:
        return "half the batch"
    if "optimizer.learning_rate" in remedy:
        return f"learning rate {remedy['optimizer.learning_rate']:.2g}"
    if "training.epochs" in remedy:
        return count(remedy["training.epochs"], "epoch", "epochs")
    return ", ".join(f"{path} {value}" for path, value in remedy.items())


def _had(event: Evaluated, measures: Sequence[Measure]) -> list[Measure]:
    return [one for one in measures if one.name in event.metrics]
