"""Words by layers: the shares of the frozen pass, merged word by word, with what stands on no word beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from bertui.data.cells.words import words_of
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.explanation.by_layer import words_by_layer
from bertui.explanation.question import Question
from bertui.explanation.shares import shares
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.sources import ModelChoice
from bertui.tasks.labels.single_label import SingleLabel
from bertui.tasks.results import Focus

TEXT = "the film wasn't GOOD, zebra"
CLASSES = ("a", "b", "c")


def built(folder: Path, pooling: str) -> tuple[TextModel, TextEncoder]:
    backbone = load_backbone(ModelChoice(name=str(folder)))
    model = TextModel(backbone.encoder, FeatureChoice(pooling=pooling), 3, seed=5)  # type: ignore[arg-type]
    return model, TextEncoder(backbone.tokenizer, EncodingChoice(), backbone.max_length)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_words_and_special_marks_make_up_every_layer(tiny: Path, pooling: str) -> None:
    model, encoder = built(tiny, pooling)
    task, focus = SingleLabel(classes=CLASSES), Focus("label", "label", CLASSES, 1)
    found = words_by_layer(model, encoder, (TEXT,), task, focus, 1)
    with torch.enable_grad():
        parts = shares(Question(model, encoder, (TEXT,), task, focus, 1), layers=True)
    assert parts.layers is not None and found.logit == pytest.approx(parts.logit)
    assert found.words == tuple(word.text for word in words_of(TEXT)) and found.scores.shape == (3, len(found.words))
    np.testing.assert_allclose(found.scores.sum(1) + found.special, parts.layers.sum((1, 2)), atol=1e-9)
    first = encoder.tokenizer(TEXT)["input_ids"]
    pieces = len(encoder.tokenizer("the", add_special_tokens=False)["input_ids"])
    np.testing.assert_allclose(found.scores[:, 0], parts.layers[:, 0, 1 : 1 + pieces].sum(1), atol=1e-9)
    assert parts.layers.shape[2] == len(first)
    if pooling == "cls":  # all that is read at the top is the first special token
        assert not found.scores[-1].any() and found.special[-1] and found.scores[0].any()
    assert len(found.to_json()["scores"]) == 3


def test_a_word_of_several_pieces_has_all_of_them(tiny: Path) -> None:
    model, encoder = built(tiny, "mean")
    task, focus = SingleLabel(classes=CLASSES), Focus("label", "label", CLASSES, 1)
    found = words_by_layer(model, encoder, ("the zebra",), task, focus, 1)
    with torch.enable_grad():
        parts = shares(Question(model, encoder, ("the zebra",), task, focus, 1), layers=True)
    assert parts.layers is not None and parts.layers.shape[2] > 4
    np.testing.assert_allclose(found.scores[:, 1], parts.layers[:, 0, 2:-1].sum(1), atol=1e-9)
