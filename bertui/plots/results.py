"""What a trained model is worth: one figure for each result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from bertui.data.phrases import percent
from bertui.evaluation.calibration import Reliability
from bertui.evaluation.confusion import Order, chosen_classes
from bertui.evaluation.counting import ClassScores
from bertui.evaluation.intervals import Interval
from bertui.evaluation.scores import Scores
from bertui.explanation.palette import BLUE, GREEN, GREY, VERMILION
from bertui.plots.style import FAINT, Chart, escape, figure, name_rows, shorten

_WRITTEN_CLASSES = 30  # with more, the cells are too small for their counts
# Weak cells are a tint of blue over the page, light or dark, and take the page's own text colour; strong ones
# are solid and take white. Steep at the start, because the few mistakes are what one looks for.
_STRONG = 0.3
_SHADES = [
    [0.0, "rgba(64,156,230,0.05)"],
    [0.02, "rgba(64,156,230,0.14)"],
    [_STRONG, "rgba(64,156,230,0.32)"],
    [_STRONG, "rgb(62,134,186)"],
    [1.0, "rgb(0,82,140)"],
]


def confusion_figure(scores: Scores, order: Order = "given", most: int = 0) -> Chart:
    """Draw the confusion matrix of a run's rows; of many classes the ``most`` confused ones, where that is not 0."""
    which = chosen_classes(scores.confusion, order, most or len(scores.confusion))
    return matrix_figure(scores.confusion, [one.name for one in scores.per_class], which)


