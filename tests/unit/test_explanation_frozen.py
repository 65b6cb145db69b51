"""The frozen pass: parts that make up the logit, in every family, and the exact answer where the network is linear."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from bertui.encoding.batching import Batch
from bertui.encoding.encoded import Encoded
from bertui.errors import ModelError
from bertui.explanation.asked import Asked
from bertui.explanation.frozen import frozen
from bertui.explanation.frozen_lstm import unrolled
from bertui.explanation.shares import shares, shares_of_rows
from bertui.modeling.families import FAMILIES
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.readers import RecurrentReader
from bertui.modeling.twin import twin
from bertui.tasks.labels.single_label import SingleLabel
from bertui.tasks.results import Focus
from tests.unit.test_modeling_families import OTHERS, encoder_of

NAMES = ("a", "b", "c")
ASKED = Asked(SingleLabel(classes=NAMES), Focus("label", "the label", NAMES), None, target=1)
FEATURES = [
    FeatureChoice(pooling="pooler"),
    FeatureChoice(pooling="mean", layers="last:2", combine="concat", join="max"),
    FeatureChoice(pooling="max", layers="all", combine="weighted", join="attention"),
    FeatureChoice(pooling="mean", head="bilstm:8:2"),
]  # fmt: skip


class Row:
    """Two sequences of one row, the second padded, read by a model that is asked for its second class."""

    padding, device = 1, "cpu"

    def __init__(self, model: Any, seed: int = 1, longest: int = 8) -> None:
        random = torch.Generator().manual_seed(seed)
        self.model, self.asked = model, ASKED
        self.ids = torch.randint(5, 60, (2, longest), generator=random)
        self._mask = torch.ones_like(self.ids)
        self._mask[1, 5:] = 0
        self.ids[1, 5:] = self.padding

    @property
    def encoded(self) -> Encoded:
        lengths = self.in_sequences.sum(1)
        ends = np.array([0, *lengths.cumsum()])
        return Encoded(self.ids.numpy()[self.in_sequences].astype(np.int32), ends, np.array([0, 2]), lengths)

    @property
    def in_sequences(self) -> np.ndarray:
        return self._mask.bool().numpy()

    def outputs(self, ids: torch.Tensor) -> Any:
        return self.model(Batch(ids.view(-1, ids.shape[-1]), self._mask, torch.tensor([0, 2])))


def model_of(encoder: Any, features: FeatureChoice) -> Any:
    model = TextModel(encoder, features, 3).double().eval()
    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        for weight in model.head.parameters():
            weight.normal_()
        if model.join is not None:
            model.join.normal_()
    return twin(model)


@pytest.fixture(params=[*FAMILIES, *OTHERS])
def encoder(request: pytest.FixtureRequest) -> Iterator[Any]:
    yield encoder_of(request.param)


@pytest.mark.parametrize("features", FEATURES, ids=lambda one: one.head.kind + "-" + one.pooling.kind)
def test_the_parts_of_every_family_make_up_its_logit(encoder: Any, features: FeatureChoice) -> None:
    row = Row(model_of(encoder, features))
    if encoder.config.model_type == "ibert":
        with pytest.raises(ModelError, match="'ibert'"):
            shares(row)  # type: ignore[arg-type]
        return
    with torch.no_grad():
        plain = float(ASKED.logit(row.outputs(row.ids[None]))[0])
    parts = shares(row)  # type: ignore[arg-type]
    assert parts.logit == pytest.approx(plain, abs=1e-5), "freezing changes no answer"
    assert abs(parts.delta) < 1e-5
    assert np.abs(parts.tokens).max() > 1e-6 and not parts.tokens[~row.in_sequences].any()
    learned = {name for name, weight in row.model.named_parameters() if weight.requires_grad}
    assert not learned and torch.is_grad_enabled()


@pytest.mark.parametrize("features", FEATURES, ids=lambda one: one.head.kind + "-" + one.pooling.kind)
def test_rows_taken_apart_together_are_taken_apart_as_each_alone(encoder: Any, features: FeatureChoice) -> None:
    if encoder.config.model_type == "ibert":
        return
    model = model_of(encoder, features)
    rows = [Row(model, seed, longest) for seed, longest in ((1, 8), (2, 11), (3, 6))]
    together = shares_of_rows(rows)  # type: ignore[arg-type]
    for row, (tokens, logit) in zip(rows, together, strict=True):
        alone = shares(row)  # type: ignore[arg-type]
        assert tokens == pytest.approx(alone.tokens, abs=1e-6) and logit == pytest.approx(alone.logit, abs=1e-6)
        assert np.abs(tokens).max() > 1e-6 and alone.gradient.shape[:2] == row.ids.shape


@pytest.mark.parametrize("kind", ["bert", "deberta-v2", "modernbert", "albert", "eurobert"])
def test_the_shares_of_each_layer_are_what_the_logit_is_made_of_there(kind: str) -> None:
    """What stands above the top layer, a head without bias, adds nothing: the top's shares are the whole logit."""
    row = Row(model_of(encoder_of(kind), FeatureChoice(pooling="mean", join="mean")))
    with torch.no_grad():
        row.model.head.dense.bias.zero_()
    whole, plain = shares(row, layers=True), shares(row)  # type: ignore[arg-type]
    assert whole.layers is not None and plain.layers is None
    assert whole.layers.shape == (4, *row.ids.shape) and np.array_equal(whole.tokens, plain.tokens)
    assert whole.layers[-1].sum() == pytest.approx(whole.logit, abs=1e-5)
    assert not whole.layers[:, ~row.in_sequences].any()
    assert np.abs(np.diff(whole.layers, axis=0)).max() > 1e-3


