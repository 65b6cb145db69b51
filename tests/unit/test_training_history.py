"""History: events become arrays, resumed runs go back, speed and time left."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.training.events import Evaluated, Event, PhaseBegan, StepTaken, TrainingBegan
from bertui.training.history import History, Throughput, eta, history, throughput


def step(number: int, loss: float = 1.0, **rates: float) -> StepTaken:
    return StepTaken(number, loss, 2.0, rates or {"head": 1e-3}, examples=8, tokens=100, seconds=0.5)


def check(number: int, f1: float, best: bool) -> Evaluated:
    return Evaluated(number, number / 10, {"loss": 1 - f1, "f1_macro": f1}, best, 0.7)


def plan(steps: int, resumed_at: int = 0) -> TrainingBegan:
    return TrainingBegan(steps, 1.0, 80, 100, 100, "cpu", "32-bit", resumed_at)


def same(one: History, other: History) -> bool:
    pairs = [
        (one.steps, other.steps),
        (one.loss, other.loss),
        (one.evaluations.steps, other.evaluations.steps),
    ]
    pairs += [(one.learning_rates[name], other.learning_rates[name]) for name in one.learning_rates]
    return one.learning_rates.keys() == other.learning_rates.keys() and all(
        np.array_equal(a, b, equal_nan=True) for a, b in pairs
    )


def test_no_events_give_empty_arrays() -> None:
    empty = history([])
    assert len(empty.steps) == len(empty.evaluations.steps) == 0
    assert empty.learning_rates == {} and empty.evaluations.kept is None
    assert throughput(empty) == Throughput(0.0, 0.0)
    assert eta(empty, plan(10)) is None


def test_steps_and_checks_become_columns() -> None:
    record = history([PhaseBegan("train"), step(1, 2.0), step(2, 1.5), check(2, 0.6, True), step(3, 1.0)])
    assert record.steps.tolist() == [1, 2, 3]
    assert record.loss.tolist() == [2.0, 1.5, 1.0]
    assert record.newest == 3 and record.evaluations.steps.tolist() == [2]
    assert record.evaluations.epochs.tolist() == [0.2]
    assert record.evaluations.metrics["f1_macro"].tolist() == [0.6]
    assert record.evaluations.train_loss.tolist() == [0.7]


def test_the_kept_model_is_the_last_best() -> None:
    record = history([check(1, 0.5, True), check(2, 0.6, True), check(3, 0.55, False)])
    assert record.evaluations.kept == 1


def test_a_group_that_comes_late_is_nan_before() -> None:
    record = history([step(1, head=1.0), step(2, head=0.5, top=0.25)])
    assert record.learning_rates["head"].tolist() == [1.0, 0.5]
    assert np.isnan(record.learning_rates["top"][0]) and record.learning_rates["top"][1] == 0.25
    assert list(record.extend([step(3, low=2.0)]).learning_rates) == ["head", "top", "low"]


def test_a_repeated_step_takes_the_later_value_and_its_place() -> None:
    record = history([step(1, 1.0), step(2, 2.0), step(3, 3.0), step(2, 20.0), step(4, 4.0)])
    assert record.steps.tolist() == [1, 2, 3, 4]
    assert record.loss.tolist() == [1.0, 20.0, 3.0, 4.0]


def test_a_resumed_run_forgets_what_came_after_its_checkpoint() -> None:
    first = [plan(4), step(1, 1.0), step(2, 2.0), check(2, 0.5, True), step(3, 3.0), check(3, 0.6, True)]
    record = history([*first, plan(4, resumed_at=2), step(3, 30.0)])
    assert record.steps.tolist() == [1, 2, 3]
    assert record.loss.tolist() == [1.0, 2.0, 30.0]
    assert record.evaluations.steps.tolist() == [2]
    assert history([*first, plan(4)]).steps.tolist() == []  # started anew: no checkpoint was there


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 8), st.booleans()), max_size=20),
    st.lists(st.integers(0, 20), max_size=3),
)
def test_growing_in_pieces_gives_the_same(items: list[tuple[int, bool]], cuts: list[int]) -> None:
    events: list[Event] = [
        plan(8, number) if is_plan and number > 6 else step(number, float(place), head=place, top=-place)
        for place, (number, is_plan) in enumerate(items)
    ]
    grown, start = history([]), 0
    for cut in [*sorted(cuts), len(events)]:
        grown, start = grown.extend(events[start:cut]), max(start, cut)
    whole = history(events)
    assert same(grown, whole)
    assert (np.diff(whole.steps) > 0).all()


def test_extending_leaves_the_old_history_as_it_was() -> None:
    before = history([step(1)])
    after = before.extend([step(2)])
    assert before.steps.tolist() == [1] and after.steps.tolist() == [1, 2]
    assert before.extend([]) is before


def test_speed_is_of_the_last_steps_only() -> None:
    slow = StepTaken(1, 1.0, 1.0, {}, examples=1, tokens=1, seconds=100.0)
    record = history([slow, *(step(number) for number in range(2, 22))])
    speed = throughput(record)
    assert speed.examples_per_second == pytest.approx(16.0)  # 8 texts in half a second
    assert speed.tokens_per_second == pytest.approx(200.0)
    assert throughput(record, last=21).examples_per_second == pytest.approx(161 / 110)


def test_time_left() -> None:
    record = history(step(number) for number in range(1, 5))
    assert eta(record, plan(10)) == pytest.approx(3.0)  # 6 steps of half a second
    assert eta(record, plan(4)) == 0.0
    assert eta(record, plan(2)) == 0.0
    slow = StepTaken(1, 1.0, 1.0, {}, examples=1, tokens=1, seconds=100.0)
    assert eta(history([slow, step(2), step(3)]), plan(5), last=2) == pytest.approx(1.0)  # at the pace of the last two


def test_many_events_are_no_burden() -> None:
    groups = {f"layer {number}": 1e-4 for number in range(14)}
    record = history(step(number, **groups) for number in range(1, 100_001))
    began = time.perf_counter()
    record = record.extend([step(100_001, **groups)])
    assert time.perf_counter() - began < 0.5  # a copy of the arrays; measured 0.01 s
    assert len(record.steps) == 100_001
