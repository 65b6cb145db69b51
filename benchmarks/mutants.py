"""Change the code in one place at a time: how many of the changes does a test notice?

    python benchmarks/mutants.py [--rooms data runs] [--sample 40] [--seed 0] [--map FILE] [--only NAME ...]

Linux or macOS, in an environment with the test tools, cosmic-ray and coverage. The tests run once to learn which lines
each executes (kept in ``--map``). Of each room places are drawn, and of what cosmic-ray can do there one change: each
place in the code counts once. A mutant is run against the tests that execute its line, or the module, where the line
runs at import: unit tests first, files that execute most of the module first, until they would take ``--seconds``.

Each mutant is a process forked from this one, which has the libraries loaded and none of bertui, and works in a copy
of the repository. It may still delete what it should not: use a container, or
``unshare -m -p -f --mount-proc`` with what is dear mounted read-only.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import hashlib
import random
import sys
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from mutants_tests import ROOT, Executed, in_copy, load_libraries, run_until_failure

ROOMS = ("data", "evaluation", "training", "runs", "explanation")
LEFT_OUT = ("_Is", "Variable", "NoOp")  # "is" for "==" differs for few values; those for variables must be told names
KEPT = ("Operator_Is_IsNot", "Operator_IsNot_Is")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change: the file within the repository, its line, the operator's name and the file's text with the change."""

    path: str
    line: int
    operator: str
    code: str

    @property
    def name(self) -> str:
        return hashlib.sha256(f"{self.path}{self.code}".encode()).hexdigest()[:8]

    def diff(self) -> str:
        before = (ROOT / self.path).read_text("utf-8").splitlines()
        lines = difflib.unified_diff(before, self.code.splitlines(), n=0, lineterm="")
        return "\n".join(line for line in lines if line[:3] not in ("---", "+++"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rooms", nargs="+", default=ROOMS, choices=ROOMS)
    parser.add_argument("--sample", type=int, default=40, help="mutants of each room")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=60, help="of tests for one mutant")
    parser.add_argument("--map", type=Path, help="file that keeps which tests execute which line")
    parser.add_argument("--only", nargs="+", help="names of the mutants to run; the others are left out")
    given = parser.parse_args()
    load_libraries()
    with tempfile.TemporaryDirectory() as folder:
        executed = Executed((given.map or Path(folder) / "map").resolve())
        outcomes = {}
        for room in given.rooms:
            mutants = drawn(room, given.sample, random.Random(f"{room} {given.seed}"))
            chosen = [mutant for mutant in mutants if mutant.name in (given.only or [mutant.name])]
            outcomes[room] = Counter(outcome(mutant, executed, given.seconds) for mutant in chosen)
    report(outcomes)


def drawn(room: str, count: int, chance: random.Random) -> list[Mutant]:
    """Draw places of a room, and a change at each."""
    places = [(path, *place) for path in sorted((ROOT / "bertui" / room).rglob("*.py")) for place in places_of(path)]
    chance.shuffle(places)
    mutants: list[Mutant] = []
    for path, line, changes in places:
        operator, occurrence = chance.choice(changes)
        source = path.read_text("utf-8")
        code = mutate_code(source, get_operator(operator)(), occurrence)
        if meaning(code) not in (None, meaning(source)):
            mutants.append(Mutant(str(path.relative_to(ROOT)), line, operator.removeprefix("core/"), code))
        if len(mutants) == count:
            break
    return mutants


def places_of(path: Path) -> list[tuple[int, list[tuple[str, int]]]]:
    """Return the places of a file that can be changed: the line, and each operator with its number in the file."""
    nodes = list(ast_nodes(get_ast(path.read_text("utf-8"))))
    places = defaultdict(list)
    for name in sorted(operator_names()):
        if any(part in name for part in KEPT) or not any(part in name for part in LEFT_OUT):
            operator = get_operator(name)()
            starts = [start for node in nodes for start, _ in operator.mutation_positions(node)]
            for occurrence, start in enumerate(starts):
                places[start].append((name, occurrence))
    return [(line, changes) for (line, _), changes in sorted(places.items())]


def meaning(code: str) -> str | None:
    """Return a program without annotations and the flags of dataclasses, which rarely matter; None if it is none."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dataclass":
            node.keywords.clear()
        for name in ("annotation", "returns"):
            if getattr(node, name, None) is not None:
                setattr(node, name, ast.Constant(None))
    return ast.dump(tree)


def outcome(mutant: Mutant, executed: Executed, seconds: float) -> str:
    """Run a mutant, and print it if no test fails."""
    tests = executed.tests(mutant.path, mutant.line, seconds)
    limit = 60 + 5 * sum(executed.seconds[test] for test in tests)
    code, output = in_copy(lambda: run_until_failure(tests), limit, {mutant.path: mutant.code}) if tests else (0, "")
    noticed = next((line for line in output.splitlines() if line.startswith(("FAILED", "ERROR"))), output[-300:])
    survived = code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
    became = "killed by time" if code is None else "killed" if not survived else "survived" if tests else "not executed"
    print(f"{mutant.name} {mutant.path}:{mutant.line} {mutant.operator}: {became}, {len(tests)} tests", flush=True)
    print(mutant.diff() if survived else f"    {noticed[:200]}", flush=True)
    return became


def report(outcomes: dict[str, Counter[str]]) -> None:
    """Print the share killed of each room; bertui is loaded only here, where no mutant is to come."""
    sys.path.insert(0, str(ROOT))
    from bertui.evaluation.intervals import wilson

    for room, counted in {**outcomes, "all": sum(outcomes.values(), Counter())}.items():
        killed = counted["killed"] + counted["killed by time"]
        share = wilson(killed, counted.total()).percent()
        print(f"{room}: {killed} of {counted.total()} killed, {share}; {dict(counted)}")


if __name__ == "__main__":
    main()
