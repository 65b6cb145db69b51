"""What measuring the movement of layers costs: steps with it and without it in turn, in one run.

    OMP_NUM_THREADS=1 python benchmarks/movement.py [STEPS]

Every second step is measured, so that whatever else the machine does meets both kinds alike; a training that is no
benchmark measures one step in sixteen, or fewer. Printed is by how much more processor time training takes then:
a sixteenth of the difference of the two kinds of steps, as a share of the steps without. In brackets stands the
95 % interval, by resampling pairs of neighbours. Beside it, the processor time of the measuring calls themselves.
Read are the shipped sample of requests, and made-up texts of 62 words, 32 in a batch, by the built-in model.
"""

from __future__ import annotations

import io
import sys
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bertui.data.roles import Roles
from bertui.data.samples import sample
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
_WARM_UP = 4  # steps


def requests() -> Table:
    """Return the shipped sample."""
    entry = sample("requests")
    return Table(pd.read_csv(io.BytesIO(entry.read()), dtype="str"), entry.roles, entry.title)


def longer() -> Table:
    """Return 2,000 made-up texts of 64 tokens, two of them special ones."""
    random = np.random.default_rng(0)
    rows = [(" ".join(random.choice(" ".join(_WORDS).split(), 62)), "ab"[number % 2]) for number in range(2000)]
    return Table(pd.DataFrame(rows, columns=["text", "label"], dtype="str"), Roles(("text",), "label"), "made up")


def training_of(table: Table, steps: int) -> Training:
    """Return a training of the built-in model on a table, 32 texts in a batch, on one thread."""
    recipe = Recipe().changed(
        {"training.max_steps": steps, "training.epochs": 1000, "training.evaluations_per_epoch": 1,
         "training.threads": 1}
    )  # fmt: skip
    return _returned(build(table, make_split(table, SplitChoice()), recipe, _returned(load(recipe))))


class Timed(Movement):
    """Measures every second step, and takes the processor time of what it does."""

    seconds = 0.0

    def is_due(self, step: int) -> bool:
        """As the words above say."""
        return step % 2 == 0

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


@dataclass(frozen=True, slots=True)
class Found:
    """Processor time of pairs of neighbours, for one token ``[pairs]``; the mean of the calls, as a share of a step."""

    with_it: np.ndarray
    without: np.ndarray
    calls: float

    def cost(self, pairs: np.ndarray) -> float:
        """Return what the measuring adds to a training, of some pairs."""
        return float(self.with_it[pairs].sum() / self.without[pairs].sum() - 1) / _BETWEEN


def measured(training: Training) -> Found:
    """Take the steps of a training and time them."""
    timed = training.movement = Timed(training.model, training.optimizer, training.steps)
    events, spent, taken = fit(training), list[float](), list[StepTaken]()
    while True:
        began = time.process_time()
        event = next(events, None)
        if event is None:
            break
        if isinstance(event, StepTaken):
            spent.append(time.process_time() - began)
            taken.append(event)
        if len(spent) <= _WARM_UP:
            timed.seconds = 0.0
    even = len(spent) // 2 * 2
    seconds, tokens, texts = (
        np.array(values[_WARM_UP:even]).reshape(-1, 2)
        for values in (spent, [one.tokens for one in taken], [one.examples for one in taken])
    )
    calls = timed.seconds / len(seconds) / float(seconds[:, 1].mean()) / _BETWEEN
    each = (seconds / tokens)[(texts == texts.max()).all(axis=1)]  # the last batch of an epoch is smaller
    return Found(each[:, 0], each[:, 1], calls)


def _returned(work: Any) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def main() -> None:
    """Print the cost for the sample and for longer texts."""
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else 160
    random = np.random.default_rng(0)
    for name, table in (("requests", requests()), ("32 texts of 64 tokens", longer())):
        found = measured(training_of(table, steps))
        pairs = len(found.without)
        draws = [found.cost(random.integers(0, pairs, pairs)) for _ in range(2000)]
        low, high = np.quantile(draws, [0.025, 0.975])
        print(
            f"{name}: {found.cost(np.arange(pairs)):.2%} more processor time ({low:.2%} to {high:.2%}, {pairs} pairs); "
            f"the calls alone {found.calls:.2%}"
        )


if __name__ == "__main__":
    main()
