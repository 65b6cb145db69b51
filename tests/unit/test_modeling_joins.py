"""How the windows of a text become one answer, against numbers worked out by hand."""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.choice import strategies_of
from bertui.encoding.batching import collate
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.joins import AttentionOverSequences, Join, JoinKind, MaxOfSequences, MeanOfSequences
from bertui.modeling.model import TextModel
from bertui.modeling.readout import ROWS, SEQUENCES, TOKENS, readout_of
from bertui.modeling.saving import load_model, save_model
from bertui.modeling.sources import ModelChoice
from bertui.prediction.outputs import outputs_of, vectors_of

# Two rows: the first has one sequence, the second three; negative numbers tell the largest from the farthest from 0.
VECTORS = torch.tensor([[1.0, -5.0], [2.0, -2.0], [4.0, -7.0], [0.0, -3.0]])
ROWS_OF = torch.tensor([0, 1, 4])
JOINS = strategies_of(JoinKind)
LONG = "the film was good and the plot was bad and the acting was great and the service was very slow but kind"


def test_joins_by_hand() -> None:
    assert MeanOfSequences().join(VECTORS, ROWS_OF).tolist() == [[1.0, -5.0], [2.0, -4.0]]
    assert MaxOfSequences().join(VECTORS, ROWS_OF).tolist() == [[1.0, -5.0], [4.0, -2.0]]
    # Scores of the second row's sequences are 2 log 3, 4 log 3, 0 halved: 3 : 9 : 1.
    weights = torch.tensor([math.log(3) / 2, 0.0])
    joined = AttentionOverSequences().join(VECTORS, ROWS_OF, weights)
    expected = [[1.0, -5.0], [(3 * 2 + 9 * 4 + 1 * 0) / 13, (3 * -2 + 9 * -7 + 1 * -3) / 13]]
    torch.testing.assert_close(joined, torch.tensor(expected))


def test_attention_begins_as_the_mean_and_stays_a_number_for_large_scores() -> None:
    start = AttentionOverSequences().join(VECTORS, ROWS_OF, torch.zeros(2))
    torch.testing.assert_close(start, MeanOfSequences().join(VECTORS, ROWS_OF))
    sure = AttentionOverSequences().join(VECTORS, ROWS_OF, torch.tensor([500.0, 0.0]))
    torch.testing.assert_close(sure, torch.tensor([[1.0, -5.0], [4.0, -7.0]]))
    with pytest.raises(ValueError, match="weight"):
        AttentionOverSequences().join(VECTORS, ROWS_OF)


@pytest.mark.parametrize("cls", JOINS, ids=lambda cls: cls.__name__)
@given(counts=st.lists(st.integers(1, 4), min_size=1, max_size=5), seed=st.integers(0, 99))
@settings(max_examples=25, deadline=None)
def test_every_join_reads_each_row_alone(cls: type[Join], counts: list[int], seed: int) -> None:
    """A row's answer hangs on no other row; one sequence is its row; equal sequences are what each of them is."""
    generator = torch.Generator().manual_seed(seed)
    vectors = torch.randn(sum(counts), 3, generator=generator, dtype=torch.float64)
    weights = torch.randn(3, generator=generator, dtype=torch.float64) if cls.learned else None
    rows = torch.tensor([0, *np.cumsum(counts)])
    together = cls().join(vectors, rows, weights)
    for row, (first, last) in enumerate(itertools.pairwise(rows.tolist())):
        alone = cls().join(vectors[first:last], torch.tensor([0, last - first]), weights)
        torch.testing.assert_close(together[row : row + 1], alone)
        same = cls().join(vectors[first].repeat(3, 1), torch.tensor([0, 3]), weights)
        torch.testing.assert_close(same, vectors[first : first + 1])
        order = torch.randperm(last - first, generator=generator)
        torch.testing.assert_close(
            cls().join(vectors[first:last][order], torch.tensor([0, len(order)]), weights), alone
        )
    single = cls().join(vectors, torch.arange(len(vectors) + 1), weights)
    assert torch.equal(single, vectors)