def matrix_figure(
    confusion: Sequence[Sequence[int]], class_names: Sequence[str], which: Sequence[int] | None = None
) -> Chart:
    """Draw a confusion matrix, coloured by the share of each true label's rows, with counts up to 30 classes.

    Each cell can be clicked: the chosen point's ``customdata`` is ``[true, predicted]``, two class numbers.
    (A heatmap alone reports no clicks to Streamlit, so an unseen square lies on each cell and frames it when
    it is chosen. Beyond 30 classes only cells that hold rows have one, and a part can be dragged open.)

    Args:
        which: Numbers of the classes to draw, in this order; all when left out.
    """
    whole, every_name = np.array(confusion), class_names
    which = list(range(len(whole)) if which is None else which)
    counts, class_names = whole[np.ix_(which, which)], [every_name[number] for number in which]
    classes = len(counts)
    rows = whole.sum(axis=1, keepdims=True)[which]
    shares = np.divide(counts, rows, out=np.zeros(counts.shape), where=rows > 0)
    cell = max(14, min(46, 640 // classes))
    drawn = figure(120 + max(200, classes * cell), "Predicted label", "True label", key="confusion")
    drawn.add_trace(
        go.Heatmap(
            z=shares.astype(np.float32), zmin=0, zmax=1, colorscale=_SHADES, hoverinfo="skip", xgap=1, ygap=1,
            colorbar={"thickness": 10, "outlinewidth": 0, "tickformat": ".0%", "tickvals": [0, 0.5, 1],
                      "title": {"text": "Share of<br>true label", "font": {"size": 12}}},
        )
    )  # fmt: skip
    drawn.add_trace(_cells(counts, rows[:, 0], class_names, cell, which))
    if classes <= _WRITTEN_CLASSES:
        drawn.update_layout(annotations=[_count(counts, shares, *at) for at in np.argwhere(counts)])
    # However far from a cell's middle the pointer is, the nearest middle is the one of the cell it is in.
    drawn.update_layout(hoverdistance=-1 if classes <= _WRITTEN_CLASSES else cell)
    small = {"tickfont_size": 10} if classes > _WRITTEN_CLASSES else {}
    drawn.update_yaxes(**_ticks(class_names, 24), range=[classes - 0.5, -0.5], **small)
    drawn.update_xaxes(
        **_ticks(class_names, 18 if classes > 8 else max(12, 60 // classes)),
        range=[-0.5, classes - 0.5], showline=False, autotickangles=[0, -45, -90], **small,
    )  # fmt: skip
    if classes > _WRITTEN_CLASSES:
        drawn.update_layout(dragmode="zoom")
    return Chart(drawn, _confusion_alt(whole, every_name))


def per_class_figure(per_class: Sequence[ClassScores], lowest_only: int = 0) -> Chart:
    """Draw F1, precision and recall of every class as dots with their 95 % intervals, best F1 on top.

    Args:
        lowest_only: How many classes to draw, those with the lowest F1; 0 for all.
    """
    ranked = sorted(per_class, key=lambda one: -one.f1.value)[-lowest_only:]
    drawn = figure(110 + 44 * max(2, len(ranked)), "Score with 95 % interval (%)", "", key="classes")
    ways = (
        ("F1", "circle", BLUE, -0.24),
        ("precision", "diamond", VERMILION, 0.0),
        ("recall", "square", GREEN, 0.24),
    )
    for name, symbol, color, shift in ways:
        values = [getattr(one, name.lower()) for one in ranked]
        drawn.add_trace(
            go.Scatter(
                x=[one.value for one in values], y=np.arange(len(ranked)) + shift, name=name, mode="markers",
                marker={"symbol": symbol, "color": color, "size": 10 if name == "F1" else 8},
                error_x=_bars(values, color), hoverinfo="text",
                hovertext=[_class_words(one, name) for one in ranked],
            )
        )  # fmt: skip
    name_rows(drawn, [f"{shorten(one.name, 22)} ({one.support:,})" for one in ranked], most=40)
    lowest = min((value.low for one in ranked for value in (one.f1, one.precision, one.recall)), default=0.0)
    drawn.update_xaxes(tickformat=".0%", range=[np.floor(10 * lowest) / 10 - 0.01, 1.01], showgrid=True)
    drawn.update_layout(showlegend=True, margin_t=44, legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"})
    if not ranked:
        return Chart(drawn, "F1 by class: no classes.")
    best, worst = ranked[0], ranked[-1]
    return Chart(
        drawn,
        f"F1 by class of {len(ranked)} classes: highest {best.name} with {best.f1.percent()}, "
        f"lowest {worst.name} with {worst.f1.percent()}.",
    )


def reliability_figure(
    before: Reliability, after: Reliability | None = None, temperature: float | None = None
) -> Chart:
    """Draw how often the model is right against how sure it says it is, and below how many rows that are.

    Args:
        before: The model's own probabilities.
        after: The same rows with the fitted temperature, if there is one.
        temperature: What it was, for the words.
    """
    drawn = figure(440, "Confidence (%)", "Accuracy (%)", key="reliability")
    ways = [("as trained", before, BLUE, "circle", "solid")]
    if after is not None and temperature != 1:  # a temperature of 1 changes nothing
        ways = [("as trained", before, GREY, "circle", "dash")]
        at = f" {temperature:.2f}" if temperature is not None else ""
        ways.append((f"with temperature{at}", after, BLUE, "diamond", "solid"))
    low = min((one.low for _, curve, *_ in ways for one in curve.bins), default=0.0)
    drawn.add_trace(
        go.Scatter(x=[low, 1], y=[low, 1], mode="lines", name="perfectly calibrated", hoverinfo="skip",
                   line={"color": FAINT, "dash": "dot", "width": 1.5})
    )  # fmt: skip
    for number, (name, curve, color, symbol, dash) in enumerate(ways):
        drawn.add_traces(_reliability_traces(name, curve, color, symbol, dash, number, len(ways)))
    drawn.update_xaxes(tickformat=".0%", range=[low - 0.02, 1.02], anchor="y2")
    drawn.update_layout(
        yaxis={"domain": [0.32, 1], "tickformat": ".0%", "range": [-0.02, 1.04]},
        yaxis2={"domain": [0, 0.22], "title": {"text": "Rows"}, "gridcolor": "rgba(0,0,0,0)", "nticks": 3,
                "zeroline": False},
        showlegend=True, margin_t=44,
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
    )  # fmt: skip
    errors = [f"{percent(curve.expected_calibration_error)} {name}" for name, curve, *_ in ways if curve.bins]
    differences = ", ".join(errors) or "nothing, as there are no rows"
    return Chart(drawn, f"Reliability: confidence and accuracy differ on average by {differences}.")


def _ticks(names: Sequence[str], most: int) -> dict[str, object]:
    """Return the axis settings that write each class name at its number."""
    ticks = [escape(shorten(name, most, most // 3)) for name in names]
    return {"tickvals": list(range(len(names))), "ticktext": ticks, "showgrid": False, "automargin": True}


def _cells(counts: np.ndarray, rows: np.ndarray, names: Sequence[str], cell: int, which: Sequence[int]) -> go.Scatter:
    """Return the squares that take clicks; beyond 30 classes only those with rows, for speed."""
    at = np.argwhere(counts if len(counts) > _WRITTEN_CLASSES else np.ones_like(counts))
    return go.Scatter(
        x=at[:, 1], y=at[:, 0], customdata=[[which[a], which[b]] for a, b in at.tolist()], name="cells", mode="markers",
        hoverinfo="text", hovertext=[_cell_words(counts, rows, names, *pair) for pair in at.tolist()],
        marker={"symbol": "square-open", "size": cell - 6, "color": VERMILION, "opacity": 0, "line_width": 3},
        selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 0}},
    )  # fmt: skip


def _cell_words(counts: np.ndarray, rows: np.ndarray, names: Sequence[str], true: int, guess: int) -> str:
    label, prediction, count = escape(names[true]), escape(names[guess]), int(counts[true, guess])
    if not count:
        return f"No row labelled <b>{label}</b><br>is predicted <b>{prediction}</b>"
    is_one = count == 1
    return (
        f"{count:,} row{'' if is_one else 's'} labelled <b>{label}</b><br>"
        f"{'is' if is_one else 'are'} predicted <b>{prediction}</b>:<br>"
        f"{percent(count / int(rows[true]))} of the {int(rows[true]):,} with this label"
    )


def _count(counts: np.ndarray, shares: np.ndarray, true: int, guess: int) -> dict[str, object]:
    """Return the words of a cell. White on strong cells; elsewhere the page's own colour, light or dark."""
    is_strong = shares[true, guess] > _STRONG
    font: dict[str, object] = {"size": 14 if len(counts) <= 12 else 11, "weight": 600}
    return {
        "x": int(guess), "y": int(true), "text": f"{counts[true, guess]:,}", "showarrow": False,
        "font": font | ({"color": "#ffffff"} if is_strong else {}),
    }  # fmt: skip


def _confusion_alt(counts: np.ndarray, names: Sequence[str]) -> str:
    right, rows = int(counts.trace()), int(counts.sum())
    wrong = counts - np.diag(counts.diagonal())
    summary = f"Confusion matrix of {len(counts)} classes: {right:,} of {rows:,} rows on the diagonal"
    if not wrong.any():
        return f"{summary}, no mistakes."
    true, predicted = divmod(int(wrong.argmax()), len(wrong))
    return (
        f"{summary}; the most frequent mistake is {names[true]} predicted as {names[predicted]} ({int(wrong.max()):,})."
    )


def _bars(values: Sequence[Interval], color: str) -> dict[str, object]:
    """Return the error bars from the low to the high end of each interval."""
    return {
        "type": "data", "symmetric": False, "thickness": 1.5, "width": 3, "color": color,
        "array": [one.high - one.value for one in values],
        "arrayminus": [one.value - one.low for one in values],
    }  # fmt: skip


def _class_words(one: ClassScores, name: str) -> str:
    return (
        f"<b>{escape(one.name)}</b><br>{name} {getattr(one, name.lower()).percent()}<br>"
        f"{one.support:,} rows have this label, {one.predicted:,} are predicted so"
    )


def _reliability_traces(
    name: str, curve: Reliability, color: str, symbol: str, dash: str, number: int, ways: int
) -> tuple[go.Scatter, go.Bar]:
    """Return the dots with their intervals, and the bars of rows below them, those of ``ways`` beside each other."""
    widths = [0.8 * (one.high - one.low) / ways for one in curve.bins]  # a lone bar would else fill the axis
    words = [
        f"{one.count:,} rows, {percent(one.confidence)} sure on average,<br>accuracy: {one.accuracy.percent()}"
        for one in curve.bins
    ]
    return go.Scatter(
        x=[one.confidence for one in curve.bins], y=[one.accuracy.value for one in curve.bins], name=name,
        mode="lines+markers", line={"color": color, "dash": dash, "width": 2},
        hoverinfo="text", hovertext=words,
        marker={"symbol": symbol, "size": 9, "color": color},
        error_y=_bars([one.accuracy for one in curve.bins], color),
    ), go.Bar(
        x=[(one.low + one.high) / 2 for one in curve.bins], y=[one.count for one in curve.bins], yaxis="y2",
        width=widths, offset=[width * (number - ways / 2) for width in widths],
        name=name, showlegend=False, marker={"color": color, "line": {"width": 0}}, hoverinfo="text",
        hovertext=[f"{one.count:,} rows are {one.low:.0%} to {one.high:.0%} sure" for one in curve.bins],
    )  # fmt: skip
