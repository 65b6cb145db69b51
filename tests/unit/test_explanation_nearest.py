"""Nearest rows by hand, and on a tiny model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from bertui.encoding.batching import collate
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.explanation.nearest import Neighbour, nearest
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.sources import ModelChoice
from bertui.prediction.outputs import outputs_of, vectors_of


def test_angles_by_hand() -> None:
    vectors = np.array([[0.0, 2.0], [3.0, 0.0], [1.0, 1.0], [-1.0, 0.0], [0.0, 0.0]], dtype=np.float32)
    neighbours = nearest(vectors, np.array([5.0, 0.0], dtype=np.float32), count=4)
    assert [one.place for one in neighbours] == [1, 2, 0, 4]
    assert [one.similarity for one in neighbours] == pytest.approx([1, 2**-0.5, 0, 0])
    assert nearest(vectors[:0], np.array([1.0, 0.0])) == []


def test_equals_keep_their_order() -> None:
    same = np.ones((3, 2), dtype=np.float32)
    assert nearest(same, same[0], count=2) == [Neighbour(0, pytest.approx(1)), Neighbour(1, pytest.approx(1))]


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
    assert [one.place for one in nearest(vectors, vectors[3], count=2)] == [0, 3]
