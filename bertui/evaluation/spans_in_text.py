"""Scores of answers that are spans of a text, as SQuAD defines them, and when to give no answer."""

from __future__ import annotations

import math
import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bertui.errors import DataError, ModelError
from bertui.evaluation.counting import resampled_sums, share
from bertui.evaluation.intervals import Interval, bootstrap_interval, wilson

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


@dataclass(frozen=True, slots=True)
class SpanScores:
    """What ``n`` predicted answers are worth.

    ``answered_f1`` is the F1 of the questions that have an answer, ``unanswered`` the share of those
    without one that were given none; None where there are no such questions.
    """

    n: int
    exact: Interval
    f1: Interval
    answered_f1: Interval | None
    unanswered: Interval | None

    def to_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "exact": self.exact.to_json(),
            "f1": self.f1.to_json(),
            "answered_f1": self.answered_f1.to_json() if self.answered_f1 else None,
            "unanswered": self.unanswered.to_json() if self.unanswered else None,
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> SpanScores:
        answered, unanswered = (
            Interval.from_json(saved[key]) if saved[key] else None for key in ("answered_f1", "unanswered")
        )
        exact, f1 = (Interval.from_json(saved[key]) for key in ("exact", "f1"))
        return cls(int(saved["n"]), exact, f1, answered, unanswered)


def normalise(text: str) -> str:
    """What of an answer is compared: lower case, no ASCII punctuation, no articles, single spaces.

    Source: Rajpurkar et al. (2016), SQuAD: 100,000+ questions for machine comprehension of text, section 6.1.
    """
    bare = text.lower().translate(_NO_PUNCTUATION)
    return " ".join(_ARTICLES.sub(" ", bare).split())


def exact(predicted: str, golds: Sequence[str]) -> float:
    """1 where the answer is one of the true ones once both are normalised, else 0.

    No true answers, or only such as normalise to nothing, make the empty answer the only right one.

    Source: Rajpurkar et al. (2018), Know what you don't know: unanswerable questions for SQuAD.
    """
    return float(normalise(predicted) in _answers(golds))


def token_f1(predicted: str, golds: Sequence[str]) -> float:
    """F1 of the words that the answer shares with a true one, the best over the true ones.

    Without a true answer it is 1 for the empty answer and 0 for any other.

    Source: Rajpurkar et al. (2016), section 6.1.
    """
    words = normalise(predicted).split()
    return max(_f1(words, gold.split()) for gold in _answers(golds))


def score_answers(
    predicted: Sequence[str], golds: Sequence[Sequence[str]], *, resamples: int = 1000, seed: int = 0
) -> SpanScores:
    """All scores of one answer to each question against its true answers; an empty one says there is none.

    Intervals are 95 % bootstrap over rows, freed of bias (``bootstrap_interval``). Where they collapse to a
    point they are Wilson's, an F1 counting as that share of a right row.

    Raises:
        DataError: No rows, or answers and true answers of different numbers.
    """
    _check_rows(predicted, golds)
    if resamples < 1:
        raise DataError(f"The number of resamples is {resamples}.", expected="1 or more.", remedy="Use 1000.")
    rows = zip(predicted, golds, strict=True)
    each = [(exact(one, true), token_f1(one, true), has_answer(true)) for one, true in rows]
    right, overlap, answerable = np.array(each, dtype=np.float64).T
    everywhere, hopeless = np.ones(len(each)), 1 - answerable
    columns = np.column_stack([
        right, overlap, everywhere,
        overlap * answerable, answerable,
        right * hopeless, hopeless,
    ])  # fmt: skip
    totals, drawn = columns.sum(0), resampled_sums(columns, resamples, np.random.default_rng(seed))
    exactly, f1, answered, unanswered = (
        _mean(totals[numerator], totals[denominator], share(drawn[:, numerator], drawn[:, denominator]))
        for numerator, denominator in ((0, 2), (1, 2), (3, 4), (5, 6))
    )
    return SpanScores(
        n=len(each),
        exact=exactly,
        f1=f1,
        answered_f1=answered if answerable.any() else None,
        unanswered=unanswered if hopeless.any() else None,
    )


def has_answer(golds: Sequence[str]) -> bool:
    """Whether a question has a true answer at all."""
    return any(gold.strip() for gold in golds)


