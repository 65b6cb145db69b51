"""What measuring the movement of layers costs: blocks of steps with and without it, in turn, in one process.

    python benchmarks/movement.py [BLOCKS]

A block is as many steps as lie between two measured ones. Of each pair of neighbouring blocks the ratio of processor
time and of time is taken; printed are the medians over the pairs, with the quartiles.
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
from bertui.training.loop import fit
from bertui.training.movement import Movement
from bertui.training.state import Training

_WORDS = [
    "what",
    "who",
    "when",
    "where",
    "city",
    "film",
    "river",
    "long",
    "short",
    "old",
    "new",
    "first",
    "last",
    "name",
    "year",
    "war",
    "play",
    "book",
    "song",
    "country",
]
_BLOCK = 16


def training_of(words: int, steps: int) -> Training:
    """Return a training of the embedded model on made-up texts of so many words, 32 in a batch."""
    random = np.random.default_rng(0)
    rows = [(" ".join(random.choice(_WORDS, words)), "ab"[number % 2]) for number in range(2000)]
    table = Table(pd.DataFrame(rows, columns=["text", "label"], dtype="str"), Roles(("text",), "label"), "made up")
    recipe = Recipe().changed({"training.max_steps": steps, "training.epochs": 1000})
    return _returned(build(table, make_split(table, SplitChoice()), recipe, _returned(load(recipe))))


def ratios(training: Training, pairs: int) -> Iterator[tuple[float, float]]:
    """Yield processor time and time of a block with a measured step, each divided by a block without."""
    events, due, wanted = fit(training), Movement.is_due, [False]
    Movement.is_due = lambda self, step: wanted[0] and step % _BLOCK == 0  # type: ignore[method-assign]
    try:
        _block(training, events)  # the first has to warm up
        for pair in range(pairs):
            times = {}
            for measured in ((True, False), (False, True))[pair % 2]:
                wanted[0] = measured
                times[measured] = _block(training, events)
            yield times[True][0] / times[False][0], times[True][1] / times[False][1]
    finally:
        Movement.is_due = due  # type: ignore[method-assign]


def _block(training: Training, events: Iterator[Any]) -> tuple[float, float]:
    until, began = training.progress.step + _BLOCK, (time.process_time(), time.perf_counter())
    while training.progress.step < until:
        next(events)
    return time.process_time() - began[0], time.perf_counter() - began[1]


def _returned(work: Any) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value


def main() -> None:
    """Print the cost for short and for longer texts."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    for words in (12, 62):
        training = training_of(words, (2 * pairs + 2) * _BLOCK)
        taken = list(ratios(training, pairs))
        for name, values in zip(("processor time", "time"), zip(*taken, strict=True), strict=True):
            low, middle, high = statistics.quantiles(values, n=4)
            shown = ", ".join(f"{100 * (value - 1):+.1f} %" for value in (middle, low, high))
            print(f"32 x {words + 2} tokens, {pairs} pairs, {name}: {shown} (median, quartiles)", flush=True)


if __name__ == "__main__":
    main()
