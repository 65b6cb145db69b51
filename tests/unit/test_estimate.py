"""What a run will cost: the arithmetic by hand, the measurement on a tiny model against the run itself."""

from __future__ import annotations

import pytest
import torch

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.errors import UserError
from bertui.experiment.estimate import Costs, cost_choices, measure_costs
from bertui.experiment.experiment import Experiment
from bertui.experiment.preparation import build, load
from bertui.recipe import Recipe
from bertui.training.events import PhaseBegan
from tests.conftest import finished

COSTS = Costs(start=2.0, step=0.5, encode=0.001, read=0.01, memory=10**8, measured=5)


def test_seconds_by_hand() -> None:
    recipe = Recipe().changed(
        {"training.epochs": 3, "training.batch_size": 32, "training.accumulation": 2,
         "training.evaluations_per_epoch": 2}
    )  # fmt: skip
    sizes = {"train": 1000, "validation": 100, "test": 200}
    # 32 batches, 16 steps an epoch, 48 in all; 6 checks of 100 rows, then 100 and 200 at the end
    assert COSTS.seconds(recipe, sizes) == pytest.approx(2 + 1.3 + 48 * 0.5 + (600 + 300) * 0.01)
    capped = recipe.changed({"training.max_steps": 8})  # half an epoch: one check
    assert COSTS.seconds(capped, sizes) == pytest.approx(2 + 1.3 + 8 * 0.5 + (100 + 300) * 0.01)


def test_costs_hang_on_what_shapes_a_step_alone() -> None:
    base = Recipe()
    assert cost_choices(base) == cost_choices(base.changed({"training.epochs": 9, "optimizer.learning_rate": 1e-3}))
    for path, value in {"training.batch_size": 8, "encoding.max_length": 64, "training.trained": "frozen"}.items():
        assert cost_choices(base) != cost_choices(base.changed({path: value}))


def test_measurement_is_near_the_run(table: Table, split: Split, recipe: Recipe, tmp_path: object) -> None:
    costs = measure_costs(table, split, recipe)
    assert costs.measured >= 3
    events = list(Experiment(table, split, recipe.resolved(), tmp_path).run())  # type: ignore[arg-type]
    steps = sorted(event.seconds for event in events if hasattr(event, "learning_rates"))
    assert costs.step == pytest.approx(steps[len(steps) // 2], rel=5)  # the order of magnitude; machines are shared


def test_memory_is_weights_moments_and_what_the_backward_pass_needs(table: Table, split: Split, recipe: Recipe) -> None:
    costs = measure_costs(table, split, recipe)
    training = finished(build(table, split, recipe.resolved(), finished(load(recipe))))
    weights = 4 * sum(p.numel() for p in training.model.parameters())
    assert costs.memory > 4 * weights  # weights, gradients, two moments; then the activations
    doubled = measure_costs(table, split, recipe.changed({"training.batch_size": 32}))
    grown = (doubled.memory - 4 * weights) / (costs.memory - 4 * weights)
    assert 1.7 < grown < 2.2  # activations grow with the batch
    frozen = measure_costs(table, split, recipe.changed({"training.trained": "frozen"}))
    assert frozen.memory < 2 * weights


def test_measuring_leaves_nothing_behind(table: Table, split: Split, recipe: Recipe) -> None:
    before = torch.get_rng_state()
    measure_costs(table, split, recipe)
    assert torch.equal(before, torch.get_rng_state())


def test_what_stops_the_run_stops_the_measurement(table: Table, split: Split, recipe: Recipe) -> None:
    with pytest.raises(UserError, match="reads at most 128 tokens"):
        measure_costs(table, split, recipe.changed({"encoding.max_length": 512}))
    with pytest.raises(UserError, match="no folder"):
        measure_costs(table, split, recipe.changed({"model.name": "./nowhere"}))


def test_loading_says_first_what_it_loads(recipe: Recipe) -> None:
    first = next(load(recipe))
    assert isinstance(first, PhaseBegan) and (first.name, first.detail) == ("load", recipe.model.name)
