"""Bars: the probabilities of an answer, the lengths of the texts, the rows of each class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from bertui.data.phrases import count, percent
from bertui.explanation.palette import BLUE, VERMILION
from bertui.plots.style import FAINT, WORDS, Chart, escape, figure, name_rows

_PALE = "rgba(0,114,178,0.6)"
_MOST_BARS = 40
_SHORTEST = 8  # tokens; shorter texts alone are drawn on an axis of this length


def probabilities_figure(
    names: Sequence[str], probabilities: Sequence[float], n: int = 10, thresholds: Sequence[float] = (),
    places: Sequence[int] | None = None,
) -> Chart:  # fmt: skip
    """Draw the ``n`` most probable classes as bars with percentages, the rest added up in one.

    Args:
        thresholds: Where each name has one, those that reach theirs are said to be given, and a line stands there.
        places: Draw the classes with these numbers instead, in this order, so that each keeps its place.
    """
    if thresholds:
        return _labels_figure(names, probabilities, n, thresholds, places)
    ranked, rest = _ranked(names, probabilities, n) if places is None else _placed(names, probabilities, places)
    hidden = len(names) - len(ranked)
    shown = ranked + ([(count(hidden, "other", "others"), rest)] if hidden else [])
    words = [percent(value) for _, value in shown]
    highest = max(probabilities, default=0.0)
    colors = [BLUE if value == highest else _PALE for _, value in ranked] + [FAINT] * bool(hidden)
    drawn = _bar_figure([name for name, _ in shown], [value for _, value in shown], words, colors)
    drawn.update_xaxes(title_text="Probability (%)", tickformat=".0%", range=[0, 1.3], tickvals=[0, 0.5, 1])
    return Chart(drawn, f"Probabilities: {_first_three(shown, words)}.")


def _first_three(shown: Sequence[tuple[str, float]], words: Sequence[str]) -> str:
    return ", ".join(f"{name} {word}" for (name, _), word in zip(shown[:3], words, strict=False))


def _labels_figure(
    names: Sequence[str], probabilities: Sequence[float], n: int, thresholds: Sequence[float],
    places: Sequence[int] | None,
) -> Chart:  # fmt: skip
    """Draw labels that do not exclude one another, each with the line that its bar must reach; given ones first."""
    given = [p >= threshold for p, threshold in zip(probabilities, thresholds, strict=True)]
    order = sorted(range(len(names)), key=lambda at: (not given[at], -probabilities[at]))[: max(n, sum(given))]
    order = order if places is None else list(places)
    shown = [(names[at], float(probabilities[at])) for at in order]
    words = [percent(value) + (", given" if given[at] else "") for at, (_, value) in zip(order, shown, strict=True)]
    hidden = len(names) - len(order)
    drawn = _bar_figure(
        [name for name, _ in shown], [value for _, value in shown], words,
        [BLUE if given[at] else _PALE for at in order],
    )  # fmt: skip
    what = "less likely" if places is None else "other"
    rest = f"; {count(hidden, f'{what} label is', f'{what} labels are')} not shown" if hidden else ""
    drawn.update_xaxes(title_text=f"Probability (%){rest}", tickformat=".0%", range=[0, 1.4], tickvals=[0, 0.5, 1])
    rows, limits = np.arange(len(order)), [float(thresholds[at]) for at in order]
    _write_right_of(drawn, [max(value, limit) for (_, value), limit in zip(shown, limits, strict=True)], words)
    drawn.add_trace(
        go.Scatter(
            x=limits, y=rows, mode="markers", hoverinfo="text",
            hovertext=[f"threshold of {escape(names[at])}: {percent(thresholds[at])}" for at in order],
            marker={"symbol": "line-ns", "size": 22, "line": {"width": 2, "color": VERMILION}},
        )
    )  # fmt: skip
    return Chart(drawn, f"Probabilities, with the threshold of each label: {_first_three(shown, words)}.")


def _write_right_of(drawn: go.Figure, ends: Sequence[float], words: Sequence[str]) -> None:
    """Write each bar's words to the right of ``ends``, in place of those at its end, which a line would cross."""
    drawn.update_traces(textposition="none", selector={"type": "bar"})
    for place, (end, word) in enumerate(zip(ends, words, strict=True)):
        drawn.add_annotation(x=end, y=place, text=word, showarrow=False, xanchor="left", xshift=6, font_size=WORDS)


