"""A second thing to learn, masked words, without a line elsewhere; additions to learning that resume bit for bit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.encoding.batching import Batch, collate
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoded
from bertui.experiment.experiment import Experiment
from bertui.experiment.preparation import build, load
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.readout import TOKENS, Readout
from bertui.modeling.saving import load_model
from bertui.modeling.sources import ModelChoice
from bertui.recipe import Recipe
from bertui.tasks.results import Measure
from bertui.training import checkpoint
from bertui.training.choices import TrainingChoice
from bertui.training.events import StepTaken
from bertui.training.loop import fit
from bertui.training.network import Network, WholeNetwork
from bertui.training.objective import Check, Objective
from bertui.training.optimizer import OptimizerChoice
from bertui.training.regularisers import Answered, Regulariser, WeightAverage, regularisers_of
from bertui.training.state import Training
from tests.conftest import finished

TEXTS = [f"the film {n} was {word} and the plot {other}" for n in range(8) for word, other in [("good", "great"),
         ("bad", "terrible")]]  # fmt: skip


class MaskedWords:
    """Words are hidden and to be guessed, as in pre-training (Devlin et al. 2018, section 3.1, without its 10 %)."""

    readout: Readout = TOKENS
    measure = Measure("loss", "Loss", "Of the hidden words.", "loss", percent=False, falling=True)
    alike, met, has_checks = False, None, True

    def __init__(self, train: Encoded, held_out: Encoded, tokenizer: Any) -> None:
        self.train, self.held_out, self.tokenizer = train, held_out, tokenizer
        self.outputs, self.longest = len(tokenizer), train.lengths
        self.drawn: list[list[int]] = []

    fixed: tuple[Encoded, ...] = ()

    @property
    def tokens(self) -> np.ndarray:
        return self.train.lengths

    def __len__(self) -> int:
        return len(self.train)

    def batch(self, rows: np.ndarray, random: np.random.Generator) -> tuple[Batch, Tensor]:
        batch, targets = self._hidden(self.train, rows, random)
        self.drawn.append(torch.nonzero(targets.flatten() >= 0).flatten().tolist())
        return batch, targets

    def counted(self, targets: Tensor) -> int:
        return int((targets >= 0).sum())

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return nn.functional.cross_entropy(outputs.flatten(0, 1), targets.flatten(), ignore_index=-100, reduction="sum")

    def check(self, network: Network) -> Check:
        batch, targets = self._hidden(self.held_out, np.arange(len(self.held_out)), np.random.default_rng(0))
        network.model.eval()
        with torch.no_grad():
            loss = float(self.loss(network.answer(batch), targets)) / self.counted(targets)
        network.model.train()
        return Check({"loss": loss})

    def _hidden(self, encoded: Encoded, rows: np.ndarray, random: np.random.Generator) -> tuple[Batch, Tensor]:
        batch = collate(encoded, rows, self.tokenizer.pad_token_id, "cpu")
        special = torch.isin(batch.input_ids, torch.tensor(self.tokenizer.all_special_ids))
        hidden = torch.from_numpy(random.random(tuple(batch.input_ids.shape)) < 0.3) & ~special
        targets = torch.where(hidden, batch.input_ids, -100)
        ids = torch.where(hidden, self.tokenizer.mask_token_id, batch.input_ids)
        return Batch(ids, batch.attention_mask, batch.rows, batch.token_type_ids), targets


def masked(tiny: Path, *, steps: int = 12, accumulation: int = 1) -> Training:
    backbone = load_backbone(ModelChoice(name=str(tiny)))
    encoder = TextEncoder(backbone.tokenizer, EncodingChoice(max_length=16), 128)
    objective: Objective = MaskedWords(encoder.encode(TEXTS[:12]), encoder.encode(TEXTS[12:]), backbone.tokenizer)
    model = TextModel(backbone.encoder, FeatureChoice(), objective.outputs, readout=objective.readout, seed=1)
    choices = TrainingChoice(epochs=100, max_steps=steps, batch_size=4, accumulation=accumulation)
    return Training(model, objective, training=choices, optimizer=OptimizerChoice(learning_rate=3e-3), padding=0)


def losses(training: Training) -> list[float]:
    return [event.loss for event in fit(training) if isinstance(event, StepTaken)]


def test_masked_words_are_learned_by_the_same_loop(tiny: Path) -> None:
    training = masked(tiny, steps=60)
    assert isinstance(training.network, WholeNetwork)
    first = training.check().metrics["loss"]
    assert first == pytest.approx(math.log(training.objective.outputs), rel=0.05)  # nothing is known yet
    losses(training)
    assert training.check().metrics["loss"] < 0.7 * first
    assert training.progress.best_step > 0 and training.plan().examples == 12


def test_a_resumed_run_draws_the_same_masks(tiny: Path, tmp_path: Path) -> None:
    whole, resumed = masked(tiny), masked(tiny)
    events = fit(whole)
    while whole.progress.step < 5:
        next(events)
    checkpoint.save(whole, tmp_path / "checkpoint")
    checkpoint.load(resumed, tmp_path / "checkpoint")
    before = len(whole.objective.drawn)  # type: ignore[attr-defined]
    rest = [event.loss for event in events if isinstance(event, StepTaken)]
    assert losses(resumed) == rest and len(rest) == 7
    drawn = resumed.objective.drawn  # type: ignore[attr-defined]
    assert drawn == whole.objective.drawn[before:]  # type: ignore[attr-defined]
    assert len(set(map(tuple, drawn))) == len(drawn), "each step hides other words"
    for name, value in whole.model.state_dict().items():
        assert torch.equal(value, resumed.model.state_dict()[name]), name


# ---------------------------------------------------------------- averages of the weights


class OneWeight(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([0.0]))
        self.frozen = nn.Parameter(torch.tensor([7.0]), requires_grad=False)


def test_an_average_by_hand() -> None:
    model, average = OneWeight(), WeightAverage(0.25)
    average.prepare(model)
    for value in (1.0, 3.0):
        model.weight.data.fill_(value)
        average.updated(model)
    # d = min(1/4, 2/11) = 2/11 and min(1/4, 3/12) = 1/4: 9/11 of 1, then a quarter of that and three of 3.
    expected = 0.25 * (9 / 11) + 0.75 * 3
    with average.weights_to_keep(model):
        assert model.weight.item() == pytest.approx(expected) and model.frozen.item() == 7
        with pytest.raises(RuntimeError, match="inside"), average.weights_to_keep(model):
            raise RuntimeError("inside")
        assert model.weight.item() == pytest.approx(expected)
    assert model.weight.item() == 3.0


def test_without_a_decay_nothing_is_averaged() -> None:
    assert regularisers_of(TrainingChoice()) == ()
    (average,) = regularisers_of(TrainingChoice(average=0.9))
    assert isinstance(average, WeightAverage) and average.decay == 0.9


def averaged(table: Table, split: Split, recipe: Recipe, **more: Any) -> Training:
    return finished(build(table, split, recipe.changed({"training.average": 0.9, **more}), finished(load(recipe))))


@pytest.mark.parametrize("trained", ["all", "frozen"])
def test_a_run_with_an_average_resumes_bit_for_bit(
    table: Table, split: Split, recipe: Recipe, tmp_path: Path, trained: str
) -> None:
    whole, resumed = (averaged(table, split, recipe, **{"training.trained": trained}) for _ in range(2))
    events = fit(whole)
    while whole.progress.step < 7:
        next(events)
    checkpoint.save(whole, tmp_path / "checkpoint")
    checkpoint.load(resumed, tmp_path / "checkpoint")
    list(events), list(fit(resumed))
    for one, other in zip(whole.regularisers, resumed.regularisers, strict=True):
        assert one.state().keys() == other.state().keys()
        assert all(torch.equal(value, other.state()[name]) for name, value in one.state().items())
    assert all(torch.equal(value, resumed.model.state_dict()[name]) for name, value in whole.model.state_dict().items())


def test_the_average_is_what_is_judged_and_saved(table: Table, split: Split, recipe: Recipe, tmp_path: Path) -> None:
    experiment = Experiment(table, split, recipe.changed({"training.average": 0.9}), tmp_path)
    plain = Experiment(table, split, recipe, tmp_path / "plain")
    (tmp_path / "plain").mkdir()
    for one in (experiment, plain):
        list(one.run())
    kept, last = (load_model(one.folder / "model").model.head.dense.weight for one in (experiment, plain))
    assert not torch.equal(kept, last)
    training = averaged(table, split, recipe)
    list(fit(training))
    raw = training.model.head.dense.weight.clone()
    judged = training.objective.check(training.network).metrics["loss"]
    with training.weights_to_keep():
        assert not torch.equal(training.model.head.dense.weight, raw)
        averaged_loss = training.objective.check(training.network).metrics["loss"]
    assert training.progress.evaluations[-1].metrics["loss"] == pytest.approx(averaged_loss)
    assert abs(averaged_loss - judged) > 1e-4 and torch.equal(training.model.head.dense.weight, raw)


# ---------------------------------------------------------------- the joint itself


class Watching(Regulariser):
    """Pulls the outputs towards 3, as a consistency loss would to others, and counts how often it is asked."""

    def __init__(self, strength: float) -> None:
        self.strength, self.calls = strength, list[str]()

    def prepare(self, model: Any) -> None:
        model.extra = nn.Parameter(torch.ones(()))
        self.calls.append("prepare")

    def further_losses(self, answered: Answered) -> Iterator[Tensor]:
        assert len(answered.targets) == len(answered.outputs) and answered.network.answer(answered.batch).requires_grad
        yield self.strength * (answered.outputs - 3).square().sum()

    def updated(self, model: Any) -> None:
        self.calls.append("updated")


def test_an_addition_may_change_the_network_add_a_loss_and_see_each_step(
    table: Table, split: Split, recipe: Recipe
) -> None:
    distances = {}
    for strength in (0.0, 1.0):
        plain = finished(build(table, split, recipe, finished(load(recipe))))
        watching = Watching(strength)
        training = Training(
            plain.model, plain.objective, training=recipe.training, optimizer=recipe.optimizer, padding=0,
            regularisers=(watching,),
        )  # fmt: skip
        learned = [one for group in training.optimizer.param_groups for one in group["params"]]
        assert any(training.model.extra is one for one in learned), "what an addition brings learns with the rest"
        list(fit(training))
        assert watching.calls == ["prepare", *["updated"] * training.steps]
        outputs = training.network.outputs(training.objective.fixed[0])
        distances[strength] = float(np.square(outputs - 3).mean())
    assert distances[1.0] < 0.9 * distances[0.0]
