"""What all figures share: thinning, smoothing, labels that stay apart, text that stays text."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.explanation import palette
from bertui.plots import style


def test_a_short_series_is_left_alone() -> None:
    x, y = style.decimate(np.array([1, 2, 3]), np.array([3.0, np.nan, 1.0]))
    assert x.tolist() == [1.0, 3.0] and y.tolist() == [3.0, 1.0]
    assert x.dtype == y.dtype == np.float32


def test_thinning_keeps_each_spike() -> None:
    y = np.zeros(100_000)
    y[[777, 50_001]] = 9.0, -4.0
    x, thin = style.decimate(np.arange(100_000), y)
    assert len(thin) <= 500
    assert x[thin == 9.0].tolist() == [777.0] and x[thin == -4.0].tolist() == [50_001.0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=300), st.integers(2, 50))
def test_thinning_keeps_order_range_and_limit(values: list[float], most: int) -> None:
    x, y = style.decimate(np.arange(len(values)), np.array(values), most)
    assert len(y) <= most or len(values) <= most
    assert (np.diff(x) > 0).all()
    assert y.min() == np.float32(min(values)) and y.max() == np.float32(max(values))


def test_smoothing_is_the_mean_of_neighbours() -> None:
    smooth = style.smooth(np.array([0.0, 10.0, 20.0, 30.0, 40.0, 50.0]))
    assert smooth.tolist() == [10.0, 15.0, 20.0, 30.0, 35.0, 40.0]
    assert style.smooth(np.array([])).tolist() == []
    assert style.smooth(np.array([1.0, np.nan, 3.0])).tolist() == [2.0, 2.0, 2.0]


def test_labels_on_one_place_are_moved_apart() -> None:
    drawn = style.figure(272, "x", "y")  # 200 pixels between the margins
    labels = [style.Label(1, y, name, "#000") for y, name in ((0.5, "a"), (0.5, "b"), (0.9, "c"))]
    style.write_at_ends(drawn, labels, top=1.0)
    shifts = {note.text[-1]: note.yshift for note in drawn.layout.annotations}
    assert shifts == pytest.approx({"a": -8.5, "b": 8.5, "c": 0.0})


def test_labels_at_the_foot_stay_above_the_axis() -> None:
    drawn = style.figure(272, "x", "y")
    style.write_at_ends(drawn, [style.Label(1, 0.0, name, "#000") for name in "ab"], top=1.0)
    assert [note.yshift for note in drawn.layout.annotations] == [8.5, 25.5]


def test_text_is_shown_literally() -> None:
    assert style.escape('a <b>"x"</b>\n& y') == 'a &lt;b&gt;"x"&lt;/b&gt; &amp; y'
    assert style.shorten("abcdefgh", 5) == "abcd…"
    assert style.shorten("abcde", 5) == "abcde"
    trace = style.line(np.array([1]), np.array([1.0]), name="<img src=x>", color="#000")
    assert trace.name == "&lt;img src=x&gt;"
    assert trace.mode == "lines+markers"  # one point alone would be no line


def test_equal_names_keep_their_own_rows() -> None:
    drawn = style.figure(200, "x", "y")
    style.name_rows(drawn, ["same", "same", "<i>"])
    assert drawn.layout.yaxis.tickvals == (0, 1, 2)
    assert drawn.layout.yaxis.ticktext == ("same", "same", "&lt;i&gt;")


def test_the_ten_colours_differ_and_depths_run_from_blue_to_orange() -> None:
    assert len(set(palette.PALETTE)) == len(set(palette.TYPES)) == 10
    assert len(style.DASHES) == len(style.SYMBOLS) == len(style.MARKS)
    assert style.depth_colors(3) == ["#2f7fc1", "#8e70be", "#d96c2b"]
    assert style.depth_colors(1) == ["#d96c2b"] and style.depth_colors(0) == []


def test_a_base_figure_is_quiet() -> None:
    layout = style.figure(300, "Step", "Loss (nats)", key="run 1").layout
    assert (layout.height, layout.uirevision, layout.showlegend) == (300, "run 1", False)
    assert (layout.xaxis.title.text, layout.yaxis.title.text) == ("Step", "Loss (nats)")
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"


def test_long_names_are_cut_at_the_end_or_in_the_middle() -> None:
    assert style.shorten("a name", 10) == "a name"
    assert style.shorten("a rather long name", 10) == "a rather…"
    assert style.shorten("sst1500.csv · embedded (947a9c)", 22, end=8) == "sst1500.csv ·…(947a9c)"
