"""The events of a run as a person at a terminal follows them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from bertui.cli.printing import safe
from bertui.cli.progress import Phases
from bertui.runs.event_words import check_cells, describe, phase_words, step_words
from bertui.tasks.results import Measure
from bertui.training.events import (
    AlarmRaised,
    Evaluated,
    Event,
    PhaseBegan,
    StepTaken,
    TrainingBegan,
    TrainingEnded,
)

_NARROWEST = 8  # columns of a number


class Watcher:
    """Draws a run's events: a bar for each phase, a line in columns for each check on validation rows.

    Args:
        measures: What a check is scored by, the most telling first.
    """

    def __init__(self, phases: Phases, measures: Sequence[Measure]) -> None:
        self.phases, self.measures = phases, measures
        self.phase, self.steps, self.training = "", 0, False
        self.columns: list[str] = []

    def __call__(self, event: Event) -> None:
        if isinstance(event, PhaseBegan):
            self._phase(event)
        elif isinstance(event, TrainingBegan):
            self.training, self.steps = True, event.steps
            self.phases.restart(event.steps, event.resumed_at)
        elif isinstance(event, StepTaken):
            self.phases.move(event.step, f"{step_words(event.step, self.steps)}, loss {event.loss:.3f}")
        elif isinstance(event, Evaluated):
            self._check(event)
        elif isinstance(event, AlarmRaised):
            self.phases.say(Text.assemble(("warning: ", "bold yellow"), safe(event.message)))
        elif isinstance(event, TrainingEnded):
            self.training = False
            if event.reason != "all steps":  # which the bar says
                self.phases.say(describe(event, self.measures))

    def _phase(self, event: PhaseBegan) -> None:
        if self.training:  # a check on validation rows is part of training
            return
        if event.name != self.phase:
            self.phase = event.name
            self.phases.begin(phase_words(event), event.detail, total=1.0)
        self.phases.move(event.done, event.detail)

    def _check(self, event: Evaluated) -> None:
        cells = check_cells(event, self.measures)
        if not self.columns:
            self.columns = _fitting(list(cells), self.phases.out.width - len("  best"))
            self.phases.say(Text(_line(self.columns, self.columns), style="bold"))
        line = Text(_line([cells[name] for name in self.columns], self.columns))
        self.phases.say(line.append("  best", style="bold green") if event.best else line)


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
