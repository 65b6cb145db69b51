"""Attention rollout against the product of its layers' attention, taken from transformers by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from bertui.encoding.batching import collate
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.errors import ModelError
from bertui.explanation.question import Question
from bertui.explanation.rollout import rollout
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.sources import ModelChoice
from bertui.modeling.twin import twin
from bertui.tasks.labels.single_label import SingleLabel
from bertui.tasks.results import Focus

TEXT = "the film was good and the plot was bad"
TASK, FOCUS = SingleLabel(classes=("a", "b")), Focus("label", "the label", ("a", "b"))


def asked(tiny: Path, pooling: str, reading: str = "cut") -> Question:
    backbone = load_backbone(ModelChoice(name=str(tiny)))
    model = TextModel(backbone.encoder, FeatureChoice(pooling=pooling, join="mean"), 2, seed=5).eval()
    encoder = TextEncoder(backbone.tokenizer, EncodingChoice(max_length=16, reading=reading), 128)
    return Question(model, encoder, (TEXT,), TASK, FOCUS)


@pytest.mark.parametrize("pooling", ["cls", "mean"])
def test_attention_is_multiplied_from_the_bottom_up(tiny: Path, pooling: str) -> None:
    question = asked(tiny, pooling)
    copied = twin(question.model)
    copied.encoder.config._attn_implementation = "eager"
    batch = collate(question.encoded, [0], question.padding, "cpu")
    with torch.no_grad():
        layers = copied.encoder(batch.input_ids, batch.attention_mask, output_attentions=True).attentions
    lower, upper = ((one[0].double().mean(0).numpy() + np.eye(batch.input_ids.shape[1])) / 2 for one in layers)
    flow = upper @ lower
    expected = flow[0] if pooling == "cls" else flow.mean(0)
    np.testing.assert_allclose(rollout(question)[0], expected, atol=1e-6)
    assert not np.allclose(expected, (lower @ upper)[0] if pooling == "cls" else (lower @ upper).mean(0), atol=1e-6)


def test_padding_gets_nothing_and_every_sequence_has_a_sum_of_one(tiny: Path) -> None:
    question = asked(tiny, "mean", "windows:2")
    flow = rollout(question)
    assert not flow[~question.in_sequences].any() and flow.sum(1) == pytest.approx(np.ones(len(flow)))


def test_the_network_is_left_as_it_was_also_after_an_error(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    question = asked(tiny, "cls")
    usual = question.model.encoder.config._attn_implementation
    monkeypatch.setattr(Question, "outputs", lambda self, ids: (_ for _ in ()).throw(RuntimeError("in the middle")))
    with pytest.raises(RuntimeError, match="in the middle"):
        rollout(question)
    encoder = question.model.encoder
    assert encoder.config._attn_implementation == usual
    assert not encoder._forward_hooks and not encoder._forward_pre_hooks


def test_a_family_without_such_attention_is_refused_by_name(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    question = asked(tiny, "cls")
    monkeypatch.setattr(Question, "outputs", lambda self, ids: None)
    with pytest.raises(ModelError, match="'bert' does not tell its attention"):
        rollout(question)
