"""How good a model is, in sentences and small tables."""

from __future__ import annotations

import numpy as np

from bertui.evaluation.intervals import Interval
from bertui.evaluation.scores import score
from bertui.tasks.labels.single_label import SingleLabel
from bertui.tasks.results import BaselineScores, Measure
from bertui.tasks.sentences import best_of, comparison_table, headline

RIGHT, MACRO = SingleLabel.measures[:2]
ERROR = Measure("mae", "Mean error", "How far off.", "off on average", percent=False, falling=True)


def metrics(right: int, rows: int) -> dict[str, Interval]:
    labels = np.arange(rows) % 2
    scores = score(labels, np.where(np.arange(rows) < right, labels, 1 - labels), ("a", "b"))
    return SingleLabel(classes=("a", "b")).measured(scores)


def simple(right: int, rows: int) -> BaselineScores:
    return BaselineScores("TF-IDF with logistic regression", metrics(right, rows), 0.1)


def off(value: float, name: str = "mean") -> BaselineScores:
    return BaselineScores(name, {"mae": Interval(value, value - 0.1, value + 0.1)}, 0.1)


def test_headline_names_the_best_simple_method() -> None:
    text = headline(RIGHT, metrics(924, 1000), [simple(500, 1000), simple(851, 1000)])
    assert text.startswith("Accuracy 92.4 % (9")
    assert text.endswith("against 85.1 % for TF-IDF with logistic regression.")
    assert headline(RIGHT, metrics(924, 1000), []).endswith(").")


def test_headline_of_a_number_in_its_own_unit() -> None:
    text = headline(ERROR, off(0.5).metrics, [off(1.25, "mean"), off(0.75, "ridge")])
    assert text == "Mean error 0.500 (0.400 to 0.600), against 0.750 for ridge."


def test_there_is_no_best_of_no_simple_methods() -> None:
    assert best_of(RIGHT, []) is None


def test_comparison_sets_the_model_above_the_simple_methods() -> None:
    table = comparison_table((RIGHT, MACRO), "films", metrics(90, 100), 12.5, [simple(50, 100)])
    assert table["method"].tolist() == ["films", "TF-IDF with logistic regression"]
    assert table["Accuracy (%)"].tolist() == [90.0, 50.0]
    assert table["seconds"].tolist() == [12.5, 0.1]
    own = metrics(90, 100)["accuracy"]
    assert table["Accuracy, 95 %"][0] == f"{100 * own.low:.1f} to {100 * own.high:.1f}"
    numbers = comparison_table((ERROR,), "films", off(0.5).metrics, None, [])
    assert numbers["Mean error"].tolist() == [0.5] and numbers["Mean error, 95 %"].tolist() == ["0.400 to 0.600"]
