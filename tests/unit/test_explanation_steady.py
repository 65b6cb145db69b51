"""The rank correlation of maps, by hand."""

from __future__ import annotations

import pytest

from bertui.data.cells.words import words_of
from bertui.explanation.attribution import Attribution
from bertui.explanation.steady import steadiness

TEXT = "one two three four five"


def of(*scores: float, seen: tuple[bool, ...] = (True,) * 5, text: str = TEXT) -> Attribution:
    return Attribution(text, tuple(words_of(text)), scores, seen, 0, 0.0, 0.5, None, None, leaning=0.0)


def test_ranks_count_and_not_sizes() -> None:
    found = steadiness([of(1, 2, 3, 4, 5), of(10, 20, 30, 40, 5000)])
    assert found.correlations == pytest.approx((1.0,)) and found.words == 5
    assert found.sentence() == ("2 runs that differ in their seed alone rank these words alike: rank correlation 1.00, "
                                "over 5 words.")  # fmt: skip


def test_every_pair_of_maps_is_compared_by_hand() -> None:
    # 1 - 6 * sum(d * d) / (5 * 24): the last two ranks changed over, 2 squares of 1; the order turned round, 40.
    found = steadiness([of(1, 2, 3, 4, 5), of(1, 2, 3, 5, 4), of(5, 4, 3, 2, 1)])
    assert found.correlations == pytest.approx((0.9, -1.0, -0.9)) and found.mean == pytest.approx(-1 / 3)
    assert "do not rank these words alike" in found.sentence() and "(-1.00 to 0.90 between two)" in found.sentence()


def test_words_that_one_model_did_not_read_are_left_out() -> None:
    found = steadiness([of(1, 2, 3, 4, 0), of(1, 2, 3, 4, 0, seen=(True, True, True, True, False))])
    assert found.words == 4 and found.mean == pytest.approx(1)


def test_few_words_and_flat_maps_have_no_order() -> None:
    flat = steadiness([of(1, 2, 3, 4, 5), of(0, 0, 0, 0, 0)])
    few = steadiness([Attribution("a b", tuple(words_of("a b")), (1, 2), (True, True), 0, 0, 0.5, None, None)] * 2)
    assert flat.mean is few.mean is None and "too few words" in few.sentence()


def test_in_between_is_said_so() -> None:
    found = steadiness([of(1, 2, 3, 4, 5), of(1, 4, 3, 2, 5)])
    assert found.mean == pytest.approx(0.6) and "partly alike" in found.sentence()
