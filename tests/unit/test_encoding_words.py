"""Words of a text as a person sees them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.data.cells.words import words_of

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
