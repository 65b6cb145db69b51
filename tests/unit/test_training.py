"""Rates, schedules and alarms against hand-computed answers."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from bertui.choice import strategies_of
from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.encoding.batching import training_batches
from bertui.errors import RecipeError
from bertui.experiment.preparation import build, load
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.size import Size
from bertui.modeling.sources import ModelChoice
from bertui.recipe import Recipe
from bertui.training import alarms, loop, network
from bertui.training.choices import TrainingChoice
from bertui.training.events import AlarmRaised, CheckpointDue, Evaluated, PhaseBegan, StepTaken, from_json, to_json
from bertui.training.optimizer import (
    Cosine,
    Linear,
    OptimizerChoice,
    Schedule,
    ScheduleKind,
    SlantedTriangular,
    parameter_groups,
    suitable_rate,
)
from bertui.training.trainable import TrainableKind
from tests.conftest import finished


def test_linear_and_cosine_by_hand() -> None:
    assert [Linear().factor(step, 10, 0.2) for step in range(4)] == [0.5, 1.0, 1.0, 0.875]
    assert Cosine().factor(6, 10, 0.2) == pytest.approx(0.5 * (1 + math.cos(math.pi / 2)))


def test_slanted_triangle_is_howard_and_ruder_equation_3() -> None:
    schedule, steps, cut_frac, ratio = SlantedTriangular(), 100, 0.1, 32
    cut = math.floor(steps * cut_frac)
    for t in range(1, steps + 1):
        p = t / cut if t < cut else 1 - (t - cut) / (cut * (1 / cut_frac - 1))
        assert schedule.factor(t - 1, steps, cut_frac) == pytest.approx((1 + p * (ratio - 1)) / ratio)


@pytest.mark.parametrize(("steps", "warmup"), [(1, 0.1), (2, 0.1), (5, 0.3), (10, 0.0), (19, 0.1), (29, 0.1), (7, 0.9)])
def test_slanted_triangle_uses_every_one_of_few_steps(steps: int, warmup: float) -> None:
    factors = [SlantedTriangular().factor(step, steps, warmup) for step in range(steps)]
    top = factors.index(1.0)
    assert top == max(0, math.floor(steps * warmup) - 1)
    falls = np.diff(factors[top:])
    assert np.allclose(falls, falls[0] if len(falls) else 0) and (falls < 0).all()
    assert steps == 1 or factors[-1] == pytest.approx(1 / 32)


@pytest.mark.parametrize("cls", strategies_of(ScheduleKind), ids=lambda cls: cls.__name__)
@pytest.mark.parametrize(("steps", "warmup"), [(1, 0.1), (10, 0.0), (10, 0.1), (7, 0.9), (1000, 0.1)])
def test_every_schedule_stays_between_zero_and_one(cls: type[Schedule], steps: int, warmup: float) -> None:
    factors = [cls().factor(step, steps, warmup) for step in range(steps)]
    assert all(0 <= factor <= 1 for factor in factors) and max(factors) > 0


def test_layer_rates_are_sun_et_al_equation_2() -> None:
    rates = OptimizerChoice(learning_rate=2e-5, layer_decay=0.95)
    assert rates.layer_rate(12, 12) == 2e-5
    assert rates.layer_rate(1, 12) == pytest.approx(2e-5 * 0.95**11)
    assert rates.layer_rate(0, 12) == pytest.approx(2e-5 * 0.95**12)
    assert rates.layer_rate(13, 12) == 2e-5
    assert OptimizerChoice(learning_rate=2e-5, layer_decay=0.95, decay_embeddings=False).layer_rate(0, 12) == 2e-5


def test_no_decay_on_biases_and_norms_and_each_weight_once(tiny: Path) -> None:
    model = TextModel(load_backbone(ModelChoice(name=str(tiny))).encoder, FeatureChoice(), 2)
    groups = parameter_groups(model, OptimizerChoice(learning_rate=1e-3))
    assert {group["name"] for group in groups} == {"embeddings", "layer 1", "layer 2", "head"}
    decays = {id(p): group["weight_decay"] for group in groups for p in group["params"]}
    for name, parameter in model.named_parameters():
        spared = name.endswith("bias") or "LayerNorm" in name
        assert decays[id(parameter)] == (0.0 if spared else 0.01), name
    assert sum(len(group["params"]) for group in groups) == len(list(model.parameters())) == len(decays)


@pytest.mark.parametrize(
    ("kind", "learning"),
    [("all", {"0", "1", "e"}), ("frozen", set()), ("top:1", {"1"})],
    ids=("all", "frozen", "top"),
)
def test_what_is_frozen(tiny: Path, kind: str, learning: set[str]) -> None:
    from pydantic import TypeAdapter

    model = TextModel(load_backbone(ModelChoice(name=str(tiny))).encoder, FeatureChoice(pooling="cls"), 2)
    TypeAdapter(TrainableKind).validate_python(kind).freeze(model)
    layers = {
        name.split("layer.")[1][0] if "layer." in name else "e"
        for name, p in model.encoder.named_parameters()
        if p.requires_grad
    }
    assert layers == learning
    assert model.head.dense.weight.requires_grad


def test_events_survive_json() -> None:
    for event in (
        PhaseBegan("load"), StepTaken(1, 0.5, 1.0, {"head": 1e-4}, 8, 80, 0.1),
        Evaluated(1, 0.5, {"loss": 1.0}, True, 0.4), AlarmRaised("memory", "words", 3, {"training.batch_size": 4}),
    ):  # fmt: skip
        assert from_json(to_json(event)) == event
    assert from_json({"event": "of a later version"}) is None


def test_over_fitting_names_the_step() -> None:
    def check(step: int, loss: float, train: float) -> Evaluated:
        return Evaluated(step, step / 10, {"loss": loss}, False, train)

    rising = [check(10, 0.5, 0.6), check(20, 0.4, 0.4), check(30, 0.5, 0.2), check(40, 0.6, 0.1)]
    alarm = alarms.over_fitting(rising, epochs=9)
    assert alarm is not None and "step 20" in alarm.message and alarm.remedy == {"training.epochs": 2}
    assert alarms.over_fitting(rising[:3], epochs=9) is None


@pytest.mark.parametrize(
    ("losses", "rises"),
    [
        ([0.4, 0.5, 0.6], True), ([0.4, 0.5], False),  # twice in a row at least
        ([0.4, 0.43, 0.6], False), ([0.4, 0.45, 0.44], False), ([0.5, 0.4, 0.6], False),  # by a tenth, and on
        ([0.4, 0.39, 0.38], False), ([0.4, 0.3, 0.35, 0.36], True),
    ],
)  # fmt: skip
def test_over_fitting_is_a_rise_by_a_tenth_and_on(losses: list[float], rises: bool) -> None:
    checks = [Evaluated(n, n / 2, {"loss": loss}, False, 1 / (n + 1)) for n, loss in enumerate(losses)]
    assert (alarms.over_fitting(checks, epochs=9) is not None) == rises
    slower = [replace(check, train_loss=1.0) for check in checks]  # no better on the training rows either
    assert alarms.over_fitting(slower, epochs=9) is None


def test_over_fitting_within_the_last_epoch_has_no_remedy() -> None:
    losses = [(0.5, 0.6), (0.4, 0.4), (0.5, 0.2), (0.6, 0.1)]
    rising = [Evaluated(n, n / 2, {"loss": loss}, False, train) for n, (loss, train) in enumerate(losses)]
    for epochs, remedy in ((1, {}), (2, {"training.epochs": 1})):
        alarm = alarms.over_fitting(rising, epochs)
        assert alarm is not None and alarm.remedy == remedy and alarm.step == 3


@pytest.mark.parametrize(
    ("rate", "suitable", "better"),
    [
        (1e-3, 2e-5, 2e-5), (1e-6, 2e-5, 2e-5),  # far from what suits the model
        (2e-5, 2e-5, 6e-5), (5e-5, 5e-5, 1.5e-4), (1e-4, 1e-4, 5e-5), (1.4e-4, 1e-4, 7e-5),  # near it: another one
    ],
)  # fmt: skip
def test_where_nothing_is_learned_another_rate_is_proposed(rate: float, suitable: float, better: float) -> None:
    alarm = alarms.one_class(7, "up", rate, suitable)
    assert alarm.remedy == {"optimizer.learning_rate": pytest.approx(better)} and alarm.step == 7
    assert f"A learning rate of {better:.2g} instead of {rate:.2g}" in alarm.message


@pytest.mark.parametrize(
    ("model", "rate"),
    [
        (Size("bert", 384, 6), 1e-4), (Size("bert", 384, 12), 1e-4), (Size("bert", 128, 2), 1e-4),
        (Size("distilbert", 768, 6), 5e-5), (Size("modernbert", 768, 22), 5e-5), (Size("electra", 256, 12), 4e-5),
        (Size("deberta-v2", 384, 12), 4e-5), (Size("bert", 768, 12), 2e-5), (Size("", 768, 12), 2e-5),
        (Size("roberta", 1024, 24), 1e-5),
    ],
)  # fmt: skip
def test_rates_that_suit_a_model(model: Size, rate: float) -> None:
    assert suitable_rate(model) == rate
    assert suitable_rate(model, frozen=True) == 1e-3


def test_without_a_rate_no_layer_learns() -> None:
    with pytest.raises(RecipeError, match="learning_rate is empty"):
        OptimizerChoice().layer_rate(1, 2)


def test_memory_alarm_halves_the_batch() -> None:
    halt = alarms.out_of_memory(3, 32, 2)
    assert halt.alarm.remedy == {"training.batch_size": 16, "training.accumulation": 4}
    assert alarms.is_out_of_memory(RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"))
    assert not alarms.is_out_of_memory(RuntimeError("shape mismatch"))


def test_equal_scores_are_decided_by_the_loss(table: Table, split: Split, recipe: Recipe) -> None:
    training = finished(build(table, split, recipe, finished(load(recipe))))
    checks = iter([(0.8, 0.5), (0.8, 0.4), (0.8, 0.4), (0.8, 0.6), (0.9, 0.7), (0.7, 0.1)])

    def metrics(logits: object, targets: object) -> dict[str, float]:
        score, loss = next(checks)
        return {"f1_macro": score, "accuracy": score, "loss": loss}

    training.objective.task = SimpleNamespace(metrics=metrics, collapsed=lambda logits, targets: None)
    outcomes = [(training.check().best, training.progress.stale) for _ in range(6)]
    assert outcomes == [(True, 0), (True, 0), (False, 1), (False, 2), (True, 0), (False, 1)]
    assert (training.progress.best, training.progress.best_loss) == (0.9, 0.7)


def test_a_batch_in_parts_has_the_same_loss_and_gradient(
    table: Table, split: Split, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = finished(build(table, split, recipe, finished(load(recipe))))
    training.model.eval()  # no dropout
    rows = np.arange(12)
    results = []
    for most, parts in ((10_000, 1), (20, None)):
        monkeypatch.setattr(network, "_TOKENS", most)
        read = training.network.micro_batches(rows, training.objective.tokens[rows])
        assert len(read) == parts or (parts is None and len(read) > 3)
        training.optimizer.zero_grad(set_to_none=True)
        loss = training.loss_and_gradient(read)
        results.append((loss, torch.cat([p.grad.flatten() for p in training.model.parameters() if p.grad is not None])))
    assert results[0][0] == pytest.approx(results[1][0], rel=1e-6)
    assert torch.allclose(results[0][1], results[1][1], rtol=1e-4, atol=1e-7) and results[0][1].abs().sum() > 0


@pytest.mark.parametrize(
    ("packed", "by_token", "alike"), [(True, False, False), (False, False, True), (False, True, False)]
)
def test_texts_of_like_length_stand_together_where_padding_is_computed_and_no_token_counts_more(
    table: Table, split: Split, recipe: Recipe, packed: bool, by_token: bool, alike: bool
) -> None:
    training = finished(build(table, split, recipe, finished(load(recipe))))
    training.model.packed = packed
    training.objective.train = replace(training.objective.train, targets_of="token" if by_token else "row")
    lengths, batch, seed = training.objective.longest, training.choices.batch_size, training.choices.seed
    either = {yes: training_batches(lengths, batch, seed, 0, alike=yes) for yes in (True, False)}
    assert either[True][0].tolist() != either[False][0].tolist()
    assert np.concatenate(training.micro_batches(0)).tolist() == either[alike][0].tolist()


@pytest.mark.parametrize(
    ("rows", "batch", "epochs"),
    # 4,907 rows are 154 steps: 3 epochs; 1,600 are 50: 8 make 400; 388 are 13: 31 would, 20 is the most
    [(4907, 32, 3), (1600, 32, 8), (388, 32, 20), (388, 16, 16), (1, 32, 20)],
)
def test_automatic_epochs_make_about_400_steps(rows: int, batch: int, epochs: int) -> None:
    choices = TrainingChoice(batch_size=batch)
    assert choices.epochs_for(rows) == epochs
    assert choices.steps(rows) == epochs * choices.steps_per_epoch(rows)
    assert choices.model_copy(update={"epochs": 2}).epochs_for(rows) == 2


def test_checkpoints_come_with_the_first_evaluation_and_then_by_the_clock(
    table: Table, split: Split, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clock that gains four seconds a step, and one more while a checkpoint is written."""
    clock = {"now": 0.0}
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: clock["now"]))
    training = finished(build(table, split, recipe.changed({"training.epochs": 8}), finished(load(recipe))))
    due, steps = [], 0
    for event in loop.fit(training):
        if isinstance(event, StepTaken):
            clock["now"] += 4.0
            steps = event.step
        elif isinstance(event, CheckpointDue):
            due.append(event.step)
            clock["now"] += 1.0
    # checked every 3 steps; 30 s are 8 steps; the last step needs none, since all is saved then
    assert due == [3, 11, 19, 27, 35, 43] and steps == training.steps == 48
