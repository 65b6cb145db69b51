"""Truncation keeps the right positions; encoding frames them; batches lose nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.choice import strategies_of
from bertui.encoding.batching import collate, reading_batches, training_batches
from bertui.encoding.encode import TextEncoder
from bertui.encoding.truncation import EncodingChoice, Head, HeadTail, Tail, Truncation, TruncationStrategy
from bertui.modeling.backbone import load_tokenizer

ALL = [cls() for cls in strategies_of(Truncation)]


def test_hand_computed_cuts() -> None:
    assert Head().keep(6, 4) == [0, 1, 2, 3]
    assert Tail().keep(6, 4) == [2, 3, 4, 5]
    assert HeadTail(head_tokens=1).keep(6, 4) == [0, 3, 4, 5]
    assert HeadTail(head_tokens=4).keep(6, 4) == [0, 1, 2, 3]


def test_head_and_tail_of_the_paper() -> None:
    kept = HeadTail().keep(1000, 510)
    assert kept[:128] == list(range(128))
    assert kept[128:] == list(range(1000 - 382, 1000))


@pytest.mark.parametrize("strategy", ALL, ids=lambda strategy: strategy.kind)
@given(length=st.integers(0, 300), budget=st.integers(1, 100))
@settings(max_examples=50, deadline=None)
def test_every_truncation_fills_the_budget(strategy: TruncationStrategy, length: int, budget: int) -> None:
    kept = strategy.keep(length, budget)
    assert len(kept) == min(length, budget)
    assert kept == sorted(set(kept))
    assert all(0 <= position < length for position in kept)


def test_encoding_points_back_to_the_text(tiny: Path) -> None:
    encoder = TextEncoder(load_tokenizer(tiny), EncodingChoice(max_length=8, truncation="head+tail:2"), 128)
    text = "the film was GOOD and the plot was bad"
    encoding = encoder.encode(text)
    words = [text[slice(*encoding.offsets[position])] for position in encoding.kept]
    assert words == ["the", "film", "the", "plot", "was", "bad"]
    assert len(encoding.ids) == 8 and encoding.cut == 3 and encoding.first == 1


def test_one_and_many_agree(tiny: Path) -> None:
    tokenizer = load_tokenizer(tiny)
    encoder = TextEncoder(tokenizer, EncodingChoice(max_length=16), 128)
    texts = ["the film was good", "", "a " * 40, "电影很好看"]
    encoded = encoder.encode_all(texts)
    for number, text in enumerate(texts):
        assert tuple(encoded.row(number)) == encoder.encode(text).ids
        assert encoded.full[number] == len(tokenizer(text)["input_ids"])


@given(lengths=st.lists(st.integers(2, 60), min_size=1, max_size=200), size=st.integers(1, 17))
@settings(max_examples=30, deadline=None)
def test_every_text_is_in_one_batch(lengths: list[int], size: int) -> None:
    array = np.array(lengths)
    for batches in (training_batches(array, size, seed=1, epoch=0), reading_batches(array, tokens=120)):
        assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert all(len(b) * array[b].max() <= 120 or len(b) == 1 for b in reading_batches(array, tokens=120))


def test_batches_depend_on_seed_and_epoch_alone() -> None:
    lengths = np.arange(2, 50)

    def order(seed: int, epoch: int) -> list[int]:
        return np.concatenate(training_batches(lengths, 8, seed, epoch)).tolist()

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1) and order(1, 0) != order(2, 0)


def test_padding_is_masked(tiny: Path) -> None:
    encoder = TextEncoder(load_tokenizer(tiny), EncodingChoice(max_length=16), 128)
    batch = collate(encoder.encode_all(["good", "the film was good"]), [0, 1], padding=0, device="cpu")
    assert batch["attention_mask"].tolist() == [[1, 1, 1, 0, 0, 0], [1] * 6]
    assert (batch["input_ids"][batch["attention_mask"] == 0] == 0).all()
