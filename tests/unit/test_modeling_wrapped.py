"""What is put around, into or upon a module of the encoder is computed, learns, and is never lost in silence."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations, parametrize, prune

from bertui.errors import ModelError
from bertui.modeling.backbone import load_backbone
from bertui.modeling.dropout import RandomBytes, use_stream
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.packed.encoder import can_pack
from bertui.modeling.saving import save_model
from bertui.modeling.seen import SeenEmbedding, learn_seen
from bertui.modeling.sources import ModelChoice
from bertui.modeling.twin import twin
from tests.unit.test_modeling_packed import FAMILIES, LENGTHS, batch, encoder_of, gradients, whole

LAYER = "encoder.layer.1"


class LoRA(nn.Module):
    """A dense layer or an embedding with a low-rank addition that is learned (Hu et al. 2021, equation 3)."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        rows, columns = inner.weight.shape
        self.inner, generator = inner, torch.Generator().manual_seed(1)
        self.down = nn.Parameter(torch.randn(2, columns, generator=generator, dtype=inner.weight.dtype))
        self.up = nn.Parameter(torch.randn(rows, 2, generator=generator, dtype=inner.weight.dtype))

    def forward(self, given: Tensor) -> Tensor:
        if given.is_floating_point():
            return self.inner(given) + given @ self.down.T @ self.up.T
        return self.inner(given) + self.up[given] @ self.down


class Doubled(nn.Module):
    """What a module gives, times a number that is learned."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner, self.factor = inner, nn.Parameter(torch.tensor(2.0, dtype=torch.float64))

    def forward(self, *given: Any, **more: Any) -> Any:
        result = self.inner(*given, **more)
        return (result[0] * self.factor, *result[1:]) if isinstance(result, tuple) else result * self.factor


class Shift(nn.Module):
    """A parametrization: weights are those below plus a number that is learned."""

    def __init__(self) -> None:
        super().__init__()
        self.by = nn.Parameter(torch.tensor(0.5, dtype=torch.float64))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + self.by


def around(made: Callable[[Any], nn.Module], *paths: str) -> Callable[[Any], None]:
    def put_on(encoder: Any) -> None:
        for path in paths:
            parent, _, name = path.rpartition(".")
            setattr(encoder.get_submodule(parent), name, made(encoder.get_submodule(path)))

    return put_on


def upon(path: str, change: Callable[[Any], Any]) -> Callable[[Any], None]:
    return lambda encoder: change(encoder.get_submodule(path))


def twice_as_large(layer: Any) -> None:
    parametrizations.weight_norm(layer).parametrizations.weight.original0.data.mul_(2)


def own_forward(module: Any) -> None:
    usual = module.forward
    module.forward = lambda *given, **more: usual(*given, **more) * 2


def another_attention(encoder: Any) -> None:
    from transformers import AttentionInterface
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    def halved(*given: Any, **more: Any) -> Any:
        return sdpa_attention_forward(*given, **more)[0] / 2, None

    AttentionInterface.register("bertui_test_halved", halved)
    encoder.config._attn_implementation = "bertui_test_halved"


ATTENTION, DENSE = f"{LAYER}.attention.self", f"{LAYER}.intermediate.dense"
WRAPPINGS: dict[str, Callable[[Any], Any]] = {
    "LoRA around query and value": around(LoRA, f"{ATTENTION}.query", f"{ATTENTION}.value"),
    "LoRA around key": around(LoRA, f"{ATTENTION}.key"),
    "LoRA around the attention's output": around(LoRA, f"{LAYER}.attention.output.dense"),
    "LoRA around intermediate.dense": around(LoRA, DENSE),
    "LoRA around output.dense": around(LoRA, f"{LAYER}.output.dense"),
    "LoRA around the words": around(LoRA, "embeddings.word_embeddings"),
    "an adapter around a whole sublayer": around(Doubled, f"{LAYER}.output"),
    "an adapter around the attention": around(Doubled, ATTENTION),
    "an adapter around a layer": around(Doubled, LAYER),
    "a factor on a norm": around(Doubled, f"{LAYER}.output.LayerNorm"),
    "a factor on the activation": around(Doubled, f"{LAYER}.intermediate.intermediate_act_fn"),
    "a factor on the embeddings": around(Doubled, "embeddings"),
    "a forward hook": upon(DENSE, lambda one: one.register_forward_hook(lambda module, given, out: out * 2)),
    "a forward hook on a layer": upon(LAYER, lambda one: one.register_forward_hook(lambda module, given, out: out * 2)),
    "a pre-hook": upon(DENSE, lambda one: one.register_forward_pre_hook(lambda module, given: (given[0] * 2,))),
    "a backward hook": upon(DENSE, lambda one: one.register_full_backward_hook(lambda module, ins, _: (ins[0] * 2,))),
    "a parametrization": upon(DENSE, lambda one: parametrize.register_parametrization(one, "weight", Shift())),
    "weight_norm": upon(DENSE, twice_as_large),
    "pruned weights": upon(DENSE, lambda one: prune.l1_unstructured(one, "weight", amount=0.5)),
    "a forward of its own": upon(DENSE, own_forward),
    "a dense layer without bias": around(lambda one: nn.Linear(16, 32, bias=False, dtype=torch.float64), DENSE),
    "a way of attention of its own": another_attention,
}  # fmt: skip


def model_of(family: str = "Bert") -> TextModel:
    return TextModel(encoder_of(family).double(), FeatureChoice(pooling="mean"), 3).double().eval()


def states(model: TextModel) -> Tensor:
    """Return the top layer's hidden states in 64-bit, 0 at padding, ``[batch, seq, hidden]``."""
    inputs = batch(LENGTHS)
    return model.hidden_states(whole(inputs))[0] * inputs["attention_mask"][:, :, None]


