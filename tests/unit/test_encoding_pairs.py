"""Pairs of texts are cut and framed as the tokenizer does it; windows answer for every token once."""

from __future__ import annotations

import itertools
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.encoding.batching import collate, padded
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoded, concatenated
from bertui.encoding.long_texts import Excerpt
from bertui.encoding.truncation import longest_first
from bertui.encoding.windows import windows
from bertui.modeling.tokenizer import load_tokenizer
from tests.batches import encoded_of

LENGTHS = (8, 9, 10, 15, 32)
load = cache(load_tokenizer)


@pytest.mark.parametrize(
    ("lengths", "budget", "shares"),
    [
        ((7,), 4, [4]),
        ((3, 4), 10, [3, 4]),  # both fit, and no more is given than there is
        ((10, 2), 6, [4, 2]),  # the longer gives way
        ((2, 10), 6, [2, 4]),
        ((10, 10), 6, [3, 3]),
        ((10, 10), 7, [3, 4]),  # of equals the second has the odd token
        ((11, 10), 7, [4, 3]),  # else the longer
        ((10, 11), 7, [3, 4]),
        ((0, 9), 4, [0, 4]),
        ((9, 0), 4, [4, 0]),
        ((3, 9), 6, [3, 3]),
    ],
)
def test_a_budget_is_shared_by_hand(lengths: tuple[int, ...], budget: int, shares: list[int]) -> None:
    assert longest_first(lengths, budget) == shares


@given(first=st.integers(0, 20), second=st.integers(0, 20), length=st.sampled_from(LENGTHS))
@settings(max_examples=150, deadline=None)
def test_ids_and_segments_are_those_of_the_tokenizer(tiny: Path, first: int, second: int, length: int) -> None:
    """Words that differ by their place, so that one token too many on either side shows."""
    tokenizer = load(tiny)
    encoder = TextEncoder(tokenizer, EncodingChoice(max_length=length, truncation="head"), 128)
    words = [*"abcdefghijklmnopqrst"]
    pair = (" ".join(words[:first]), " ".join(words[::-1][:second]))
    # As a batch of one: alone, an empty second text counts as none.
    expected = tokenizer([pair[0]], [pair[1]], truncation="longest_first", max_length=length)
    many, one = encoder.encode([pair]), encoder.encode([pair], spans=True)
    assert many.sequence(0).tolist() == one.ids.tolist() == expected["input_ids"][0]
    assert many.types is not None and one.types is not None
    assert many.types.tolist() == one.types.tolist() == expected["token_type_ids"][0]
    assert many.full.tolist() == [first + second + 3] and one.truncated[0] == first + second + 3 - len(one.ids)


def test_a_family_without_segments_has_none(tiny: Path) -> None:
    tokenizer = load_tokenizer(tiny)
    tokenizer.backend_tokenizer.post_processor = _two_marks_between(tokenizer)
    encoder = TextEncoder(tokenizer, EncodingChoice(max_length=16), 128)
    first, last = (tokenizer.convert_tokens_to_ids(token) for token in ("[CLS]", "[SEP]"))
    assert encoder.frames == {1: ((first,), (last,)), 2: ((first,), (last, last), (last,))}
    assert encoder.around(2) == 4 and encoder.budget(2) == 12 and not encoder.typed
    encoded = encoder.encode([("a", "b c")])
    assert encoded.types is None and encoder.encode([("a", "b")], spans=True).types is None
    assert encoded.sequence(0).tolist() == tokenizer("a", "b c")["input_ids"]
    assert collate(encoded, [0], padding=0, device="cpu").token_type_ids is None


def _two_marks_between(tokenizer: object) -> object:
    """RoBERTa's frame around a pair: <s> A </s> </s> B </s>, all of segment 0."""
    from tokenizers.processors import TemplateProcessing

    marks = [(name, tokenizer.convert_tokens_to_ids(name)) for name in ("[CLS]", "[SEP]")]  # type: ignore[attr-defined]
    return TemplateProcessing("[CLS]:0 $A:0 [SEP]:0", "[CLS]:0 $A:0 [SEP]:0 [SEP]:0 $B:0 [SEP]:0", marks)


def test_an_excerpt_says_what_is_read_and_what_is_answered_for(tiny: Path) -> None:
    encoder = TextEncoder(load(tiny), EncodingChoice(max_length=16), 128)
    number = encoder.tokenizer.convert_tokens_to_ids
    excerpts = [Excerpt((range(2), range(1, 3)), range(1, 2), truncated=1), Excerpt((range(2), [2]))]
    pair = encoder.encode([("a b", "c d e")], spans=True, excerpts=lambda lengths: excerpts)
    first, second = pair.sequence(0).tolist(), pair.sequence(1).tolist()
    assert first[1:3] == number(["a", "b"]) and first[4:6] == number(["d", "e"]) and second[4:5] == number(["e"])
    assert pair.rows.tolist() == [0, 2] and (pair.full - pair.lengths).tolist() == [1, 0]
    assert pair.origins[4:6].tolist() == [[1, 2, 3], [1, 4, 5]] and pair.origins[1].tolist() == [0, 0, 1]
    assert pair.types is not None and pair.types.tolist() == [0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1]
    assert pair.answered is not None and np.flatnonzero(~pair.answered).tolist() == [4]


