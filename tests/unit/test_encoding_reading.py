"""In which sequences a long text is read: truncated, or in windows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertui.choice import strategies_of
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.encoding.long_texts import Cut, Excerpt, Reading, ReadingStrategy, Windows, in_windows
from bertui.encoding.truncation import Head, Tail
from bertui.modeling.tokenizer import load_tokenizer


def parts(excerpts: list[Excerpt]) -> list[tuple[list[int], ...]]:
    return [tuple(map(list, excerpt.kept)) for excerpt in excerpts]


def test_a_text_is_cut_by_hand() -> None:
    assert parts(Cut().excerpts([3], 5, Head())) == [([0, 1, 2],)]
    (excerpt,) = Cut().excerpts([7], 4, Tail())
    assert list(excerpt.kept[0]) == [3, 4, 5, 6] and excerpt.truncated == 3
    (pair,) = Cut().excerpts([2, 9], 6, Head())
    assert tuple(map(list, pair.kept)) == ([0, 1], [0, 1, 2, 3]) and pair.truncated == 5


def test_windows_by_hand() -> None:
    # Five tokens at once, two of them shared: the second begins at 3, the third at 6 and ends with the text.
    excerpts = Windows(stride=2).excerpts([10], 5, Head())
    assert parts(excerpts) == [([0, 1, 2, 3, 4],), ([3, 4, 5, 6, 7],), ([6, 7, 8, 9],)]
    assert not any(excerpt.truncated for excerpt in excerpts)
    assert parts(Windows(stride=2).excerpts([5], 5, Head())) == [([0, 1, 2, 3, 4],)]
    assert parts(Windows().excerpts([0], 5, Head())) == [([],)]


def test_of_a_pair_the_second_text_is_in_windows_beside_the_first() -> None:
    excerpts = Windows(stride=0).excerpts([2, 7], 6, Head())
    assert parts(excerpts) == [([0, 1], [0, 1, 2, 3]), ([0, 1], [4, 5, 6])]
    longer = Windows(stride=0).excerpts([9, 4], 6, Tail())  # the first has half of the room and is truncated
    assert parts(longer) == [([6, 7, 8], [0, 1, 2]), ([6, 7, 8], [3])]
    assert [excerpt.truncated for excerpt in longer] == [6, 0]


def test_too_many_windows_are_thinned_evenly_and_what_is_left_out_is_counted() -> None:
    excerpts = Windows(stride=0, most=3).excerpts([25], 5, Head())  # windows 0 to 4, of which 0, 2 and 4 are read
    assert parts(excerpts) == [([*range(5)],), ([*range(10, 15)],), ([*range(20, 25)],)]
    assert [excerpt.truncated for excerpt in excerpts] == [10, 0, 0]


@pytest.mark.parametrize("cls", strategies_of(Reading), ids=lambda cls: cls.__name__)
@given(lengths=st.lists(st.integers(0, 60), min_size=1, max_size=2), budget=st.integers(4, 20))
def test_every_reading_fits_and_counts_what_it_leaves_out(
    cls: type[ReadingStrategy], lengths: list[int], budget: int
) -> None:
    excerpts = cls().excerpts(lengths, budget, Head())
    assert excerpts
    for excerpt in excerpts:
        assert sum(map(len, excerpt.kept)) <= budget and len(excerpt.kept) == len(lengths)
        for kept, length in zip(excerpt.kept, lengths, strict=True):
            assert list(kept) == sorted(set(kept)) and all(0 <= place < length for place in kept)
    read = [{place for excerpt in excerpts for place in excerpt.kept[text]} for text in range(len(lengths))]
    assert sum(excerpt.truncated for excerpt in excerpts) == sum(lengths) - sum(map(len, read))


@given(length=st.integers(0, 300), budget=st.integers(1, 40), stride=st.integers(0, 50))
def test_in_windows_every_token_is_read_and_answered_for_once(length: int, budget: int, stride: int) -> None:
    excerpts = in_windows(length, budget, stride)
    answered = [one.kept[-1][place] for one in excerpts if one.answered is not None for place in one.answered]
    assert answered == list(range(length))


def test_a_table_may_be_read_in_windows_as_the_choice_says(tiny: Path) -> None:
    choice = EncodingChoice(max_length=8, reading="windows:2:2")
    assert choice.reading == Windows(stride=2, most=2)
    encoder = TextEncoder(load_tokenizer(tiny), choice, 128)
    encoded = encoder.encode(["a b c d e f g h i j k l m n", "a b"], spans=True)
    # Six tokens at once: a-f, e-j, i-n; of three windows the first and the last.
    letters = [["abcdefghijklmn"[start // 2] for text, start, _ in encoded.only([one]).origins.tolist() if text == 0]
               for one in range(3)]  # fmt: skip
    assert letters == [[*"abcdef"], [*"ijklmn"], ["a", "b"]]
    assert encoded.rows.tolist() == [0, 2, 3] and encoded.truncated.tolist() == [2, 0]
    cut = encoder.encode(["a b c d e f g h i j k l m n"], excerpts=encoder.cut)
    assert cut.sequences == 1 and cut.truncated.tolist() == [8]
    assert np.array_equal(cut.full, [16])
