"""The live curves: numbers, marks and words, and the same traces at each redraw."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from bertui.plots import live, overlay
from bertui.plots.movement import Shown, movement_figure
from bertui.plots.style import Chart
from bertui.tasks.answers.question_answering import QuestionAnswering
from bertui.tasks.labels.single_label import SingleLabel
from bertui.tasks.results import LOSS
from bertui.tasks.tagging.tagging import Tagging
from bertui.training.events import Evaluated, Event, LayersMoved, StepTaken, TrainingBegan
from bertui.training.history import History, history

LOSSES = [2.0, 1.0, 3.0, 1.0, 1.0]
ACCURACY, MACRO = (SingleLabel.measure(name) for name in ("accuracy", "f1_macro"))
scores_figure = partial(live.metric_figure, measures=(ACCURACY, MACRO))


def events(groups: dict[str, float] | None = None) -> list[Event]:
    """Five steps; checks at step 2 (best) and 4."""
    rates = groups or {"embeddings": 1.0, "layer 1": 2.0, "head": 4.0}
    stream: list[Event] = []
    for number, loss in enumerate(LOSSES, 1):
        scaled = {name: rate * number / 5 for name, rate in rates.items()}
        stream.append(StepTaken(number, loss, 10 * loss, scaled, 8, 100, 0.5))
        if number == 2:
            stream.append(Evaluated(2, 0.5, {"loss": 0.5, "accuracy": 0.9, "f1_macro": 0.8}, True, 1.5))
        if number == 4:
            stream.append(Evaluated(4, 1.0, {"loss": 0.75, "accuracy": 0.85, "f1_macro": 0.7}, False, 2.0))
    return stream


@pytest.fixture
def run() -> History:
    return history(events())


def words(chart: Chart) -> list[str]:
    return [note.text for note in chart.figure.layout.annotations]


def test_loss_curves(run: History) -> None:
    chart = live.loss_figure(run, "run 1", steps=20)
    raw, mean, validation, star = chart.figure.data
    assert raw.y.tolist() == LOSSES
    assert mean.y.tolist() == pytest.approx([2.0, 7 / 4, 8 / 5, 6 / 4, 5 / 3])
    assert (validation.x.tolist(), validation.y.tolist()) == ([2.0, 4.0], [0.5, 0.75])
    assert (star.x, star.y, star.marker.symbol) == ((2,), (0.5,), "star")
    assert chart.figure.layout.uirevision == "run 1"
    assert chart.figure.layout.xaxis.range == (0, 20)
    assert "kept 0.500" in words(chart)
    assert any(text.endswith("validation") for text in words(chart))
    assert "training loss 1.667 at step 5" in chart.alt
    assert "validation loss 0.750, 0.500 for the best model, of step 2" in chart.alt


@pytest.mark.parametrize("draw", [live.loss_figure, scores_figure, live.gradient_figure])
def test_traces_are_the_same_however_far_the_run_is(draw) -> None:  # type: ignore[no-untyped-def]
    record = events()
    figures = [draw(history(record[:count]), "a") for count in range(len(record) + 1)]
    names = {tuple(trace.name for trace in one.figure.data) for one in figures}
    assert len(names) == 1
    assert all(one.alt.endswith(".") for one in figures)


def test_scores(run: History) -> None:
    chart = scores_figure(run, "a")
    accuracy, macro, star = chart.figure.data
    assert accuracy.y.tolist() == pytest.approx([0.9, 0.85]) and macro.y.tolist() == pytest.approx([0.8, 0.7])
    assert accuracy.marker.symbol != macro.marker.symbol and accuracy.line.dash != macro.line.dash
    assert star.y == (0.9, 0.8)
    assert chart.figure.layout.yaxis.range == pytest.approx((0.68, 1.02))  # 2 points below 70 %
    assert chart.alt.endswith("the best model, of step 2, has 90.0 % accuracy, 80.0 % macro-F1.")


def test_rates_of_each_group(run: History) -> None:
    chart = live.rates_figure(run, "a")
    assert [trace.name for trace in chart.figure.data] == ["embeddings", "layer 1", "head"]
    assert chart.figure.data[2].y.tolist() == pytest.approx([0.8, 1.6, 2.4, 3.2, 4.0])
    assert len({trace.line.color for trace in chart.figure.data}) == 3
    assert [text.split("</span> ")[1] for text in words(chart)] == ["embeddings", "layer 1", "head"]
    assert chart.alt == "Learning rates by layer: at most 4; at step 5 from 1 to 4 by layer."


def test_rates_before_the_first_step() -> None:
    chart = live.rates_figure(history([]), "a")
    assert chart.figure.data == () and chart.alt.endswith("no step is done yet.")


def test_equal_rates_share_a_label() -> None:
    some = live.rates_figure(history(events({"embeddings": 1.0, "layer 1": 2.0, "layer 2": 2.0})), "a")
    assert [text.split("</span> ")[1] for text in words(some)] == ["embeddings", "layer 1 to layer 2"]
    all_ = live.rates_figure(history(events({"embeddings": 2.0, "head": 2.0})), "a")
    assert [text.split("</span> ")[1] for text in words(all_)] == ["all layers"]


def test_many_layers_are_labelled_sparsely_head_included() -> None:
    groups = {f"layer {number}": float(number) for number in range(1, 26)} | {"head": 30.0}
    labels = words(live.rates_figure(history(events(groups)), "a"))
    assert len(labels) <= 12 and labels[-1].endswith("head")


def test_gradient_norm_and_clipping(run: History) -> None:
    chart = live.gradient_figure(run, "a", clip=1.0)
    assert chart.figure.data[0].y.tolist() == [20.0, 10.0, 30.0, 10.0, 10.0]
    assert words(chart) == ["clipped to 1"]
    assert chart.figure.layout.shapes[0].y0 == 1.0
    assert chart.alt == "Gradient norm: mean 16.7 at step 5, highest 30."


def test_several_runs_differ_in_more_than_colour(run: History) -> None:
    chart = overlay.overlay_figure({"a <b>": run, "b": history(events()[:3]), "empty": history([])}, MACRO)
    first, second, empty = chart.figure.data
    assert first.name == "a &lt;b&gt;"
    assert first.y.tolist() == pytest.approx([0.8, 0.7]) and second.y.tolist() == pytest.approx([0.8])
    assert len(empty.x) == 0
    for look in ("line.color", "line.dash", "marker.symbol"):
        assert first[look] != second[look]
    assert chart.alt == "Last validation macro-F1 of 3 runs: a <b> 70.0 %; b 80.0 %; empty none yet."


@pytest.mark.parametrize(
    ("part", "values"),
    [("validation", [0.5, 0.75]), ("training", [2.0, 7 / 4, 8 / 5, 6 / 4, 5 / 3])],
)
def test_other_curves_of_several_runs(run: History, part: str, values: list[float]) -> None:
    chart = overlay.overlay_figure({"a": run}, LOSS, part)
    assert chart.figure.data[0].y.tolist() == pytest.approx(values)
    assert "(nats per text)" in chart.figure.layout.yaxis.title.text


def test_a_correlation_is_no_share() -> None:
    record = history([Evaluated(2, 0.5, {"loss": 0.5, "mcc": -0.25}, True, 1.5)])
    chart = overlay.overlay_figure({"a": record}, SingleLabel.measure("mcc"))
    assert chart.figure.layout.yaxis.title.text.casefold() == "validation matthews"
    assert chart.figure.layout.yaxis.tickformat is None and chart.figure.layout.yaxis.rangemode is None
    assert chart.alt.casefold() == "last validation matthews of 1 runs: a -0.250."


def test_an_unknown_curve_is_refused(run: History) -> None:
    with pytest.raises(ValueError, match="test loss"):
        overlay.overlay_figure({"a": run}, LOSS, "test")
    with pytest.raises(ValueError, match="training accuracy"):
        overlay.overlay_figure({"a": run}, ACCURACY, "training")


def test_long_runs_are_thinned() -> None:
    record = history(StepTaken(n, 1.0, 1.0, {"head": 1.0}, 8, 100, 0.5) for n in range(1, 20_001))
    for chart in (live.loss_figure(record, "a"), live.rates_figure(record, "a"), live.gradient_figure(record, "a")):
        assert all(len(trace.x) <= 500 for trace in chart.figure.data)
        assert all(trace.x.dtype == np.float32 for trace in chart.figure.data if len(trace.x))


def test_runs_of_equal_scores_have_an_axis_within_their_bounds() -> None:
    """Left to itself the axis of two lines at one half went from -50 to 150 %."""
    record = history([Evaluated(step, 0.5, {"loss": 0.5, "accuracy": 0.5}, True, 1.5) for step in (2, 4)])
    chart = overlay.overlay_figure({"a": record, "b": record}, ACCURACY)
    assert list(chart.figure.layout.yaxis.range) == pytest.approx([0.48, 1.02])


def test_of_many_kept_values_the_highest_and_the_lowest_are_written() -> None:
    checks = {"loss": 0.5, "accuracy": 0.9, "precision": 0.83, "recall": 0.84, "f1": 0.82}
    record = history([Evaluated(2, 0.5, checks, True, 1.5)])
    chart = live.metric_figure(record, "run", measures=Tagging.measures)
    assert [note.text for note in chart.figure.layout.annotations if note.text.startswith("kept")] == [
        "kept 90.0%", "kept 82.0%"
    ]  # fmt: skip


def test_a_score_is_called_as_its_own_task_calls_it() -> None:
    """Both tasks have an "f1": known by its bare name, a curve of entities was titled as one of answers."""
    record = history([Evaluated(2, 0.5, {"loss": 0.5, "f1": 0.75, "exact": 0.5}, True, 1.5)])
    tags = live.metric_figure(record, "a", measures=Tagging.measures)
    answers = live.metric_figure(record, "a", measures=QuestionAnswering.measures)
    assert [trace.name for trace in tags.figure.data] == [
        "entity F1", "precision", "recall", "token accuracy", "kept so far"
    ]  # fmt: skip
    assert [trace.name for trace in answers.figure.data] == ["F1", "exact match", "kept so far"]
    assert tags.figure.layout.margin.r > answers.figure.layout.margin.r, "room for the longest name beside its line"
    assert answers.alt.endswith("has 75.0 % F1, 50.0 % word for word right.")
    title = overlay.overlay_figure({"a": record}, Tagging.measure("f1")).figure.layout.yaxis.title.text
    assert title == "Validation entity F1 (%)"


def test_what_an_older_run_was_not_scored_by_stays_empty(run: History) -> None:
    chart = live.metric_figure(run, "a", measures=(ACCURACY, SingleLabel.measure("f1_weighted")))
    accuracy, weighted, star = chart.figure.data
    assert len(accuracy.y) == 2 and len(weighted.y) == len(weighted.x) == 0 and star.y == (0.9,)
    assert chart.alt.endswith("has 90.0 % accuracy.")


def moved(step: int, size: float) -> LayersMoved:
    return LayersMoved(step, {"embeddings": 0.0, "head": 2.0}, {"embeddings": 0.0, "head": size})


def test_movement_is_layers_by_measured_steps_on_a_scale_of_powers() -> None:
    taken = history([*events(), moved(1, 0.01), moved(17, 0.1)])
    chart = movement_figure(taken, "a", steps=40)
    (drawn,) = chart.figure.data
    assert list(drawn.y) == ["embeddings", "head"]
    assert drawn.x.tolist() == [0, 16, 32]  # each column reaches to the next measured step
    assert drawn.z[1].tolist() == pytest.approx([-2, -1]) and np.isnan(drawn.z[0]).all()
    assert drawn.customdata[1].tolist() == [[1, 0.01], [17, 0.1]]
    assert chart.figure.layout.xaxis.range == (0, 40)
    assert (
        chart.alt == "Update (of the weights' size) by layer at step 17: most in head, 0.1. Not learning: embeddings."
    )
    gradients = movement_figure(taken, "a", Shown.GRADIENTS).figure.data[0]
    assert gradients.z[1].tolist() == pytest.approx([np.log10(2)] * 2)


def test_movement_before_anything_is_measured_and_where_nothing_moves() -> None:
    assert "no step is measured yet" in movement_figure(history([]), "a").alt
    still = movement_figure(history([moved(1, 0.0)]), "a")
    assert np.isnan(still.figure.data[0].z).all() and "Not learning: embeddings, head." in still.alt


def test_a_resumed_run_forgets_what_it_measured_after_its_checkpoint() -> None:
    plan = TrainingBegan(40, 1.0, 8, 1, 1, "cpu", "32-bit", resumed_at=5)
    taken = history([moved(1, 0.01), moved(17, 0.1), plan, moved(17, 0.3)])
    assert taken.movements.steps.tolist() == [1, 17] and taken.movements.updates["head"].tolist() == [0.01, 0.3]