def test_sequences_end_to_end_keep_their_rows_and_what_belongs_to_them() -> None:
    spans = np.array([[-1, -1, -1], [1, 0, 3], [1, 4, 6], [-1, -1, -1], [1, 6, 9]])
    types = np.array([0, 1, 0, 0, 1], dtype=np.int8)
    rows = encoded_of([[[5, 6], [7, 8, 9]]], full=np.array([2, 4]), types=types, spans=spans)
    assert rows.ids.tolist() == [5, 6, 7, 8, 9] and rows.starts.tolist() == [0, 2, 5]
    assert rows.types is not None and rows.types.tolist() == [0, 1, 0, 0, 1]
    assert rows.origins.tolist() == spans.tolist()
    assert rows.lengths.tolist() == [2, 3] and rows.sequence(1).tolist() == [7, 8, 9]
    assert rows.sequences_of([0]).tolist() == [0, 1] and not len(rows.sequences_of([]))
    plain = encoded_of([[[5]]])
    assert plain.types is None and plain.owners.tolist() == [0] and plain.spans is None
    assert plain.sequences_of([0]).tolist() == [0]
    with pytest.raises(ValueError, match="without spans"):
        _ = plain.origins


@given(
    rows=st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=3), min_size=1, max_size=8),
    cut=st.integers(0, 8),
)
@settings(max_examples=60, deadline=None)
def test_joining_parts_changes_nothing(rows: list[list[int]], cut: int) -> None:
    """``rows`` are the lengths of each row's sequences."""

    def numbered(some: list[list[int]], first: int) -> Encoded:
        ids = [[[100 * (row + first) + 10 * n + at for at in range(length)] for n, length in enumerate(lengths)]
               for row, lengths in enumerate(some)]  # fmt: skip
        spans = np.array([[n, at, at + 1] for row in ids for n, part in enumerate(row) for at in range(len(part))])
        return encoded_of(ids, spans=spans)

    cut = min(cut, len(rows))
    parts = [part for part in (rows[:cut], rows[cut:]) if part]
    starts = [0, cut] if len(parts) == 2 else [0]
    whole = numbered(rows, 0)
    both = concatenated([numbered(part, at) for part, at in zip(parts, starts, strict=True)])
    for name in ("ids", "starts", "rows", "full", "owners", "spans"):
        np.testing.assert_array_equal(getattr(both, name), getattr(whole, name))


def test_padding_belongs_to_the_first_segment(tiny: Path) -> None:
    encoder = TextEncoder(load(tiny), EncodingChoice(max_length=16), 128)
    batch = collate(encoder.encode([("a", "b"), ("a b c", "d")]), [0, 1], padding=0, device="cpu")
    assert batch.token_type_ids is not None
    assert batch.token_type_ids.tolist() == [[0, 0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 0, 1, 1]]
    assert batch.attention_mask.tolist() == [[1, 1, 1, 1, 1, 0, 0], [1] * 7]
    assert padded([np.array([1]), np.array([2, 3])], -100).tolist() == [[1, -100], [2, 3]]


def test_windows_by_hand() -> None:
    def told(length: int, budget: int, overlap: int) -> list[tuple[int, int, int, int]]:
        return [(one.start, one.stop, one.first, one.last) for one in windows(length, budget, overlap)]

    assert told(5, 5, 2) == [(0, 5, 0, 5)]
    assert told(0, 5, 2) == [(0, 0, 0, 0)]
    # Tokens 6 to 9 stand in both windows; 6 and 7 have more on both sides in the first, 8 and 9 in the second.
    assert told(14, 10, 4) == [(0, 10, 0, 8), (6, 14, 8, 14)]
    assert told(20, 10, 0) == [(0, 10, 0, 10), (10, 20, 10, 20)]
    assert told(16, 10, 9) == told(16, 10, 5)  # no more than half is read twice
    assert told(3, 1, 128) == [(0, 1, 0, 1), (1, 2, 1, 2), (2, 3, 2, 3)]


@given(length=st.integers(0, 400), budget=st.integers(1, 60), overlap=st.integers(0, 80))
def test_every_token_is_answered_for_once_with_the_most_neighbours(length: int, budget: int, overlap: int) -> None:
    all_windows = windows(length, budget, overlap)
    assert [token for one in all_windows for token in range(one.first, one.last)] == list(range(length))
    assert all(one.start <= one.first <= one.last <= one.stop <= one.start + budget for one in all_windows)
    shared = min(overlap, budget // 2)
    assert all(one.stop - other.start == shared for one, other in itertools.pairwise(all_windows))
    assert len(all_windows) == 1 or sum(one.stop - one.start for one in all_windows) <= 2 * length
    for one, other in itertools.pairwise(all_windows):
        for token in range(other.start, one.stop):
            before_its_cut, after_its_cut = one.stop - 1 - token, token - other.start
            own, rest = (before_its_cut, after_its_cut) if token < one.last else (after_its_cut, before_its_cut)
            assert own >= rest
