"""Truncation keeps the right positions; encoding frames them; batches lose nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.choice import strategies_of
from bertui.encoding.batching import collate, micro_batches, reading_batches, training_batches
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import concatenated
from bertui.encoding.truncation import (
    Head,
    HeadTail,
    Tail,
    Truncation,
    TruncationStrategy,
    longest_first,
)
from bertui.modeling.tokenizer import load_tokenizer
from tests.batches import encoded_of

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
    encoded = encoder.encode([text], spans=True)
    words = [text[start:stop] for number, start, stop in encoded.origins.tolist() if number == 0]
    assert words == ["the", "film", "the", "plot", "was", "bad"]
    assert len(encoded.ids) == 8 and encoded.truncated.tolist() == [3] and encoded.types is None
    assert encoded.origins[:, 0].tolist() == [-1, *[0] * 6, -1] and encoded.origins[0].tolist() == [-1, -1, -1]
    assert encoder.encode([text]).spans is None


def test_one_and_many_agree(tiny: Path) -> None:
    tokenizer = load_tokenizer(tiny)
    encoder = TextEncoder(tokenizer, EncodingChoice(max_length=16), 128)
    texts = ["the film was good", "", "a " * 40, "电影很好看"]
    encoded = encoder.encode(texts)
    for number, text in enumerate(texts):
        assert encoded.sequence(number).tolist() == encoder.encode([text], spans=True).ids.tolist()
        assert encoded.full[number] == len(tokenizer(text)["input_ids"])


@given(first=st.integers(0, 12), second=st.integers(0, 12), budget=st.integers(1, 20))
def test_of_a_pair_the_longer_text_gives_way(first: int, second: int, budget: int) -> None:
    kept = longest_first([first, second], budget)
    if first + second <= budget:
        assert kept[0] >= first and kept[1] >= second
        return
    assert sum(kept) == budget
    assert all(0 <= one <= length for one, length in zip(kept, (first, second), strict=True))
    # The shorter is cut only where both are as long, give or take the odd token.
    assert min(first, second) in kept or abs(kept[0] - kept[1]) <= 1


PAIRS = [
    ("the film was good", "a bad plot and terrible acting"),
    ("good", "the film and the plot and the acting was not very good but kind"),
    ("the film and the plot and the acting was not very good but kind", "bad"),
    ("the film and the plot and the acting was good", "the film and the plot and the acting was not bad"),
    ("", "good"),
]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("length", [9, 10, 11, 12, 13, 16, 64])
def test_pairs_are_framed_and_cut_as_the_tokenizer_does(tiny: Path, pair: tuple[str, str], length: int) -> None:
    tokenizer = load_tokenizer(tiny)
    encoder = TextEncoder(tokenizer, EncodingChoice(max_length=length, truncation="head"), 128)
    expected = tokenizer(*pair, truncation="longest_first", max_length=length)
    one, many = encoder.encode([pair], spans=True), encoder.encode([pair, ("bad", "good")])
    assert one.ids.tolist() == many.sequence(0).tolist() == expected["input_ids"]
    assert one.types is not None and one.types.tolist() == expected["token_type_ids"]
    assert many.types is not None and many.types[: len(one.ids)].tolist() == expected["token_type_ids"]
    assert many.full[0] == len(tokenizer(*pair)["input_ids"]) == len(one.ids) + one.truncated[0]
    for number, text in enumerate(pair):
        places = one.origins[:, 0] == number
        pieces = [text[start:stop] for _, start, stop in one.origins[places].tolist()]
        assert pieces == tokenizer.convert_ids_to_tokens(one.ids[places].tolist())


def test_a_batch_of_pairs_says_which_text_a_token_is_of(tiny: Path) -> None:
    encoder = TextEncoder(load_tokenizer(tiny), EncodingChoice(max_length=16), 128)
    batch = collate(encoder.encode([("good", "bad film"), ("a", "b")]), [1, 0], padding=0, device="cpu")
    assert batch.token_type_ids is not None
    assert batch.token_type_ids.tolist() == [[0, 0, 0, 1, 1, 0], [0, 0, 0, 1, 1, 1]]
    assert collate(encoder.encode(["good"]), [0], padding=0, device="cpu").token_type_ids is None


def test_joined_parts_are_what_one_encoding_gives(tiny: Path) -> None:
    encoder = TextEncoder(load_tokenizer(tiny), EncodingChoice(max_length=12), 128)
    whole = encoder.encode(PAIRS)
    parts = concatenated([encoder.encode(PAIRS[:2]), encoder.encode(PAIRS[2:])])
    for name in ("ids", "starts", "rows", "full", "types"):
        assert getattr(parts, name).tolist() == getattr(whole, name).tolist()
    assert len(concatenated([])) == 0


def test_rows_keep_their_sequences_when_parts_are_joined() -> None:
    spans = [np.array([[0, 7, 8], [0, 8, 9], [0, 9, 10], [-1, -1, -1]]), np.array([[0, 6, 7]])]
    # The first part: rows 0 and 1, row 1 in two sequences; the second: one row in one sequence.
    answered = np.array([True, True, False, True])
    first = encoded_of([[[1]], [[2, 3], [4]]], spans=spans[0], answered=answered)
    both = concatenated([first, encoded_of([[[5]]], spans=spans[1])])
    assert both.owners.tolist() == [0, 1, 1, 2] and both.rows.tolist() == [0, 1, 3, 4]
    assert both.origins.tolist() == [[0, 7, 8], [0, 8, 9], [0, 9, 10], [-1, -1, -1], [0, 6, 7]]
    assert both.answered is not None and both.answered.tolist() == [*answered.tolist(), True]
    assert [both.sequences_of([row]).tolist() for row in range(3)] == [[0], [1, 2], [3]]
    assert both.sequences_of([2, 1, 1]).tolist() == [3, 1, 2, 1, 2]
    assert both.sequence(3).tolist() == [5] and both.lengths.tolist() == [1, 2, 1, 1]
    assert len(both) == 3 and both.sequences == 4


def test_some_sequences_are_a_row_of_their_own() -> None:
    spans = np.array([[0, 0, 1], [-1, -1, -1], [1, 2, 3], [0, 3, 4]])
    rows = encoded_of([[[1]], [[2, 3], [4]]], spans=spans, types=np.array([0, 0, 1, 1], dtype=np.int8))
    some = rows.only([2, 0])
    assert some.ids.tolist() == [4, 1] and some.rows.tolist() == [0, 2] and some.starts.tolist() == [0, 1, 2]
    assert some.origins.tolist() == [[0, 3, 4], [0, 0, 1]] and some.types is not None and some.types.tolist() == [1, 0]
    assert rows.apart().rows.tolist() == [0, 1, 2, 3] and rows.apart().in_rows_of(3).rows.tolist() == [0, 3]


def test_what_a_row_loses_is_what_its_worst_sequence_loses() -> None:
    rows = encoded_of([[[1, 2], [3]], [[4]]], full=np.array([3, 5, 1]))
    assert rows.truncated.tolist() == [4, 0]


def test_a_batch_has_whole_rows() -> None:
    batch = collate(encoded_of([[[1]], [[2, 3], [4]], [[5]]]), [2, 1], padding=0, device="cpu")
    assert batch.input_ids.tolist() == [[5, 0], [2, 3], [4, 0]] and batch.rows.tolist() == [0, 1, 3]
    assert batch.attention_mask.tolist() == [[1, 0], [1, 1], [1, 0]]
    assert batch.origin is not None and batch.origin[1].tolist() == [3, 1, 2]


@given(lengths=st.lists(st.integers(2, 60), min_size=1, max_size=200), size=st.integers(1, 17))
@settings(max_examples=30, deadline=None)
def test_every_text_is_in_one_batch(lengths: list[int], size: int) -> None:
    array = np.array(lengths)
    for batches in (training_batches(array, size, seed=1, epoch=0, alike=True), reading_batches(array, tokens=120)):
        assert sorted(np.concatenate(batches).tolist()) == list(range(len(lengths)))
    assert all(len(b) * array[b].max() <= 120 or len(b) == 1 for b in reading_batches(array, tokens=120))


def test_batches_depend_on_seed_and_epoch_alone() -> None:
    lengths = np.arange(2, 50)

    def order(seed: int, epoch: int) -> list[int]:
        return np.concatenate(training_batches(lengths, 8, seed, epoch, alike=True)).tolist()

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1) and order(1, 0) != order(2, 0)


def test_batches_of_like_or_of_any_lengths() -> None:
    lengths = np.arange(2, 642)
    alike, mixed = (training_batches(lengths, 8, seed=1, epoch=0, alike=alike) for alike in (True, False))
    for batches in (alike, mixed):
        assert sorted(np.concatenate(batches).tolist()) == list(range(640)) and set(map(len, batches)) == {8}
    # Eight pools of ten batches: a batch reaches over a tenth of the lengths; without pools over seven ninths.
    assert 40 < np.mean([np.ptp(lengths[batch]) for batch in alike]) < 64
    assert np.mean([np.ptp(lengths[batch]) for batch in mixed]) == pytest.approx(640 * 7 / 9, rel=0.05)


@given(lengths=st.lists(st.integers(2, 512), min_size=1, max_size=64), tokens=st.integers(1, 5000))
@settings(max_examples=50, deadline=None)
def test_a_batch_in_parts_is_the_batch(lengths: list[int], tokens: int) -> None:
    array, rows = np.array(lengths), np.arange(100, 100 + len(lengths))
    parts = micro_batches(rows, array, tokens)
    assert np.concatenate(parts).tolist() == rows.tolist()
    assert all(len(part) and array[part - 100].sum() <= tokens + max(lengths) for part in parts)
    assert len(parts) == 1 or sum(lengths) > tokens


def test_parts_of_a_batch_are_of_about_one_size() -> None:
    lengths = np.array([512, 512, 512, 512, 512, 512, 400, 300])  # 3,772: two parts, not 2,048 and what is left
    assert [lengths[part].sum() for part in micro_batches(np.arange(8), lengths, 2048)] == [2048, 1724]
    assert [part.tolist() for part in micro_batches(np.arange(3), np.array([10, 10, 10]), 1)] == [[0], [1], [2]]


def test_padding_is_masked(tiny: Path) -> None:
    encoder = TextEncoder(load_tokenizer(tiny), EncodingChoice(max_length=16), 128)
    batch = collate(encoder.encode(["good", "the film was good"]), [0, 1], padding=0, device="cpu")
    assert batch.attention_mask.tolist() == [[1, 1, 1, 0, 0, 0], [1] * 6]
    assert (batch.input_ids[batch.attention_mask == 0] == 0).all()
