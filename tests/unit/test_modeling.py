"""Features, dropout and network against hand-computed answers and transformers' own classifier."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from bertui.choice import strategies_of
from bertui.errors import ModelError, RecipeError
from bertui.modeling.backbone import depth_of, load_backbone
from bertui.modeling.dropout import RandomBytes, drop, use_stream
from bertui.modeling.export import Plain, export_model
from bertui.modeling.features import Combine, FeatureChoice, Layers, Pooling, WeightedSum
from bertui.modeling.model import TextModel
from bertui.modeling.saving import load_model, save_model
from bertui.modeling.sources import ModelChoice, locate
from bertui.tasks.registry import read_task
from tests.batches import batch_of

HIDDEN = torch.tensor([[[[1.0, 5.0], [3.0, 1.0], [9.0, 9.0]]]])  # one layer, one text, three tokens, the last padding
MASK = torch.tensor([[1, 1, 0]])
TASK = {"kind": "single-label", "classes": ["a", "b", "c"], "temperature": 1.7}
FACTS = {"task": TASK, "encoding": {}, "token_limit": 128}


def test_poolings_differ_and_skip_padding() -> None:
    answers = {cls().kind: cls().pool(HIDDEN, MASK).tolist() for cls in strategies_of(Pooling)}
    assert answers["cls"] == answers["pooler"] == [[[1.0, 5.0]]]
    assert answers["mean"] == [[[2.0, 3.0]]]
    assert answers["max"] == [[[3.0, 5.0]]]


def test_poolings_of_negative_numbers_do_not_take_padding_for_0() -> None:
    below = HIDDEN - 10  # the padding is the largest now, and a 0 in its place would be larger still
    answers = {cls().kind: cls().pool(below, MASK).tolist() for cls in strategies_of(Pooling)}
    assert answers["max"] == [[[-7.0, -5.0]]]
    assert answers["mean"] == [[[-8.0, -7.0]]]


def test_combinations_by_hand() -> None:
    vectors = torch.tensor([[[1.0, 2.0]], [[3.0, 0.0]]])
    answers = {cls().kind: cls().combine(vectors).tolist() for cls in strategies_of(Combine)}
    assert answers == {
        "concat": [[1.0, 2.0, 3.0, 0.0]],
        "mean": [[2.0, 1.0]],
        "max": [[3.0, 2.0]],
        "weighted": [[2.0, 1.0]],  # all layers count the same before they have learned
    }


def test_learned_weights_are_shares_that_sum_to_one() -> None:
    vectors = torch.tensor([[[1.0, 2.0]], [[3.0, 0.0]]])
    weights = torch.tensor([0.0, math.log(3)])  # softmax: 1/4, 3/4
    torch.testing.assert_close(WeightedSum().combine(vectors, weights), torch.tensor([[2.5, 0.5]]))


def test_layer_selections_by_hand() -> None:
    answers = {cls().kind: cls().indices(6) for cls in strategies_of(Layers)}
    assert answers == {
        "last": (6,),
        "first": (1, 2, 3, 4),
        "one": (1,),
        "second-to-last": (5,),
        "all": (1, 2, 3, 4, 5, 6),
    }


@pytest.mark.parametrize("layers", ["last:1", "last:2", "first:1", "one:0", "one:1", "all"])
@pytest.mark.parametrize("combine", [cls().kind for cls in strategies_of(Combine)])
@pytest.mark.parametrize("pooling", [cls().kind for cls in strategies_of(Pooling)])
def test_every_feature_trains_and_survives_saving(
    tiny: Path, tmp_path: Path, layers: str, combine: str, pooling: str
) -> None:
    backbone = load_backbone(ModelChoice(name=str(tiny)))
    features = FeatureChoice.model_validate({"layers": layers, "combine": combine, "pooling": pooling})
    model = TextModel(backbone.encoder, features, 3).eval()
    batch = batch_of(torch.tensor([[2, 7, 8, 3], [2, 9, 3, 0]]), torch.tensor([[1] * 4, [1, 1, 1, 0]]))
    logits = model(batch)
    logits.sum().backward()
    assert model.head.dense.weight.grad is not None
    save_model(model, backbone.tokenizer, FACTS, tmp_path / "model")
    again = load_model(tmp_path / "model").model
    torch.testing.assert_close(again(batch), logits)


@pytest.mark.parametrize("pooling", ["cls", "pooler"])
def test_export_gives_the_same_in_plain_transformers(tiny: Path, tmp_path: Path, pooling: str) -> None:
    from transformers import pipeline

    backbone = load_backbone(ModelChoice(name=str(tiny)))
    model = TextModel(backbone.encoder, FeatureChoice.model_validate({"pooling": pooling}), 3, seed=3)
    torch.nn.init.normal_(model.head.dense.weight, std=0.7, generator=torch.Generator().manual_seed(1))
    save_model(model, backbone.tokenizer, FACTS, tmp_path / "model")
    saved = load_model(tmp_path / "model")
    plain = read_task(saved.facts["task"]).plain()
    assert plain == Plain("text-classification", ("a", "b", "c"), "single_label_classification", 1 / 1.7)
    assert export_model(saved, tmp_path / "export", plain)
    text = "the film was good"
    with torch.no_grad():
        ours = (saved.model(batch_of(backbone.tokenizer(text, return_tensors="pt")["input_ids"])) / 1.7).softmax(-1)[0]
    theirs = pipeline("text-classification", str(tmp_path / "export"), top_k=None)(text)
    for row in theirs if isinstance(theirs[0], dict) else theirs[0]:
        assert row["score"] == pytest.approx(float(ours[["a", "b", "c"].index(row["label"])]), abs=1e-5)


def test_network_equals_transformers_classifier() -> None:
    from transformers import AutoModelForSequenceClassification

    backbone = load_backbone(ModelChoice())
    theirs = AutoModelForSequenceClassification.from_pretrained(locate(ModelChoice()).folder, num_labels=3).eval()
    ours = TextModel(backbone.encoder, FeatureChoice(), 3).eval()
    ours.head.dense.load_state_dict(theirs.classifier.state_dict())
    inputs = backbone.tokenizer(["Is it so?", "A rather longer sentence."], return_tensors="pt", padding=True)
    with torch.no_grad():
        expected = theirs(**inputs).logits
        torch.testing.assert_close(ours(batch_of(inputs["input_ids"], inputs["attention_mask"])), expected)


def test_dropout_keeps_the_mean_and_drops_the_share() -> None:
    dropped = drop(torch.ones(200_000), 0.1, RandomBytes(0))
    assert float((dropped == 0).float().mean()) == pytest.approx(26 / 256, abs=0.003)
    assert float(dropped.mean()) == pytest.approx(1.0, abs=0.004)


def test_random_stream_goes_on_where_it_stood() -> None:
    first = RandomBytes(5)
    first.draw(torch.Size([10]))
    second = RandomBytes(0)
    second.state = first.state
    assert first.draw(torch.Size([33])).tolist() == second.draw(torch.Size([33])).tolist()


def test_the_process_generator_is_left_alone(tiny: Path) -> None:
    backbone = load_backbone(ModelChoice(name=str(tiny)))
    before = torch.get_rng_state()
    model = TextModel(backbone.encoder, FeatureChoice(), 3).train()
    use_stream(model, RandomBytes(0))
    first = model(batch_of(torch.full((2, 5), 7)))
    second = model(batch_of(torch.full((2, 5), 7)))
    assert not torch.equal(first, second), "dropout, attention's included, is on"
    assert torch.equal(torch.get_rng_state(), before)


def test_depth_of_parameters() -> None:
    assert depth_of("embeddings.word_embeddings.weight", 6) == 0
    assert depth_of("encoder.layer.0.attention.self.query.weight", 6) == 1
    assert depth_of("encoder.layer.5.output.dense.bias", 6) == 6
    assert depth_of("pooler.dense.weight", 6) == 7
    assert depth_of("final_norm.weight", 6) == 6, "ModernBERT's last normalisation learns with the top layer"
    assert depth_of("encoder.LayerNorm.weight", 6) == depth_of("encoder.rel_embeddings.weight", 6) == 0
    assert depth_of("encoder.relative_attention_bias.weight", 6) == 0, "MPNet's, used by every layer"
    assert depth_of("encoder.albert_layer_groups.1.albert_layers.0.ffn.weight", 2) == 2


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "config.json"),
        ({"config.json": "{}", "vocab.txt": "a"}, "weights"),
        ({"config.json": "{}", "vocab.txt": "a", "pytorch_model.bin": "x"}, "pickle"),
        ({"config.json": "{}", "model.safetensors": "x"}, "tokenizer"),
        ({"config.json": "{", "vocab.txt": "a", "model.safetensors": "x"}, "config.json cannot be used"),
        (
            {"config.json": '{"model_type": "t5"}', "vocab.txt": "a", "model.safetensors": "x"},
            "not an encoder",
        ),
    ],
)
def test_bad_model_folders_are_told(tmp_path: Path, files: dict[str, str], words: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ModelError, match=words):
        load_backbone(ModelChoice(name=str(tmp_path)))


def test_no_such_folder_and_no_such_layer(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no folder"):
        locate(ModelChoice(name=str(tmp_path / "gone")))
    with pytest.raises(RecipeError, match="has 2 layers"):
        TextModel(load_backbone(ModelChoice(name=str(tiny))).encoder, FeatureChoice(layers="one:9"), 2)
