"""Progress on stderr: a bar with the time left for each phase on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.text import Text

from bertui.cli.printing import console, safe
from bertui.data.phrases import duration

if TYPE_CHECKING:
    from rich.console import Console

_NAME = 17  # columns of a phase's name
_WIDE = 60  # columns from which on there is room for a word beside the bar
_SECONDS, _SHARE = 10.0, 0.1  # between two lines of a phase where there is no terminal: both must have passed


class Phases:
    """Draws how far each phase is. A phase ends when the next one begins."""

    def __init__(self, out: Console | None = None) -> None:
        self.out = out or console(err=True)
        self.live = self.out.is_terminal and not self.out.is_dumb_terminal
        detail = [TextColumn("{task.fields[detail]}", markup=False)] if self.out.width >= _WIDE else []
        self.bars = Progress(
            TextColumn("{task.description}", markup=False), BarColumn(bar_width=None), *detail, _TimeLeft(),
            console=self.out, disable=not self.live, expand=True,
        )  # fmt: skip
        self.current: TaskID | None = None
        self.reported = (0.0, 0.0)

    def __enter__(self) -> Self:
        self.bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._finish()
        self.bars.stop()

    def begin(self, name: str, detail: str = "", *, total: float | None = None) -> None:
        """Begin a phase; how long it takes is unknown until ``total`` is."""
        self._finish()
        self.current = self.bars.add_task(f"{name:<{_NAME}}", total=total, detail=safe(detail))
        self.reported = (time.monotonic(), 0.0)
        if not self.live and total is not None:
            self.say(f"{name}{f': {safe(detail)}' if detail else ''} ...")

    def restart(self, total: float, done: float) -> None:
        """Say how much there is to do in all, and how much of it was done before."""
        if self.current is not None:
            self.bars.reset(self.current, total=total, completed=int(done), detail="")
            self.reported = (time.monotonic(), done / total if total else 0.0)

    def move(self, done: float, detail: str | None = None) -> None:
        """Say how much is done."""
        if self.current is None:
            return
        self.bars.update(self.current, completed=done)
        if detail is not None:
            self.bars.update(self.current, detail=safe(detail))
        if not self.live:
            self._report_now_and_then(self._task())

    def say(self, words: str | Text) -> None:
        """Print a line; bars stay below it."""
        self.out.print(words, soft_wrap=not self.out.is_terminal)

    def _task(self) -> Task:
        return next(task for task in self.bars.tasks if task.id == self.current)

    def _finish(self) -> None:
        if self.current is not None:
            total = self._task().total or 1.0
            self.bars.update(self.current, total=total, completed=total, detail="")
            self.bars.stop_task(self.current)

    def _report_now_and_then(self, task: Task) -> None:
        share, now = task.percentage / 100, time.monotonic()
        if task.finished or now - self.reported[0] < _SECONDS or share - self.reported[1] < _SHARE:
            return
        self.reported = (now, share)
        details = [f"{task.percentage:.0f} %", task.fields["detail"], _left(task)]
        self.say(f"{task.description.strip()}: {', '.join(filter(None, details))}")


class Shares:
    """A phase that is reported as a share from 0 to 1, and the one that follows it.

    Args:
        phases: Where it is drawn.
        name: Of the phase.
        then: Of what is done after it, for which no share is reported.
    """

    def __init__(self, phases: Phases, name: str, then: str = "") -> None:
        self.phases, self.name, self.then, self.begun = phases, name, then, False

    def __call__(self, share: float) -> None:
        if not self.begun:
            self.phases.begin(self.name, total=1.0)
            self.begun = True
        self.phases.move(share)
        if share >= 1 and self.then:
            self.phases.begin(self.then)
            self.then = ""


class _TimeLeft(ProgressColumn):
    """The time left; of a phase that has ended, the time it took."""

    def render(self, task: Task) -> Text:
        if task.finished:
            return Text(duration(task.elapsed or 0.0), justify="right")
        return Text(_left(task) or duration(task.elapsed or 0.0), justify="right")


def _left(task: Task) -> str:
    remaining = task.time_remaining
    return "" if remaining is None else f"{duration(remaining)} left"
