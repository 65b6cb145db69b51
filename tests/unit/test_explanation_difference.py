"""Words of two versions of a text, aligned."""

from __future__ import annotations

import pytest

from bertui.data.cells.words import words_of
from bertui.explanation.attribution import Attribution
from bertui.explanation.difference import WordPair, compare_texts


def scored(text: str, *scores: float, target: int = 0) -> Attribution:
    words = words_of(text)
    return Attribution(text, words, scores, (True,) * len(words), target, 0.0, 0.5, 0.5, 0.0)


def test_one_word_changed() -> None:
    pairs = compare_texts(scored("a good film", 0.0, 0.5, 0.25), scored("a bad film", 0.125, -0.5, 0.5))
    assert pairs == [
        WordPair(0, 0, False, 0.125),
        WordPair(1, 1, True, -1.0),
        WordPair(2, 2, False, 0.25),
    ]


def test_words_added_and_taken_away() -> None:
    pairs = compare_texts(scored("very good film", 0.5, 0.25, 0.0), scored("good film noir !", 0.25, 0.0, 0.5, -0.25))
    assert pairs == [
        WordPair(0, None, True, -0.5),
        WordPair(1, 0, False, 0.0),
        WordPair(2, 1, False, 0.0),
        WordPair(None, 2, True, 0.5),
        WordPair(None, 3, True, -0.25),
    ]


def test_every_word_of_both_appears_once_in_order() -> None:
    before, after = scored("a b c b a d", *range(6)), scored("b a x c d d", *range(6))
    pairs = compare_texts(before, after)
    assert [pair.before for pair in pairs if pair.before is not None] == list(range(6))
    assert [pair.after for pair in pairs if pair.after is not None] == list(range(6))


def test_differences_add_up_to_the_change_of_the_sums() -> None:
    before, after = scored("not a good film", 0.1, 0.2, 0.3, 0.4), scored("a truly bad movie then", 1, 2, 3, 4, 5)
    change = sum(pair.difference for pair in compare_texts(before, after))
    assert change == pytest.approx(15 - 1.0)


@pytest.mark.parametrize(("before", "after"), [(0, 1), (1, 0)])
def test_scores_for_different_classes_are_not_compared(before: int, after: int) -> None:
    with pytest.raises(ValueError, match=f"class {before} and for class {after}"):
        compare_texts(scored("a", 0.5, target=before), scored("a", 0.5, target=after))