@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_what_is_put_on_is_computed_and_learns(wrapping: str) -> None:
    model = model_of()
    plain, known = states(model), {name for name, _ in model.named_parameters()}
    assert not model.pads("cpu")
    torch.manual_seed(0)
    WRAPPINGS[wrapping](model.encoder)  # on a model that has already computed: a regulariser's `prepare` comes late
    ours = states(model)
    found = gradients(model, ours)
    model.packed = False
    theirs = states(model)
    expected = gradients(model, theirs)
    assert torch.allclose(ours, theirs, atol=1e-12) and found.keys() == expected.keys()
    assert all(torch.allclose(found[name], expected[name], atol=1e-9) for name in expected)
    added = {name for name, parameter in model.named_parameters() if parameter.requires_grad} - known
    assert {name for name in added if "inner" not in name} <= found.keys(), "what was added learns"
    assert wrapping == "a backward hook" or not torch.allclose(ours, plain, atol=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_an_adapter_of_any_packed_family_is_seen_and_taken_off_again(family: str) -> None:
    model = model_of(family)
    plain, value = states(model), model.encoder.get_submodule(ATTENTION).value
    assert not model.pads("cpu") and model.pads("cuda")
    around(LoRA, f"{ATTENTION}.value")(model.encoder)
    assert model.pads("cpu") and not torch.allclose(states(model), plain, atol=1e-3)
    model.encoder.get_submodule(ATTENTION).value = value
    assert not model.pads("cpu") and torch.equal(states(model), plain)


def test_what_a_run_itself_puts_on_is_packed() -> None:
    model = TextModel(encoder_of("Bert"), FeatureChoice(), 3)
    assert isinstance(learn_seen(model.encoder, np.arange(9), 0), SeenEmbedding)
    use_stream(model, RandomBytes(0))
    assert not model.pads("cpu")


def test_a_hook_on_the_words_is_not_lost_where_the_seen_ones_learn_alone() -> None:
    model = model_of()
    model.encoder.get_input_embeddings().register_forward_hook(lambda module, given, out: out * 2)
    assert learn_seen(model.encoder, np.arange(9), 0) is None


def test_a_class_that_only_looks_like_transformers_own_is_not_packed() -> None:
    encoder = encoder_of("Bert")
    inherited = type("BertModel", (type(encoder),), {"__module__": "somewhere"})
    assert can_pack(encoder)
    encoder.__class__ = inherited
    assert not can_pack(encoder)


@pytest.mark.parametrize("wrapping", ["LoRA around query and value", "a parametrization", "a forward hook"])
def test_the_explaining_twin_and_cutting_keep_what_was_put_on(wrapping: str) -> None:
    model = model_of()
    WRAPPINGS[wrapping](model.encoder)
    assert torch.allclose(states(twin(model)), states(model), atol=1e-12)
    whole = encoder_of("Bert").double().eval()
    WRAPPINGS[wrapping](whole)
    features, inputs = FeatureChoice(layers="one:2", pooling="mean"), batch(LENGTHS)
    cut = TextModel(copy.deepcopy(whole), features, 3).double().eval()
    expected = whole(**inputs, output_hidden_states=True).hidden_states[2] * inputs["attention_mask"][:, :, None]
    assert len(cut.encoder.encoder.layer) == 2 and torch.allclose(states(cut), expected, atol=1e-12)


@pytest.mark.parametrize(
    ("wrapping", "named"),
    [("LoRA around query and value", "query.down"), ("a parametrization", "dense.parametrizations.weight")],
)
def test_saving_refuses_by_name_what_it_could_not_load_again(
    tiny: Path, tmp_path: Path, wrapping: str, named: str
) -> None:
    backbone = load_backbone(ModelChoice(name=str(tiny)))
    model = TextModel(backbone.encoder.double(), FeatureChoice(), 2)
    WRAPPINGS[wrapping](model.encoder)
    with pytest.raises(ModelError, match=rf"such as encoder\.layer\.1\..*{named}"):
        save_model(model, backbone.tokenizer, {}, tmp_path / "saved")
    assert not (tmp_path / "saved").exists()
