"""The events of a run so far, read on from where the last look ended; one for all sessions."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bertui.data.phrases import count
from bertui.runs.run import Run
from bertui.tasks.results import Measure
from bertui.training.events import AlarmRaised, Evaluated, Event, PhaseBegan, TrainingBegan, TrainingEnded
from bertui.training.history import History, eta, throughput
from bertui.training.history import history as history_of

PHASES = {
    "load": "Loading the model",
    "tokenise": "Reading the texts",
    "train": "Training",
    "evaluate": "Evaluating",
    "save": "Saving",
}
_MOST_FEEDS = 16
_MOST_LINES = 400


@dataclass(slots=True)
class Feed:
    """The course of one run and where its log was read to."""

    position: int = 0
    history: History = field(default_factory=lambda: history_of(()))
    phase: PhaseBegan | None = None
    plan: TrainingBegan | None = None
    alarms: list[AlarmRaised] = field(default_factory=list)
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_LINES))

    def take(self, events: list[Event]) -> None:
        """Add later events."""
        self.history = self.history.extend(events)
        for event in events:
            if isinstance(event, PhaseBegan):
                self.phase = event
            elif isinstance(event, TrainingBegan):
                self.plan, self.alarms = event, []
            elif isinstance(event, AlarmRaised):
                self.alarms.append(event)
            if line := describe(event, before=self.lines[-1] if self.lines else ""):
                self.lines.append(line)

    def progress(self) -> tuple[float, str]:
        """Return how far the phase is (0 to 1) and its words."""
        if self.phase is None:
            return 0.0, "Starting"
        done, words = self.phase.done, PHASES.get(self.phase.name, self.phase.name)
        if self.phase.name == "train" and self.plan is not None:
            step = int(self.history.steps[-1]) if len(self.history.steps) else self.plan.resumed_at
            return step / max(1, self.plan.steps), f"{words}: step {step:,} of {self.plan.steps:,}"
        return float(np.clip(done, 0, 1)), f"{words}: {self.phase.detail}" if self.phase.detail else words

    def open_alarms(self, measure: Measure) -> list[AlarmRaised]:
        """Return the last alarms, without those after which the validation rows were answered better than before."""
        return [alarm for alarm in self.alarms[-2:] if not self._overcome(alarm, measure)]

    def _overcome(self, alarm: AlarmRaised, measure: Measure) -> bool:
        checks = self.history.evaluations
        values = checks.metrics.get(measure.name, np.empty(0))
        if not len(values):
            return False
        before, since = values[checks.steps <= alarm.step], values[checks.steps > alarm.step]
        best = min if measure.falling else max
        return bool(len(before) and len(since)) and measure.better(float(best(since)), float(best(before)))

    def seconds_left(self) -> float | None:
        return eta(self.history, self.plan) if self.plan is not None else None

    def examples_per_second(self) -> float:
        return throughput(self.history).examples_per_second

    def tokens_per_second(self) -> float:
        return throughput(self.history).tokens_per_second


_FEEDS: OrderedDict[str, Feed] = OrderedDict()
_LOCK = threading.Lock()


def feed_of(run: Run) -> Feed:
    """Return the events of the run so far; only what is new is read."""
    with _LOCK:
        key = str(run.folder)
        feed = _FEEDS.setdefault(key, Feed())
        _FEEDS.move_to_end(key)
        while len(_FEEDS) > _MOST_FEEDS:
            _FEEDS.popitem(last=False)
        events, feed.position = run.events(feed.position)
        if events:
            feed.take(events)
        return feed


def computed_by(plan: TrainingBegan) -> str:
    """Say what computes the run: "cpu with 2 threads, 32-bit"."""
    threads = f" with {count(plan.threads, 'thread', 'threads')}" if plan.device == "cpu" and plan.threads else ""
    return f"{plan.device}{threads}, {plan.precision}"


def describe(event: Event, before: str = "") -> str:
    """Return a line for the log; empty for events that are drawn instead, or that repeat the line before."""
    line = ""
    if isinstance(event, PhaseBegan):
        line = PHASES.get(event.name, event.name)
    elif isinstance(event, TrainingBegan):
        where = computed_by(event)
        line = f"Plan: {event.steps:,} steps over {event.examples:,} texts; {event.trained_parameters:,} of "
        line += f"{event.parameters:,} weights learn ({where})"
    elif isinstance(event, Evaluated):
        scores = ", ".join(f"{name} {value:.4f}" for name, value in event.metrics.items())
        line = f"Step {event.step:,}: validation {scores}{', the best so far' if event.best else ''}"
    elif isinstance(event, AlarmRaised):
        line = f"Step {event.step:,}: {event.message}"
    elif isinstance(event, TrainingEnded):
        line = f"Step {event.step:,}: training ended ({event.reason})"
    return "" if line == before else line


def speeds(history: History) -> np.ndarray:
    """Return examples per second of each step `[steps]`."""
    return np.asarray(history.examples / np.maximum(history.seconds, 1e-9))


def duration(seconds: float | None) -> str:
    """Return a time span in words: "3 min 20 s"."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def remedy_words(remedy: dict[str, Any]) -> str:
    """Return the changes that an alarm offers, for the button."""
    if "training.batch_size" in remedy:
        return "half the batch"
    if "optimizer.learning_rate" in remedy:
        return f"learning rate {remedy['optimizer.learning_rate']:.2g}"
    if "training.epochs" in remedy:
        count = remedy["training.epochs"]
        return f"{count} epoch{'' if count == 1 else 's'}"
    return ", ".join(f"{path} {value}" for path, value in remedy.items())
