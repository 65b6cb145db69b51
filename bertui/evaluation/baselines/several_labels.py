"""What a model of several labels must beat: the labels that most rows have, and counted words."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from bertui.evaluation.baselines.counted_words import fitted_logistic, shortened, word_counter

_MOST_ROWS = 50_000


def usual_labels(train_labels: np.ndarray, rows: int) -> np.ndarray:
    """Give every row the labels that at least half of the training rows have, ``int64 [rows, labels]``."""
    return np.tile((train_labels.mean(0) >= 0.5).astype(np.int64), (rows, 1))


def tfidf_several(
    train_texts: Sequence[str], train_labels: np.ndarray, texts: Sequence[str]
) -> tuple[np.ndarray, float]:
    """A logistic regression on TF-IDF for each label; return what is given ``[rows, labels]`` and the seconds.

    Args:
        train_labels: 1 where a training row has a label, ``[rows, labels]``; at most 50,000 rows are used.
    """
    started = time.perf_counter()
    train_texts, texts = shortened(train_texts[:_MOST_ROWS]), shortened(texts)
    vectorizer = word_counter(train_texts, train_labels.shape[1])
    train_vectors, vectors = vectorizer.fit_transform(train_texts), vectorizer.transform(texts)
    given = np.zeros((len(texts), train_labels.shape[1]), dtype=np.int64)
    for number, label in enumerate(train_labels[:_MOST_ROWS].T):
        if len(np.unique(label)) == 1:
            given[:, number] = label[0]
        else:
            given[:, number] = fitted_logistic(train_vectors, label).predict(vectors)
    return given, time.perf_counter() - started
