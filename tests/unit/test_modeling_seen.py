"""Embeddings of which only the seen rows are learned: the same weights as AdamW on all of them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.experiment.preparation import build, load
from bertui.modeling.memory import give_back, keep_memory
from bertui.modeling.seen import SeenEmbedding, learn_seen
from bertui.recipe import Recipe
from bertui.training import checkpoint
from bertui.training.loop import fit
from bertui.training.state import Training
from tests.conftest import finished

SEEN = np.array([0, 3, 4, 9])


def trained(layer: nn.Module, weight: nn.Parameter, steps: int = 12) -> None:
    optimizer = torch.optim.AdamW([weight], lr=0.1, weight_decay=0.2)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 0.1 / (1 + step)
        ids = torch.tensor(SEEN[[step % 4, 1]])
        optimizer.zero_grad()
        (layer(ids).square().sum() * (step + 1)).backward()
        optimizer.step()
        if isinstance(layer, SeenEmbedding):
            layer.decay_unseen(optimizer.param_groups)


def test_same_as_adamw_on_all_rows() -> None:
    whole = nn.Embedding(20, 5)
    part = SeenEmbedding(copy.deepcopy(whole), SEEN)
    trained(whole, whole.weight)
    trained(part, part.weight)
    assert torch.allclose(part.whole(), whole.weight, atol=1e-6)
    assert not torch.allclose(part.whole()[1], part.rest[1])  # an unseen row has decayed
    assert torch.allclose(part.eval()(torch.arange(20)), whole.weight, atol=1e-6)
    assert torch.equal(part.state_dict()["weight"], part.whole())


def test_padding_is_not_learned() -> None:
    part = SeenEmbedding(nn.Embedding(20, 5, padding_idx=3), SEEN)
    part(torch.tensor([3, 4])).sum().backward()
    assert part.weight.grad is not None and part.weight.grad[1].abs().sum() == 0 and part.weight.grad[2].abs().sum() > 0


def test_where_most_of_the_vocabulary_is_seen_nothing_changes(tiny: Path) -> None:
    from transformers import BertModel

    encoder = BertModel.from_pretrained(tiny)
    before = encoder.get_input_embeddings()
    assert learn_seen(encoder, np.arange(encoder.config.vocab_size), 0) is None
    assert encoder.get_input_embeddings() is before
    assert isinstance(learn_seen(encoder, np.arange(10), 0), SeenEmbedding)
    before.weight.requires_grad_(False)
    encoder.set_input_embeddings(before)
    assert learn_seen(encoder, np.arange(10), 0) is None  # frozen: nothing to save


def training_of(table: Table, split: Split, recipe: Recipe) -> Training:
    rows = np.asarray(split.train)[:4]
    few = Split(rows, np.asarray(split.validation), np.asarray(split.test))
    return finished(build(table, few, recipe, finished(load(recipe))))


def test_a_resumed_run_ends_with_the_same_embeddings(
    table: Table, split: Split, recipe: Recipe, tmp_path: Path
) -> None:
    recipe = recipe.changed({"training.max_steps": 6, "training.batch_size": 2})
    through, first, second = (training_of(table, split, recipe) for _ in range(3))
    assert first.words is not None
    list(fit(through))
    events = fit(first)
    while first.progress.step < 3:
        next(events)
    checkpoint.save(first, tmp_path / "checkpoint")
    checkpoint.load(second, tmp_path / "checkpoint")
    list(fit(second))
    expected, resumed = through.model.state_dict(), second.model.state_dict()
    assert expected.keys() == resumed.keys() and all(torch.equal(expected[name], resumed[name]) for name in expected)


def test_bf16_learns_as_32_bit_does(table: Table, split: Split, recipe: Recipe) -> None:
    """The weights stay 32-bit: step by step the losses are those of 32-bit up to the rounding of each step."""
    losses: dict[str, Any] = {}
    for precision in ("bf16", "32-bit"):
        training = finished(
            build(table, split, recipe.changed({"training.precision": precision, "training.epochs": 20}),
                  finished(load(recipe)))
        )  # fmt: skip
        losses[precision] = [event.loss for event in fit(training) if type(event).__name__ == "StepTaken"]
        assert next(training.model.parameters()).dtype == torch.float32
    apart = np.abs(np.subtract(losses["bf16"], losses["32-bit"]))
    assert len(apart) >= 30 and 0 < apart.max() < 0.05


def test_memory_is_kept_where_the_system_can() -> None:
    import sys

    assert keep_memory() == (sys.platform == "linux") or not sys.platform.startswith("linux")
    give_back()
    assert float(torch.ones(2_000_000).sum()) == 2_000_000
