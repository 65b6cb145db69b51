"""Bars of probabilities, lengths and classes: the numbers that are drawn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.explanation.palette import BLUE
from bertui.plots import bars


def test_probabilities_are_ranked_and_the_rest_added_up() -> None:
    chart = bars.probabilities_figure(["a", "<b>", "c", "d"], [0.1, 0.6, 0.05, 0.25], n=2)
    (bar,) = chart.figure.data
    assert list(bar.x) == pytest.approx([0.6, 0.25, 0.15])
    assert bar.text == ("60.0 %", "25.0 %", "15.0 %")
    assert chart.figure.layout.yaxis.ticktext == ("&lt;b&gt;", "d", "2 others")
    assert bar.hovertext[0] == "<b>&lt;b&gt;</b><br>60.0 %"
    assert chart.alt == "Probabilities: <b> 60.0 %, d 25.0 %, 2 others 15.0 %."


def test_labels_with_thresholds_say_which_are_given() -> None:
    """Given labels come first, however probable another one is that does not reach its own threshold."""
    chart = bars.probabilities_figure(["a", "b", "c", "d"], [0.9, 0.4, 0.2, 0.1], 3, [0.95, 0.3, 0.25, 0.5])
    bar, lines = chart.figure.data
    assert chart.figure.layout.yaxis.ticktext == ("b", "a", "c")
    assert bar.text == ("40.0 %, given", "90.0 %", "20.0 %")
    assert list(lines.x) == [0.3, 0.95, 0.25]
    assert bar.textposition == "none"  # at the bar's end the line of the threshold would cross the words
    words = [note for note in chart.figure.layout.annotations if note.text in bar.text]
    assert [(note.text, note.x, note.xanchor) for note in words] == [
        ("40.0 %, given", 0.4, "left"), ("90.0 %", 0.95, "left"), ("20.0 %", 0.25, "left")
    ]  # fmt: skip
    assert bar.marker.color[0] != bar.marker.color[1] == bar.marker.color[2]
    assert chart.alt == "Probabilities, with the threshold of each label: b 40.0 %, given, a 90.0 %, c 20.0 %."
    assert "1 less likely" in chart.figure.layout.xaxis.title.text


def test_classes_can_keep_their_places_whatever_their_probabilities() -> None:
    names, places = ["a", "b", "c", "d"], [0, 2, 3]
    drawn = [bars.probabilities_figure(names, values, places=places).figure
             for values in ([0.1, 0.2, 0.3, 0.4], [0.5, 0.25, 0.125, 0.125])]  # fmt: skip
    assert [list(one.layout.yaxis.ticktext) for one in drawn] == [["a", "c", "d", "1 other"]] * 2
    assert [list(one.data[0].x) for one in drawn] == [[0.1, 0.3, 0.4, 0.2], [0.5, 0.125, 0.125, 0.25]]
    assert [list(one.data[0].marker.color).index(BLUE) for one in drawn] == [2, 0], "the answer is the dark one"
    labels = bars.probabilities_figure(names, [0.1, 0.9, 0.6, 0.2], 10, [0.5] * 4, places)
    assert list(labels.figure.layout.yaxis.ticktext) == ["a", "c", "d"]
    assert list(labels.figure.data[0].text) == ["10.0 %", "60.0 %, given", "20.0 %"]
    assert "1 other label is not shown" in labels.figure.layout.xaxis.title.text


def test_long_names_are_short_in_the_margin_and_whole_in_the_hover() -> None:
    chart = bars.probabilities_figure(["x" * 50, "y"], [0.7, 0.3])
    assert chart.figure.layout.yaxis.ticktext[0] == "x" * 27 + "…"
    assert "x" * 50 in chart.figure.data[0].hovertext[0]


def test_lengths_are_counted_kept_and_cut() -> None:
    chart = bars.length_figure([0, 1, 2, 3, 3, 4, 8], 3)
    kept, truncated = chart.figure.data
    assert kept.x.tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5]  # a bar of each length, 0 with 1
    assert kept.y.tolist() == [2, 1, 2, 0, 0, 0, 0, 0]
    assert truncated.y.tolist() == [0, 0, 0, 1, 0, 0, 0, 1]
    assert kept.hovertext[0] == "2 texts of 0 to 1 tokens, kept whole"
    assert truncated.hovertext[3] == "1 texts of 4 tokens, truncated"
    assert chart.figure.layout.shapes[0].x0 == 3
    assert chart.figure.layout.annotations[0].text == "truncated at 3: 28.6 % of texts"
    assert chart.alt == (
        "Length of texts in tokens: half of 7 texts have 3 or fewer; 28.6 % of texts have more than 3 and would be "
        "truncated."
    )


def test_one_giant_shares_the_last_bar() -> None:
    chart = bars.length_figure([*([10] * 500), 9000], 512)
    kept, truncated = chart.figure.data
    assert chart.figure.layout.xaxis.range[1] < 600
    assert truncated.y.tolist()[-1] == 1 and "to 9,000 tokens" in truncated.hovertext[-1]
    assert (kept.x[kept.y > 0] < 512).all() and (truncated.x[truncated.y > 0] > 512).all()


def test_a_cut_far_beyond_all_texts_does_not_squeeze_them() -> None:
    layout = bars.length_figure([3, 4, 5], 512).figure.layout
    assert layout.shapes == () and layout.xaxis.range == (0, 8)
    assert layout.annotations[0].text == "truncated at 512: no text →"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3000), max_size=60), st.integers(1, 600))
def test_every_text_is_in_one_bar(lengths: list[int], max_length: int) -> None:
    kept, truncated = bars.length_figure(lengths, max_length).figure.data
    assert int(kept.y.sum()) == sum(length <= max_length for length in lengths)
    assert int(truncated.y.sum()) == sum(length > max_length for length in lengths)


def test_classes_by_size() -> None:
    chart = bars.classes_figure(["a", "a", "c"], [1, 7, 2])
    (bar,) = chart.figure.data
    assert bar.x == (7.0, 2.0, 1.0) and bar.y == (0, 1, 2)
    assert bar.text == ("7 (70.0 %)", "2 (20.0 %)", "1 (10.0 %)")
    assert chart.figure.layout.yaxis.ticktext == ("a", "c", "a")
    assert chart.alt == "Rows by class of 3 classes: most a with 7 (70.0 %), fewest a with 1 (10.0 %)."


def test_many_classes_are_added_up_at_the_end() -> None:
    chart = bars.classes_figure([str(n) for n in range(45)], list(range(1, 46)))
    assert len(chart.figure.data[0].x) == 41
    assert chart.figure.data[0].x[-1] == 1 + 2 + 3 + 4 + 5
    assert chart.figure.layout.yaxis.ticktext[-1] == "5 smaller classes"
    assert "fewest 0 with 1 " in chart.alt


def test_nothing_to_draw() -> None:
    assert bars.classes_figure([], []).alt == "Rows by class: no classes."
    assert "no text has more than 128" in bars.length_figure(np.array([], dtype=int), 128).alt
