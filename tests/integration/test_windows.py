"""Long texts read in windows, from a file to the heatmap; cards and runs agree on what an example is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bertui
from bertui.data.samples import sample
from bertui.data.splitting import make_split
from bertui.data.table import Table
from bertui.experiment.preparation import build, load
from bertui.recipe import Recipe, with_task_defaults
from bertui.runs.execution import execute
from bertui.runs.run import Run
from bertui.runs.verbs import prepare
from bertui.training.events import StepTaken, TrainingBegan
from tests.conftest import finished

FILLER = "the plot and the acting and the service and the film and the movie was"  # 14 tokens


@pytest.fixture
def late(tmp_path: Path) -> Path:
    """Texts of 31 tokens whose label stands at the very end."""
    rows = [(f"{FILLER} {FILLER} {n % 7} {('terrible', 'great')[n % 2]}", ("bad", "good")[n % 2]) for n in range(120)]
    path = tmp_path / "late.csv"
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(path, index=False)
    return path


def trained(late: Path, tiny: Path, **changes: object) -> Run:
    settings = {
        "model.name": str(tiny), "encoding.max_length": 12, "encoding.truncation": "head", "training.epochs": 8,
        "training.batch_size": 8, "optimizer.learning_rate": 3e-3, "features.pooling": "mean",
    }  # fmt: skip
    return bertui.train(late, text="text", label="label", set=settings | changes, workspace=late.parent / "w")


def accuracy(run: Run) -> float:
    return float((run.report() or {})["parts"]["test"]["metrics"]["accuracy"]["value"])


@pytest.mark.parametrize("join", ["mean", "max", "attention"])
def test_what_stands_behind_the_cut_is_learned_in_windows(late: Path, tiny: Path, join: str) -> None:
    run = trained(late, tiny, **{"encoding.reading": "windows:2", "features.join": join})
    assert accuracy(run) == 1.0
    model = bertui.load(run)
    text = f"{FILLER} {FILLER} 3 great"
    answer = model.predict(text)
    assert answer.label == "good" and answer.truncated == 0
    # The answer without words is one of the two already; of the other text the last word makes all the difference.
    both = [
        bertui.explain(model, f"{FILLER} {FILLER} 3 {word}", method="integrated-gradients")
        for word in ("great", "terrible")
    ]
    explained = max(both, key=lambda one: abs(one["output"] - one["baseline_output"]))
    assert all(explained["seen"]) and explained["scores"][-1] == max(explained["scores"], key=abs)
    assert sum(explained["scores"]) + explained["other"] == pytest.approx(
        explained["output"] - explained["baseline_output"] + explained["convergence_delta"], abs=1e-6
    )
    assert model.vectors([text, "great"]).shape == (2, 32)
    bertui.export(run, late.parent / "export")
    again = bertui.load(late.parent / "export").predict(text)
    assert again.probabilities == pytest.approx(answer.probabilities, abs=1e-5)


def test_what_stands_behind_the_cut_is_not_read_without_windows(late: Path, tiny: Path) -> None:
    run = trained(late, tiny)
    assert accuracy(run) < 0.8 and bertui.load(run).predict(f"{FILLER} {FILLER} 3 great").truncated == 22


def test_the_steps_of_a_run_are_those_that_its_card_says(tiny: Path, tmp_path: Path) -> None:
    """Questions have several windows each at so short a length, and a batch has rows."""
    entry = sample("museum")
    path = tmp_path / "museum.csv"
    path.write_bytes(entry.read())
    changes = {"model.name": str(tiny), "encoding.max_length": 64, "task.stride": 16, "training.epochs": 1}
    run = prepare(path, task="question-answering", set=changes, workspace=tmp_path / "w")
    split = run.data()[1]
    promised = run.recipe.training.steps(len(split.train))
    events = list(execute(run))
    (plan,) = [event for event in events if isinstance(event, TrainingBegan)]
    steps = [event for event in events if isinstance(event, StepTaken)]
    assert plan.steps == len(steps) == promised and plan.examples == len(split.train) == sum(s.examples for s in steps)
    assert max(s.tokens / s.examples for s in steps) > 64, "a row has more than one window"


def test_nearest_rows_look_at_all_of_a_long_row(tiny: Path, late: Path) -> None:
    run = trained(late, tiny, **{"encoding.reading": "windows:2", "training.epochs": 1})
    model = bertui.load(run)
    first, other = (model.vectors([f"{FILLER} {FILLER} 3 {word}"])[0] for word in ("great", "terrible"))
    assert np.abs(first - other).max() > 1e-3


def test_windows_do_nothing_where_all_texts_fit(tiny: Path, table: Table) -> None:
    changes = {"model.name": str(tiny), "training.max_steps": 2, "encoding.max_length": 64}
    recipe = with_task_defaults(Recipe(), "single-label").changed(changes)
    split = make_split(table, recipe.split)
    cut, windows = (
        finished(build(table, split, recipe.changed({"encoding.reading": reading}), finished(load(recipe))))
        for reading in ("cut", "windows")
    )
    rows = [np.arange(16)]
    assert cut.loss_and_gradient(rows) == windows.loss_and_gradient(rows)
