"""Texts of words that were not trained on: another language, another subject, too few words to tell."""

from __future__ import annotations

from bertui.encoding.familiar import Familiar

TRAINING = ["the parcel came late", "where is my parcel", "the money is late", "is the shop open", "my card is lost"]
HELD_OUT = ["where is the card", "my parcel is lost again", "hi"]


def test_shares_by_hand() -> None:
    familiar = Familiar.of(TRAINING, HELD_OUT)
    assert "parcel" in familiar.words and familiar.usual == 0.9  # 4 of 4, and 4 of 5; "hi" says too little
    assert familiar.limit == 0.5  # at most half, however familiar the held out texts are


def test_another_language_or_script_is_told_before_its_answer_is_believed() -> None:
    familiar = Familiar.of(TRAINING, HELD_OUT)
    for text in ("wo ist mein Paket?", "où est mon colis", "где моя посылка", "我的包裹在哪里"):
        assert "None of its words occurs" in familiar.doubt(text), text
    assert familiar.doubt("die Post is late heute wieder").startswith("Only 2 of its 6 words occur")
    assert "of texts like those, 90 % do" in familiar.doubt("wo ist mein Paket?")


def test_texts_of_known_words_and_texts_too_short_to_tell_are_not() -> None:
    familiar = Familiar.of(TRAINING, HELD_OUT)
    for text in ("Where is THE Parcel, please?", "hallo", "wo?", "", "12345 !!!"):
        assert familiar.doubt(text) == "", text


def test_a_table_whose_own_texts_hold_new_words_doubts_less() -> None:
    varied = Familiar.of(TRAINING, ["the weather in Oslo tomorrow", "a film about my dog"])
    assert varied.limit < 0.25 and varied.doubt("the poem of rivers") == ""
    assert Familiar.of(TRAINING, []).doubt("wo ist mein Paket?") == ""  # nothing held out: nothing is known