class Lookup(torch.nn.Module):
    """An encoder that gives each token one number twice over, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self.words = torch.nn.Embedding(60, 2)
        self.config = SimpleNamespace(model_type="lookup", hidden_size=2, num_hidden_layers=1, vocab_size=60)
        with torch.no_grad():
            self.words.weight.copy_(torch.arange(60.0)[:, None].repeat(1, 2))

    def get_input_embeddings(self) -> torch.nn.Module:
        return self.words

    def bent(self, vectors: torch.Tensor) -> torch.Tensor:
        return vectors

    def forward(self, input_ids: torch.Tensor, **_: Any) -> Any:
        vectors = self.bent(self.words(input_ids))
        return SimpleNamespace(last_hidden_state=vectors, hidden_states=(vectors, vectors))


def linear(lookup: Lookup | None = None) -> Row:
    model = TextModel(lookup or Lookup(), FeatureChoice(pooling="mean", join="mean"), 3).double().eval()
    with torch.no_grad():
        model.head.dense.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 3.0], [0.0, 1.0]]))
        model.head.dense.bias.copy_(torch.tensor([5.0, 1.0, 1.0]))
    return Row(twin(model))


def test_a_linear_network_is_taken_apart_exactly() -> None:
    row = linear()
    parts = shares(row)  # type: ignore[arg-type]
    # Logits of a token x: x + 5, 3 x + 1, x + 1. The second less the mean of the others: 2 x - 2.
    lengths = row.in_sequences.sum(1, keepdims=True)
    assert parts.tokens == pytest.approx(np.where(row.in_sequences, 2 * row.ids.numpy() / lengths / 2, 0))
    assert parts.biases == pytest.approx(-2) and parts.leaning == pytest.approx(-2) and parts.positions == 0


def test_a_word_that_speaks_for_another_class_has_a_score_below_zero() -> None:
    row = linear()
    row.asked = Asked(ASKED.task, ASKED.focus, None, target=0)
    parts = shares(row)  # type: ignore[arg-type]
    # x + 5 less the mean of 3 x + 1 and x + 1: 4 - x.
    assert (parts.tokens[row.in_sequences] < 0).all() and parts.biases == pytest.approx(4)
    row.asked = Asked(ASKED.task, ASKED.focus, None, target=1, against=2)
    parts = shares(row)  # type: ignore[arg-type]
    assert (parts.tokens[row.in_sequences] > 0).all() and parts.biases == pytest.approx(0)


def test_a_network_that_cannot_be_held_constant_is_refused_by_name() -> None:
    class Bent(Lookup):
        def bent(self, vectors: torch.Tensor) -> torch.Tensor:
            return vectors.abs().pow(1.5)

    with pytest.raises(ModelError, match=r"'lookup': its parts"):
        shares(linear(Bent()))  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"'lookup': its parts"):
        shares_of_rows([linear(Bent())])  # type: ignore[list-item]


def test_nothing_is_left_behind_also_after_an_error() -> None:
    class Broken(Lookup):
        def bent(self, vectors: torch.Tensor) -> torch.Tensor:
            raise RuntimeError("in the middle")

    row = linear(Broken())
    with pytest.raises(RuntimeError, match="in the middle"):
        shares(row)  # type: ignore[arg-type]
    assert not any(one._forward_hooks or one._forward_pre_hooks for one in row.model.modules())
    assert not any(weight.requires_grad for weight in row.model.parameters())
    x = torch.ones(2, requires_grad=True)
    torch.sigmoid(x).sum().backward()
    assert x.grad is not None, "a function is constant only within the block"


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (functional.gelu, 0.5 * (1 + torch.erf(torch.tensor(2.0**0.5))).item()),  # gelu(2) / 2
        (torch.tanh, np.tanh(2) / 2),
        (functional.silu, 1 / (1 + np.exp(-2))),
        (functional.relu, 1.0),
        (lambda x: x * x, 2.0),  # half of the gradient to each of the two
        (lambda x: x * torch.softmax(x, -1), 1.0),
        (lambda x: x * torch.rsqrt(x), 2**-0.5),
    ],
)
def test_a_function_becomes_the_straight_line_through_its_value(function: Any, slope: float) -> None:
    x = torch.tensor([2.0], dtype=torch.float64, requires_grad=True)
    with frozen(torch.nn.Module()):
        value = function(x)
    value.backward()
    assert value.item() == pytest.approx(function(x.detach()).item())
    assert x.grad is not None and x.grad.item() == pytest.approx(slope)


@pytest.mark.parametrize(("function", "slope"), [(functional.gelu, 0.5), (torch.tanh, 1.0), (functional.mish, 0.6)])
def test_at_zero_the_line_is_the_tangent(function: Any, slope: float) -> None:
    x = torch.zeros(1, requires_grad=True)
    with frozen(torch.nn.Module()):
        function(x).backward()
    assert x.grad is not None and x.grad.item() == pytest.approx(slope)


def test_an_activation_made_of_products_has_one_slope() -> None:
    from transformers.activations import NewGELUActivation

    network = torch.nn.Sequential(NewGELUActivation())
    x = torch.tensor([2.0, 0.0], dtype=torch.float64, requires_grad=True)
    with frozen(network):
        value = network(x)
    value.sum().backward()
    assert x.grad is not None and x.grad.tolist() == pytest.approx([value[0].item() / 2, 0.5], abs=1e-6)


def test_an_lstm_written_out_gives_what_pytorchs_gives() -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        reader = RecurrentReader(6, 5, 2).double()
        vectors = torch.randn(3, 7, 6, dtype=torch.float64)
    mask = torch.tensor([[1] * 7, [1] * 4 + [0] * 3, [1] + [0] * 6])
    torch.testing.assert_close(unrolled(reader.lstm, vectors, mask), reader(vectors, mask).double(), atol=1e-6, rtol=0)
