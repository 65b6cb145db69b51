"""What a model of classes must beat to be worth its time: always the commonest class, and counted words."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bertui.errors import DataError
from bertui.evaluation.baselines.counted_words import fitted_logistic, shortened, word_counter
from bertui.evaluation.same_rows import check_predictions
from bertui.evaluation.scores import Scores, score

# Limits that keep the baseline within minutes and about a gigabyte on one core.
_MOST_ROWS = 50_000
_MOST_CHARACTERS = 50_000_000


@dataclass(frozen=True, slots=True)
class Baseline:
    """A simple classifier's scores on the same rows, its seconds, and in ``note`` how it was cut short.

    ``predicted`` are its class numbers ``[rows]``; they are not kept in JSON.
    """

    name: str
    scores: Scores
    seconds: float
    note: str = ""
    predicted: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64), compare=False, repr=False)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "scores": self.scores.to_json(),
            "seconds": self.seconds,
            "note": self.note,
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Baseline:
        scores = Scores.from_json(saved["scores"])
        return cls(saved["name"], scores, float(saved["seconds"]), saved.get("note", ""))


def majority(train_labels: np.ndarray, labels: np.ndarray, class_names: Sequence[str]) -> Baseline:
    """Predict the commonest training class for every row (the first of several equally common).

    Raises:
        DataError: No training rows, no rows to evaluate, or an unknown class number.
    """
    started = time.perf_counter()
    predicted = _commonest(np.asarray(train_labels), len(labels), len(class_names))
    scores = score(labels, predicted, class_names)
    return Baseline("Majority class", scores, time.perf_counter() - started, predicted=predicted)


def tfidf_logistic(
    train_texts: Sequence[str],
    train_labels: np.ndarray,
    texts: Sequence[str],
    labels: np.ndarray,
    class_names: Sequence[str],
    *,
    seed: int = 0,
) -> Baseline:
    """Logistic regression on TF-IDF of words and word pairs, trained afresh on the training rows.

    Texts written without white space (Chinese, say) are counted by runs of 2 to 4 characters instead.
    C is fixed at 10. At most 50,000 training rows are used (a stratified sample drawn with ``seed``;
    fewer where texts are long), 20,000 characters of each text and 200,000 features (fewer with many
    classes). Where nothing can be learned (one class, no words) it predicts the commonest class.
    ``note`` says which of these happened. ``seconds`` covers training and predicting.

    Raises:
        DataError: No rows, texts and labels of different lengths, or an unknown class number.
    """
    started = time.perf_counter()
    train_labels = np.asarray(train_labels)
    _check_texts("training", train_texts, train_labels)
    _check_texts("evaluation", texts, labels)
    check_predictions(train_labels, train_labels, len(class_names))
    check_predictions(labels, labels, len(class_names))
    train_texts, texts = shortened(train_texts), shortened(texts)
    kept = _stratified_sample(train_labels, _affordable_share(train_texts), np.random.default_rng(seed))
    notes = _limits_noted(len(kept), len(train_labels))
    predicted, problem = _fit_predict([train_texts[row] for row in kept], train_labels[kept], texts, len(class_names))
    seconds = time.perf_counter() - started
    note = " ".join(sentence for sentence in (notes, problem) if sentence)
    scores = score(labels, predicted, class_names)
    return Baseline("TF-IDF with logistic regression", scores, seconds, note, predicted)


def _fit_predict(
    train_texts: Sequence[str], train_labels: np.ndarray, texts: Sequence[str], classes: int
) -> tuple[np.ndarray, str]:
    """Predicted classes `[rows]`, and why they are only the commonest class where they are."""
    commonest = _commonest(train_labels, len(texts), classes)
    if len(np.unique(train_labels)) < 2:
        return commonest, "The training rows hold one class only, so it predicts that class."
    vectorizer = word_counter(train_texts, classes)
    try:
        train_features = vectorizer.fit_transform(train_texts)
    except ValueError:  # scikit-learn's word for an empty vocabulary
        return commonest, "The training texts share no words to count, so it predicts the commonest class."
    model = fitted_logistic(train_features, train_labels)
    return np.asarray(model.predict(vectorizer.transform(texts))), ""


def _affordable_share(texts: Sequence[str]) -> float:
    characters = max(1, sum(map(len, texts)))
    return min(1.0, _MOST_ROWS / len(texts), _MOST_CHARACTERS / characters)


def _stratified_sample(labels: np.ndarray, share: float, generator: np.random.Generator) -> np.ndarray:
    """Rows, in order, that hold this share of each class and at least one of its rows."""
    if share >= 1:
        return np.arange(len(labels))
    kept = []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        kept.append(generator.choice(rows, max(1, int(share * len(rows))), replace=False))
    return np.sort(np.concatenate(kept))


def _limits_noted(kept: int, rows: int) -> str:
    return "" if kept == rows else f"Trained on a stratified sample of {kept:,} of {rows:,} rows."


def _commonest(train_labels: np.ndarray, rows: int, classes: int) -> np.ndarray:
    check_predictions(train_labels, train_labels, classes)
    return np.full(rows, np.bincount(train_labels).argmax())


def _check_texts(part: str, texts: Sequence[str], labels: np.ndarray) -> None:
    if len(texts) != len(labels):
        raise DataError(
            f"The {part} rows have {len(texts):,} texts but {len(labels):,} labels.",
            expected="Each row has one text and one label.",
            remedy="Check that the text and the label column come from the same table.",
        )
