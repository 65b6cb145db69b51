"""Figures over layers: what is drawn where, what the alternative text says, and that words stay words."""

from __future__ import annotations

import numpy as np
import pytest

from bertui.evaluation.intervals import Interval
from bertui.explanation.by_layer import WordsByLayer
from bertui.laboratory.drift import WeightChange
from bertui.laboratory.swap import Blend
from bertui.plots.by_layer import Curve, arcs_figure, cells_figure, curves_figure
from bertui.plots.layers import blend_figure, weights_figure, words_figure
from bertui.tasks.results import Measure

ACCURACY = Measure("accuracy", "Accuracy", "", "right")


def test_a_curve_begins_at_its_layer_and_what_is_missing_is_left_out() -> None:
    curves = Curve("a", (0.5, None, 0.75)), Curve.of("b", (Interval(0.2, 0.1, 0.3), Interval(0.4, 0.3, 0.6)), first=1)
    chart = curves_figure(curves, 2, "Accuracy (%)", 100)
    lines = [one for one in chart.figure.data if one.mode == "lines+markers"]
    assert [list(one.x) for one in lines] == [[0, 2], [1, 2]]
    assert list(lines[0].y) == [50, 75] and list(lines[1].y) == pytest.approx([20, 40])
    band = next(one for one in chart.figure.data if one.fill == "toself")
    assert list(band.y) == pytest.approx([30, 60, 30, 10])
    low, high = chart.figure.layout.yaxis.range
    assert low <= 10 and high >= 75
    assert "a lowest at layer 0 (50), highest at layer 2 (75)" in chart.alt and "b lowest at layer 1 (20)" in chart.alt
    assert [one.x0 for one in chart.figure.layout.shapes] == [2]


def test_curves_without_a_number_are_an_empty_figure() -> None:
    assert "no numbers" in curves_figure((Curve("a", (None, None)),), None, "Accuracy").alt


def test_signed_cells_are_as_far_below_zero_as_above_and_words_stay_words() -> None:
    chart = cells_figure(np.array([[1.0, -3.0], [np.nan, 0.5]]), ["<b>", "y"], ["<i>a</i>", "b"], "", "", "share", 1,
                         signed=True)  # fmt: skip
    (cells,) = chart.figure.data
    assert (cells.zmin, cells.zmax) == (-3, 3) and cells.hovertext[0][0].startswith("&lt;b&gt;, &lt;i&gt;a")
    assert "−3" in cells.hovertext[0][1] and "nothing" in cells.hovertext[1][0]
    assert chart.figure.layout.xaxis.ticktext[0] == "&lt;i&gt;a&lt;/i&gt;"
    assert "<b> with b −3" in chart.alt and chart.figure.layout.shapes[0].y0 == 0.5


def test_arcs_join_who_looks_with_what_is_looked_at_and_leave_out_small_shares() -> None:
    weights = np.array([[0.9, 0.05, 0.05], [0.7, 0.3, 0.0], [0.0, 0.15, 0.85]])
    chart = arcs_figure(weights, ["a", "b", "c"], 0.1)
    ends = sorted((round(min(one.x[:25])), round(max(one.x[:25]))) for one in chart.figure.data)
    assert ends == [(0, 1), (1, 2)]
    wide = {round(min(one.x[:25])): one.line.width for one in chart.figure.data}
    assert wide[0] > wide[1]
    assert "from b to a, 70 %" in chart.alt


def test_weights_stand_with_the_top_layer_first_beside_its_rate() -> None:
    found = [WeightChange(0, "embeddings", 0.01, 5, 1e-5), WeightChange(1, "attention", 0.02, 5, 2e-5),
             WeightChange(1, "norm", 0.03, 5, 2e-5)]  # fmt: skip
    chart = weights_figure(found, 1)
    (cells,) = chart.figure.data
    np.testing.assert_allclose(cells.z, [[np.nan, 2, np.nan, 3], [1, np.nan, np.nan, np.nan]])
    assert list(chart.figure.layout.yaxis.ticktext) == ["layer 1 · 2.0e-05", "embeddings · 1.0e-05"]


def test_a_blend_is_drawn_over_percent() -> None:
    found = Blend("accuracy", 9, (0.0, 0.5, 1.0), tuple(Interval(one, one, one) for one in (0.1, 0.4, 0.8)))
    chart = blend_figure(found, ACCURACY, 1)
    assert list(chart.figure.layout.xaxis.ticktext) == ["0", "50", "100"]
    assert list(chart.figure.data[-1].y) == pytest.approx([10, 40, 80]) and not chart.figure.layout.annotations


def test_of_many_words_the_strongest_are_drawn_in_their_order() -> None:
    scores = np.zeros((2, 70))
    scores[1, 69], scores[0, 3] = -2.0, 1.0
    words = tuple(f"w{at}" for at in range(70))
    found = WordsByLayer(words, scores, np.array([0.0, 9.0]), 1.0, "the logit")
    cells = words_figure(found, 1).figure.data[0]
    assert cells.z.shape == (2, 61) and cells.z[0].tolist()[-2:] == [-2.0, 9.0] and cells.z[1, 3] == 1.0
    assert cells.zmax == 2.0, "special marks do not pale the words"
