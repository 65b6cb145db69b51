"""Fixtures for every test: a tiny model, a small table, no network."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from bertui.data.roles import Roles
from bertui.data.splitting import Split, SplitChoice, make_split
from bertui.data.table import Table
from bertui.recipe import Recipe
from tests.tiny import tiny_bert


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a random two-layer BERT."""
    return tiny_bert(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def table() -> Table:
    """120 short rows of two classes that a model can tell apart by one word."""
    good = [f"the film {n} was good and great" for n in range(60)]
    bad = [f"this plot {n} is bad, terrible acting" for n in range(60)]
    rows = [(text, label) for pair in zip(good, bad, strict=True) for text, label in zip(pair, "gb", strict=True)]
    return Table(pd.DataFrame(rows, columns=["text", "label"], dtype="str"), Roles(("text",), "label"), "films")


@pytest.fixture
def split(table: Table) -> Split:
    return make_split(table, SplitChoice())


@pytest.fixture
def recipe(tiny: Path) -> Recipe:
    """Two short epochs on the tiny model, in 32-bit."""
    return Recipe().changed(
        {
            "model.name": str(tiny), "encoding.max_length": 24, "training.epochs": 2, "training.batch_size": 16,
            "optimizer.learning_rate": 3e-3, "training.precision": "32-bit",
        }
    )  # fmt: skip


@pytest.fixture
def file(table: Table, tmp_path: Path) -> Path:
    """The table as a CSV file."""
    path = tmp_path / "films.csv"
    table.frame.to_csv(path, index=False)
    return path


@contextmanager
def disk(place: Path, size: str) -> Iterator[Path]:
    """Mount a small disk at a new folder; the test is skipped where that is not allowed."""
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True)
    if made.returncode:
        pytest.skip("no small disk can be made here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def finished(steps: Generator[Any, None, Any]) -> Any:
    """Run a generator to its end and return what it returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def baselines_of(task: Any, table: Table, train: Any, rows: Any) -> list[Any]:
    """Train baselines on some rows of a table and score them on others."""
    train_inputs, inputs = (table.inputs(some) for some in (train, rows))
    baselines: list[Any] = task.baselines(train_inputs, task.gold(table, train), inputs, task.gold(table, rows))
    return baselines
