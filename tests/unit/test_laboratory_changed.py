"""Networks with something left out, put back or mixed: no change is no difference, and nothing stays behind."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from bertui.errors import ModelError
from bertui.laboratory.ablation import head_ablation, head_importance, layer_ablation
from bertui.laboratory.inside import acting_in_layers, layers_of, scaling_heads, skipping
from bertui.laboratory.sample import Sample
from bertui.laboratory.swap import blend_scores, blended, swap_scores, swapped
from bertui.modeling.families import family_of, module_at
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.twin import twin
from bertui.tasks.labels.single_label import SingleLabel
from tests.batches import batch_of, encoded_of
from tests.unit.test_laboratory_drift import KINDS, model_of
from tests.unit.test_modeling_families import encoder_of

IDS = torch.randint(5, 60, (3, 7), generator=torch.Generator().manual_seed(3))


def states(model: Any, ids: torch.Tensor = IDS) -> torch.Tensor:
    with torch.no_grad():
        found: torch.Tensor = model.hidden_states(batch_of(ids))
    return found


def changed(kind: str) -> TextModel:
    """The same architecture with other weights."""
    model = model_of(kind)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        with torch.no_grad():
            for weight in model.parameters():
                weight += 0.1 * torch.randn_like(weight)
    return model.eval()


def sample_of(rows: int = 24) -> Sample:
    random = np.random.default_rng(0)
    ids = [[random.integers(5, 60, random.integers(3, 9)).tolist()] for _ in range(rows)]
    task = SingleLabel(classes=("a", "b"))
    inputs = [(f"text {number}",) for number in range(rows)]
    gold = ["ab"[ids[number][0][0] % 2] for number in range(rows)]
    return Sample(task, task.examples(encoded_of(ids), inputs, gold), 1)


@pytest.mark.parametrize("kind", KINDS)
def test_no_layer_left_out_is_the_model_exactly_and_an_error_leaves_nothing(kind: str) -> None:
    model = model_of(kind).eval()
    model.packed = False
    copied, expected = twin(model), states(model)
    with skipping(copied.encoder, lambda layer: False):
        assert torch.equal(states(copied), expected)
    with scaling_heads(copied.encoder, lambda layer: torch.ones(1, 2)):
        assert torch.equal(states(copied), expected)
    with pytest.raises(KeyError), skipping(copied.encoder, lambda layer: {}[layer]):
        states(copied)
    assert torch.equal(states(copied), expected)
    assert all("forward" not in vars(module) for module in copied.modules())
    assert len(copied.encoder._forward_pre_hooks) == len(model.encoder._forward_pre_hooks)


@pytest.mark.parametrize("kind", KINDS)
def test_without_the_layers_above_a_text_is_as_that_layer_leaves_it(kind: str) -> None:
    """Held against the hidden states that transformers gives; a norm after the top layer is all that is added."""
    model = model_of(kind).eval()
    model.packed = False
    with torch.no_grad():
        layers = model.encoder(input_ids=IDS, attention_mask=torch.ones_like(IDS), output_hidden_states=True)
    copied = twin(model)
    norm = next((one for name in ("final_norm", "norm") if (one := module_at(model.encoder, name)) is not None), None)
    for kept in range(layers_of(model.encoder)):
        with skipping(copied.encoder, lambda layer, kept=kept: layer >= kept):
            found = states(copied)[0]
        expected = layers.hidden_states[kept]
        if kind == "deberta-v2" and kept == 0:
            continue  # a convolution follows its first layer
        assert torch.allclose(found, expected if norm is None else norm(expected), atol=1e-5)


def test_combined_layers_too_read_what_a_skipped_layer_hands_on() -> None:
    model = TextModel(encoder_of("bert"), FeatureChoice(layers="last:3", pooling="cls"), 2).eval()
    copied = twin(model)
    with skipping(copied.encoder, lambda layer: layer == 1):
        found = states(copied)
    assert torch.equal(found[0], found[1]) and not torch.equal(found[1], found[2])


@pytest.mark.parametrize("kind", KINDS)
def test_a_silenced_head_is_a_head_whose_part_of_the_joining_weight_is_zero(kind: str) -> None:
    model = model_of(kind).eval()
    copied, by_hand = twin(model), model_of(kind).eval()
    with scaling_heads(copied.encoder, lambda layer: torch.tensor([[1.0, 0.0]])):
        found = states(copied)
    family = family_of(model.encoder.config)
    with torch.no_grad():
        for block in module_at(by_hand.encoder, family.blocks):
            module_at(block, f"{family.attention}.{family.heads_joined}").weight[:, 8:] = 0
    by_hand.packed = False
    assert torch.allclose(found, states(by_hand), atol=1e-5)
    assert not torch.allclose(found, states(copied), atol=1e-3)


def test_layers_that_share_their_weights_are_told_by_their_calls() -> None:
    copied = twin(model_of("albert"))
    with skipping(copied.encoder, lambda layer: layer == 1):
        one = states(copied)
    with skipping(copied.encoder, lambda layer: layer != 1):
        other = states(copied)
    assert not torch.allclose(one, other, atol=1e-3) and not torch.allclose(one, states(copied), atol=1e-3)


def test_a_family_without_known_layers_gets_one_message_by_name() -> None:
    encoder = encoder_of("nomic_bert")
    with pytest.raises(ModelError, match="nomic_bert"), acting_in_layers(encoder, lambda *given: None):
        raise AssertionError


@pytest.mark.parametrize("kind", ["bert", "albert"])
def test_scores_of_ablation(kind: str) -> None:
    model, sample = changed(kind), sample_of()
    told: list[float] = []
    found = layer_ablation(model, sample, told.append)
    assert found.whole == sample.score(model) == found.up_to[-1]
    assert len(found.without) == 3 and len(found.up_to) == 4
    assert found.without[2] == found.up_to[2]  # the top layer alone is left out in both
    assert found.measure == "accuracy" and found.to_json()["rows"] == 24
    assert told == sorted(told) and told[-1] == pytest.approx(1)


@pytest.mark.parametrize("kind", KINDS)
def test_importance_of_a_head_is_the_change_of_the_loss_with_a_factor_on_it(kind: str) -> None:
    """By finite differences, row by row, at one head; logits are in 32-bit, so the step is no small one."""
    model, sample = model_of(kind).double().eval(), sample_of(4)
    model.packed = False
    importance = head_importance(model, sample)
    copied, slopes = twin(model), []
    for row in range(4):
        batch, targets = sample.examples.batch(np.array([row]), 1, "cpu")
        losses = []
        for factor in (0.98, 1.02):
            given = torch.tensor([[1.0, factor]], dtype=torch.float64)
            with (
                scaling_heads(copied.encoder, lambda layer, given=given: given if layer == 2 else None),
                torch.no_grad(),
            ):
                losses.append(float(sample.task.loss(copied(batch), targets, weights=None, smoothing=0.0)))
        slopes.append(abs(losses[1] - losses[0]) / 0.04)
    assert importance.shape == (3, 2) and importance[2, 1] == pytest.approx(np.mean(slopes), rel=0.03, abs=1e-5)


def test_the_most_important_heads_are_silenced_first() -> None:
    model, sample = changed("bert"), sample_of()
    with torch.no_grad():
        model.encoder.encoder.layer[1].attention.output.dense.weight[:, :8] = 0  # head 1 of layer 2 says nothing
    found = head_ablation(model, sample, verified=6)
    assert found.importance[1, 0] == pytest.approx(0, abs=1e-9) and found.silenced[-1][:2] == (2, 1)
    assert found.silenced[-1][2] == found.whole
    assert found.to_json()["silenced"][0].keys() == {"layer", "head", "score"}


def test_a_cancelled_ablation_leaves_the_model_as_it_was() -> None:
    model, sample = changed("bert"), sample_of()
    expected = states(model)

    def cancel(share: float) -> None:
        if share > 0.4:
            raise KeyboardInterrupt

    for work in (layer_ablation, head_ablation):
        with pytest.raises(KeyboardInterrupt):
            work(model, sample, cancel)  # type: ignore[operator]
    assert torch.equal(states(model), expected)
    assert all(weight.grad is None for weight in model.parameters())
    assert all(not module._forward_pre_hooks and "forward" not in vars(module) for module in model.modules())


@pytest.mark.parametrize("kind", KINDS)
def test_swap_and_blend_at_their_ends(kind: str) -> None:
    before, after = model_of(kind).eval(), changed(kind)
    old, new = states(twin(before)), states(twin(after))
    depths = range(2 if kind == "albert" else 4)
    assert torch.equal(states(swapped(before, after, depths)), old)
    assert torch.equal(states(swapped(before, after, ())), new)
    assert torch.equal(states(blended(before, after, 0.0)), old)
    assert torch.equal(states(blended(before, after, 1.0)), new)
    one = states(swapped(before, after, {1}))
    assert not torch.equal(one, old) and not torch.equal(one, new)
    assert torch.equal(states(twin(after)), new) and torch.equal(states(twin(before)), old)
    assert torch.equal(swapped(before, after, depths).head.dense.weight, after.head.dense.weight)


def test_half_of_each_is_the_mean_of_the_weights() -> None:
    before, after = model_of("bert"), changed("bert")
    half = blended(before, after, 0.5)
    weights = [one.encoder.encoder.layer[0].output.dense.weight for one in (before, after, half)]
    assert torch.allclose(weights[2], (weights[0] + weights[1]) / 2)


def test_scores_of_swap_and_blend() -> None:
    before, after, sample = model_of("bert").eval(), changed("bert"), sample_of()
    told: list[float] = []
    swap = swap_scores(before, after, sample, told.append)
    assert swap.whole == sample.score(after) and len(swap.one) == len(swap.up_to) == 4
    assert swap.one[0] == swap.up_to[0] and told[-1] == pytest.approx(1)
    blend = blend_scores(before, after, sample, (0.0, 0.5, 1.0))
    assert blend.scores[0] == swap.up_to[-1] and blend.scores[-1] == swap.whole
    assert blend.to_json()["shares"] == [0.0, 0.5, 1.0]
    with pytest.raises(ModelError, match="not built alike"):
        swap_scores(model_of("distilbert"), after, sample)
