"""Entity scores: strict matching, kinds of errors, intervals over sentences."""

from __future__ import annotations

import json
import time
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.data.cells.tags import Span, strict_spans
from bertui.errors import DataError
from bertui.evaluation.counting import resampled_sums
from bertui.evaluation.entities import EntityErrors, EntityScores, matched, outcome_of, score_entities
from bertui.evaluation.intervals import Interval, wilson

GOLD = [
    ["B-PER", "I-PER", "O", "B-LOC", "O"],
    ["B-ORG", "I-ORG", "I-ORG", "O", "B-LOC"],
    ["O", "O", "B-PER", "O", "O"],
]
PREDICTED = [
    ["B-PER", "I-PER", "O", "B-ORG", "O"],  # right, wrong type
    ["O", "B-ORG", "I-ORG", "O", "O"],  # boundary, missed
    ["B-LOC", "O", "B-LOC", "I-LOC", "O"],  # invented, both
]

tags = st.sampled_from(["O", "B-X", "I-X", "B-Y", "I-Y"])
sentences = st.lists(st.lists(st.tuples(tags, tags), max_size=9), min_size=1, max_size=8).filter(any)


def apart(rows: list[list[tuple[str, str]]]) -> tuple[list[list[str]], list[list[str]]]:
    return [[true for true, _ in row] for row in rows], [[predicted for _, predicted in row] for row in rows]


def test_a_case_by_hand() -> None:
    scores = score_entities(GOLD, PREDICTED)
    assert scores.n == 3
    assert (scores.precision.value, scores.recall.value, scores.f1.value) == (1 / 5, 1 / 5, 1 / 5)
    assert scores.token_accuracy.value == pytest.approx(8 / 15)
    rows = [(one.name, one.precision.value, one.recall.value, one.f1.value, one.support, one.predicted)
             for one in scores.per_type]  # fmt: skip
    assert rows == [("LOC", 0, 0, 0, 2, 2), ("ORG", 0, 0, 0, 1, 2), ("PER", 1, 0.5, pytest.approx(2 / 3), 2, 1)]
    assert scores.errors == EntityErrors(right=1, wrong_type=1, boundary=1, both=1, missed=1, invented=1)
    assert scores.confusion_names == ("LOC", "ORG", "PER", "nothing")
    assert scores.confusion == ((0, 1, 0, 1), (0, 1, 0, 0), (1, 0, 1, 0), (1, 0, 0, 0))


def test_each_entity_is_matched_once_and_the_best_overlap_first() -> None:
    long, first, second = Span("X", 0, 5), Span("X", 0, 2), Span("Y", 2, 5)
    assert matched([long], [first, second]) == [(long, second), (None, first)]
    assert [outcome_of(pair) for pair in matched([first, second], [long])] == ["missed", "both"]


def test_of_equal_overlaps_the_same_type_is_matched() -> None:
    true, other, same = Span("X", 0, 4), Span("Y", 0, 2), Span("X", 2, 4)
    assert {outcome_of(pair) for pair in matched([true], [other, same])} == {"boundary", "invented"}
    assert (true, same) in matched([true], [other, same])


def test_entities_that_only_touch_do_not_match() -> None:
    assert matched([Span("X", 0, 2)], [Span("X", 2, 3)]) == [(Span("X", 0, 2), None), (None, Span("X", 2, 3))]


def test_an_entity_without_its_b_does_not_count() -> None:
    scores = score_entities([["B-X", "O", "B-X"]], [["I-X", "O", "B-X"]])
    assert (scores.precision.value, scores.recall.value) == (1.0, 0.5)


def test_a_type_called_nothing_keeps_its_own_row() -> None:
    assert score_entities([["B-nothing", "O"]], [["O", "B-X"]]).confusion == ((0, 0, 0), (0, 0, 1), (1, 0, 0))


@settings(max_examples=100, deadline=None)
@given(sentences)
def test_agrees_with_seqeval(rows: list[list[tuple[str, str]]]) -> None:
    from seqeval.metrics import accuracy_score
    from seqeval.metrics.v1 import precision_recall_fscore_support  # the one behind mode="strict"
    from seqeval.scheme import IOB2

    gold, predicted = apart(rows)
    scores = score_entities(gold, predicted, resamples=5)
    assert scores.token_accuracy.value == pytest.approx(accuracy_score(gold, predicted))
    if not scores.per_type:
        return  # seqeval gives nothing at all
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where nothing was predicted
        micro, each = (
            precision_recall_fscore_support(gold, predicted, scheme=IOB2, average=average)
            for average in ("micro", None)
        )
    assert [scores.precision.value, scores.recall.value, scores.f1.value] == pytest.approx(micro[:3])
    ours = [[one.precision.value, one.recall.value, one.f1.value, one.support] for one in scores.per_type]
    np.testing.assert_allclose(np.array(ours).T, np.array(each))


