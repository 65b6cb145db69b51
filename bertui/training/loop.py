"""fit(): the training loop as a generator of events.

It does no input or output, starts no thread and prints nothing; whoever iterates it saves, draws and stops.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator

from bertui.training import alarms
from bertui.training.events import (
    AlarmRaised,
    CheckpointDue,
    Event,
    LayersMoved,
    PhaseBegan,
    StepTaken,
    TrainingEnded,
)
from bertui.training.state import Training

_CHECKPOINT_SECONDS = 30.0  # between checkpoints: at most so much work is lost ...
_CHECKPOINT_SHARE = 20.0  # ... or so many times what writing one takes, so that large models are not held up


def fit(training: Training) -> Iterator[Event]:
    """Train to the end, or until the caller stops iterating; every event describes a finished thing.

    At ``CheckpointDue`` and at ``Evaluated`` with ``best`` the caller may read ``training``: nothing moves until
    it asks for the next event.

    Raises:
        TrainingHalted: Memory ran out, or the loss is not a number.
    """
    began = time.monotonic()
    due = began + _CHECKPOINT_SECONDS
    yield training.plan()
    training.model.train()
    progress = training.progress
    reason = "all steps"
    while progress.step < training.steps:
        yield from _take_step(training)
        if training.is_check(progress.step):
            yield PhaseBegan("evaluate", progress.step / training.steps, "validation rows")
            yield training.check()
            yield from _alarms(training)
            yield PhaseBegan("train", progress.step / training.steps)
            if training.choices.patience and progress.stale >= training.choices.patience:
                reason = "no improvement"
                break
            due = 0.0 if len(progress.evaluations) == 1 else due  # a run can soon be resumed
        if (now := time.monotonic()) >= due and progress.step < training.steps:
            yield CheckpointDue(progress.step)
            due = time.monotonic() + max(_CHECKPOINT_SECONDS, _CHECKPOINT_SHARE * (time.monotonic() - now))
    yield TrainingEnded(progress.step, reason, time.monotonic() - began)


def _take_step(training: Training) -> tuple[StepTaken] | tuple[StepTaken, LayersMoved]:
    """One optimizer step: rates, gradients, clipping, update; at some steps also what it did to each layer."""
    began = time.monotonic()
    step = training.progress.step
    batches = training.micro_batches(step)
    rates = training.set_rates(step)
    measured = training.movement.is_due(step)
    try:
        training.optimizer.zero_grad(set_to_none=True)
        loss = training.loss_and_gradient(batches)
        if measured:
            training.movement.begin()
        norm = training.clip()
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise alarms.not_a_number(step + 1, max(group["peak"] for group in training.optimizer.param_groups))
        training.update()
        moved = training.movement.end(step + 1) if measured else None
    except (RuntimeError, MemoryError) as error:
        if alarms.is_out_of_memory(error):
            training.optimizer.zero_grad(set_to_none=True)
            raise alarms.out_of_memory(step + 1, training.choices.batch_size, training.choices.accumulation) from error
        raise
    training.progress.step = step + 1
    training.progress.loss_since_check.append(loss)
    examples = sum(map(len, batches))
    tokens = sum(int(training.objective.tokens[rows].sum()) for rows in batches)
    seconds = time.monotonic() - began
    training.examples_seen, training.seconds = training.examples_seen + examples, training.seconds + seconds
    taken = StepTaken(step + 1, loss, norm, rates, examples, tokens, seconds)
    return (taken,) if moved is None else (taken, moved)


def _alarms(training: Training) -> Iterator[AlarmRaised]:
    """Yield each kind of alarm once."""
    progress = training.progress
    raised = [alarms.over_fitting(progress.evaluations, training.choices.epochs_for(len(training.objective)))]
    if training.collapsed is not None and progress.step >= training.steps_per_epoch:
        rate = max(group["peak"] for group in training.optimizer.param_groups)
        raised.append(alarms.one_class(progress.step, training.collapsed, rate, training.suitable_rate))
    for alarm in raised:
        if alarm is not None and alarm.alarm not in progress.warned:
            progress.warned.append(alarm.alarm)
            yield alarm
