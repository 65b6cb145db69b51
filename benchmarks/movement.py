"""What measuring the movement of layers costs: the same run with its measured part and without it, in one process.

    python benchmarks/movement.py [STEPS]

Processor time is taken around what is done for measuring and around all of training. Printed is the first as a share of
the rest: what the run takes more than without. It varies less than two runs in turn do, where other programs compute.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from bertui.data.roles import Roles
from bertui.data.splitting import SplitChoice, make_split
from bertui.data.table import Table
from bertui.experiment.preparation import build, load
from bertui.recipe import Recipe
from bertui.training.events import LayersMoved, StepTaken
from bertui.training.loop import fit
from bertui.training.movement import Movement
from bertui.training.state import Training

_WORDS = ("what who when where city film river long short old new first", "last name year war play book song")
_BETWEEN = 16  # as in movement.py, for runs that are not long


def training_of(words: int, steps: int) -> Training:
    """Return a training of the embedded model on made-up texts of so many words, 32 in a batch."""
    random = np.random.default_rng(0)
    rows = [(" ".join(random.choice(" ".join(_WORDS).split(), words)), "ab"[number % 2]) for number in range(2000)]
    table = Table(pd.DataFrame(rows, columns=["text", "label"], dtype="str"), Roles(("text",), "label"), "made up")
    recipe = Recipe().changed(
        {"training.max_steps": steps, "training.epochs": 1000, "training.evaluations_per_epoch": 1}
    )
    return _returned(build(table, make_split(table, SplitChoice()), recipe, _returned(load(recipe))))


class Timed(Movement):
    """Takes the processor time of what it does."""

    seconds = 0.0

    def begin(self) -> None:
        """As before, timed."""
        began = time.process_time()
        super().begin()
        self.seconds += time.process_time() - began

    def end(self, step: int) -> LayersMoved:
        """As before, timed."""
        began = time.process_time()
        moved = super().end(step)
        self.seconds += time.process_time() - began
        return moved


def shares(training: Training) -> Iterator[float]:
    """Yield the cost from each measured step to the next one, the first left out: it has to warm up."""
    timed = training.movement = Timed(training.model, training.optimizer, training.steps)
    began, before = time.process_time(), 0.0
    for event in fit(training):
        if isinstance(event, StepTaken) and event.step % _BETWEEN == 0:
            now, inside = time.process_time(), timed.seconds - before
            if event.step > _BETWEEN:
                yield inside / (now - began - inside)
            began, before = now, timed.seconds


def _returned(work: Any) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def main() -> None:
    """Print the cost for short and for longer texts."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 160
    for words in (12, 62):
        low, middle, high = statistics.quantiles(shares(training_of(words, steps)), n=4)
        print(f"32 x {words + 2} tokens: {middle:.1%} more processor time ({low:.1%} to {high:.1%})")


if __name__ == "__main__":
    main()
