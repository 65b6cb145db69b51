"""Movement by layer: norms by hand on a small network, what does not learn, and runs that are interrupted."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.experiment.preparation import build, load
from bertui.recipe import Recipe
from bertui.training import checkpoint, loop
from bertui.training.events import LayersMoved, StepTaken
from bertui.training.movement import Movement
from bertui.training.state import Training
from tests.conftest import finished

CONFIG = SimpleNamespace(model_type="bert", num_hidden_layers=1)


def hand_made() -> tuple[Any, list[nn.Parameter], torch.optim.Optimizer]:
    """One layer with a matrix and a bias, a head, and embeddings that do not learn."""
    matrix, bias, head = (nn.Parameter(torch.tensor(values)) for values in ([3.0, 0.0], [4.0], [2.0]))
    groups = [
        {"params": [matrix], "name": "layer 1", "lr": 0.5},
        {"params": [bias], "name": "layer 1", "lr": 0.5},
        {"params": [head], "name": "head", "lr": 0.1},
    ]
    return SimpleNamespace(encoder=SimpleNamespace(config=CONFIG)), [matrix, bias, head], torch.optim.SGD(groups)


def test_norms_by_hand() -> None:
    model, (matrix, bias, head), optimizer = hand_made()
    movement = Movement(model, optimizer, steps=10)
    matrix.grad, bias.grad, head.grad = torch.tensor([6.0, 0.0]), torch.tensor([8.0]), None
    movement.begin()
    matrix.grad.mul_(0.1)  # clipped after the gradient is measured
    bias.grad.mul_(0.1)
    optimizer.step()
    moved = movement.end(7)
    assert moved.step == 7
    assert moved.gradient_norms == {"embeddings": 0.0, "layer 1": pytest.approx(10.0), "head": 0.0}
    # The layer's weights (3, 0, 4) move by 0.5 x (0.6, 0, 0.8): 0.5 of a norm of 5.
    assert moved.updates == {"embeddings": 0.0, "layer 1": pytest.approx(0.1), "head": 0.0}
    assert matrix.tolist() == pytest.approx([2.7, 0.0]) and bias.tolist() == pytest.approx([3.6])


def test_weights_of_nothing_but_zeros_have_no_share() -> None:
    model, (matrix, bias, head), optimizer = hand_made()
    head.data.zero_()
    matrix.grad = bias.grad = None
    head.grad = torch.tensor([1.0])
    movement = Movement(model, optimizer, steps=10)
    movement.begin()
    optimizer.step()
    assert movement.end(1).updates["head"] == 0.0


@pytest.mark.parametrize(("steps", "measured"), [(10, [0]), (40, [0, 16, 32]), (6400, list(range(0, 6400, 32)))])
def test_the_first_step_is_measured_and_then_evenly(steps: int, measured: list[int]) -> None:
    model, _, optimizer = hand_made()
    movement = Movement(model, optimizer, steps)
    assert [step for step in range(steps) if movement.is_due(step)] == measured


def trained(table: Table, split: Split, recipe: Recipe, **more: Any) -> Training:
    return finished(build(table, split, recipe.changed(more), finished(load(recipe))))


def moves(training: Training) -> list[LayersMoved]:
    return [event for event in loop.fit(training) if isinstance(event, LayersMoved)]


def test_all_layers_move_and_the_first_step_of_adam_moves_by_its_rate(
    table: Table, split: Split, recipe: Recipe
) -> None:
    training = trained(table, split, recipe, **{
        "training.max_steps": 1, "training.accumulation": 2, "optimizer.weight_decay": 0.0, "optimizer.warmup": 0.0,
    })  # fmt: skip
    groups = training.optimizer.param_groups
    head = [weight for group in groups if group["name"] == "head" for weight in group["params"]]
    before = [weight.detach().clone() for weight in head]
    taken = list(loop.fit(training))
    (step,), (moved,) = ([one for one in taken if isinstance(one, kind)] for kind in (StepTaken, LayersMoved))
    assert list(moved.updates) == ["embeddings", "layer 1", "layer 2", "head"] == list(moved.gradient_norms)
    assert sum(norm**2 for norm in moved.gradient_norms.values()) ** 0.5 == pytest.approx(step.gradient_norm, rel=1e-4)
    size = sum(float(one.square().sum()) for one in before) ** 0.5
    change = sum(float((a.detach() - b).square().sum()) for a, b in zip(head, before, strict=True)) ** 0.5
    assert moved.updates["head"] == pytest.approx(change / size, rel=1e-4) and min(moved.updates.values()) > 0


def test_layers_that_do_not_learn_stand_still(table: Table, split: Split, recipe: Recipe) -> None:
    training = trained(table, split, recipe, **{
        "training.max_steps": 1, "training.trained": "top:1", "training.average": 0.9, "training.precision": "bf16",
    })  # fmt: skip
    (moved,) = moves(training)
    assert moved.updates["embeddings"] == moved.updates["layer 1"] == 0.0 == moved.gradient_norms["layer 1"]
    assert moved.updates["layer 2"] > 0 and moved.updates["head"] > 0


def test_a_resumed_run_measures_the_same(table: Table, split: Split, recipe: Recipe, tmp_path: Path) -> None:
    more = {"training.epochs": 4, "training.max_steps": 20}
    whole, resumed = (trained(table, split, recipe, **more) for _ in range(2))
    events = loop.fit(whole)
    while whole.progress.step < 5:
        next(events)
    checkpoint.save(whole, tmp_path / "checkpoint")
    checkpoint.load(resumed, tmp_path / "checkpoint")
    rest = [event for event in events if isinstance(event, LayersMoved)]
    assert moves(resumed) == rest and [one.step for one in rest] == [17]
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name


def test_measuring_changes_nothing(table: Table, split: Split, recipe: Recipe, monkeypatch: pytest.MonkeyPatch) -> None:
    measured, plain = (trained(table, split, recipe, **{"training.max_steps": 3}) for _ in range(2))
    assert len(moves(measured)) == 1
    monkeypatch.setattr(Movement, "is_due", lambda self, step: False)
    assert moves(plain) == []
    for name, value in measured.model.state_dict().items():
        assert torch.equal(value, plain.model.state_dict()[name]), name