@pytest.mark.parametrize("cls", JOINS, ids=lambda cls: cls.__name__)
def test_every_join_has_the_gradient_of_what_it_computes(cls: type[Join]) -> None:
    vectors = torch.randn(6, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)).requires_grad_()
    weights = torch.tensor([0.3, -0.4, 0.9], dtype=torch.float64, requires_grad=True) if cls.learned else None
    rows = torch.tensor([0, 2, 3, 6])
    given = (vectors,) if weights is None else (vectors, weights)
    assert torch.autograd.gradcheck(lambda *some: cls().join(some[0], rows, *some[1:]), given)


def built(tiny: Path, join: str = "mean", **more: object) -> tuple[TextModel, TextEncoder]:
    backbone = load_backbone(ModelChoice(name=str(tiny)))
    features = FeatureChoice.model_validate({"join": join, "pooling": "mean"} | more)
    model = TextModel(backbone.encoder, features, 3, seed=1)
    encoder = TextEncoder(backbone.tokenizer, EncodingChoice(max_length=10, reading="windows:3"), 128)
    if model.join is not None:
        torch.nn.init.normal_(model.join, std=2.0, generator=torch.Generator().manual_seed(2))
    return model.eval(), encoder


@pytest.mark.parametrize("join", [cls().kind for cls in JOINS])
def test_a_long_text_is_answered_by_the_join_of_its_windows(tiny: Path, join: str) -> None:
    model, encoder = built(tiny, join)
    encoded = encoder.encode([LONG, "good", LONG[20:]])
    assert np.diff(encoded.rows).tolist()[1] == 1 and np.diff(encoded.rows).min() >= 1 and encoded.sequences > 5
    windows = encoder.encode([LONG]).apart()
    with torch.no_grad():
        vectors = model.vectors(collate(windows, range(len(windows)), 0, "cpu"))
        joined = model.features.join.join(vectors, torch.tensor([0, len(vectors)]), model.join)
        expected = model.head(joined).numpy()
        whole = model(collate(encoded, [0, 1, 2], 0, "cpu")).numpy()
    read = outputs_of(model, encoded, 0)
    assert read.shape == (3, 3)
    np.testing.assert_allclose(read, whole, atol=1e-5)
    np.testing.assert_allclose(read[:1], expected, atol=1e-5)
    np.testing.assert_allclose(vectors_of(model, encoded, 0)[:1], joined.numpy(), atol=1e-5)
    truncated = outputs_of(model, encoder.encode([LONG], excerpts=encoder.cut), 0)
    assert np.abs(truncated - read[0]).max() > 1e-5


def test_what_is_answered_for_apart_is_not_joined(tiny: Path) -> None:
    backbone = load_backbone(ModelChoice(name=str(tiny)))
    encoded = built(tiny)[1].encode([LONG, "good"])
    apart = TextModel(backbone.encoder, FeatureChoice(join="attention"), 1, readout=SEQUENCES).eval()
    tokens = TextModel(backbone.encoder, FeatureChoice(join="attention"), 4, readout=TOKENS).eval()
    assert apart.join is None and tokens.join is None
    assert outputs_of(apart, encoded, 0).shape == (encoded.sequences, 1)
    assert outputs_of(tokens, encoded, 0).shape == (len(encoded.ids), 4)
    assert vectors_of(apart, encoded, 0).shape == vectors_of(tokens, encoded, 0).shape == (2, 32)


def test_learned_joins_and_readouts_survive_saving(tiny: Path, tmp_path: Path) -> None:
    model, encoder = built(tiny, "attention")
    facts = {"task": {"kind": "single-label", "classes": ["a", "b", "c"]}, "encoding": {}, "token_limit": 64}
    save_model(model, encoder.tokenizer, facts, tmp_path / "model")
    again = load_model(tmp_path / "model").model
    encoded = encoder.encode([LONG])
    np.testing.assert_allclose(outputs_of(again, encoded, 0), outputs_of(model, encoded, 0), atol=1e-6)
    assert again.readout == ROWS and [readout_of(one.name) for one in (ROWS, SEQUENCES, TOKENS)] == [
        ROWS, SEQUENCES, TOKENS,
    ]  # fmt: skip
