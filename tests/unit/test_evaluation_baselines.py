from __future__ import annotations

import json
import warnings

import numpy as np
import pytest

from bertui.errors import DataError
from bertui.evaluation.baselines import counted_words
from bertui.evaluation.baselines import single_label as baselines
from bertui.evaluation.baselines.single_label import Baseline, majority, tfidf_logistic

GOOD = ["a lovely warm film", "what a lovely evening", "warm and funny", "I loved it", "truly lovely acting"]
BAD = ["a dull cold film", "what a dull evening", "cold and slow", "I left early", "truly dull acting"]
TEXTS = GOOD + BAD
LABELS = np.array([1] * 5 + [0] * 5)
NAMES = ["bad", "good"]


def test_majority_by_hand() -> None:
    baseline = majority(np.array([0, 1, 1, 2]), np.array([0, 1, 1, 1, 2]), ["a", "b", "c"])
    assert baseline.scores.accuracy.value == 0.6
    assert baseline.scores.confusion == ((0, 1, 0), (0, 3, 0), (0, 1, 0))
    assert baseline.seconds >= 0


def test_words_are_learned() -> None:
    baseline = tfidf_logistic(TEXTS, LABELS, ["lovely and warm", "dull and cold"], np.array([1, 0]), NAMES)
    assert baseline.scores.accuracy.value == 1.0
    assert baseline.note == ""
    assert baseline.seconds > 0


def test_word_pairs_are_counted() -> None:
    """Alone, each word is as common in both classes."""
    texts, labels = ["not bad x", "so good x", "so bad x", "not good x"] * 5, np.array([1, 1, 0, 0] * 5)
    assert tfidf_logistic(texts, labels, texts, labels, NAMES).scores.accuracy.value == 1.0


def test_chinese_is_counted_by_characters() -> None:
    texts, labels = ["这部电影非常好看", "服务很差非常失望", "好看极了", "失望透顶"], np.array([1, 0, 1, 0])
    baseline = tfidf_logistic(texts, labels, ["真的好看", "令人失望"], np.array([1, 0]), NAMES)
    assert baseline.scores.accuracy.value == 1.0
    assert baseline.note == ""


@pytest.mark.parametrize("texts", [["!!! ??", "... -- !"], ["", ""], ["  ", "\n"]])
def test_texts_without_words_fall_back_to_the_commonest_class(texts: list[str]) -> None:
    baseline = tfidf_logistic(texts + texts[:1], np.array([0, 1, 1]), texts, np.array([0, 1]), NAMES)
    assert baseline.scores.confusion == ((0, 1), (0, 1))
    assert "no words" in baseline.note


def test_words_that_no_two_texts_share_fall_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counted_words, "_ROWS_FOR_MIN_DF_2", 2)
    baseline = tfidf_logistic(["a b", "c d", "e f"], np.array([0, 1, 1]), ["a"], np.array([0]), NAMES)
    assert "share no words" in baseline.note


def test_one_training_class_falls_back() -> None:
    baseline = tfidf_logistic(GOOD, np.ones(5, int), TEXTS, LABELS, NAMES)
    assert baseline.scores.accuracy.value == 0.5
    assert "one class only" in baseline.note


def test_many_rows_are_sampled_with_every_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "_MOST_ROWS", 100)
    labels = np.array([0] * 250 + [1] * 249 + [2])
    texts = [f"word{label} filler" for label in labels]
    baseline = tfidf_logistic(texts, labels, texts, labels, ["a", "b", "rare"])
    assert baseline.note == "Trained on a stratified sample of 100 of 500 rows."
    assert baseline.scores.per_class[2].recall.value == 1.0


def test_a_stratified_sample_keeps_shares() -> None:
    labels = np.array([0] * 600 + [1] * 300 + [2] * 3)
    rows = baselines._stratified_sample(labels, 0.1, np.random.default_rng(0))
    assert np.bincount(labels[rows]).tolist() == [60, 30, 1]
    assert len(set(rows.tolist())) == 91


def test_long_texts_lower_the_number_of_rows_and_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "_MOST_CHARACTERS", 1000)
    monkeypatch.setattr(counted_words, "_LONGEST_TEXT", 100)
    texts, labels = ["lovely " * 1000, "dull " * 1000] * 10, np.array([1, 0] * 10)
    baseline = tfidf_logistic(texts, labels, texts, labels, NAMES)
    assert baseline.note == "Trained on a stratified sample of 10 of 20 rows."
    assert baseline.scores.accuracy.value == 1.0


def test_no_warning_and_the_same_answer_twice(capfd: pytest.CaptureFixture[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first = tfidf_logistic(TEXTS, LABELS, TEXTS, LABELS, NAMES)
    assert first.scores == tfidf_logistic(TEXTS, LABELS, TEXTS, LABELS, NAMES).scores
    assert capfd.readouterr() == ("", "")


def test_json_and_back() -> None:
    baseline = tfidf_logistic(GOOD, np.ones(5, int), TEXTS, LABELS, NAMES)
    assert Baseline.from_json(json.loads(json.dumps(baseline.to_json()))) == baseline


def test_rows_that_do_not_fit_are_refused_in_words() -> None:
    with pytest.raises(DataError, match="training rows have 10 texts but 9 labels"):
        tfidf_logistic(TEXTS, LABELS[:9], TEXTS, LABELS, NAMES)
    with pytest.raises(DataError, match="evaluation rows have 2 texts but 10 labels"):
        tfidf_logistic(TEXTS, LABELS, TEXTS[:2], LABELS, NAMES)
    with pytest.raises(DataError, match="no rows"):
        tfidf_logistic([], np.zeros(0, int), TEXTS, LABELS, NAMES)
    with pytest.raises(DataError, match="no rows"):
        majority(np.zeros(0, int), LABELS, NAMES)
    with pytest.raises(DataError, match="no rows"):
        majority(LABELS, np.zeros(0, int), NAMES)
    with pytest.raises(DataError, match="class number 5"):
        majority(np.array([5]), LABELS, NAMES)
