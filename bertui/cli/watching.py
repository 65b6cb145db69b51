"""The events of a run as a person at a terminal follows them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from bertui.cli.printing import safe
from bertui.cli.progress import Phases
from bertui.tasks.task import Task
from bertui.training.events import (
    AlarmRaised,
    Evaluated,
    Event,
    PhaseBegan,
    StepTaken,
    TrainingBegan,
    TrainingEnded,
)

_NAMES = {"load": "Load", "tokenise": "Tokenise", "train": "Train", "evaluate": "Evaluate", "save": "Save"}
_NARROWEST = 8  # columns of a number
_ENDS = {"no improvement": "no further improvement", "stopped": "stopped"}


class Watcher:
    """Draws a run's events: a bar for each phase, a line in columns for each check on validation rows."""

    def __init__(self, phases: Phases, task: type[Task]) -> None:
        self.phases, self.task = phases, task
        self.phase, self.steps, self.training = "", 0, False
        self.columns: list[str] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, PhaseBegan):
            self._phase(event)
        elif isinstance(event, TrainingBegan):
            self.training, self.steps = True, event.steps
            self.phases.restart(event.steps, event.resumed_at)
        elif isinstance(event, StepTaken):
            self.phases.move(event.step, f"step {event.step:,} of {self.steps:,}, loss {event.loss:.3f}")
        elif isinstance(event, Evaluated):
            self._check(event)
        elif isinstance(event, AlarmRaised):
            self.phases.say(Text.assemble(("warning: ", "bold yellow"), safe(event.message)))
        elif isinstance(event, TrainingEnded):
            self.training = False
            if event.reason in _ENDS:
                self.phases.say(f"Training ended at step {event.step:,}: {_ENDS[event.reason]}.")

    def _phase(self, event: PhaseBegan) -> None:
        if self.training:  # a check on validation rows is part of training
            return
        if event.name != self.phase:
            self.phase = event.name
            self.phases.begin(_NAMES.get(event.name, event.name), event.detail, total=1.0)
        self.phases.move(event.done, event.detail)

    def _check(self, event: Evaluated) -> None:
        cells = self._cells(event)
        if not self.columns:
            self.columns = _fitting(list(cells), self.phases.out.width - len("  best"))
            self.phases.say(Text(_line(self.columns, self.columns), style="bold"))
        line = Text(_line([cells[name] for name in self.columns], self.columns))
        self.phases.say(line.append("  best", style="bold green") if event.best else line)

    def _cells(self, event: Evaluated) -> dict[str, str]:
        """Return heading -> number, the most telling first."""
        measures = sorted(self.task.measures, key=lambda one: one.name != self.task.chosen_by)
        shown = {one.title: one.shown(event.metrics[one.name]) for one in measures if one.name in event.metrics}
        losses = {"Loss": f"{event.metrics['loss']:.3f}", "Train loss": f"{event.train_loss:.3f}"}
        return {"Step": f"{event.step:,}", "Epoch": f"{event.epoch:.1f}", **losses, **shown}


def _fitting(headings: Sequence[str], width: int) -> list[str]:
    """Return as many headings as there is room for; what says least gives way first."""
    kept = list(headings)
    droppable = [*reversed(kept[5:]), "Train loss", "Epoch", "Loss"]
    for heading in droppable:
        if len(_line(kept, kept)) > width and heading in kept:
            kept.remove(heading)
    return kept


def _line(cells: Sequence[str], headings: Sequence[str]) -> str:
    return "  ".join(f"{cell:>{max(_NARROWEST, len(heading))}}" for cell, heading in zip(cells, headings, strict=True))
