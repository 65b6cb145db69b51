"""Blanks filled before and after, with the checkpoint's own head, or why there is none."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bertui.errors import DataError, ModelError
from bertui.laboratory.forgetting import LanguageModels, language_models
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.sources import EMBEDDED, ModelChoice, locate
from tests.integration.test_families import FAMILIES, SIZES

SENTENCES = ["the film was good", "a very slow plot", "this movie is bad and the acting was terrible"]
HEADS = ["Bert", "Roberta", "DistilBert", "Electra", "Albert", "DebertaV2", "ModernBert", "MPNet"]


def folder_of(family: str, tiny: Path, folder: Path, *, head: bool = True) -> Path:
    import transformers

    shutil.copytree(tiny, folder, ignore=shutil.ignore_patterns("model.safetensors", "config.json"))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = getattr(transformers, f"{family}Config")(**{**SIZES, **FAMILIES.get(family, {})})
        model = getattr(transformers, f"{family}{'ForMaskedLM' if head else 'Model'}")(config)
        for weight in model.parameters():
            torch.nn.init.normal_(weight, std=0.2)
        model.save_pretrained(folder)
    return folder


def loaded(folder: Path, change: float = 0.0, **features: Any) -> LanguageModels:
    backbone = load_backbone(ModelChoice(name=str(folder)))
    after = TextModel(backbone.encoder, FeatureChoice(**{"pooling": "cls", **features}), 2)
    with torch.no_grad():
        for weight in after.encoder.parameters():
            weight *= 1 + change
    return language_models(folder, after, backbone.tokenizer)


@pytest.mark.parametrize("family", HEADS)
def test_an_encoder_that_did_not_move_has_forgotten_nothing(family: str, tiny: Path, tmp_path: Path) -> None:
    folder = folder_of(family, tiny, tmp_path / "model")
    same = loaded(folder).forgetting(SENTENCES)
    assert same.before == same.after and (same.worse.low, same.worse.high) == (0, 0)
    assert same.sentences == 3 and same.tokens == 1 + 1 + 1
    moved = loaded(folder, 0.3).forgetting(SENTENCES)
    assert moved.before == same.before and moved.after != moved.before
    assert moved.worse.value == pytest.approx(moved.after - moved.before)


def test_the_loss_is_that_of_the_masked_tokens_by_hand(tiny: Path, tmp_path: Path) -> None:
    from transformers import BertForMaskedLM

    folder = folder_of("Bert", tiny, tmp_path / "model")
    models, told = loaded(folder), []
    found = models.forgetting(SENTENCES[:1], told.append, seed=0)
    plain, losses = BertForMaskedLM.from_pretrained(folder).eval(), []
    ids = models.tokenizer(SENTENCES[0], return_tensors="pt")["input_ids"]
    for place in range(1, 5):
        hidden = ids.clone()
        hidden[0, place] = models.tokenizer.mask_token_id
        with torch.no_grad():
            losses.append(-float(plain(hidden).logits[0, place].log_softmax(-1)[ids[0, place]]))
    assert min(abs(np.array(losses) - found.before)) < 1e-5  # one of its four words was masked
    assert told[-1] == 1 and found.to_json()["worse"]["value"] == 0


def test_a_blank_is_filled_by_both(tiny: Path, tmp_path: Path) -> None:
    models = loaded(folder_of("Bert", tiny, tmp_path / "model"), 0.3)
    filled = models.fill("the film was ___ and slow", 4)
    assert filled == models.fill("the film was [MASK] and slow", 4)
    assert len(filled.before) == 4 and filled.before != filled.after
    shares = [share for _, share in filled.before]
    assert shares == sorted(shares, reverse=True) and 0 < sum(shares) < 1
    whole = models.fill("the film was ___ and slow", SIZES["vocab_size"])
    assert sum(share for _, share in whole.after) == pytest.approx(1)
    for text in ("no blank at all", "___ and ___"):
        with pytest.raises(DataError, match=r"has (0|2) blanks"):
            models.fill(text)
    with pytest.raises(DataError, match="No sentence has a word"):
        models.forgetting([""])


def test_without_a_head_it_says_why_not_and_names_a_model(tiny: Path, tmp_path: Path) -> None:
    for folder in (tiny, folder_of("Roberta", tiny, tmp_path / "model", head=False)):
        with pytest.raises(ModelError, match=r"has no language-model head: it lacks .*distilbert-base-uncased"):
            loaded(folder)


def test_the_built_in_model_has_no_head() -> None:
    with pytest.raises(ModelError, match="has no language-model head"):
        loaded(locate(ModelChoice(name=EMBEDDED)).folder)


def test_an_encoder_without_its_top_layer_does_not_fit_the_head(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="the head reads its top layer"):
        loaded(folder_of("Bert", tiny, tmp_path / "model"), layers="one:1")
