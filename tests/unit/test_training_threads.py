"""How many threads compute beside other programs."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.experiment.preparation import build, load
from bertui.recipe import Recipe
from bertui.training import checkpoint
from bertui.training.threads import OtherPrograms, computing_with, free_threads, pick_threads
from tests.conftest import finished


@pytest.mark.parametrize(
    ("others", "usual", "cores", "threads"),
    [
        (0.0, 2, 2, 2),
        (0.6, 2, 2, 2),  # a browser that watches
        (0.8, 2, 2, 1),  # a program that computes without pause, and shares its core
        (1.4, 2, 2, 1),
        (7.0, 2, 2, 1),
        (1.0, 8, 8, 7),
        (2.9, 8, 8, 5),
        (3.0, 4, 8, 4),  # hyper-threads: PyTorch takes half of them, and as many are left
        (6.0, 4, 8, 2),
    ],
)
def test_a_thread_for_each_core_that_is_left(others: float, usual: int, cores: int, threads: int) -> None:
    assert pick_threads(others, usual=usual, cores=cores) == threads


def test_a_program_beside_is_seen_and_this_one_is_not() -> None:
    with OtherPrograms() as before:
        _compute(1.6)
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as program:
        try:
            time.sleep(0.3)
            with OtherPrograms() as beside:
                time.sleep(1.6)
        finally:
            program.kill()
    # Other tests may compute at the same time; what this process does is no part of it.
    assert beside.cores > 0.4 and before.cores <= psutil.cpu_count() - 0.5


def _compute(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(10_000))


def test_no_time_to_look_finds_nobody() -> None:
    with OtherPrograms() as others:
        pass
    assert others.cores == 0.0


def test_a_person_s_own_number_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert free_threads(0.0) == free_threads(100.0) == torch.get_num_threads()
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert free_threads(100.0) == 1


def test_the_number_holds_within_the_block_alone() -> None:
    usual = torch.get_num_threads()
    with pytest.raises(KeyError), computing_with(usual + 1):
        assert torch.get_num_threads() == usual + 1
        raise KeyError
    assert torch.get_num_threads() == usual


def test_a_resumed_run_computes_with_as_many_threads_as_before(
    table: Table, split: Split, recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    one, other, chosen = (finished(build(table, split, each, finished(load(each)))) for each in
                          (recipe, recipe, recipe.changed({"training.threads": 3})))  # fmt: skip
    one.choose_threads(100.0)
    assert one.progress.threads == 1 == one.plan().threads
    checkpoint.save(one, tmp_path / "checkpoint")
    checkpoint.resume(other, tmp_path / "checkpoint", tmp_path / "model")
    other.choose_threads(0.0)
    assert other.progress.threads == 1
    chosen.choose_threads(100.0)
    assert chosen.progress.threads == 3
