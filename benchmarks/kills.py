"""kill -9 at random moments of small runs: is a run lost, is its state wrong, does it end with other weights?

    python benchmarks/kills.py [--kills 100] [--seed 0] [--rows 90]

Linux or macOS. Three tasks with a random BERT of a few kilobytes, a check and a checkpoint every few steps. Each run is
a process of its own, forked from this one, which has the libraries loaded. The moment of the kill is drawn within a
phase that the run's event log tells of, the phase that was hit least so far. What is left is opened as the app opens
it, checked, and resumed to its end; every third resumed run is killed once more. Beside it stands the same run that was
left alone: every best model it saved, and its end, must be found again bit by bit.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # one thread each, and this process can be forked
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kills_folder import PHASES, digest_of, leftovers, parts, phase_of, phase_spans, step_of, steps_of, turns_of  # noqa: E402

from bertui.data.samples import sample  # noqa: E402
from bertui.data.splitting import Split, SplitChoice, make_split  # noqa: E402
from bertui.data.table import Table  # noqa: E402
from bertui.modeling.libraries import load_libraries  # noqa: E402
from bertui.recipe import Recipe, with_task_defaults  # noqa: E402
from bertui.runs.execution import execute  # noqa: E402
from bertui.runs.files import open_workspace  # noqa: E402
from bertui.runs.run import Run  # noqa: E402
from bertui.runs.workspace import Workspace  # noqa: E402
from bertui.training import loop  # noqa: E402
from bertui.training.events import Evaluated  # noqa: E402
from tests.tiny import tiny_bert  # noqa: E402

SAMPLES = ("requests", "orders", "closeness")  # one label, tags, a score for pairs
_LONGEST = 120.0  # seconds for one run


@dataclass(frozen=True)
class Case:
    """A task with the run that was left alone.

    Attributes:
        models: Step -> digest of the best model that was saved there.
        spans: Phase -> how long each of its turns took, in seconds.
    """

    table: Table
    split: Split
    recipe: Recipe
    whole: Run
    models: dict[int, str]
    spans: dict[str, list[float]]


@dataclass
class Counts:
    """What came of the kills."""

    kills: int = 0
    phases: Counter[str] = field(default_factory=Counter)
    half_written: int = 0
    from_checkpoint: int = 0
    lost: list[str] = field(default_factory=list)
    wrong_state: list[str] = field(default_factory=list)
    other_end: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        return self.lost + self.wrong_state + self.other_end


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rows", type=int, default=90)
    given = parser.parse_args()
    chance, counts, began = random.Random(given.seed), Counts(), time.monotonic()
    load_libraries()
    # A checkpoint costs as much as here some steps; with the usual 30 seconds there would be one in a run.
    loop._CHECKPOINT_SECONDS, loop._CHECKPOINT_SHARE = 0.0, 2.0
    with tempfile.TemporaryDirectory() as folder:
        space = Workspace(Path(folder) / "workspace")
        tiny_bert(Path(folder) / "tiny")
        cases = {key: whole_run(space, key, Path(folder) / "tiny", given.rows) for key in SAMPLES}
        for key in endlessly(SAMPLES):
            if counts.kills >= given.kills or len(counts.faults) > 10:
                break
            killed_run(space, key, cases[key], chance, counts)
    report(counts, time.monotonic() - began)
    sys.exit(bool(counts.faults))


def endlessly(items: tuple[str, ...]) -> Iterator[str]:
    while True:
        yield from items


def whole_run(space: Workspace, key: str, model: Path, rows: int) -> Case:
    """Make a case: carry its run out undisturbed, noting each best model it saves."""
    shipped = sample(key)
    stored = space.add_table(shipped.read(), f"{key}.csv", roles=shipped.roles)
    table = stored.table()
    table = Table(table.frame.head(rows), table.roles, key)
    split = make_split(table, SplitChoice())
    recipe = with_task_defaults(Recipe(), table.roles.task).changed(
        {
            "model.name": str(model), "encoding.max_length": 48, "training.epochs": 4, "training.batch_size": 8,
            "training.evaluations_per_epoch": 3, "training.patience": 0, "training.precision": "32-bit",
            "optimizer.learning_rate": 3e-3,
        }
    )  # fmt: skip
    run = space.create_run(table, split, recipe, name=f"{key}, left alone")
    notes = run.folder.with_name("models.txt")
    child = start(run, notes)
    if not ended(child) or run.state != "finished":
        sys.exit(f"The undisturbed run of {key} did not finish: {run.facts()['error']}")
    pairs = [line.split() for line in notes.read_text().splitlines()]
    notes.unlink()
    return Case(table, split, recipe, run, {int(step): digest for step, digest in pairs}, phase_spans(run))


def start(run: Run, notes: Path | None = None) -> int:
    """Carry a run out in a forked process and return its number."""
    if child := os.fork():
        return child
    try:
        with open(os.devnull, "w") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        for event in execute(run):
            if notes is not None and isinstance(event, Evaluated) and event.best:
                with notes.open("a") as file:
                    file.write(f"{event.step} {digest_of(run.folder / 'model')}\n")
    finally:
        os._exit(0 if sys.exc_info()[0] is None else 1)


def ended(child: int) -> bool:
    """Wait for a process and say whether it ended well."""
    end = time.monotonic() + _LONGEST
    while time.monotonic() < end:
        number, status = os.waitpid(child, os.WNOHANG)
        if number:
            return status == 0
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def killed_run(space: Workspace, key: str, case: Case, chance: random.Random, counts: Counts) -> None:
    """Kill a run once or twice, look at what is left each time, and resume it to its end."""
    run = space.create_run(case.table, case.split, case.recipe, name=f"{key}, killed")
    name = f"{key}, kill {counts.kills + 1}"
    for again in (False, True):
        if again and chance.random() > 1 / 3:
            break
        child = start(run)
        if not kill_within(child, run, case, chance, counts):
            break  # it had ended before
        if not looked_over(space, run, case, f"{name} in {phase_of(run)}", counts):
            return
    before = len(steps_of(run))
    if run.state != "finished" and not (ended(start(run)) and run.state == "finished"):
        counts.lost.append(f"{name}: resumed, it is {run.state}: {run.facts()['error']}")
        return
    steps = steps_of(run)
    counts.from_checkpoint += len(steps) > before > 0 and steps[before] > 1
    if same_end(run, case) and set(steps) == set(steps_of(case.whole)):
        space.delete(run)
    else:
        counts.other_end.append(f"{name}: {run.folder}")


def kill_within(child: int, run: Run, case: Case, chance: random.Random, counts: Counts) -> bool:
    """Kill a process in the phase that was hit least, in a turn and at a moment drawn; False where it had ended."""
    phase = min(PHASES, key=lambda one: (counts.phases[one], chance.random()))
    turn = chance.randrange(len(case.spans[phase]))
    moment = chance.uniform(0, 1.1 * case.spans[phase][turn])
    first = turns_of(run, phase)
    while turns_of(run, phase) <= min(first + turn, len(case.spans[phase]) - 1):
        if os.waitpid(child, os.WNOHANG)[0]:
            return False
        time.sleep(0.0005)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) or run.state == "finished":
        return False
    counts.kills += 1
    counts.phases[phase_of(run)] += 1
    return True


def looked_over(space: Workspace, run: Run, case: Case, name: str, counts: Counts) -> bool:
    """Open the workspace as the app does; a run that cannot be resumed is lost, one that says otherwise is wrong."""
    counts.half_written += bool(leftovers(run))
    opened = open_workspace(space.root)
    if run.id not in [one.id for one in opened.runs()] or opened.broken():
        counts.lost.append(f"{name}: it is not listed")
        return False
    if run.state != "interrupted":
        counts.wrong_state.append(f"{name}: {run.state}")
        return False
    model = run.folder / "model"
    if leftovers(run) or (model.exists() and digest_of(model) != case.models[step_of(model)]):
        counts.wrong_state.append(f"{name}: {leftovers(run)}, or a model that never was")
        return False
    return True


def same_end(run: Run, case: Case) -> bool:
    """Whether model, facts, answers and scores are those of the run that was left alone."""
    mine, theirs = run.folder, case.whole.folder
    same = digest_of(mine / "model") == digest_of(theirs / "model")
    same &= (mine / "model" / "bertui.json").read_bytes() == (theirs / "model" / "bertui.json").read_bytes()
    answers = sorted(path.name for path in (theirs / "predictions").iterdir())
    same &= answers == sorted(path.name for path in (mine / "predictions").iterdir())
    same &= all(
        (mine / "predictions" / name).read_bytes() == (theirs / "predictions" / name).read_bytes() for name in answers
    )
    return same and parts(run) == parts(case.whole) and not leftovers(run)


def report(counts: Counts, seconds: float) -> None:
    where = ", ".join(f"{phase} {counts.phases[phase]}" for phase in PHASES)
    print(f"{counts.kills} kills in {seconds:.0f} s ({where})")
    print(f"{counts.half_written} left something half written; {counts.from_checkpoint} runs went on from a checkpoint")
    print(
        f"lost: {len(counts.lost)}; in a wrong state: {len(counts.wrong_state)}; another end: {len(counts.other_end)}"
    )
    for fault in counts.faults:
        print(f"  {fault}")


if __name__ == "__main__":
    main()
