"""What moved: weights by part, vectors by layer, against the formulas on numbers small enough to check."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from bertui.errors import ModelError
from bertui.laboratory.cka import debiased_cka
from bertui.laboratory.drift import vector_drift, weight_drift
from bertui.laboratory.general import general_sentences
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.prediction.standard import cosines, similarities, standardised
from bertui.training.optimizer import OptimizerChoice
from tests.unit.test_modeling_families import encoder_of

KINDS = ["bert", "roberta", "distilbert", "electra", "albert", "deberta-v2", "modernbert", "mpnet", "eurobert"]


def model_of(kind: str) -> TextModel:
    return TextModel(encoder_of(kind), FeatureChoice(pooling="cls"), 2)


def by_kernels(one: np.ndarray, other: np.ndarray) -> float:
    """The formula as it is printed, with matrices of rows by rows."""

    def criterion(k: np.ndarray, m: np.ndarray) -> float:
        n, ones = len(k), np.ones(len(k))
        k, m = k - np.diag(np.diag(k)), m - np.diag(np.diag(m))
        middle = (ones @ k @ ones) * (ones @ m @ ones) / ((n - 1) * (n - 2))
        return float((np.trace(k @ m) + middle - 2 / (n - 2) * (ones @ k @ m @ ones)) / (n * (n - 3)))

    k, m = one @ one.T, other @ other.T
    return criterion(k, m) / (criterion(k, k) * criterion(m, m)) ** 0.5


def test_cka_is_the_printed_formula_and_takes_vectors_as_they_are() -> None:
    random = np.random.default_rng(0)
    one = random.normal(size=(9, 4)) * [1, 5, 0.2, 1] + [3, 0, -2, 7]
    other = one[:, :3] ** 2 + random.normal(size=(9, 3))
    found = debiased_cka(one, other)
    assert found == pytest.approx(by_kernels(one, other), abs=1e-12)
    assert found != pytest.approx(debiased_cka(standardised(one), standardised(other)), abs=1e-3)


def test_cka_of_identical_rotated_and_unrelated_vectors() -> None:
    random = np.random.default_rng(1)
    one, unrelated = random.normal(size=(600, 40)), random.normal(size=(600, 40))
    rotation, _ = np.linalg.qr(random.normal(size=(40, 40)))
    assert debiased_cka(one, one) == pytest.approx(1, abs=1e-12)
    assert debiased_cka(one, 3 * one @ rotation + 5) == pytest.approx(1, abs=1e-12)
    assert debiased_cka(one, unrelated) == pytest.approx(0, abs=0.02)
    k, m = (np.linalg.norm(x.T @ y) for x, y in ((one, one), (one, unrelated)))
    assert m**2 / k**2 > 0.04  # what the biased form would say of the same
    assert debiased_cka(one, np.full_like(unrelated, 0.1)) is None
    assert debiased_cka(one[:3], one[:3]) is None


def test_standardised_cosine_by_hand() -> None:
    vectors = np.array([[0.0, 100.0, 7.0], [2.0, 300.0, 7.0], [4.0, 500.0, 7.0]])
    z = 1.5**0.5
    expected = [[-z, -z, 0], [0, 0, 0], [z, z, 0]]
    assert standardised(vectors) == pytest.approx(np.array(expected))
    assert similarities(standardised(vectors)) == pytest.approx(np.array([[1, 0, -1], [0, 0, 0], [-1, 0, 1]]))
    assert cosines(np.array([[3.0, 4.0], [0, 0]]), np.array([[4.0, 3.0], [1, 1]])) == pytest.approx([0.96, 0])
    assert standardised(np.array([[4.0, 200.0, 9.0]]), vectors) == pytest.approx(np.array([[z, -z / 2, 0]]))


def test_vectors_that_shift_together_have_moved_though_they_are_as_alike_as_before() -> None:
    before = np.random.default_rng(2).normal(size=(2, 500, 6))
    after = before.copy()
    after[1] += 4.0
    drift = vector_drift(before, after)
    assert drift.cka == pytest.approx((1, 1)) and drift.distance[0] == pytest.approx(0, abs=1e-12)
    old = standardised(before[1])
    new = (after[1] - before[1].mean(0)) / before[1].std(0)
    by_hand = np.mean([1 - a @ b / (np.linalg.norm(a) * np.linalg.norm(b)) for a, b in zip(old, new, strict=True)])
    assert drift.distance[1] == pytest.approx(by_hand) and by_hand > 0.5
    assert not drift.warning and "499 rows" in vector_drift(before[:, 1:], after[:, 1:]).warning
    constant = np.ones((1, 10, 3))
    assert vector_drift(constant, constant).to_json()["distance"] == [None]
    with pytest.raises(ModelError, match="other of"):
        vector_drift(before, after[:, :, :5])


@pytest.mark.parametrize("kind", KINDS)
def test_the_part_that_moved_is_named(kind: str) -> None:
    before, after = model_of(kind), model_of(kind)
    still = {(one.layer, one.part): one for one in weight_drift(before, after)}
    assert {part for _, part in still} == {"embeddings", "attention", "feed-forward", "norm"}
    assert {layer for layer, _ in still} == ({0, 1} if kind == "albert" else {0, 1, 2, 3})
    assert all(one.change == 0 for one in still.values())
    assert sum(one.weights for one in still.values()) == sum(one.numel() for one in after.encoder.parameters())
    top, joined = max(layer for layer, _ in still), heads_of(after)
    with torch.no_grad():
        joined.weight *= 1.5
    moved = {(one.layer, one.part): one.change for one in weight_drift(before, after) if one.change}
    assert moved.keys() == {(top, "attention")} and 0 < moved[top, "attention"] < 0.5


def heads_of(model: TextModel) -> Any:
    from bertui.modeling.families import family_of, module_at

    family = family_of(model.encoder.config)
    return module_at(module_at(model.encoder, family.blocks)[-1], f"{family.attention}.{family.heads_joined}")


def test_relative_change_by_hand_beside_the_rate_that_the_layer_had() -> None:
    before, after = model_of("bert"), model_of("bert")
    with torch.no_grad():
        for weight in after.encoder.encoder.layer[1].attention.parameters():
            weight *= 1.25
    rates = OptimizerChoice(learning_rate=1e-4, layer_decay=0.5).layer_rate
    changes = {(one.layer, one.part): one for one in weight_drift(before, after, rates)}
    assert changes[2, "attention"].change == pytest.approx(0.25)
    assert changes[2, "norm"].change > 0 and changes[2, "feed-forward"].change == 0
    assert [changes[layer, "attention"].rate for layer in (1, 2, 3)] == pytest.approx([2.5e-5, 5e-5, 1e-4])
    assert changes[0, "embeddings"].rate == pytest.approx(1.25e-5)
    assert changes[2, "attention"].to_json()["part"] == "attention"


def test_models_that_are_not_built_alike_are_refused_by_name() -> None:
    with pytest.raises(ModelError, match=r"bert and distilbert.*are not built alike"):
        weight_drift(model_of("bert"), model_of("distilbert"))


def test_the_general_sentences_are_many_and_varied() -> None:
    sentences = general_sentences()
    lengths = [len(one.split()) for one in sentences]
    assert len(sentences) == len({one.lower() for one in sentences}) == 600
    assert min(lengths) >= 5 and max(lengths) <= 25 and len(set(lengths)) >= 18
    openings = [" ".join(one.split()[:2]).lower() for one in sentences]
    assert max(map(openings.count, openings)) <= 20 and len({word for one in sentences for word in one.split()}) > 2000
    assert sum(one.endswith("?") for one in sentences) > 40 and all(one == one.strip() for one in sentences)
