"""Replays: what a log tells is held once and in its own pace, and a place gives what stood there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bertui.errors import RunError
from bertui.runs.feed import Feed
from bertui.runs.log import append_event, read_events, read_timed_events
from bertui.runs.replay import Recording, Replay, record
from bertui.training.events import (
    AlarmRaised,
    Evaluated,
    Event,
    LayersMoved,
    PhaseBegan,
    PinsAsked,
    StepTaken,
    TrainingBegan,
    TrainingEnded,
)


def step(number: int, loss: float = 1.0) -> StepTaken:
    return StepTaken(number, loss, 0.5, {"head": 1e-4}, 8, 80, 0.5)


def plan(resumed_at: int = 0, threads: int = 1) -> TrainingBegan:
    return TrainingBegan(8, 1.0, 64, 10, 10, "cpu", "32-bit", resumed_at, threads)


def check(number: int, accuracy: float) -> Evaluated:
    return Evaluated(number, 0.5, {"loss": 0.5, "accuracy": accuracy}, True, 0.5)


BEGIN: list[Event] = [
    PhaseBegan("load", detail="BERT"),
    PhaseBegan("load", 0.5),
    PhaseBegan("tokenise"),
    PhaseBegan("train"),
]


def timed(*events: Event, start: float = 1000.0) -> list[tuple[float | None, Event]]:
    """One event a second."""
    return [(start + second, event) for second, event in enumerate(events)]


def test_a_log_gives_its_own_pace_and_long_pauses_count_a_minute() -> None:
    log: list[tuple[float | None, Event]] = [
        (50.0, plan()), (52.5, step(1)), (None, step(2)), (54.5, step(3)), (53.0, step(4)), (9000.0, step(5)),
    ]  # fmt: skip
    assert record(log, ()).times.tolist() == [0.0, 2.5, 2.5, 4.5, 4.5, 64.5]
    assert record([(None, event) for _, event in log], ()).times.tolist() == [0, 1, 2, 3, 4, 5]
    assert record([], ()).length == 0.0 and record([], ()).events == ()


def test_what_was_done_twice_is_seen_once() -> None:
    first = timed(*BEGIN, plan(), PinsAsked(0, []), step(1), step(2), check(2, 0.5), PinsAsked(2, []),
                  AlarmRaised("one-class", "old", 2), PhaseBegan("train", 0.25), step(3, 3.0), check(3, 0.9),
                  AlarmRaised("memory", "gone", 3))  # fmt: skip
    second = timed(*BEGIN, plan(2, threads=2), step(3, 0.3), start=5000.0)
    third = timed(*BEGIN, plan(2, threads=2), step(3, 0.1), step(4), check(4, 0.75),
                  TrainingEnded(4, "all steps"), start=9000.0)  # fmt: skip
    recording = record(first + second + third, ())
    kept = [event for _, event in first[:-3]] + [event for _, event in third[len(BEGIN) + 1 :]]
    assert list(recording.events) == kept
    # A second each: what came between the step and its second beginning does not count.
    assert recording.times.tolist() == [float(second) for second in range(len(kept))]

    live, seen = Feed(()), Feed(())
    live.take([event for _, event in first + second + third])
    seen.take(list(recording.events))
    assert seen.history.steps.tolist() == live.history.steps.tolist() == [1, 2, 3, 4]
    assert seen.history.loss.tolist() == live.history.loss.tolist() == [1.0, 1.0, 0.1, 1.0]
    assert seen.history.evaluations.metrics["accuracy"].tolist() == [0.5, 0.75]
    assert seen.pins == live.pins and sorted(seen.pins) == [0, 2]
    assert [one.message for one in seen.alarms] == ["old"]


@pytest.mark.parametrize("end", [[], [TrainingEnded(2, "no improvement"), PhaseBegan("evaluate")]])
def test_what_was_begun_again_without_a_step_is_seen_once(end: list[Event]) -> None:
    first = timed(*BEGIN, plan(), step(1), step(2), *end)
    again = timed(*BEGIN, plan(2), *end, start=5000.0)
    last = timed(*BEGIN, plan(2), TrainingEnded(2, "no improvement"), start=9000.0)
    recording = record(first + again + last, ())
    assert list(recording.events) == [*BEGIN, plan(), step(1), step(2), TrainingEnded(2, "no improvement")]


def test_a_run_that_began_anew_is_seen_from_its_last_beginning() -> None:
    lost = timed(*BEGIN, PhaseBegan("load", detail="again"), plan(), step(1, 9.0), step(2, 9.0))
    again = timed(*BEGIN, AlarmRaised("checkpoint", "broken"), plan(), step(1, 0.5), start=2000.0)
    recording = record(lost + again, ())
    assert list(recording.events) == [event for _, event in again]
    assert recording.length == len(again) - 1


def test_a_resumed_run_whose_first_lines_are_lost_keeps_its_plan() -> None:
    log = timed(step(1), plan(2), step(3))
    assert [type(event) for event in record(log, ()).events] == [StepTaken, TrainingBegan, StepTaken]


@pytest.fixture
def recording() -> Recording:
    events = [
        plan(),
        *(one for number in range(1, 9) for one in (step(number), LayersMoved(number, {}, {"head": 1.0}))),
    ]
    return Recording((), tuple(events), np.array([0.0, *(float(n) for n in range(1, 9) for _ in range(2))]))


def test_it_plays_at_the_chosen_pace_and_ends(recording: Recording) -> None:
    replay = Replay(recording, lasts=4.0)  # 8 seconds of the run in 4
    assert replay.look(100.0).history.steps.tolist() == [] and not replay.plays
    replay.play(100.0)
    assert replay.look(101.25).history.steps.tolist() == [1, 2]
    replay.pause(101.6)
    assert replay.place == pytest.approx(3.2)
    assert replay.look(500.0).history.newest == 3, "it stands still"
    replay.last(None, 500.0)
    replay.play(500.0)
    assert replay.look(501.0).history.newest == 4, "as it was"
    replay.last(1.0, 501.5)
    assert replay.place == pytest.approx(4.7)
    assert replay.look(501.6).history.newest == 5
    assert replay.look(600.0).history.newest == 8
    assert replay.ended and not replay.plays
    replay.play(600.0)
    assert replay.place == 0.0 and replay.plays and replay.look(600.0).history.newest == 0


def test_a_place_gives_the_same_whether_it_was_come_to_from_before_or_from_behind(recording: Recording) -> None:
    replay = Replay(recording)
    replay.go_to(6.0, 0.0)
    assert replay.look(0.0).history.newest == 6
    replay.go_to(2.5, 0.0)
    back = replay.look(9.0)
    assert back.history.steps.tolist() == [1, 2] and back.history.movements.steps.tolist() == [1, 2]
    replay.go_to(99.0, 0.0)
    assert replay.place == 8.0 and replay.ended
    replay.go_to(-1.0, 0.0)
    assert replay.place == 0.0 and replay.look(0.0).plan is not None


def test_the_log_gives_its_times(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    assert read_timed_events(log) == []
    append_event(log, step(1))
    spoilt = ['{"event": "step"', "[1]", json.dumps({"event": "end", "step": 1, "reason": "stopped", "time": "noon"}),
              json.dumps({"event": "end", "step": 1, "reason": "stopped", "time": float("nan")})]  # fmt: skip
    log.write_bytes(log.read_bytes() + "\n".join(spoilt).encode() + b'\n{"event": "phase", "name": "l')
    (written, first), (none, _), (nan, _) = read_timed_events(log)
    assert written is not None and written > 1.7e9 and first == step(1) and none is None and nan is None
    assert [event for _, event in read_timed_events(log)] == read_events(log)[0]
    log.unlink()
    log.mkdir()
    with pytest.raises(RunError, match="cannot be read"):
        read_timed_events(log)
