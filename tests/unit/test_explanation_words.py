"""Token scores merged into the words of a text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.data.cells.words import Word, words_of
from bertui.explanation.words import word_scores


def spans(offsets: list[tuple[int, int]], kept: list[int]) -> list[tuple[int, int]]:
    return [offsets[place] for place in kept]


def test_sub_words_are_summed_and_cut_words_unseen() -> None:
    words = words_of("unhappy cat sleeps")
    merged, seen = word_scores(words, spans([(0, 2), (2, 7), (8, 11), (12, 18)], [0, 1, 3]), [0.5, -0.25, 1.0])
    assert merged.tolist() == [0.25, 0.0, 1.0]
    assert seen.tolist() == [True, False, True]


def test_leading_space_counts_for_no_word_and_a_spanning_token_is_shared() -> None:
    words = words_of("ab, cdef")  # ab | , | cdef
    merged, seen = word_scores(words, spans([(0, 1), (1, 3), (3, 8)], [0, 1, 2]), [1.0, 3.0, 5.0])
    assert merged.tolist() == [1.0 + 1.5, 1.5, 5.0]
    assert seen.all()


def test_empty_and_white_space_tokens_go_to_no_word() -> None:
    words = words_of("a  b")
    merged, seen = word_scores(words, spans([(0, 0), (0, 1), (1, 3), (3, 4)], [0, 1, 2, 3]), [7.0, 1.0, 9.0, 2.0])
    assert merged.tolist() == [1.0, 2.0] and seen.all()
    # An empty span elsewhere must not mark a word as read.
    merged, seen = word_scores([Word("a", 0, 1), Word("b", 3, 4)], spans([(3, 3)], [0]), [4.0])
    assert merged.sum() == 0 and not seen.any()
    merged, seen = word_scores(words_of("abcde"), spans([(3, 3)], [0]), [4.0])
    assert merged.tolist() == [0.0] and not seen.any()


def test_scores_must_match_the_kept_tokens() -> None:
    with pytest.raises(ValueError):
        word_scores(words_of("a b"), spans([(0, 1), (2, 3)], [0, 1]), [1.0])


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_nothing_is_lost_when_every_token_overlaps_a_word(data: st.DataObject) -> None:
    text = data.draw(st.text("ab ,电😀'-", min_size=1, max_size=30).filter(lambda one: one.strip()))
    words = words_of(text)
    some = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(lambda pair: (min(pair), max(pair)))
    inside = some.filter(lambda span: any(w.start < span[1] and span[0] < w.stop for w in words) and span[0] < span[1])
    offsets = data.draw(st.lists(inside, max_size=8))
    scores = data.draw(st.lists(st.floats(-5, 5), min_size=len(offsets), max_size=len(offsets)))
    merged, seen = word_scores(words, spans(offsets, list(range(len(offsets)))), scores)
    assert merged.sum() == pytest.approx(sum(scores), abs=1e-9)
    assert all(merged[number] == 0 for number in range(len(words)) if not seen[number])


def test_a_token_that_is_read_in_two_windows_gives_what_it_has_in_each() -> None:
    merged, seen = word_scores(words_of("one two"), [(0, 3), (4, 7), (4, 7)], [1.0, 0.5, -2.0])
    assert merged.tolist() == [1.0, -1.5] and seen.all()
