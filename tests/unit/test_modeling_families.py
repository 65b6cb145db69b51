"""The table of families is right about transformers' own modules; rates come from sizes, not from names."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from bertui.errors import ModelError
from bertui.modeling.backbone import load_backbone, own_layers, token_limit
from bertui.modeling.families import FAMILIES, UNNAMED, family_of, module_at
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.size import Size, read_size, size_at_hand
from bertui.modeling.sources import ModelChoice
from bertui.recipe import Recipe
from bertui.training.optimizer import OptimizerChoice, parameter_groups, suitable_rate
from tests.batches import batch_of

PLACES, LIMITLESS = 130, SimpleNamespace(model_max_length=10**9)
SIZES = {
    "hidden_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2, "intermediate_size": 32, "vocab_size": 60,
    "max_position_embeddings": PLACES, "pad_token_id": 1,
}  # fmt: skip
OWN: dict[str, dict[str, Any]] = {
    "distilbert": {"dim": 16, "n_layers": 3, "n_heads": 2, "hidden_dim": 32},
    "electra": {"embedding_size": 8}, "albert": {"embedding_size": 8, "num_hidden_groups": 1},
    "deberta-v2": {"relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
    "longformer": {"attention_window": [8, 8, 8]},
    "luke": {"entity_vocab_size": 4, "entity_emb_size": 8},
    "xmod": {"languages": ["en_XX"], "default_language": "en_XX"},
}  # fmt: skip
OTHERS = ["deberta", "nomic_bert"]  # transformers knows them, the table does not


def encoder_of(kind: str) -> Any:
    from transformers import CONFIG_MAPPING, AutoModel

    sizes = SIZES | {"cls_token_id": 2, "sep_token_id": 3} if kind == "modernbert" else SIZES
    config = CONFIG_MAPPING[kind](**{**sizes, **OWN.get(kind, {})})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = AutoModel.from_config(config)
        for weight in encoder.parameters():
            torch.nn.init.normal_(weight, std=0.3)
    return encoder.eval()


@pytest.mark.parametrize("kind", [*FAMILIES, *OTHERS])
def test_a_lower_layer_is_the_same_whatever_is_left_out_above_it(kind: str) -> None:
    encoder = encoder_of(kind)
    ids = torch.randint(5, 60, (2, 7), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    with torch.no_grad():
        expected = encoder(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states[2]
        model = TextModel(copy.deepcopy(encoder), FeatureChoice(layers="one:2"), 2).eval()
        model.packed = False
        hidden = model.hidden_states(batch_of(ids, mask))[0]
    assert torch.allclose(hidden, expected, atol=1e-5)
    assert (model.encoder.config.num_hidden_layers == 2) == (FAMILIES.get(kind, UNNAMED).layers is not None)


@pytest.mark.parametrize("kind", [*FAMILIES, "deberta"])
def test_the_longest_text_has_a_position_for_each_token_and_one_more_token_has_none(kind: str) -> None:
    encoder = encoder_of(kind)
    limit = token_limit(encoder.config, LIMITLESS)
    counted_on = hasattr(getattr(encoder, "embeddings", None), "padding_idx")
    assert limit == PLACES - (2 if counted_on else 0)
    ids = torch.full((1, limit), 7)
    with torch.no_grad():
        assert encoder(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state.shape[1] == limit
        if family_of(encoder.config).first_position and kind != "longformer":  # which pads to whole windows
            longer = torch.full((1, limit + 1), 7)
            with pytest.raises((IndexError, RuntimeError)):
                encoder(input_ids=longer, attention_mask=torch.ones_like(longer))


@pytest.mark.parametrize("kind", FAMILIES)
def test_what_the_table_names_is_there(kind: str) -> None:
    encoder, family = encoder_of(kind), FAMILIES[kind]
    assert isinstance(module_at(encoder, family.embeddings), torch.nn.Module)
    assert family.layers is None or len(module_at(encoder, family.layers)) == 3
    blocks = module_at(encoder, family.blocks)
    assert len(blocks) == own_layers(encoder.config)
    assert isinstance(module_at(blocks[0], f"{family.attention}.{family.heads_joined}"), torch.nn.Module)
    assert any(hasattr(encoder.config, name) for name in family.hidden_dropout) or kind == "eurobert"
    assert any(hasattr(encoder.config, name) for name in family.attention_dropout)
    assert own_layers(encoder.config) == (1 if kind == "albert" else 3)
    assert Size.of(encoder.config) == Size(kind, 16, 3)
    saved = json.loads(encoder.config.to_json_string())
    assert [saved[name] for name in family.size] == [16, 3]


@pytest.mark.parametrize("kind", ["modernbert", "xlm-roberta-xl", "roberta-prelayernorm"])
def test_a_norm_after_the_top_layer_learns_as_fast_as_that(kind: str) -> None:
    model = TextModel(encoder_of(kind), FeatureChoice(), 2)
    name = {"modernbert": "final_norm", "xlm-roberta-xl": "encoder.LayerNorm", "roberta-prelayernorm": "LayerNorm"}
    weight = module_at(model.encoder, name[kind]).weight
    groups = parameter_groups(model, OptimizerChoice(learning_rate=1e-3, layer_decay=0.5))
    rates = [group["peak"] for group in groups if any(one is weight for one in group["params"])]
    assert rates == [1e-3]


@pytest.mark.parametrize("kind", ["bert", "albert", "mpnet"])
def test_the_pooler_begins_with_what_pre_training_learned(kind: str) -> None:
    encoder = encoder_of(kind)
    encoder.has_pretrained_pooler = True
    dense = module_at(encoder, FAMILIES[kind].pooler)
    model = TextModel(encoder, FeatureChoice(pooling="pooler"), 2)
    assert model.pooler is not None and torch.equal(model.pooler.dense.weight, dense.weight)


def test_a_dropout_that_a_model_lacks_is_refused_by_name(tiny: Path, tmp_path: Path) -> None:
    from transformers import EuroBertConfig, EuroBertModel

    folder = tmp_path / "euro"
    shutil.copytree(tiny, folder, ignore=shutil.ignore_patterns("model.safetensors", "config.json"))
    EuroBertModel(EuroBertConfig(**{**SIZES, "num_key_value_heads": 2})).save_pretrained(folder)
    choice = ModelChoice(name=str(folder))
    assert load_backbone(choice, attention_dropout=0.3).config.attention_dropout == 0.3
    with pytest.raises(ModelError, match=r"regularization.hidden_dropout is 0.3.*'eurobert'\) has no hidden dropout"):
        load_backbone(choice, hidden_dropout=0.3)


# --- sizes and rates -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "kind", "hidden", "layers", "rate"),
    [
        ("bert-tiny", "bert", 128, 2, 1e-4), ("bert-mini", "bert", 256, 4, 1e-4), ("bert-small", "bert", 512, 4, 4e-5),
        ("bert-medium", "bert", 512, 8, 2e-5), ("bert-base", "bert", 768, 12, 2e-5),
        ("bert-large", "bert", 1024, 24, 1e-5), ("MiniLM-L6-H384", "bert", 384, 6, 1e-4),
        ("MiniLM-L12-H384", "bert", 384, 12, 1e-4), ("distilbert-base", "distilbert", 768, 6, 5e-5),
        ("distilroberta-base", "roberta", 768, 6, 5e-5), ("deberta-v3-xsmall", "deberta-v2", 384, 12, 4e-5),
        ("deberta-v3-small", "deberta-v2", 768, 6, 4e-5), ("deberta-v3-base", "deberta-v2", 768, 12, 2e-5),
        ("deberta-v3-large", "deberta-v2", 1024, 24, 1e-5), ("electra-small", "electra", 256, 12, 4e-5),
        ("electra-base", "electra", 768, 12, 2e-5), ("electra-large", "electra", 1024, 24, 1e-5),
        ("ModernBERT-base", "modernbert", 768, 22, 5e-5), ("ModernBERT-large", "modernbert", 1024, 28, 5e-5),
        ("albert-base", "albert", 768, 12, 2e-5), ("xlm-roberta-base", "xlm-roberta", 768, 12, 2e-5),
        ("xlm-roberta-large", "xlm-roberta", 1024, 24, 1e-5), ("mpnet-base", "mpnet", 768, 12, 2e-5),
        ("a kind of our own", "strange", 768, 12, 2e-5),
    ],
)  # fmt: skip
def test_rates_that_suit_the_sizes_people_name(title: str, kind: str, hidden: int, layers: int, rate: float) -> None:
    assert suitable_rate(Size(kind, hidden, layers)) == rate, title
    assert suitable_rate(Size(kind, hidden, layers), frozen=True) == 1e-3


def described(folder: Path, **config: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config))
    return folder


BASE = {"model_type": "bert", "hidden_size": 768, "num_hidden_layers": 12}
SMALL = {"model_type": "bert", "hidden_size": 384, "num_hidden_layers": 6}


@pytest.mark.parametrize(
    ("name", "config", "rate"),
    [
        ("dominik/bert-base-uncased", BASE, 2e-5),  # "mini" is in the name of its owner
        ("my-large-reviews", SMALL, 1e-4),  # a small model, pre-trained further on large reviews
        ("distil", {"model_type": "distilbert", "dim": 768, "n_layers": 6}, 5e-5),
        ("of a kind of its own", BASE | {"model_type": "acme"}, 2e-5),
    ],
)
def test_a_model_is_judged_by_its_size_whatever_its_folder_is_called(
    tmp_path: Path, name: str, config: dict[str, Any], rate: float
) -> None:
    recipe = Recipe().changed({"model.name": str(described(tmp_path / name, **config))})
    assert recipe.resolved().optimizer.learning_rate == rate


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", '{"model_type": "bert"}', '{"model_type": ["bert"]}',
        '{"model_type": "bert", "hidden_size": 768}', '{"hidden_size": 768, "num_hidden_layers": "12"}',
        '{"model_type": "bert", "hidden_size": 768, "num_hidden_layers": 0}',
        '{"model_type": "distilbert", "hidden_size": 768, "num_hidden_layers": 6}',
    ],
)  # fmt: skip
def test_a_configuration_that_does_not_say_leaves_the_rate_open(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    recipe = Recipe().changed({"model.name": str(tmp_path)})
    assert read_size(tmp_path) is None and recipe.resolved(500).optimizer.learning_rate is None
    assert recipe.resolved(size=Size("bert", 1024, 24)).optimizer.learning_rate == 1e-5


def test_a_model_that_is_not_here_has_no_rate_until_it_is() -> None:
    recipe = Recipe().changed({"model.name": "dominik/bert-base-uncased"})
    assert size_at_hand(recipe.model) is None and recipe.resolved().optimizer.learning_rate is None
    assert size_at_hand(ModelChoice(name="no such/name/../..")) is None
    given = recipe.changed({"optimizer.learning_rate": 3e-5})
    assert given.resolved(size=Size("bert", 768, 12)) == given


def test_what_bertui_saved_says_how_large_its_pre_trained_model_was(tmp_path: Path) -> None:
    """A run that reads layer 4 of BERT-base keeps 4 of its layers: what it learned is still BERT-base's."""
    folder = described(tmp_path, **BASE | {"num_hidden_layers": 4})
    assert read_size(folder) == Size("bert", 768, 4)
    (folder / "bertui.json").write_text(json.dumps({"base_size": Size("bert", 768, 12).to_json()}))
    assert read_size(folder) == Size("bert", 768, 12)


def test_a_config_without_sizes_gets_its_rate_when_it_is_loaded(tiny: Path, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(tiny, folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({k: v for k, v in config.items() if k != "num_hidden_layers"}))
    from transformers import AutoConfig, BertModel

    BertModel(AutoConfig.from_pretrained(folder)).save_pretrained(tmp_path / "weights")
    shutil.copy(tmp_path / "weights" / "model.safetensors", folder)
    choice = ModelChoice(name=str(folder))
    assert size_at_hand(choice) is None
    assert load_backbone(choice).size == Size("bert", 32, 12)  # transformers' own number of layers
