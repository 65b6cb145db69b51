"""Words of a text, and token scores merged into them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.encoding.encode import Encoding
from bertui.explanation.words import Word, word_scores, words_of

HAND_MADE = [
    ("", []),
    (" \n\t\u200b ", []),
    ("Hello,  World!", ["Hello", ",", "World", "!"]),
    ("don't well-made naïve", ["don't", "well-made", "naïve"]),
    ("nai\u0308ve don’t", ["nai\u0308ve", "don’t"]),
    ("'quoted' -- dogs' a-", ["'", "quoted", "'", "--", "dogs", "'", "a", "-"]),
    ("3.14 1,000 10:30 end.3", ["3.14", "1,000", "10:30", "end", ".", "3"]),
    ("What?!... (yes)", ["What", "?!...", "(", "yes", ")"]),
    ("<img src=x>", ["<", "img", "src", "=", "x", ">"]),
    ("电影很好", ["电", "影", "很", "好"]),
    ("BERT电影v2", ["BERT", "电", "影", "v2"]),
    ("カメラ が", ["カ", "メ", "ラ", "が"]),
    ("ที่นี่", ["ที่", "นี่"]),
    ("한국어 좋아요", ["한국어", "좋아요"]),
    ("שלום, עולם!", ["שלום", ",", "עולם", "!"]),
    ("صه‌يل مرحبًا", ["صه‌يل", "مرحبًا"]),
    ("so😀😀good", ["so", "😀", "😀", "good"]),
    ("👩‍🚀👍🏽❤️", ["👩‍🚀", "👍🏽", "❤️"]),
    ("🇩🇪🇫🇷🇮", ["🇩🇪", "🇫🇷", "🇮"]),
    ("1️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👨‍👩‍👧‍👦", ["1️⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👨‍👩‍👧‍👦"]),
    ("\u200fשלום \x00a", ["\u200fשלום", "\x00", "a"]),
]


@pytest.mark.parametrize(("text", "expected"), HAND_MADE)
def test_words_by_hand(text: str, expected: list[str]) -> None:
    assert [word.text for word in words_of(text)] == expected


@settings(max_examples=150, deadline=None)
@given(
    st.text(
        st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("a' -.3电😀\u200d🏽🇩\u0301")),
        max_size=40,
    )
)
def test_words_cover_all_but_white_space_in_order(text: str) -> None:
    words = words_of(text)
    at = 0
    for word in words:
        assert word.start >= at and word.stop > word.start
        assert word.text == text[word.start : word.stop]
        assert not text[at : word.start].strip("\u200b\ufeff\u2060 \n").strip()
        at = word.stop
    assert not text[at:].strip("\u200b\ufeff\u2060 \n").strip()


def encoding(offsets: list[tuple[int, int]], kept: list[int]) -> Encoding:
    return Encoding((101, *range(len(kept)), 102), tuple(kept), tuple(offsets), 1)


def test_sub_words_are_summed_and_cut_words_unseen() -> None:
    words = words_of("unhappy cat sleeps")
    merged, seen = word_scores(words, encoding([(0, 2), (2, 7), (8, 11), (12, 18)], [0, 1, 3]), [0.5, -0.25, 1.0])
    assert merged.tolist() == [0.25, 0.0, 1.0]
    assert seen.tolist() == [True, False, True]


def test_leading_space_counts_for_no_word_and_a_spanning_token_is_shared() -> None:
    words = words_of("ab, cdef")  # ab | , | cdef
    merged, seen = word_scores(words, encoding([(0, 1), (1, 3), (3, 8)], [0, 1, 2]), [1.0, 3.0, 5.0])
    assert merged.tolist() == [1.0 + 1.5, 1.5, 5.0]
    assert seen.all()


def test_empty_and_white_space_tokens_go_to_no_word() -> None:
    words = words_of("a  b")
    merged, seen = word_scores(words, encoding([(0, 0), (0, 1), (1, 3), (3, 4)], [0, 1, 2, 3]), [7.0, 1.0, 9.0, 2.0])
    assert merged.tolist() == [1.0, 2.0] and seen.all()
    # An empty span elsewhere must not mark a word as read.
    merged, seen = word_scores([Word("a", 0, 1), Word("b", 3, 4)], encoding([(3, 3)], [0]), [4.0])
    assert merged.sum() == 0 and not seen.any()
    merged, seen = word_scores(words_of("abcde"), encoding([(3, 3)], [0]), [4.0])
    assert merged.tolist() == [0.0] and not seen.any()


def test_scores_must_match_the_kept_tokens() -> None:
    with pytest.raises(ValueError):
        word_scores(words_of("a b"), encoding([(0, 1), (2, 3)], [0, 1]), [1.0])


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_nothing_is_lost_when_every_token_overlaps_a_word(data: st.DataObject) -> None:
    text = data.draw(st.text("ab ,电😀'-", min_size=1, max_size=30).filter(lambda one: one.strip()))
    words = words_of(text)
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(lambda pair: (min(pair), max(pair)))
    inside = spans.filter(lambda span: any(w.start < span[1] and span[0] < w.stop for w in words) and span[0] < span[1])
    offsets = data.draw(st.lists(inside, max_size=8))
    scores = data.draw(st.lists(st.floats(-5, 5), min_size=len(offsets), max_size=len(offsets)))
    merged, seen = word_scores(words, encoding(offsets, list(range(len(offsets)))), scores)
    assert merged.sum() == pytest.approx(sum(scores), abs=1e-9)
    assert all(merged[number] == 0 for number in range(len(words)) if not seen[number])