@settings(max_examples=60, deadline=None)
@given(sentences)
def test_counts_add_up_and_json_keeps_all(rows: list[list[tuple[str, str]]]) -> None:
    gold, predicted = apart(rows)
    scores = score_entities(gold, predicted, resamples=20)
    errors, cells = scores.errors, np.array(scores.confusion)
    touched = errors.right + errors.wrong_type + errors.boundary + errors.both
    assert touched + errors.missed == sum(one.support for one in scores.per_type) == cells[:-1].sum()
    assert touched + errors.invented == sum(one.predicted for one in scores.per_type) == cells[:, :-1].sum()
    assert errors.right == sum(
        len({*strict_spans(true)} & {*strict_spans(given)}) for true, given in zip(gold, predicted, strict=True)
    )
    assert np.diag(cells)[:-1].sum() == errors.right + errors.boundary
    per_type = [one for each in scores.per_type for one in (each.precision, each.recall, each.f1)]
    for interval in (scores.precision, scores.recall, scores.f1, scores.token_accuracy, *per_type):
        assert 0 <= interval.low <= interval.value <= interval.high <= 1
    assert EntityScores.from_json(json.loads(json.dumps(scores.to_json()))) == scores


def test_sums_of_resamples_are_those_of_rows_drawn_with_replacement() -> None:
    columns = np.random.default_rng(0).normal(size=(50, 2))
    drawn = resampled_sums(columns, 20_000, np.random.default_rng(1))
    assert drawn.shape == (20_000, 2)
    np.testing.assert_allclose(drawn.mean(0), columns.sum(0), atol=0.3)
    np.testing.assert_allclose(drawn.std(0), columns.std(0) * np.sqrt(50), rtol=0.03)
    ones = resampled_sums(np.ones((7, 1)), 300_000, np.random.default_rng(1))  # more than one block
    assert (ones == 7).all() and len(ones) == 300_000


def test_the_interval_is_that_of_whole_sentences() -> None:
    """All of a sentence right or all wrong: the interval is as wide as for 100 sentences, not for 500 entities."""
    right, wrong = ["B-X"] * 5, ["O"] * 5
    interval = score_entities([right] * 100, [right] * 80 + [wrong] * 20).recall
    spread = 1.96 * np.sqrt(0.8 * 0.2 / 100)
    assert (interval.low, interval.high) == (
        pytest.approx(0.8 - spread, abs=0.015),
        pytest.approx(0.8 + spread, abs=0.015),
    )


def test_resampling_counts_equals_resampling_sentences() -> None:
    gold, predicted = GOLD * 20, [*PREDICTED[:2], GOLD[2]] * 20
    interval = score_entities(gold, predicted, resamples=3000).f1
    picks = np.random.default_rng(5).integers(0, len(predicted), (3000, len(predicted)))
    hits, both = (np.array([count(*pair) for pair in zip(gold, predicted, strict=True)]) for count in (
        lambda true, given: len({*strict_spans(true)} & {*strict_spans(given)}),
        lambda true, given: len(strict_spans(true)) + len(strict_spans(given)),
    ))  # fmt: skip
    draws = 2 * hits[picks].sum(1) / both[picks].sum(1)
    low, high = np.quantile(draws, (0.025, 0.975)) - (draws.mean() - interval.value)
    assert (interval.low, interval.high) == (pytest.approx(low, abs=0.006), pytest.approx(high, abs=0.006))


def test_all_wrong_is_not_certain() -> None:
    scores = score_entities([["O", "O"]] * 20, [["B-X", "I-X"]] * 20)
    assert (scores.precision, scores.token_accuracy) == (wilson(0, 20), wilson(0, 40))


def test_all_right_is_not_certain() -> None:
    scores = score_entities([["B-X", "O", "O"]] * 20, [["B-X", "O", "O"]] * 20)
    assert scores.precision == scores.recall == wilson(20, 20)
    assert scores.token_accuracy == wilson(60, 60)
    assert 0.9 < scores.f1.low < 0.95


def test_no_entities_at_all_say_nothing() -> None:
    scores = score_entities([["O", "O"], []], [["O", "O"], []])
    assert scores.precision == scores.recall == scores.f1 == Interval(0.0, 0.0, 1.0)
    assert (scores.per_type, scores.confusion, scores.token_accuracy.value) == ((), ((0,),), 1.0)


def test_the_same_seed_gives_the_same_intervals() -> None:
    assert score_entities(GOLD, PREDICTED, seed=3) == score_entities(GOLD, PREDICTED, seed=3)
    assert score_entities(GOLD, PREDICTED, seed=3) != score_entities(GOLD, PREDICTED, seed=4)


def test_a_whole_test_set_is_scored_at_once() -> None:
    gold, predicted = GOLD * 1200, PREDICTED * 1200
    started = time.process_time()
    score_entities(gold, predicted)
    assert time.process_time() - started < 3  # 0.15 s on an idle core


@pytest.mark.parametrize(
    ("gold", "predicted", "says"),
    [
        ([], [], "no tokens"),
        ([[], []], [[], []], "no tokens"),
        ([["O"]], [], "1 tagged sentences but 0 predictions"),
        ([["O"], ["O", "O"]], [["O"], ["O"]], "Sentence 2 has 2 tags but 1 predicted"),
    ],
)
def test_rows_that_do_not_fit_are_refused_in_words(gold: list, predicted: list, says: str) -> None:
    with pytest.raises(DataError, match=says):
        score_entities(gold, predicted)


def test_no_resamples_is_refused() -> None:
    with pytest.raises(DataError, match="resamples is 0"):
        score_entities(GOLD, PREDICTED, resamples=0)
