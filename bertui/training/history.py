"""The course of a run as arrays, built from its events: what every curve is drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np

from bertui.training.events import Evaluated, Event, LayersMoved, StepTaken, TrainingBegan

T = TypeVar("T", bound="History | Evaluations | Movements")


@dataclass(frozen=True, slots=True, eq=False)
class Evaluations:
    """The validation checks, by step; every array is `[checks]`.

    ``metrics`` has one array for "loss" and for each of the task's measures; ``best`` is True where a check was
    better than all before; ``train_loss`` is the mean training loss since the check before.
    """

    steps: np.ndarray
    epochs: np.ndarray
    metrics: dict[str, np.ndarray]
    best: np.ndarray
    train_loss: np.ndarray

    @property
    def kept(self) -> int | None:
        """The position of the check whose model is kept: the last one that was the best so far."""
        improvements = np.flatnonzero(self.best)
        return int(improvements[-1]) if len(improvements) else None


@dataclass(frozen=True, slots=True, eq=False)
class Movements:
    """What the measured steps did to each layer; every array is `[measured steps]`, see ``LayersMoved``."""

    steps: np.ndarray
    gradient_norms: dict[str, np.ndarray]
    updates: dict[str, np.ndarray]


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The optimizer steps in order, every array `[steps]`, and what was measured at some of them.

    ``seconds``, ``examples`` and ``tokens`` belong to the single step, they are not running totals.
    """

    steps: np.ndarray
    loss: np.ndarray
    gradient_norm: np.ndarray
    learning_rates: dict[str, np.ndarray]
    seconds: np.ndarray
    examples: np.ndarray
    tokens: np.ndarray
    evaluations: Evaluations
    movements: Movements

    @property
    def newest(self) -> int:
        """The last step that is known, 0 before the first."""
        return max([*self.steps[-1:].tolist(), *self.evaluations.steps[-1:].tolist()], default=0)

    def extend(self, events: Iterable[Event]) -> History:
        """Return the history with these later events added; the work grows with the new events.

        A run that is resumed goes back to its last checkpoint: what came after that is forgotten when the
        plan of the resumed run arrives. Should a step come twice without one, the later value wins.
        """
        grown, pending = self, list[Event]()
        for event in events:
            if isinstance(event, TrainingBegan):
                grown, pending = _until(_joined(grown, _collect(pending)), event.resumed_at), []
            elif isinstance(event, StepTaken | Evaluated | LayersMoved):
                pending.append(event)
        return _joined(grown, _collect(pending)) if pending else grown


@dataclass(frozen=True, slots=True)
class Throughput:
    """Training speed; both 0 before the first step."""

    examples_per_second: float
    tokens_per_second: float


def history(events: Iterable[Event]) -> History:
    """Return the course of a run, of which these are all the events so far."""
    return _collect(()).extend(events)


def throughput(history: History, last: int = 20) -> Throughput:
    """Return the speed over the ``last`` steps, validation not counted."""
    seconds = float(history.seconds[-last:].sum())
    if seconds <= 0:
        return Throughput(0.0, 0.0)
    return Throughput(float(history.examples[-last:].sum()) / seconds, float(history.tokens[-last:].sum()) / seconds)


def eta(history: History, plan: TrainingBegan, last: int = 20) -> float | None:
    """Return the seconds to the last planned step at the pace of the ``last`` steps; None before the first.

    Validation and saving come on top; early stopping may end it sooner.
    """
    if not len(history.steps):
        return None
    remaining = max(0, plan.steps - int(history.steps[-1]))
    return remaining * float(history.seconds[-last:].mean())


def _collect(events: Sequence[Event]) -> History:
    """Return the arrays of the events in the order they came."""
    taken = [event for event in events if isinstance(event, StepTaken)]
    checks = [event for event in events if isinstance(event, Evaluated)]
    moves = [event for event in events if isinstance(event, LayersMoved)]
    return History(
        steps=np.array([one.step for one in taken], np.int64),
        loss=np.array([one.loss for one in taken], np.float64),
        gradient_norm=np.array([one.gradient_norm for one in taken], np.float64),
        learning_rates=_columns([one.learning_rates for one in taken]),
        seconds=np.array([one.seconds for one in taken], np.float64),
        examples=np.array([one.examples for one in taken], np.int64),
        tokens=np.array([one.tokens for one in taken], np.int64),
        evaluations=Evaluations(
            steps=np.array([one.step for one in checks], np.int64),
            epochs=np.array([one.epoch for one in checks], np.float64),
            metrics=_columns([one.metrics for one in checks]),
            best=np.array([one.best for one in checks], np.bool_),
            train_loss=np.array([one.train_loss for one in checks], np.float64),
        ),
        movements=Movements(
            steps=np.array([one.step for one in moves], np.int64),
            gradient_norms=_columns([one.gradient_norms for one in moves]),
            updates=_columns([one.updates for one in moves]),
        ),
    )


def _columns(rows: Sequence[dict[str, float]]) -> dict[str, np.ndarray]:
    """Return one array per name, in the order the names first appear; NaN where a row lacks it."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: np.array([row.get(name, np.nan) for row in rows], np.float64) for name in names}


def _joined(old: T, new: T) -> T:
    """Return both, sorted by step, the later value of a step that comes twice."""
    keep = _last_of_each_step(old.steps, new.steps)
    joined: dict[str, Any] = {}
    for name in (one.name for one in fields(old)):
        before: Any = getattr(old, name)
        after: Any = getattr(new, name)
        if isinstance(before, Evaluations | Movements):
            joined[name] = _joined(before, after)
        elif isinstance(before, dict):
            lacking = np.full(len(old.steps), np.nan), np.full(len(new.steps), np.nan)
            joined[name] = {
                key: np.concatenate([before.get(key, lacking[0]), after.get(key, lacking[1])])[keep]
                for key in dict.fromkeys([*before, *after])
            }
        else:
            joined[name] = np.concatenate([before, after])[keep]
    return type(old)(**joined)


def _last_of_each_step(old: np.ndarray, new: np.ndarray) -> np.ndarray | slice:
    """Return which rows of old and new together to keep; nearly always all, as they are."""
    steps = np.concatenate([old[-1:], new])
    if bool((np.diff(steps) > 0).all()):
        return slice(None)
    together = np.concatenate([old, new])[::-1]
    return len(together) - 1 - np.unique(together, return_index=True)[1]


def _until(record: T, step: int) -> T:
    """Return what happened up to and with ``step``."""
    keep = record.steps <= step
    cut: dict[str, Any] = {}
    for name in (one.name for one in fields(record)):
        value = getattr(record, name)
        if isinstance(value, Evaluations | Movements):
            cut[name] = _until(value, step)
        elif isinstance(value, dict):
            cut[name] = {key: column[keep] for key, column in value.items()}
        else:
            cut[name] = value[keep]
    return type(record)(**cut)
