"""The events of a run so far, read on from where the last look ended; one for all sessions."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bertui.runs.event_words import describe, phase_words, step_words
from bertui.runs.run import Run
from bertui.tasks.results import Measure
from bertui.training.events import AlarmRaised, Event, PhaseBegan, PinsAsked, TrainingBegan
from bertui.training.history import History, eta, throughput
from bertui.training.history import history as history_of

_MOST_FEEDS = 16
_MOST_LINES = 400


@dataclass(slots=True)
class Feed:
    """The course of one run and where its log was read to.

    Attributes:
        measures: Those of the run's task, by whose titles scores are called.
        position: The byte of the log from which on it is to be read.
        phase: What is being done; None before the first event.
        pins: What the pinned sentences were answered, by step.
        lines: The newest lines of the log.
    """

    measures: Sequence[Measure]
    position: int = 0
    history: History = field(default_factory=lambda: history_of(()))
    phase: PhaseBegan | None = None
    plan: TrainingBegan | None = None
    alarms: list[AlarmRaised] = field(default_factory=list)
    pins: dict[int, PinsAsked] = field(default_factory=dict)
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_LINES))

    def take(self, events: list[Event]) -> None:
        """Add later events."""
        self.history = self.history.extend(events)
        for event in events:
            if isinstance(event, PhaseBegan):
                self.phase = event
            elif isinstance(event, TrainingBegan):
                self.plan, self.alarms = event, []
                self.pins = {step: asked for step, asked in self.pins.items() if step <= event.resumed_at}
            elif isinstance(event, PinsAsked):
                self.pins[event.step] = event
            elif isinstance(event, AlarmRaised):
                self.alarms.append(event)
            if (line := describe(event, self.measures)) and line not in list(self.lines)[-1:]:
                self.lines.append(line)

    def progress(self) -> tuple[float, str]:
        """Return how far the phase is (0 to 1) and its words."""
        if self.phase is None:
            return 0.0, "Starting"
        done, words = self.phase.done, phase_words(self.phase)
        if self.phase.name == "train" and self.plan is not None:
            step = int(self.history.steps[-1]) if len(self.history.steps) else self.plan.resumed_at
            return step / max(1, self.plan.steps), f"{words}: {step_words(step, self.plan.steps)}"
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
        feed = _FEEDS.get(key) or _FEEDS.setdefault(key, Feed(run.task.measures))
        _FEEDS.move_to_end(key)
        while len(_FEEDS) > _MOST_FEEDS:
            _FEEDS.popitem(last=False)
        events, feed.position = run.events(feed.position)
        if events:
            feed.take(events)
        return feed


def speeds(history: History) -> np.ndarray:
    """Return examples per second of each step `[steps]`."""
    return np.asarray(history.examples / np.maximum(history.seconds, 1e-9))