def fit_no_answer(margins: np.ndarray, f1_if_answered: np.ndarray, has_answer: np.ndarray) -> float:
    """The threshold above which a margin means that there is no answer; it makes the mean F1 highest.

    A row is given no answer where its margin is greater. Of equally good thresholds it is the nearest to
    0, midway between two neighbouring margins. Where it is best to answer every question, as where all
    have an answer, it is infinite, and minus infinity where it is best to answer none.

    Args:
        margins: Score of no answer less that of the best answer, on rows not trained on `[rows]`.
        f1_if_answered: F1 of the best answer `[rows]`; of no account where a row has none.
        has_answer: Whether the question has an answer `[rows]`.

    Source: Rajpurkar et al. (2018), section 5; the search is that of the official evaluation script.

    Raises:
        DataError: No rows, or columns of different lengths.
        ModelError: Margins that are not numbers.
    """
    margins, f1_if_answered, answerable = _checked(margins, f1_if_answered, has_answer)
    if answerable.all():
        return math.inf  # equally good thresholds would turn wrong answers of these rows into none
    values, number = np.unique(margins, return_inverse=True)
    gained = np.bincount(number, weights=np.where(answerable, f1_if_answered, 0.0), minlength=len(values))
    given_up = np.bincount(number, weights=~answerable, minlength=len(values))
    # threshold k has the first k values answered: from none of them to all
    answered = np.concatenate([[0.0], np.cumsum(gained)])
    refused = given_up.sum() - np.concatenate([[0.0], np.cumsum(given_up)])
    f1 = answered + refused
    best = np.flatnonzero(np.isclose(f1, f1.max(), rtol=1e-12, atol=0))
    candidates = _between(values)[best]
    return float(candidates[np.argmin(np.abs(candidates))])


def _between(values: np.ndarray) -> np.ndarray:
    """Thresholds that none of these rising margins stays below, the first, ... all: `[values + 1]`."""
    middle = values[:-1] + np.diff(values) / 2
    middle = np.where(middle < values[1:], middle, values[:-1])  # too close for a number in between
    return np.concatenate([[-math.inf], middle, [math.inf]])


def _answers(golds: Sequence[str]) -> list[str]:
    """The true answers normalised; the empty one where there is no other."""
    return [gold for gold in map(normalise, golds) if gold] or [""]


def _f1(words: Sequence[str], gold: Sequence[str]) -> float:
    if not words or not gold:
        return float(not words and not gold)
    shared = (Counter(words) & Counter(gold)).total()
    return 2 * shared / (len(words) + len(gold))


def _mean(numerator: float, denominator: float, draws: np.ndarray) -> Interval:
    return bootstrap_interval(
        numerator / denominator if denominator else 0.0, draws, collapsed=wilson(numerator, denominator)
    )


def _check_rows(predicted: Sequence[str], golds: Sequence[Sequence[str]]) -> None:
    if len(predicted) != len(golds):
        raise DataError(
            f"There are {len(golds):,} questions with true answers but {len(predicted):,} predicted answers.",
            expected="Each question needs its true answers and one predicted answer.",
            remedy="Answer the same questions that the true answers come from.",
        )
    if not len(predicted):
        raise DataError(
            "There are no rows to evaluate.",
            expected="At least one question.",
            remedy="Give this part of the data more rows, or choose another split.",
        )


def _checked(
    margins: np.ndarray, f1_if_answered: np.ndarray, answerable: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    margins, f1_if_answered = np.asarray(margins, dtype=np.float64), np.asarray(f1_if_answered, dtype=np.float64)
    answerable = np.asarray(answerable, dtype=bool)
    if margins.ndim != 1 or not margins.size or not margins.shape == f1_if_answered.shape == answerable.shape:
        shapes = ", ".join(str(list(column.shape)) for column in (margins, f1_if_answered, answerable))
        raise DataError(
            f"The margins, the F1 of the answers and which rows have one are of the shapes {shapes}.",
            expected="One of each for every row, and at least one row.",
            remedy="Use the validation rows for all three.",
        )
    if not np.isfinite(margins).all():
        raise ModelError(
            "The model's scores of no answer hold values that are not numbers.",
            expected="A trained model gives a finite score to every question.",
            remedy="Train again with a lower learning rate, or with precision set to 32-bit.",
        )
    return margins, f1_if_answered, answerable
