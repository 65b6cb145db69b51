"""The packed encoder computes what transformers' own modules do: outputs, gradients, dropout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from bertui.encoding.batching import Batch
from bertui.modeling.dropout import Drop, RandomBytes, scale_of, use_stream
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.modeling.packed.attention import Attention
from bertui.modeling.packed.encoder import can_pack, hidden_states_of
from bertui.modeling.packed.layout import layout_of, padded_length
from bertui.modeling.packed.normed import DropAddNorm
from bertui.modeling.readout import TOKENS
from tests.batches import batch_of

FAMILIES: dict[str, dict[str, Any]] = {
    "Bert": {}, "Roberta": {}, "XLMRoberta": {}, "Camembert": {}, "Electra": {"embedding_size": 8},
}  # fmt: skip
LENGTHS = [9, 14, 1, 70, 14, 33]


def encoder_of(family: str, layers: int = 3) -> Any:
    import transformers

    config = getattr(transformers, f"{family}Config")(
        vocab_size=60, hidden_size=16, num_hidden_layers=layers, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=90, pad_token_id=0, type_vocab_size=2, **FAMILIES.get(family, {}),
    )  # fmt: skip
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        encoder = getattr(transformers, f"{family}Model")(config)
    for weight in encoder.parameters():
        weight.data.normal_(0, 0.3, generator=torch.Generator().manual_seed(weight.numel()))
    return encoder


def batch(lengths: list[int]) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(5, 60, (len(lengths), max(lengths)), generator=generator)
    mask = torch.tensor([[int(place < length) for place in range(max(lengths))] for length in lengths])
    return {"input_ids": ids * mask, "attention_mask": mask, "token_type_ids": (ids % 2) * mask}


def whole(inputs: dict[str, Tensor]) -> Batch:
    return batch_of(inputs["input_ids"], inputs["attention_mask"], inputs["token_type_ids"])


def drawn(*sizes: tuple[int, ...], learned: bool = True) -> list[Tensor]:
    """Return normal numbers of a generator of their own."""
    generator = torch.Generator().manual_seed(0)
    return [torch.randn(size, dtype=torch.float64, generator=generator).requires_grad_(learned) for size in sizes]


def gradients(encoder: Any, outputs: Tensor) -> dict[str, Tensor]:
    encoder.zero_grad()
    (outputs * torch.linspace(-1, 1, outputs.numel(), dtype=outputs.dtype).view(outputs.shape)).sum().backward()
    return {name: one.grad for name, one in encoder.named_parameters() if one.grad is not None and one.grad.any()}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("layers", "first_only"), [((3,), False), ((3,), True), ((0, 2), False), ((2, 3), True)])
def test_same_numbers_and_gradients_as_transformers(family: str, layers: tuple[int, ...], first_only: bool) -> None:
    encoder, inputs = encoder_of(family).double().eval(), batch(LENGTHS)
    given_types = {} if encoder.config.type_vocab_size < 2 else {"token_type_ids": inputs["token_type_ids"]}
    mask = inputs["attention_mask"]
    plain = encoder(
        input_ids=inputs["input_ids"], attention_mask=mask, output_hidden_states=True, **given_types
    ).hidden_states
    expected = torch.stack([plain[number] for number in layers]) * mask[None, :, :, None]
    expected = expected[:, :, :1] if first_only else expected
    hidden = hidden_states_of(encoder, mask, layers, first_only, input_ids=inputs["input_ids"], **given_types)
    assert torch.allclose(hidden, expected, atol=1e-12)
    theirs = gradients(encoder, expected)
    ours = gradients(encoder, hidden_states_of(encoder, mask, layers, first_only, input_ids=inputs["input_ids"],
                                               **given_types))  # fmt: skip
    assert ours.keys() == theirs.keys()
    assert all(torch.allclose(ours[name], theirs[name], atol=1e-9) for name in theirs)


@pytest.mark.parametrize("pooling", ["cls", "pooler", "mean", "max"])
@pytest.mark.parametrize("layers", ["last", "all"])
def test_a_model_answers_the_same_packed_or_not(pooling: str, layers: str) -> None:
    model = TextModel(encoder_of("Bert"), FeatureChoice(pooling=pooling, layers=layers), 3).eval()
    inputs = batch(LENGTHS)
    assert model.packed
    with torch.no_grad():
        packed = model(whole(inputs))
        model.packed = False
        assert torch.allclose(packed, model(whole(inputs)), atol=1e-5)


def test_tokens_are_answered_for_in_their_own_places() -> None:
    model = TextModel(encoder_of("Bert"), FeatureChoice(), 3, readout=TOKENS).eval()
    inputs = batch(LENGTHS)
    there = inputs["attention_mask"].bool()
    with torch.no_grad():
        packed = model(whole(inputs))[there]
        model.packed = False
        assert torch.allclose(packed, model(whole(inputs))[there], atol=1e-5)


def test_bf16_is_32_bit_up_to_rounding() -> None:
    encoder, inputs = encoder_of("Bert").eval(), batch(LENGTHS)
    mask, ids = inputs["attention_mask"], inputs["input_ids"]
    with torch.no_grad():
        exact = hidden_states_of(encoder, mask, (3,), False, input_ids=ids)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rounded = hidden_states_of(encoder, mask, (3,), False, input_ids=ids)
            plain = encoder(input_ids=ids, attention_mask=mask).last_hidden_state[None] * mask[None, :, :, None]
    assert rounded.dtype == torch.float32
    error, usual = (float((one.float() - exact).square().mean().sqrt()) for one in (rounded, plain))
    assert 0 < error < 1.2 * usual  # no worse than transformers' modules under autocast


def test_families_that_are_built_otherwise_are_not_packed() -> None:
    from transformers import DistilBertConfig, DistilBertModel

    config = DistilBertConfig(vocab_size=60, dim=16, n_layers=1, n_heads=2, hidden_dim=32, max_position_embeddings=90)
    encoder = DistilBertModel(config)
    assert not can_pack(encoder) and not TextModel(encoder, FeatureChoice(), 2).packed


@given(st.lists(st.integers(1, 90), min_size=1, max_size=40), st.integers(1, 16))
def test_every_token_lies_in_one_place(lengths: list[int], heads: int) -> None:
    mask = torch.tensor([[int(place < length) for place in range(max(lengths))] for length in lengths])
    layout = layout_of(mask, heads, torch.float32)
    assert layout.real == sum(lengths) <= len(layout.tokens) <= layout.real * 1.0625 + 32
    assert sorted(layout.tokens[: layout.real].tolist()) == mask.flatten().nonzero().flatten().tolist()
    covered = [place for chunk in layout.chunks for place in range(chunk.tokens.start, chunk.tokens.stop)]
    assert covered == list(range(layout.real)) and sum(chunk.count for chunk in layout.chunks) == len(lengths)
    ranked = np.array(lengths)[layout.order.numpy()]
    assert (np.diff(ranked) <= 0).all()
    assert layout.tokens[layout.firsts].tolist() == (layout.order * mask.shape[1]).tolist()
    for chunk in layout.chunks:
        if chunk.spread is not None and chunk.places is not None:
            assert chunk.spread[chunk.places].tolist() == list(range(chunk.tokens.stop - chunk.tokens.start))


@given(st.integers(1, 4096))
def test_few_sizes_and_little_padding(length: int) -> None:
    assert length <= padded_length(length) <= max(length + 31, 1.0625 * length)
    assert len({padded_length(one) for one in range(1, 513)}) <= 24


def attended(lengths: list[int], one: bool, probability: float) -> tuple[Callable[..., Tensor], list[Tensor]]:
    mask = torch.tensor([[int(place < length) for place in range(max(lengths))] for length in lengths])
    layout = layout_of(mask, 2, torch.float64)
    values = drawn((len(lengths) if one else layout.real, 6), (layout.real, 6), (layout.real, 6))

    def attend(*given: Tensor) -> Tensor:
        return Attention.apply(*given, layout.chunks, 2, one, probability, RandomBytes(3))

    return attend, values


@pytest.mark.parametrize("probability", [0.0, 0.3])
@pytest.mark.parametrize("one", [False, True])
def test_gradient_of_attention(one: bool, probability: float) -> None:
    attend, values = attended([4, 3, 2], one, probability)
    assert torch.autograd.gradcheck(attend, values)


def test_attention_over_several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    attend, values = attended([5, 5, 2], False, 0.0)
    whole = attend(*values)
    monkeypatch.setattr("bertui.modeling.packed.layout._SCORES", 1)  # each sequence alone
    again, _ = attended([5, 5, 2], False, 0.0)
    assert torch.allclose(again(*values), whole)


def test_dropped_attention_by_hand() -> None:
    """One sequence, one head of size 2: softmax, mask of the stream's own bytes, scale, weighted sum."""
    layout = layout_of(torch.ones(1, 8, dtype=torch.long), 1, torch.float64)
    query, key, value = drawn((8, 2), (8, 2), (8, 2), learned=False)
    attended = Attention.apply(query, key, value, layout.chunks, 1, False, 0.5, RandomBytes(7))
    kept = RandomBytes(7).draw(torch.Size((8, 8))) >= 128
    weights = (query @ key.T / 2**0.5).softmax(-1) * kept * 2
    assert 0 < int(kept.sum()) < 64 and torch.allclose(attended, weights @ value)