def length_figure(lengths: Sequence[int] | np.ndarray, max_length: int) -> Chart:
    """Draw how long the texts are in tokens, with the line where they are truncated and the share that is.

    The one percent of the longest texts share the last bar, so that a single giant does not squeeze the rest.
    """
    lengths = np.asarray(lengths, np.int64)
    is_truncated = lengths > max_length
    width, bins = _bins(lengths, max_length)
    place = np.clip(-(-lengths // width) - 1, 0, bins - 1)  # a bar holds low < length <= high
    drawn = figure(300, "Length (tokens)", "Texts", key="lengths")
    ways = (("kept whole", ~is_truncated, BLUE, ""), ("truncated", is_truncated, VERMILION, "/"))
    for name, which, color, pattern in ways:
        counts = np.bincount(place[which], minlength=bins)
        spans = [_span(k, width, bins, lengths) for k in range(bins)]
        drawn.add_trace(
            go.Bar(
                x=(np.arange(bins) + 0.5) * width, y=counts, width=width * 0.92, name=name, hoverinfo="text",
                hovertext=[f"{count:,} texts of {span} tokens, {name}"
                           for count, span in zip(counts, spans, strict=True)],
                marker={"color": color, "line": {"width": 0}, "pattern": _hatch(pattern)},
            )
        )  # fmt: skip
    highest = int(np.bincount(place, minlength=1).max())
    drawn.update_layout(barmode="stack", margin_t=36)
    drawn.update_yaxes(tickformat=",d", dtick=1 if highest < 5 else None)
    share = f"{percent(float(is_truncated.mean()))} of texts" if is_truncated.any() else "no text"
    _draw_limit(drawn, bins * width, max_length, share)
    half = int(np.median(lengths)) if len(lengths) else 0
    middle = f"half of {len(lengths):,} texts have {half:,} or fewer; "
    verb = "have" if is_truncated.any() else "has"
    return Chart(
        drawn, f"Length of texts in tokens: {middle}{share} {verb} more than {max_length:,} and would be truncated."
    )


def classes_figure(names: Sequence[str], counts: Sequence[int]) -> Chart:
    """Draw how many rows each class has, most first; beyond 40 the smallest are added up in one bar."""
    ranked, rest = _ranked(names, counts, _MOST_BARS)
    total, hidden = sum(counts) or 1, len(names) - len(ranked)
    shown = ranked + ([(f"{hidden} smaller classes", rest)] if hidden else [])
    words = [f"{int(value):,} ({percent(value / total)})" for _, value in shown]
    colors = [BLUE] * len(ranked) + [FAINT] * bool(hidden)
    drawn = _bar_figure([name for name, _ in shown], [value for _, value in shown], words, colors)
    drawn.update_xaxes(title_text="Rows", range=[0, 1.35 * max((value for _, value in shown), default=1) or 1])
    if not shown:
        return Chart(drawn, "Rows by class: no classes.")
    fewest = min(zip(counts, names, strict=True), key=lambda pair: pair[0])
    return Chart(
        drawn,
        f"Rows by class of {len(names)} classes: most {ranked[0][0]} with {words[0]}, "
        f"fewest {fewest[1]} with {int(fewest[0]):,} ({percent(fewest[0] / total)}).",
    )


def _bins(lengths: np.ndarray, max_length: int) -> tuple[int, int]:
    """Return the width of a bar in tokens and how many bars there are; the last may hold all longer texts."""
    longest = int(lengths.max(initial=0))
    usual = int(np.quantile(lengths, 0.99)) if len(lengths) else 0
    top = max(_SHORTEST, usual, max_length if longest > max_length else 0)  # the line lies left of what is truncated
    width = -(-top // 50)
    bins = -(-top // width)
    return width, bins + (longest > bins * width)


def _span(bar: int, width: int, bins: int, lengths: np.ndarray) -> str:
    """Return the lengths of a bar in words; the first bar holds empty texts too."""
    low = bar * width + 1 if bar else 0
    high = max((bar + 1) * width, int(lengths.max(initial=0)) if bar == bins - 1 else 0)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _hatch(shape: str) -> dict[str, object]:
    return {"shape": shape, "fillmode": "overlay", "fgcolor": "rgba(255,255,255,0.75)", "size": 6}


def _draw_limit(drawn: go.Figure, end: int, max_length: int, share: str) -> None:
    """Draw the line where texts are truncated; far right of all texts it is only mentioned."""
    is_far = max_length > 1.6 * end
    place = end if is_far else max_length
    end = end if is_far else max(end, round(max_length * 1.04))
    if not is_far:
        drawn.add_vline(x=max_length, line={"color": FAINT, "width": 2, "dash": "dash"})
    drawn.add_annotation(
        x=place, yref="paper", y=1, yanchor="bottom", xanchor="left" if place < end / 2 else "right",
        showarrow=False, text=f"truncated at {max_length:,}: {share}{' →' if is_far else ''}",
    )  # fmt: skip
    drawn.update_xaxes(range=[0, end])


def _ranked(names: Sequence[str], values: Sequence[float], n: int) -> tuple[list[tuple[str, float]], float]:
    """Return the ``n`` greatest with their names, greatest first, and the sum of the rest."""
    pairs = sorted(zip(names, map(float, values), strict=True), key=lambda pair: -pair[1])
    return pairs[:n], sum(value for _, value in pairs[n:])


def _placed(
    names: Sequence[str], values: Sequence[float], places: Sequence[int]
) -> tuple[list[tuple[str, float]], float]:
    """Return names and values at some places, and the sum of the rest."""
    rest = sum(value for at, value in enumerate(values) if at not in places)
    return [(names[at], float(values[at])) for at in places], rest


def _bar_figure(
    names: Sequence[str], values: Sequence[float], words: Sequence[str], colors: Sequence[str]
) -> go.Figure:
    drawn = figure(76 + 30 * max(2, len(names)), "", "", key="bars")
    drawn.add_trace(
        go.Bar(
            x=list(values), y=list(range(len(names))), orientation="h", width=0.7, cliponaxis=False,
            text=list(words), textposition="outside", marker={"color": list(colors), "line": {"width": 0}},
            hoverinfo="text",
            hovertext=[f"<b>{escape(name)}</b><br>{word}" for name, word in zip(names, words, strict=True)],
        )
    )  # fmt: skip
    name_rows(drawn, names)
    return drawn
