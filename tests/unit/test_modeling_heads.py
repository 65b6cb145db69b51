"""What stands between encoder and answer: layers mixed, a recurrent head, features cached for a frozen encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from bertui.encoding.batching import Batch
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import concatenated
from bertui.errors import ModelError
from bertui.modeling.backbone import load_backbone
from bertui.modeling.export import Plain, export_model, loads_in_pipeline
from bertui.modeling.features import FeatureChoice, NextToTop
from bertui.modeling.heads import Linear, Recurrent
from bertui.modeling.model import TextModel
from bertui.modeling.readers import RecurrentReader
from bertui.modeling.readout import ROWS, SEQUENCES, TOKENS, Readout
from bertui.modeling.saving import load_model, save_model
from bertui.modeling.sources import ModelChoice
from bertui.prediction.outputs import outputs_of
from bertui.tasks.choices.multiple_choice import MultipleChoice
from bertui.tasks.examples import Examples
from bertui.tasks.labels.single_label import SingleLabel
from bertui.tasks.tagging.tagging import Tagging
from bertui.training.choices import TrainingChoice
from bertui.training.loop import fit
from bertui.training.network import HeadOnFeatures, WholeNetwork, network_of
from bertui.training.optimizer import OptimizerChoice
from bertui.training.state import Training
from bertui.training.task_objective import TaskObjective
from tests.batches import batch_of

TEXTS = ["the film was good", "bad", "a very slow plot and terrible acting", "kind service", "not good"]
FACTS: dict[str, Any] = {
    "task": {"kind": "single-label", "classes": ["a", "b", "c"]},
    "encoding": {},
    "token_limit": 64,
}
HEADS = {"linear": "linear", "bilstm": {"kind": "bilstm", "hidden": 8, "depth": 2}}


def built(tiny: Path, seed: int = 3, readout: Readout = ROWS, outputs: int = 3, **features: Any) -> TextModel:
    backbone = load_backbone(ModelChoice(name=str(tiny)))
    choice = FeatureChoice.model_validate(features)
    return TextModel(backbone.encoder, choice, outputs, readout=readout, dropout=0.3, seed=seed)


def reader(tiny: Path) -> TextEncoder:
    return TextEncoder(load_backbone(ModelChoice(name=str(tiny))).tokenizer, EncodingChoice(max_length=32), 128)


def batch(tiny: Path, texts: list[str]) -> Batch:
    tokenizer = load_backbone(ModelChoice(name=str(tiny))).tokenizer
    inputs = tokenizer(texts, return_tensors="pt", padding=True)
    return batch_of(inputs["input_ids"], inputs["attention_mask"])


# ---------------------------------------------------------------- layers


def test_the_second_to_last_layer_is_read_and_the_top_one_left_out(tiny: Path) -> None:
    assert NextToTop().indices(12) == (11,) and NextToTop().indices(0) == (0,)
    model, inputs = built(tiny, layers="second-to-last", pooling="cls").eval(), batch(tiny, TEXTS)
    whole = load_backbone(ModelChoice(name=str(tiny))).encoder.eval()
    with torch.no_grad():
        given = {"input_ids": inputs.input_ids, "attention_mask": inputs.attention_mask}
        expected = whole(**given, output_hidden_states=True).hidden_states[1]
        torch.testing.assert_close(model.hidden_states(inputs)[0], expected[:, :1])  # all that [CLS] pooling reads
    assert len(model.encoder.encoder.layer) == 1


def test_layers_count_the_same_before_their_weights_have_learned(tiny: Path) -> None:
    weighted = built(tiny, layers="all", combine="weighted", pooling="mean").eval()
    mean = built(tiny, layers="all", combine="mean", pooling="mean").eval()
    inputs = batch(tiny, TEXTS)
    assert mean.mix is None and weighted.mix is not None and weighted.mix.tolist() == [0, 0]
    torch.testing.assert_close(weighted(inputs), mean(inputs))
    weighted(inputs)[:, 0].sum().backward()
    assert weighted.mix.grad is not None and weighted.mix.grad.abs().sum() > 0
    with torch.no_grad():
        weighted.mix.copy_(torch.tensor([0.0, 20.0]))  # all but the top layer is shut out
    top = built(tiny, pooling="mean").eval()
    torch.testing.assert_close(weighted(inputs), top(inputs), atol=1e-5, rtol=1e-4)


def test_learned_weights_survive_saving(tiny: Path, tmp_path: Path) -> None:
    model = built(tiny, layers="all", combine="weighted", pooling="mean", head=HEADS["bilstm"]).eval()
    with torch.no_grad():
        model.mix.copy_(torch.tensor([1.0, -1.0]))  # type: ignore[union-attr]
    inputs = batch(tiny, TEXTS)
    tokenizer = load_backbone(ModelChoice(name=str(tiny))).tokenizer
    save_model(model, tokenizer, FACTS, tmp_path / "model")
    saved = load_model(tmp_path / "model")
    torch.testing.assert_close(saved.model(inputs), model(inputs))
    assert not loads_in_pipeline(saved.model)
    assert not export_model(saved, tmp_path / "export", Plain("text-classification", ("a", "b", "c")))
    from safetensors.torch import load_file, save_file

    kept = load_file(tmp_path / "model" / "head.safetensors")
    save_file({name: value for name, value in kept.items() if name != "mix"}, tmp_path / "model" / "head.safetensors")
    with pytest.raises(ModelError, match="lacks mix"):
        load_model(tmp_path / "model")


# ---------------------------------------------------------------- the recurrent head


def test_heads_and_their_sizes() -> None:
    assert Linear().reader(32) is None
    reader = Recurrent(hidden=8, depth=2).reader(32)
    assert reader.width == 16
    sizes = {name: tuple(weight.shape) for name, weight in reader.named_parameters() if "weight" in name}
    assert sizes["lstm.weight_ih_l0"] == (32, 32) and sizes["lstm.weight_ih_l1_reverse"] == (32, 16)
    assert len(sizes) == 8  # two layers, two directions, two weights each


def test_what_is_padded_is_not_read() -> None:
    reader = RecurrentReader(4, 3, 2).eval()
    vectors = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(0))
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0]])
    with torch.no_grad():
        read = reader(vectors, mask)
        changed = vectors.clone()
        changed[1, 2:] = 99
        torch.testing.assert_close(reader(changed, mask), read)
        torch.testing.assert_close(reader(vectors[1:, :2], mask[1:, :2]), read[1:, :2])
        # The last token reads the first one, and the first the last: it goes both ways.
        changed[0, 0] += 1
        assert not torch.allclose(reader(changed, mask)[0, 4], read[0, 4])
        changed = vectors.clone()
        changed[0, 4] += 1
        assert not torch.allclose(reader(changed, mask)[0, 0], read[0, 0])
    assert read.shape == (2, 5, 6) and (read[1, 2:] == 0).all()


@pytest.mark.parametrize("pooling", ["cls", "pooler", "mean", "max"])
@pytest.mark.parametrize("head", HEADS)
def test_a_text_is_answered_the_same_alone_and_beside_a_longer_one(tiny: Path, pooling: str, head: str) -> None:
    model = built(tiny, pooling=pooling, head=HEADS[head]).eval()
    with torch.no_grad():
        together, alone = model(batch(tiny, TEXTS)), [model(batch(tiny, [text])) for text in TEXTS]
        torch.testing.assert_close(together, torch.cat(alone), atol=1e-5, rtol=1e-4)
        assert (together[0] - together[1]).abs().max() > 1e-6
        tokens = built(tiny, readout=TOKENS, head=HEADS[head]).eval()
        long, short = tokens(batch(tiny, TEXTS))[1, :3], tokens(batch(tiny, [TEXTS[1]]))[0]
    torch.testing.assert_close(long, short, atol=1e-5, rtol=1e-4)


def test_seeds_fix_the_new_weights_and_leave_the_process_alone(tiny: Path) -> None:
    def weights(seed: int) -> dict[str, torch.Tensor]:
        model = built(tiny, seed, head=HEADS["bilstm"])
        return {name: value for name, value in model.named_parameters() if not name.startswith("encoder.")}

    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = weights(1)
    torch.rand(3)  # a draw of somebody else
    again, other = weights(1), weights(2)
    torch.manual_seed(5)
    assert torch.equal(torch.get_rng_state(), before)
    weights(1)
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["reader.lstm.weight_ih_l0"], other["reader.lstm.weight_ih_l0"])
    assert all(value.isfinite().all() for value in first.values())
    bound = (2 / 16) ** 0.5
    assert 0.9 * bound < first["reader.lstm.weight_hh_l0"].abs().max() <= bound


# ---------------------------------------------------------------- cached features


def texts_of(tiny: Path) -> Examples:
    task = SingleLabel(classes=("a", "b", "c"))
    return task.examples(reader(tiny).encode(TEXTS), [(text,) for text in TEXTS], ["a", "b", "c", "a", "b"])


def tokens_of(tiny: Path) -> Examples:
    task, inputs = Tagging(tags=("O", "B-X", "I-X")), [(text,) for text in TEXTS]
    return task.examples(task.encode(reader(tiny), inputs), inputs, [("O",) * len(text.split()) for text in TEXTS])


def objective(examples: Examples, validation: Examples | None = None) -> TaskObjective:
    """What is learned does not matter where only features are read."""
    return TaskObjective(SingleLabel(classes=("a", "b", "c")), examples, validation or examples, 0)


def frozen(model: TextModel) -> TextModel:
    model.encoder.requires_grad_(False)
    return model


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("readout", [ROWS, TOKENS], ids=["text", "token"])
@pytest.mark.parametrize(
    "features", [{}, {"layers": "all", "combine": "weighted", "pooling": "mean"}, {"layers": "all", "pooling": "max"}]
)
def test_cached_features_give_the_outputs_of_the_whole_network(
    tiny: Path, readout: Readout, head: str, features: dict[str, Any]
) -> None:
    model = frozen(built(tiny, readout=readout, head=HEADS[head], **features))
    model.encoder.encoder.layer[1].output.LayerNorm.weight.data.mul_(-3)  # random layers are too much alike
    if model.mix is not None:
        model.mix.data.copy_(torch.tensor([1.0, -1.0]))
    examples = texts_of(tiny) if readout == ROWS else tokens_of(tiny)
    model.train()
    network = network_of(model, objective(examples), 0, "cpu", "32-bit")
    assert isinstance(network, HeadOnFeatures) and model.training
    outputs = network.outputs(examples.encoded)
    expected = WholeNetwork(model, 0, "cpu", "32-bit").outputs(examples.encoded)
    assert outputs.shape == expected.shape == ((5, 3) if readout == ROWS else (len(examples.encoded.ids), 3))
    # Features of tokens are kept in half precision; what that loses is little beside what tells the texts apart.
    spread = np.ptp(expected, axis=0).max()
    assert spread > 1e-4 and np.abs(outputs - expected).max() < 0.05 * spread and model.training
    model.eval()
    batch, targets = examples.batch(np.array([2, 1]), 0, "cpu")
    if readout == ROWS:
        assert targets.tolist() == examples.targets[[2, 1]].tolist()
    with torch.no_grad():
        answered, plain = network.answer(batch), model(batch)
    mask = batch.attention_mask.bool() if readout == TOKENS else slice(None)
    assert (answered[mask] - plain[mask]).abs().max() < 0.05 * spread


def test_cached_features_keep_the_choices_of_a_row_together(tiny: Path) -> None:
    task = MultipleChoice(choices=2)
    inputs = [("good", "bad film", "a"), ("the plot", "was very slow and terrible", "kind")]
    examples = task.examples(task.encode(reader(tiny), inputs), inputs, [1, 2])
    model = frozen(built(tiny, outputs=1, readout=SEQUENCES)).eval()
    network = network_of(model, objective(examples), 0, "cpu", "32-bit")
    expected = outputs_of(model, examples.encoded, 0)
    np.testing.assert_allclose(network.outputs(examples.encoded), expected, atol=1e-5)
    rows, _ = examples.batch(np.array([1]), 0, "cpu")
    with torch.no_grad():
        np.testing.assert_allclose(network.answer(rows).numpy(), expected[2:], atol=1e-5)


def test_a_network_that_learns_is_read_as_a_whole(tiny: Path) -> None:
    model = built(tiny)
    examples = texts_of(tiny)
    assert isinstance(network_of(model, objective(examples), 0, "cpu", "32-bit"), WholeNetwork)
    model.encoder.requires_grad_(False)
    model.encoder.encoder.layer[1].requires_grad_(True)
    assert isinstance(network_of(model, objective(examples), 0, "cpu", "32-bit"), WholeNetwork)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("readout", [ROWS, TOKENS], ids=["text", "token"])
def test_training_a_head_leaves_the_encoder_as_it_was(tiny: Path, readout: Readout, head: str) -> None:
    task = SingleLabel(classes=("a", "b", "c")) if readout == ROWS else Tagging(tags=("O", "B-X", "I-X"))
    examples = texts_of(tiny) if readout == ROWS else tokens_of(tiny)
    model = built(tiny, readout=readout, head=HEADS[head], layers="all", combine="weighted", pooling="mean")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    training = Training(
        model, TaskObjective(task, examples, examples, 0),
        training=TrainingChoice(trained="frozen", epochs=3, batch_size=2, evaluations_per_epoch=1),
        optimizer=OptimizerChoice(learning_rate=3e-2), padding=0,
    )  # fmt: skip
    first = training.check().metrics["loss"]
    for _ in fit(training):
        pass
    assert isinstance(training.network, HeadOnFeatures)
    changed = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert not [name for name in changed if name.startswith("encoder.")]
    assert {"head.dense.weight", "mix"} <= changed and (head == "linear" or "reader.lstm.weight_ih_l0" in changed)
    assert training.check().metrics["loss"] < first


def test_an_empty_set_has_no_outputs(tiny: Path) -> None:
    model = frozen(built(tiny))
    examples, none = texts_of(tiny), Examples(concatenated([]), np.zeros(0, dtype=np.int64))
    network = network_of(model, objective(examples, none), 0, "cpu", "32-bit")
    assert network.outputs(none.encoded).shape == (0, 3)
