"""A run that is over, seen again without training: its events at the pace at which they came, or at any other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from bertui.runs.feed import Feed
from bertui.runs.run import Run
from bertui.tasks.results import Measure
from bertui.training.events import Event, PhaseBegan, TrainingBegan, TrainingEnded

_LONGEST_PAUSE = 60.0  # seconds; a longer one, as of a computer asleep, counts as so many
_MOST_RECORDINGS = 4  # one of 10,000 steps takes some 20 MB

Timed = tuple[float, Event]


@dataclass(frozen=True, slots=True)
class Recording:
    """What led to the end of a run: of what was done twice, since the run was resumed, only the second time.

    Attributes:
        measures: Those of the run's task.
        events: In order.
        times: When each came, in seconds since the first ``[events]``; long pauses are shortened.
    """

    measures: Sequence[Measure]
    events: tuple[Event, ...]
    times: np.ndarray

    @property
    def length(self) -> float:
        """How long the run took, in seconds."""
        return float(self.times[-1]) if len(self.times) else 0.0

    def until(self, place: float) -> int:
        """Return how many events had come ``place`` seconds after the first."""
        return int(np.searchsorted(self.times, place, side="right"))


def recording_of(run: Run) -> Recording:
    """Return the recording of a run that is over; read once for all sessions.

    Raises:
        RunError: The log cannot be read.
    """
    log = run.folder / "events.jsonl"
    stat = log.stat() if log.exists() else None
    return _recorded(run.folder, run.task_kind, (stat.st_size, stat.st_mtime_ns) if stat else None)


@lru_cache(maxsize=_MOST_RECORDINGS)
def _recorded(folder: Path, task: str, version: tuple[int, int] | None) -> Recording:
    run = Run(folder)
    return record(run.timed_events(), run.task.measures)


def record(log: Sequence[tuple[float | None, Event]], measures: Sequence[Measure]) -> Recording:
    """Return the recording of a log's events, each with when it was written; without any times they come evenly."""
    kept = _led_to_the_end(zip(_seconds_since_the_one_before([time for time, _ in log]),
                               [event for _, event in log], strict=True))  # fmt: skip
    times = np.cumsum([0.0, *(seconds for seconds, _ in kept[1:])])[: len(kept)]
    return Recording(measures, tuple(event for _, event in kept), times if times.any() else np.arange(len(kept)) * 1.0)


def _seconds_since_the_one_before(times: Sequence[float | None]) -> Iterator[float]:
    last: float | None = None
    for time in times:
        gap = 0.0 if time is None or last is None else time - last  # below 0 where a clock was set back
        last = last if time is None else time
        yield min(max(0.0, gap), _LONGEST_PAUSE)


def _led_to_the_end(log: Iterator[Timed]) -> list[Timed]:
    """Leave out what a resumed run did again: it went on at a step, or began anew."""
    kept = list[Timed]()
    for seconds, event in log:
        if isinstance(event, TrainingBegan):
            if not event.resumed_at:
                del kept[: _last_beginning(kept)]
            elif any(isinstance(one, TrainingBegan) for _, one in kept):
                del kept[_end_of(kept, event.resumed_at) :]
                continue  # the plan is still the first one
        kept.append((seconds, event))
    return kept


def _end_of(kept: Sequence[Timed], step: int) -> int:
    """Return how many of the events had come when ``step`` was done, and nothing after it."""
    trains = False
    for place, (_, event) in enumerate(kept):
        trains = trains or isinstance(event, TrainingBegan)
        later = getattr(event, "step", 0) > step or isinstance(event, TrainingEnded) or _loads(event)
        if trains and later:
            return place
    return len(kept)


def _last_beginning(kept: Sequence[Timed]) -> int:
    return max((place for place, (_, event) in enumerate(kept) if _loads(event)), default=0)


def _loads(event: Event) -> bool:
    """Whether a run begins, or begins again."""
    return isinstance(event, PhaseBegan) and event.name == "load" and event.done == 0


@dataclass(slots=True)
class Replay:
    """One person's look at a recording: where it stands, and how fast it goes on. Times are of ``time.monotonic``.

    Attributes:
        lasts: How many seconds the whole takes; None as long as the run took.
        place: Where it stood when it was last looked at, in seconds of the run.
        since: When that was; None while it stands still.
    """

    recording: Recording
    lasts: float | None = None
    place: float = 0.0
    since: float | None = None
    _feed: Feed = field(init=False)
    _taken: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._feed = Feed(self.recording.measures)

    @property
    def plays(self) -> bool:
        return self.since is not None

    @property
    def ended(self) -> bool:
        return self.place >= self.recording.length

    def play(self, now: float) -> None:
        """Go on; from the end, begin anew."""
        self.place = 0.0 if self.ended else self.place
        self.since = now

    def pause(self, now: float) -> None:
        """Stand still."""
        self.look(now)
        self.since = None

    def go_to(self, place: float, now: float) -> None:
        """Go back or forth to a place, in seconds of the run; it plays on if it played."""
        self.place = min(max(0.0, place), self.recording.length)
        self.since = now if self.plays else None

    def last(self, seconds: float | None, now: float) -> None:
        """Take another pace from here on: that of a whole of so many seconds."""
        self.look(now)
        self.lasts = seconds

    def look(self, now: float) -> Feed:
        """Move on to ``now``, and return the course of the run as it was there; at the end it stands still."""
        if self.since is not None:
            pace = self.recording.length / self.lasts if self.lasts else 1.0
            self.place = min(self.place + pace * (now - self.since), self.recording.length)
            self.since = None if self.ended else now
        return self._course()

    def _course(self) -> Feed:
        until = self.recording.until(self.place)
        if until < self._taken:
            self._feed, self._taken = Feed(self.recording.measures), 0
        if until > self._taken:
            self._feed.take(list(self.recording.events[self._taken : until]))
            self._taken = until
        return self._feed
