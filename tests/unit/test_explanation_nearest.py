"""Nearest rows by hand, and on a tiny model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from bertui.encoding.batching import collate
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.explanation.nearest import Nearness, Neighbour
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.sources import ModelChoice
from bertui.prediction.outputs import outputs_of, vectors_of

NONE = np.zeros((0, 2), dtype=np.float32)


def test_a_rogue_dimension_does_not_decide_by_hand() -> None:
    # Means (1000, 0), deviations (100, 1): standardised (-1, 1), (1, -1), (1, 1), (-1, -1). The text is (0.5, 1) there.
    vectors = np.array([[900, 1], [1100, -1], [1100, 1], [900, -1]], dtype=np.float32)
    found = Nearness.of(vectors, NONE).nearest(np.array([1050.0, 1.0], dtype=np.float32), count=3)
    assert [one.place for one in found] == [2, 0, 1]
    assert [one.similarity for one in found] == pytest.approx(
        [1.5 / 2.5**0.5, 0.5 / 2.5**0.5, -0.5 / 2.5**0.5], abs=1e-6
    )
    raw = vectors @ [1050, 1] / np.linalg.norm(vectors, axis=1) / np.hypot(1050, 1)
    assert raw.min() > 0.999  # all look alike where nothing is standardised


def test_equals_keep_their_order_and_what_does_not_vary_tells_nothing() -> None:
    same = Nearness.of(np.ones((3, 2), dtype=np.float32), NONE).nearest(np.ones(2, dtype=np.float32), count=2)
    assert same == [Neighbour(0, 0.0), Neighbour(1, 0.0)]
    twice = np.array([[0, 1], [1, 0], [0, 1]], dtype=np.float32)
    assert [one.place for one in Nearness.of(twice, NONE).nearest(twice[0])] == [0, 2, 1]
    assert Nearness.of(NONE, NONE).nearest(np.array([1.0, 0.0])) == []


def test_what_is_unlike_is_measured_on_rows_held_out() -> None:
    vectors = np.array([[1, 0], [-1, 0], [0, 1], [0, -1]], dtype=np.float32) * 2**0.5  # means 0, deviations 1
    angles = np.radians([0] * 25 + [30] * 25)  # likeness 1 and cos 30
    held_out = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    near = Nearness.of(vectors, held_out)
    assert near.limit == pytest.approx(np.cos(np.radians(30)))
    for angle, unlike in ((29.0, False), (31.0, True)):
        found = near.nearest(np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))]))
        assert ("unlike anything" in near.doubt(found)) == unlike
    few = Nearness.of(vectors, held_out[:19])
    assert few.limit is None and few.doubt(few.nearest(np.array([1.0, 1.0]))) == ""
    assert Nearness.of(NONE, held_out).doubt([]) == ""


def test_vectors_are_what_the_head_reads(tiny: Path) -> None:
    backbone = load_backbone(ModelChoice(name=str(tiny)))
    model = TextModel(backbone.encoder, FeatureChoice(), 3, seed=1)
    encoder = TextEncoder(backbone.tokenizer, EncodingChoice(max_length=24), 128)
    texts = ["a good film", "bad", "the plot was not very good but the acting is great", "a good film"]
    encoded = encoder.encode(texts)
    vectors = vectors_of(model, encoded, 0)
    with torch.no_grad():
        heads = model.head.dense(torch.from_numpy(vectors)).numpy()
        direct = model.eval()(collate(encoded, [2], 0, "cpu")).numpy()
    np.testing.assert_allclose(heads, outputs_of(model, encoded, 0), atol=1e-5)
    np.testing.assert_allclose(heads[2], direct[0], atol=1e-5)
    assert [one.place for one in Nearness.of(vectors, vectors[:0]).nearest(vectors[3], count=2)] == [0, 3]
