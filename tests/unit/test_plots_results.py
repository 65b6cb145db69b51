"""Confusion matrix, scores by class and reliability: the numbers that are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from bertui.evaluation.calibration import Reliability, ReliabilityBin
from bertui.evaluation.confusion import chosen_classes, confused_pairs
from bertui.evaluation.counting import ClassScores
from bertui.evaluation.intervals import Interval
from bertui.evaluation.scores import Scores
from bertui.plots import results

HALF = Interval(0.5, 0.25, 0.75)


def scores(confusion: list[list[int]], f1: list[float] | None = None) -> Scores:
    classes = tuple(
        ClassScores(f"class {number}", HALF, HALF, Interval(value, value - 0.1, value + 0.05), 10, 12)
        for number, value in enumerate(f1 or [0.5] * len(confusion))
    )
    n = sum(map(sum, confusion))
    return Scores(n, HALF, HALF, HALF, HALF, classes, tuple(map(tuple, confusion)))


def test_confusion_matrix_by_share_of_the_label() -> None:
    chart = results.matrix_figure([[6, 2], [0, 4]], ["<b>no</b>", "yes"])
    heat, cells = chart.figure.data
    assert heat.z.tolist() == [[0.75, 0.25], [0.0, 1.0]]
    assert [(note.x, note.y, note.text) for note in chart.figure.layout.annotations] == [
        (0, 0, "6"),
        (1, 0, "2"),
        (1, 1, "4"),
    ]
    assert chart.figure.layout.xaxis.title.text == "Predicted label"
    assert chart.figure.layout.yaxis.title.text == "True label"
    assert chart.figure.layout.xaxis.ticktext == ("&lt;b&gt;no&lt;/b&gt;", "yes")
    assert chart.alt == (
        "Confusion matrix of 2 classes: 10 of 12 rows on the diagonal; "
        "the most frequent mistake is <b>no</b> predicted as yes (2)."
    )
    assert list(zip(cells.y, cells.x, strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_each_cell_says_what_it_holds_when_clicked_or_hovered() -> None:
    _, cells = results.matrix_figure([[6, 1], [0, 4]], ["<b>", "yes"]).figure.data
    assert cells.customdata == ([0, 0], [0, 1], [1, 0], [1, 1])  # [true, predicted]
    assert cells.hovertext[1] == (
        "1 row labelled <b>&lt;b&gt;</b><br>is predicted <b>yes</b>:<br>14.3 % of the 7 with this label"
    )
    assert cells.hovertext[2] == "No row labelled <b>yes</b><br>is predicted <b>&lt;b&gt;</b>"


def test_a_label_without_rows_is_no_division_by_zero() -> None:
    heat, _ = results.matrix_figure([[0, 0], [1, 2]], ["a", "b"]).figure.data
    assert heat.z.tolist()[0] == [0.0, 0.0]


def test_many_classes_have_no_counts_and_points_only_where_rows_are() -> None:
    matrix = np.diag(np.full(31, 5))
    matrix[3, 7] = 2
    chart = results.matrix_figure(matrix.tolist(), ["same name"] * 31)
    assert chart.figure.layout.annotations == ()
    assert len(chart.figure.data[1].x) == 32
    assert [3, 7] in chart.figure.data[1].customdata
    assert chart.figure.layout.yaxis.tickvals == tuple(range(31))  # equal names, own rows


def test_a_part_of_the_matrix_keeps_the_class_numbers_and_the_shares_of_all_rows() -> None:
    counts = [[6, 0, 2], [0, 4, 0], [1, 1, 8]]
    heat, cells = results.matrix_figure(counts, ["a", "b", "c"], [2, 0]).figure.data
    assert cells.customdata == ([2, 2], [2, 0], [0, 2], [0, 0])
    assert heat.z.tolist() == [[pytest.approx(0.8), pytest.approx(0.1)], [0.25, 0.75]]
    assert results.matrix_figure(counts, ["a", "b", "c"], [2, 0]).figure.layout.yaxis.ticktext == ("c", "a")


def test_confused_pairs_and_orders_by_hand() -> None:
    counts = [[6, 0, 2, 0], [0, 4, 0, 0], [1, 1, 8, 0], [0, 0, 0, 20]]
    pairs = confused_pairs(counts, ["a", "b", "c", "d"])
    assert pairs.values.tolist() == [["a", "c", 2, 0.25], ["c", "a", 1, 0.1], ["c", "b", 1, 0.1]]
    assert chosen_classes(counts, "given", 3) == [0, 1, 2] and chosen_classes(counts, "given", 2) == [0, 2]
    assert chosen_classes(counts, "errors", 4) == [2, 0, 1, 3]
    assert chosen_classes(counts, "rows", 4) == [3, 2, 0, 1]
    assert chosen_classes(counts, "alike", 4) == [2, 0, 1, 3]


def test_no_mistakes_are_said() -> None:
    assert results.matrix_figure([[2, 0], [0, 1]], ["a", "b"]).alt.endswith("no mistakes.")


def test_classes_are_ranked_by_f1_with_their_intervals() -> None:
    chart = results.per_class_figure(scores([[1, 0, 0]] * 3, f1=[0.4, 0.9, 0.6]).per_class)
    f1, precision, recall = chart.figure.data
    assert (f1.name, precision.name, recall.name) == ("F1", "precision", "recall")
    assert list(f1.x) == [0.9, 0.6, 0.4]
    assert list(f1.error_x.array) == pytest.approx([0.05] * 3)
    assert list(f1.error_x.arrayminus) == pytest.approx([0.1] * 3)
    assert list(precision.error_x.array) == [0.25] * 3
    assert chart.figure.layout.yaxis.ticktext == ("class 1 (10)", "class 2 (10)", "class 0 (10)")
    assert len({trace.marker.symbol for trace in chart.figure.data}) == 3
    assert "12 are predicted so" in f1.hovertext[0]
    assert chart.alt == (
        "F1 by class of 3 classes: highest class 1 with 90.0 % (80.0 to 95.0), "
        "lowest class 0 with 40.0 % (30.0 to 45.0)."
    )


def curve(*bins: tuple[float, float, int]) -> Reliability:
    return Reliability(
        tuple(
            ReliabilityBin(round(low, 1), round(low + 0.1, 1), low + 0.05, Interval(right, right - 0.1, right), count)
            for low, right, count in bins
        )
    )


def test_reliability_before_and_after() -> None:
    before, after = curve((0.8, 0.25, 10), (0.9, 0.75, 30)), curve((0.6, 0.65, 40))
    chart = results.reliability_figure(before, after, temperature=1.5)
    diagonal, dots, bars, dots_after, bars_after = chart.figure.data
    assert diagonal.x == diagonal.y == (0.6, 1)
    assert list(dots.x) == pytest.approx([0.85, 0.95]) and list(dots.y) == [0.25, 0.75]
    assert list(dots.error_y.arrayminus) == pytest.approx([0.1, 0.1])
    assert (list(bars.x), list(bars.y)) == (pytest.approx([0.85, 0.95]), [10, 30])
    assert list(bars_after.y) == [40] and bars_after.yaxis == "y2"
    assert dots_after.name == "with temperature 1.50"
    assert dots.marker.symbol != dots_after.marker.symbol and dots.line.dash != dots_after.line.dash
    # (10 * 0.60 + 30 * 0.20) / 40 = 0.30; 40 * 0.00 / 40 = 0
    assert chart.alt == (
        "Reliability: confidence and accuracy differ on average by 30.0 % as trained, 0.0 % with temperature 1.50."
    )


def test_reliability_alone_has_no_second_curve() -> None:
    assert len(results.reliability_figure(curve((0.9, 0.9, 3))).figure.data) == 3


def test_a_lone_bar_of_rows_is_as_wide_as_its_bin_and_a_temperature_of_1_draws_no_second_curve() -> None:
    curve = Reliability((ReliabilityBin(0.5, 0.6, 0.55, HALF, 9),))
    line, dots, bar = results.reliability_figure(curve, curve, 1.0).figure.data
    assert (line.name, dots.name, bar.width, bar.offset) == (
        "perfectly calibrated", "as trained", pytest.approx((0.08,)), pytest.approx((-0.04,))
    )  # fmt: skip
    both = results.reliability_figure(curve, curve, 1.5).figure.data
    assert [one.offset for one in both if one.type == "bar"] == [pytest.approx((-0.04,)), pytest.approx((0,))]
