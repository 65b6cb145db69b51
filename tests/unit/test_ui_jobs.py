"""Work beside a page: one slow piece at a time, ended at its next report, nothing kept of what was ended."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from bertui.errors import DataError
from bertui.ui.server.jobs import Job, Jobs

Progress = Callable[[float], None]


@pytest.fixture
def place() -> Jobs:
    return Jobs()


def ended(job: Job) -> Job:
    job.wait(20)
    assert job.done
    return job


def test_a_result_is_kept_and_not_computed_twice(place: Jobs) -> None:
    calls: list[int] = []

    def work(progress: Progress) -> str:
        calls.append(1)
        progress(0.5)
        return "found"

    job = ended(place.start("key", work))
    assert job.result == "found" and job.share == 0.5 and job.error is None
    assert place.start("key", work) is job and len(calls) == 1 and place.get("other") is None


def test_slow_work_takes_turns_and_quick_work_does_not_wait(place: Jobs) -> None:
    go, order = threading.Event(), list[str]()

    def slow(progress: Progress) -> None:
        go.wait(20)
        order.append("slow")

    first, second = place.start("first", slow), place.start("second", lambda progress: order.append("next"))
    ended(place.start("quick", lambda progress: order.append("quick"), at_once=True))
    assert not second.done and order == ["quick"]
    go.set()
    ended(first), ended(second)
    assert order == ["quick", "slow", "next"]


def test_cancelled_work_ends_at_its_next_report_and_keeps_nothing(place: Jobs) -> None:
    begun = threading.Event()

    def endless(progress: Progress) -> str:
        while True:
            begun.set()
            progress(0.3)
            time.sleep(0.005)

    job, waiting = place.start("key", endless), place.start("later", lambda progress: "too late")
    assert begun.wait(20)
    place.forget("later")
    place.forget("key")
    assert ended(job).result is None and job.error is None and place.get("key") is None
    assert ended(waiting).result is None, "work that was ended before its turn never begins"


def test_an_error_is_handed_to_who_asks(place: Jobs) -> None:
    def wrong(progress: Progress) -> None:
        raise DataError("No rows.", expected="Rows.", remedy="Bring some.")

    assert isinstance(ended(place.start("key", wrong)).error, DataError)
    assert ended(place.start("next", lambda progress: 1)).result == 1


def test_only_the_newest_results_are_kept(place: Jobs) -> None:
    for number in range(30):
        ended(place.start(number, lambda progress: "found"))
    assert place.get(0) is None and place.get(29) is not None
    assert sum(place.get(number) is not None for number in range(30)) == 24


def test_the_end_of_the_process_ends_all_work(place: Jobs) -> None:
    def endless(progress: Progress) -> None:
        while True:
            progress(0.1)
            time.sleep(0.005)

    job = place.start("key", endless)
    place.close()
    assert job.done and place.get("key") is None
