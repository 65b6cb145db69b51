"""Progress on stderr."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any


def watcher() -> Callable[[Any], None]:
    """Return a function that draws events as one progress bar on stderr."""
    from tqdm import tqdm

    from bertui.training.events import AlarmRaised, Evaluated, PhaseBegan, StepTaken, TrainingBegan

    bar: tqdm[Any] = tqdm(total=0, file=sys.stderr, unit="step", disable=None)

    def show(event: Any) -> None:
        if isinstance(event, TrainingBegan):
            bar.total, bar.n = event.steps, event.resumed_at
        elif isinstance(event, StepTaken):
            bar.update(event.step - bar.n)
            bar.set_postfix(loss=f"{event.loss:.3f}", refresh=False)
        elif isinstance(event, PhaseBegan):
            bar.set_description(event.name)
        elif isinstance(event, Evaluated):
            words = "  ".join(f"{name} {value:.4f}" for name, value in event.metrics.items())
            tqdm.write(f"step {event.step}: validation {words}{'  best' if event.best else ''}", file=sys.stderr)
        elif isinstance(event, AlarmRaised):
            tqdm.write(event.message, file=sys.stderr)

    return show


class Bar:
    """A progress bar on stderr for a share from 0 to 1."""

    def __init__(self, words: str) -> None:
        self.words = words

    def __enter__(self) -> Callable[[float], None]:
        from tqdm import tqdm

        self.bar: tqdm[Any] = tqdm(total=100, desc=self.words, file=sys.stderr, disable=None, unit="%")
        return lambda share: self.bar.update(round(share * 100) - self.bar.n) and None

    def __exit__(self, *error: object) -> None:
        self.bar.close()
