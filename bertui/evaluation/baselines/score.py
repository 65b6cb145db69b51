"""What a model of numbers must beat: always the mean, and ridge regression on counted words."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from bertui.evaluation.baselines.counted_words import MOST_FEATURES, shortened
from bertui.evaluation.regression import RegressionScores, checked_numbers, score_numbers

_MOST_ROWS = 50_000


def mean(train: np.ndarray, targets: np.ndarray) -> tuple[RegressionScores, np.ndarray, float]:
    """Give every row the mean of the training rows; return the scores, the numbers ``[rows]`` and the seconds.

    Raises:
        DataError: No training rows, no rows to evaluate, or values that are not numbers.
    """
    began = time.perf_counter()
    predicted = np.full(len(targets), checked_numbers(train, train)[0].mean())
    return score_numbers(targets, predicted), predicted, time.perf_counter() - began


def tfidf_ridge(
    train_texts: Sequence[Sequence[str]], train: np.ndarray, texts: Sequence[Sequence[str]], targets: np.ndarray
) -> tuple[RegressionScores, np.ndarray, float]:
    """Ridge regression on TF-IDF of words and word pairs; of a pair, also how alike its two texts are.

    Args:
        train_texts: One text or two for each training row; at most 50,000 rows are used.
        texts: The same for the rows to be judged.

    Returns:
        The scores, the predicted numbers ``[rows]`` and the seconds that took.
    """
    from scipy.sparse import csr_matrix, hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import Ridge

    began = time.perf_counter()
    train_texts, train = train_texts[:_MOST_ROWS], train[:_MOST_ROWS]
    counter = TfidfVectorizer(
        ngram_range=(1, 2), sublinear_tf=True, max_features=MOST_FEATURES, token_pattern=r"(?u)\b\w+\b"
    )
    counter.fit(shortened([" ".join(row) for row in train_texts]))

    def features(rows: Sequence[Sequence[str]]) -> object:
        counted = [counter.transform(shortened([row[column] for row in rows])) for column in range(len(rows[0]))]
        if len(counted) == 1:
            return counted[0]
        alike = np.asarray(counted[0].multiply(counted[1]).sum(axis=1))
        return hstack([counted[0], counted[1], csr_matrix(10 * alike)]).tocsr()

    model = Ridge(alpha=1.0).fit(features(train_texts), train)
    predicted = np.asarray(model.predict(features(texts)))
    return score_numbers(targets, predicted), predicted, time.perf_counter() - began