def test_gradients_of_dropout_and_norm() -> None:
    values, residual, weight, bias = drawn((5, 6), (5, 6), (6,), (6,))
    assert torch.autograd.gradcheck(lambda one: Drop.apply(one, 0.3, RandomBytes(1)), [values])
    assert torch.autograd.gradcheck(
        lambda *given: DropAddNorm.apply(*given, 1e-5, 0.3, RandomBytes(1)), [values, residual, weight, bias]
    )


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32, torch.float64])
def test_dropout_keeps_the_mean_and_drops_a_tenth(dtype: torch.dtype) -> None:
    ones = torch.ones(200, 500, dtype=dtype)
    dropped = Drop.apply(ones, 0.1, RandomBytes(0)).float()
    assert sorted(dropped.unique().tolist()) == pytest.approx([0, scale_of(0.1)], rel=4e-3)
    assert float((dropped == 0).float().mean()) == pytest.approx(26 / 256, abs=0.004)
    assert float(dropped.mean()) == pytest.approx(1, abs=0.01)


def test_dropout_follows_the_runs_stream_and_evaluation_has_none() -> None:
    model, inputs = TextModel(encoder_of("Bert"), FeatureChoice(), 2), batch([6, 9])
    model.train()

    def answer(seed: int) -> Tensor:
        use_stream(model, RandomBytes(seed))
        return model(whole(inputs)).detach()

    assert torch.equal(answer(1), answer(1)) and not torch.equal(answer(1), answer(2))
    model.eval()
    assert torch.equal(answer(1), answer(2))
