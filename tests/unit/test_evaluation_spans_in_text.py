"""SQuAD's exact match and F1 on cases made by hand, and the threshold of no answer."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.errors import DataError, ModelError
from bertui.evaluation.intervals import Interval, wilson
from bertui.evaluation.spans_in_text import (
    SpanScores,
    exact,
    fit_no_answer,
    has_answer,
    normalise,
    score_answers,
    token_f1,
)


@pytest.mark.parametrize(
    ("text", "compared"),
    [
        ("The  Denver\tBroncos", "denver broncos"),
        ("an apple a day, the rule", "apple day rule"),
        ("theatre anagram a1", "theatre anagram a1"),  # articles are whole words
        ("well-known", "wellknown"),  # punctuation goes without leaving a space
        ("U.S.", "us"),
        ("$5.00!", "500"),
        ("A.", ""),
        ("a-the", "athe"),  # and goes before the articles do
        ("«Ça va» – ÉTÉ", "«ça va» – été"),  # only ASCII punctuation
        ("", ""),
        ("the", ""),
    ],
)
def test_what_is_compared(text: str, compared: str) -> None:
    assert normalise(text) == compared


@pytest.mark.parametrize(
    ("predicted", "golds", "right", "overlap"),
    [
        ("Denver Broncos", ["the Denver Broncos!"], 1, 1),
        ("the Broncos of Denver", ["Denver Broncos"], 0, 0.8),  # 2 of 3 words and 2 of 2
        ("Carolina", ["Denver Broncos"], 0, 0),
        ("Denver", ["Carolina", "Denver Broncos", "Denver CO USA"], 0, 2 / 3),  # the best of several
        ("Denver", ["Carolina", "Denver"], 1, 1),
        ("new new york", ["new york"], 0, 0.8),  # a word counts as often as it comes
        ("york new", ["new york"], 0, 1),
        ("", ["Denver"], 0, 0),
        ("", [], 1, 1),
        ("", [""], 1, 1),
        ("the", [""], 1, 1),
        ("Denver", [], 0, 0),
        ("Denver", ["", "Denver"], 1, 1),  # a true answer outweighs an empty one
        ("", ["", "Denver"], 0, 0),
    ],
)
def test_cases_by_hand(predicted: str, golds: list[str], right: float, overlap: float) -> None:
    assert exact(predicted, golds) == right
    assert token_f1(predicted, golds) == pytest.approx(overlap)


def test_a_set_by_hand() -> None:
    predicted = ["Denver", "Denver", "", "red", ""]
    golds = [["denver"], ["Denver Broncos"], ["blue"], [], []]
    scores = score_answers(predicted, golds)
    assert scores.n == 5
    assert scores.exact.value == pytest.approx(2 / 5)
    assert scores.f1.value == pytest.approx((1 + 2 / 3 + 0 + 0 + 1) / 5)
    assert scores.answered_f1 is not None and scores.answered_f1.value == pytest.approx((1 + 2 / 3) / 3)
    assert scores.unanswered is not None and scores.unanswered.value == pytest.approx(1 / 2)


def test_questions_of_one_sort_have_no_score_of_the_other() -> None:
    all_answered = score_answers(["a b", "c"], [["b"], ["c d"]])
    assert all_answered.unanswered is None and all_answered.answered_f1 == all_answered.f1
    none_answered = score_answers(["b", ""], [[], [" "]])
    assert none_answered.answered_f1 is None and none_answered.unanswered == none_answered.exact


def test_an_answer_of_one_article_is_an_answer() -> None:
    assert has_answer(["A"]) and not has_answer([]) and not has_answer(["", " "])


words = st.lists(st.sampled_from(["", "the", "red", "blue", "Red!", "a"]), max_size=3).map(" ".join)
questions = st.lists(st.tuples(words, st.lists(words, max_size=3)), min_size=1, max_size=15)


@settings(max_examples=80, deadline=None)
@given(questions, st.integers(1, 30))
def test_every_bound_is_a_share_and_json_keeps_all(rows: list[tuple[str, list[str]]], resamples: int) -> None:
    predicted, golds = [one for one, _ in rows], [gold for _, gold in rows]
    scores = score_answers(predicted, golds, resamples=resamples)
    for interval in (scores.exact, scores.f1, scores.answered_f1, scores.unanswered):
        assert interval is None or 0 <= interval.low <= interval.value <= interval.high <= 1
    assert scores.exact.value <= scores.f1.value + 1e-12
    assert SpanScores.from_json(json.loads(json.dumps(scores.to_json()))) == scores


def test_the_interval_of_a_share_is_near_the_normal_one() -> None:
    interval = score_answers(["x"] * 700 + ["y"] * 300, [["x"]] * 1000).exact
    spread = 1.96 * np.sqrt(0.7 * 0.3 / 1000)
    assert (interval.low, interval.high) == (
        pytest.approx(0.7 - spread, abs=0.004),
        pytest.approx(0.7 + spread, abs=0.004),
    )


def test_all_right_is_not_certain() -> None:
    scores = score_answers(["x"] * 20 + [""] * 10, [["x"]] * 20 + [[]] * 10)
    assert scores.exact == scores.f1 == wilson(30, 30)
    assert (scores.answered_f1, scores.unanswered) == (wilson(20, 20), wilson(10, 10))


def test_one_question_says_little() -> None:
    assert score_answers(["x"], [["y"]]).f1 == Interval(0.0, 0.0, wilson(0, 1).high)


def test_the_same_seed_gives_the_same_intervals() -> None:
    rows = (["x", "y", "", "z w"] * 5, [["x"], ["z"], [], ["z"]] * 5)
    assert score_answers(*rows, seed=3) == score_answers(*rows, seed=3)
    assert score_answers(*rows, seed=3) != score_answers(*rows, seed=4)


def test_a_threshold_by_hand() -> None:
    margins = np.array([-4.0, -2.0, 1.0, 3.0, 5.0])
    f1, answerable = np.array([1.0, 0.9, 0.5, 0.0, 0.0]), np.array([True, True, True, False, False])
    assert fit_no_answer(margins, f1, answerable) == 2.0
    assert fit_no_answer(margins, f1, np.array([True, True, False, True, False])) == pytest.approx(-0.5)


def test_of_equally_good_thresholds_the_one_nearest_0_is_taken() -> None:
    margins, f1 = np.array([-6.0, -2.0, 1.0, 9.0]), np.array([1.0, 0.0, 0.0, 0.0])
    assert fit_no_answer(margins, f1, np.array([True, True, True, False])) == -0.5  # -4 and 5 are as good


def test_margins_too_close_for_a_number_in_between_are_still_parted() -> None:
    lower = float(np.nextafter(1, 2))
    margins = np.array([lower, np.nextafter(lower, 2)])
    assert fit_no_answer(margins, np.ones(2), np.array([True, False])) == lower


def test_where_every_question_has_an_answer_every_one_is_answered() -> None:
    assert fit_no_answer(np.array([-1.0, 8.0]), np.array([1.0, 0.0]), np.array([True, True])) == math.inf


def test_where_no_question_has_an_answer_none_is_answered() -> None:
    assert fit_no_answer(np.array([-1.0, 8.0]), np.zeros(2), np.array([False, False])) == -math.inf


margin = st.one_of(st.floats(-50, 50), st.sampled_from([-1.0, 0.0, 1.0, float(np.nextafter(1, 2))]))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(margin, st.sampled_from([0.0, 0.3, 1.0]), st.booleans()), min_size=1, max_size=25))
def test_no_other_threshold_has_a_higher_f1(rows: list[tuple[float, float, bool]]) -> None:
    margins, f1, answerable = (np.array(column) for column in zip(*rows, strict=True))

    def mean(threshold: float) -> float:
        return float(np.where(margins > threshold, ~answerable, f1 * answerable).mean())

    fitted = fit_no_answer(margins, f1, answerable)
    for other in (-math.inf, *margins, math.inf):
        assert mean(fitted) >= mean(other) - 1e-9


@pytest.mark.parametrize(
    ("predicted", "golds", "says"),
    [([], [], "no rows"), (["x"], [], "0 questions with true answers but 1 predicted")],
)
def test_rows_that_do_not_fit_are_refused_in_words(predicted: list, golds: list, says: str) -> None:
    with pytest.raises(DataError, match=says):
        score_answers(predicted, golds)


def test_no_resamples_is_refused() -> None:
    with pytest.raises(DataError, match="resamples is 0"):
        score_answers(["x"], [["x"]], resamples=0)


def test_margins_that_do_not_fit_are_refused_in_words() -> None:
    one, two = np.ones(1), np.ones(2)
    for columns in ((one, two, two), (two, two, one), (one[:0], one[:0], one[:0])):
        with pytest.raises(DataError, match="shapes"):
            fit_no_answer(*columns)
    with pytest.raises(ModelError, match="not numbers"):
        fit_no_answer(np.array([1.0, np.nan]), two, two)
