"""Every family of encoders that people name: trained, reproduced, explained, exported, on tiny random models."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.explanation.attribution import attribute
from bertui.explanation.methods import IntegratedGradients
from bertui.modeling.backbone import load_backbone
from bertui.modeling.export import export_model
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.saving import load_model
from bertui.modeling.sources import ModelChoice
from bertui.prediction.predictor import Predictor
from bertui.recipe import Recipe
from bertui.runs.execution import execute
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace
from bertui.training.optimizer import OptimizerChoice, parameter_groups
from bertui.training.trainable import HeadOnly, TopLayers
from tests.tiny import VOCABULARY

SIZES = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64,
    "max_position_embeddings": 130, "vocab_size": len(VOCABULARY), "pad_token_id": 0,
}  # fmt: skip
FAMILIES = {
    "Roberta": {},
    "XLMRoberta": {},
    "Camembert": {},
    "DistilBert": {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64},
    "Electra": {"embedding_size": 16},
    "Albert": {"embedding_size": 16},
    "DebertaV2": {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
    "ModernBert": {"cls_token_id": 2, "sep_token_id": 3, "bos_token_id": 2, "eos_token_id": 3},
    "MPNet": {},
    "EuroBert": {"num_key_value_heads": 2, "bos_token_id": 2, "eos_token_id": 3, "mask_token_id": 4},
}


def family_folder(folder: Path, tiny: Path, family: str) -> Path:
    """Save a random model of a family beside the tiny BERT's tokenizer."""
    import transformers

    own = {**SIZES, **FAMILIES[family]}
    shutil.copytree(tiny, folder, ignore=shutil.ignore_patterns("model.safetensors", "config.json"))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = getattr(transformers, f"{family}Config")(**own)
        getattr(transformers, f"{family}Model")(config).save_pretrained(folder)
    return folder


def weights(run: Run) -> dict[str, torch.Tensor]:
    folder = run.folder / "model"
    return load_file(folder / "model.safetensors") | load_file(folder / "head.safetensors")


@pytest.mark.parametrize("family", FAMILIES)
def test_family_goes_the_whole_way(
    tmp_path: Path, tiny: Path, table: Table, split: Split, recipe: Recipe, family: str
) -> None:
    model = family_folder(tmp_path / "model", tiny, family)
    space = Workspace(tmp_path / "w")
    chosen = recipe.changed({"model.name": str(model), "training.epochs": 1})
    first, second = (space.create_run(table, split, chosen) for _ in range(2))
    list(execute(first))
    torch.manual_seed(99)  # somebody else uses the process's generator: dropout draws from the run's own
    list(execute(second))
    assert all(torch.equal(value, weights(second)[name]) for name, value in weights(first).items())

    predictor = Predictor(first.model_folder)
    answer = predictor.predict("the film was good")
    assert sum(answer.probabilities) == pytest.approx(1, abs=1e-5)
    focus = predictor.task.focuses(answer)[0]
    asked = predictor.model, predictor.encoder, answer.inputs, predictor.task, focus
    parts = attribute(*asked)
    assert parts.method == "frozen" and any(parts.scores)
    attribution = attribute(*asked, method=IntegratedGradients())
    assert attribution.output == pytest.approx(answer.probability, abs=1e-4)
    assert abs(attribution.convergence_delta) <= 0.02

    if export_model(load_model(first.model_folder), tmp_path / "export", predictor.task.plain()):
        from transformers import pipeline

        answers = pipeline("text-classification", str(tmp_path / "export"), top_k=None)(answer.text)
        rows = answers if isinstance(answers[0], dict) else answers[0]
        theirs = {row["label"]: row["score"] for row in rows}
        for name, probability in zip(answer.classes, answer.probabilities, strict=True):
            assert theirs[name] == pytest.approx(probability, abs=1e-5)


@pytest.mark.parametrize("groups", [1, 2])
def test_layers_that_share_their_weights_learn_as_one(tmp_path: Path, tiny: Path, groups: int) -> None:
    """ALBERT reads the same weights at every layer: no layer can be frozen or slowed without the others."""
    from transformers import AlbertConfig, AlbertModel

    config = AlbertConfig(**{**SIZES, "num_hidden_layers": 4}, embedding_size=16, num_hidden_groups=groups)
    folder = tmp_path / "model"
    shutil.copytree(tiny, folder, ignore=shutil.ignore_patterns("model.safetensors", "config.json"))
    AlbertModel(config).save_pretrained(folder)
    model = TextModel(load_backbone(ModelChoice(name=str(folder))).encoder, FeatureChoice(), 2)
    by_rate = parameter_groups(model, OptimizerChoice(learning_rate=2e-5, layer_decay=0.5))
    rates = {group["name"]: group["peak"] for group in by_rate}
    shared = {f"shared layer {number}": 2e-5 * 0.5 ** (groups - number) for number in range(1, groups + 1)}
    assert rates == pytest.approx({"embeddings": 2e-5 * 0.5**groups, **shared, "head": 2e-5})

    TopLayers(count=1).freeze(model)
    learning = {name for name, parameter in model.encoder.named_parameters() if parameter.requires_grad}
    assert learning and all(f"albert_layer_groups.{groups - 1}." in name for name in learning)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_frozen_encoder_of_any_family_has_nothing_that_learns(tmp_path: Path, tiny: Path, family: str) -> None:
    folder = family_folder(tmp_path / "model", tiny, family)
    model = TextModel(load_backbone(ModelChoice(name=str(folder))).encoder, FeatureChoice(pooling="cls"), 2)
    HeadOnly().freeze(model)
    assert not [name for name, parameter in model.encoder.named_parameters() if parameter.requires_grad]
