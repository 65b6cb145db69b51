"""Checks that the numbers handed to a metric belong to the same rows."""

from __future__ import annotations

import numpy as np

from bertui.errors import DataError, ModelError


def check_predictions(labels: np.ndarray, predicted: np.ndarray, classes: int | None = None) -> None:
    """Raise DataError unless both are non-empty class numbers `[rows]`, one prediction for each label."""
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    _check_some_rows(labels)
    if predicted.shape != labels.shape:
        raise DataError(
            f"There are {_size(labels)} labels but {_size(predicted)} predictions.",
            expected="Each row needs one label and one prediction.",
            remedy="Predict the same rows that the labels come from.",
        )
    for name, column in (("label", labels), ("prediction", predicted)):
        _check_class_numbers(name, column, classes)


def check_class_scores(scores: np.ndarray, labels: np.ndarray) -> None:
    """Raise unless ``scores`` is finite `[rows, classes]` and ``labels`` `[rows]` are among its classes.

    Raises:
        DataError: Labels and scores do not belong together.
        ModelError: The scores hold NaN or infinity.
    """
    scores, labels = np.asarray(scores), np.asarray(labels)
    _check_some_rows(labels)
    if scores.ndim != 2 or scores.shape[0] != labels.shape[0]:
        raise DataError(
            f"There are {_size(labels)} labels but the model's scores have the shape {_size(scores)}.",
            expected="Each row needs one label and one score for every class.",
            remedy="Predict the same rows that the labels come from.",
        )
    _check_class_numbers("label", labels, scores.shape[1])
    if not np.isfinite(scores).all():
        raise ModelError(
            "The model's scores hold values that are not numbers.",
            expected="A trained model gives a finite score to every class.",
            remedy="Train again with a lower learning rate, or with precision set to 32-bit.",
        )


def _check_some_rows(labels: np.ndarray) -> None:
    if labels.ndim != 1:
        raise DataError(
            f"The labels have the shape {_size(labels)}.",
            expected="One class number for each row.",
            remedy="Choose one label column.",
        )
    if labels.size == 0:
        raise DataError(
            "There are no rows to evaluate.",
            expected="At least one row with a label.",
            remedy="Give this part of the data more rows, or choose another split.",
        )


def _check_class_numbers(name: str, column: np.ndarray, classes: int | None) -> None:
    if not np.issubdtype(column.dtype, np.integer):
        raise DataError(
            f"The {name}s are of type {column.dtype}.",
            expected="Whole class numbers, from 0 on.",
            remedy="Turn the labels into classes first.",
        )
    lowest, highest = int(column.min()), int(column.max())
    if lowest < 0 or (classes is not None and highest >= classes):
        number = lowest if lowest < 0 else highest
        allowed = "0 or more" if classes is None else f"between 0 and {classes - 1}"
        raise DataError(
            f"A {name} has the class number {number}.",
            expected=f"Class numbers are {allowed}.",
            remedy="Check that every row's label is one of the classes the model was trained on.",
        )


def _size(array: np.ndarray) -> str:
    return " x ".join(str(length) for length in array.shape) or "single value"
