"""Carrying out a run: its state, its event log and its failures, whoever asked for it."""

from __future__ import annotations

import shutil
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress

from bertui.atomic import remove
from bertui.errors import RunError
from bertui.runs.failures import explained
from bertui.runs.record import write_remembered
from bertui.runs.run import Run
from bertui.training.alarms import TrainingHalted
from bertui.training.events import CheckpointDue, Event, ModelLoaded

_BETWEEN_LOOKS = 5.0  # seconds between two looks at who owns the run


class Cancelled(Exception):
    """The person threw the run away."""


def execute(run: Run) -> Iterator[Event]:
    """Carry out a run and pass on its events; the folder says at every moment how it stands.

    It ends early where somebody asks for it by ``Run.ask``, in this process or any other. A failure is kept in run.json
    in plain words and raised again. Nothing that is done about a failure needs what may just have failed: a state that
    cannot be written is remembered, see ``record``.

    Raises:
        RunError: The run is carried out already, or has ended, or another process has taken it over meanwhile.
    """
    if not run.take():
        raise RunError(
            f"The run '{run.name}' is {run.state}.", expected="A run that waits, was interrupted or has failed.",
            remedy="Start a new one.",
        )  # fmt: skip
    try:
        yield from _events(run)
        if not run.move("stopped" if run.asked("stop") else "finished", error=None, alarm=None):
            raise _taken_over(run)
        shutil.rmtree(run.folder / "checkpoint", ignore_errors=True)  # on a full disk this makes room for the state
        write_remembered()
    except Cancelled:
        if run.move("cancelled"):
            _discard(run)
    except (GeneratorExit, KeyboardInterrupt, SystemExit):
        run.move("interrupted")
        raise
    except Exception as error:
        failure = _failed(run, error)
        if failure is None or failure is error:
            raise
        raise failure from error


def _events(run: Run) -> Iterator[Event]:
    from bertui.experiment.experiment import Experiment

    table, split = run.data()
    looked = time.time()  # which goes on while the computer sleeps
    for event in Experiment(table, split, run.recipe, run.folder, run.pins).run(lambda: run.asked("stop")):
        if run.asked("cancel"):
            raise Cancelled
        if time.time() - looked > _BETWEEN_LOOKS:
            looked = time.time()
            if run.taken_away:
                raise _taken_over(run)
        if isinstance(event, ModelLoaded):
            run.pin(event)
        if not isinstance(event, CheckpointDue):
            run.log(event)
        yield event


def _taken_over(run: Run) -> RunError:
    return RunError(
        f"Another process has taken the run '{run.id}' over, since this one had given no sign of life.",
        remedy="Watch it there: in the app, or with bertui runs.",
    )


def _failed(run: Run, error: Exception) -> Exception | None:
    """Say in run.json what went wrong; return it in words, or None for a mistake of bertui's own."""
    if isinstance(error, TrainingHalted):
        alarm = {"kind": error.alarm.alarm, "remedy": error.alarm.remedy}
        run.move("failed", error=str(error), alarm=alarm)
        with suppress(RunError):
            run.log(error.alarm)
        return error
    failure = explained(error)
    if failure is None:
        words = "bertui made a mistake. The details are in traceback.txt in the run's folder."
        with suppress(OSError):
            (run.folder / "traceback.txt").write_text(traceback.format_exc(), "utf-8")
    run.move("failed", error=words if failure is None else str(failure), alarm=None)
    return failure


def _discard(run: Run) -> None:
    for left_over in ("model", "checkpoint", "predictions", "report.json"):
        with suppress(OSError):
            remove(run.folder / left_over)
