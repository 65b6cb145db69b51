"""For mutants.py: which tests execute a line, and tests run in a process and a copy of the repository of their own."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

os.environ.update(OMP_NUM_THREADS="1", TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1", PYTHONDONTWRITEBYTECODE="1")
sys.dont_write_bytecode = True  # a cached module would hide the next mutant of the same size

import coverage  # noqa: E402
import pytest  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
_WHOLE = ("runs", "library", "cli", "bad_input", "full_disks")
TESTS = ("tests/unit", "tests/contracts", *(f"tests/integration/test_{name}.py" for name in _WHOLE), "tests/app")
LIBRARIES = ("captum.attr", "datasets", "hypothesis", "openpyxl", "pandas", "plotly.graph_objects")
LIBRARIES += ("sklearn.linear_model", "torch", "transformers")


def load_libraries() -> None:
    """Import what is heavy, so that a forked process need not."""
    for library in LIBRARIES:
        __import__(library)


class Executed:
    """Which lines each test executes, and how long it takes, from one run of all of them.

    Attributes:
        seconds: The tests that passed, and their time.
    """

    def __init__(self, file: Path) -> None:
        if not file.exists():
            print(f"The tests run once, to learn which lines each executes ({file}).", flush=True)
            _, output = in_copy(lambda: run_measured(file), limit=7200)
            print(output[-2000:], flush=True)
        self.seconds: dict[str, float] = json.loads(file.with_suffix(".json").read_text())
        self.data = coverage.CoverageData(str(file))
        self.data.read()

    def tests(self, path: str, line: int, seconds: float) -> list[str]:
        """Return the tests of a line in the order of ``TESTS``, first of files that execute much of the module."""
        lines = {number: set(names) - {""} for number, names in self.data.contexts_by_lineno(path).items()}
        begins = max((number for number in lines if number <= line), default=line)  # a statement of several lines
        contexts = lines.get(begins) or set().union(*lines.values())
        weights = Counter(file for names in lines.values() for file in {name.split("::")[0] for name in names})
        # The context of a file is of the fixtures: what its tests share is executed for the first of them alone.
        chosen = [test for test in self.seconds if {test, test.split("::")[0]} & contexts]
        chosen.sort(key=lambda test: (_place(test), -weights[test.split("::")[0]], self.seconds[test]))
        sums = itertools.accumulate(self.seconds[test] for test in chosen)
        return [test for test, until in zip(chosen, sums, strict=True) if until <= seconds]


def _place(test: str) -> int:
    return next(place for place, start in enumerate(TESTS) if test.startswith(start))


class Recorder:
    """Tells coverage which test runs, and keeps the time of those that pass."""

    def __init__(self, measured: coverage.Coverage) -> None:
        self.measured, self.seconds = measured, dict[str, float]()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.measured.switch_context(nodeid.split("::")[0])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> None:
        self.measured.switch_context(item.nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        self.measured.switch_context(item.nodeid.split("::")[0])

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self.seconds[report.nodeid] = report.duration


class Chosen:
    """Keeps some tests, in their order."""

    def __init__(self, tests: list[str]) -> None:
        self.order = {test: number for number, test in enumerate(tests)}

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = sorted((it for it in items if it.nodeid in self.order), key=lambda it: self.order[it.nodeid])


def run_measured(file: Path) -> int:
    measured = coverage.Coverage(data_file=str(file), source=["bertui"], config_file=False)
    measured.set_option("run:relative_files", True)
    recorder = Recorder(measured)
    measured.start()
    code = run_pytest(TESTS, recorder)
    measured.stop()
    measured.save()
    file.with_suffix(".json").write_text(json.dumps(recorder.seconds))
    return code


def run_until_failure(tests: list[str]) -> int:
    files = dict.fromkeys(test.split("::")[0] for test in tests)
    return run_pytest(["-x", *files], Chosen(tests))


def run_pytest(arguments: Any, plugin: object) -> int:
    return int(pytest.main(["-q", "-p", "no:cacheprovider", "--hypothesis-seed=0", *arguments], plugins=[plugin]))


def in_copy(job: Callable[[], int], limit: float, changed: Mapping[str, str] | None = None) -> tuple[int | None, str]:
    """Do a job in a process of its own, in a copy of the repository where some files are other ones.

    Returns:
        Its exit code, None past the limit in seconds, and what it printed.
    """
    with tempfile.TemporaryDirectory() as folder:
        tree = copied(Path(folder) / "bertui")
        for path, code in (changed or {}).items():
            (tree / path).write_text(code, "utf-8")
        child = os.fork()
        if not child:
            inside(tree, job)
        code = waited(child, limit)
        return code, (tree.parent / "output").read_text("utf-8", "replace")


def copied(tree: Path) -> Path:
    """Copy what git tracks, and what it could, to ``tree``."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    for name in subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tree / name)
    return tree


def inside(tree: Path, job: Callable[[], int]) -> None:
    """Do a job as the child, and end."""
    code = 70
    try:
        os.setsid()
        os.chdir(tree)
        sys.path.insert(0, str(tree))
        tempfile.tempdir = os.environ["TMPDIR"] = str(tree.parent)  # what tests leave goes with the copy
        os.environ["PYTHONPATH"] = str(tree)
        output = os.open(tree.parent / "output", os.O_CREAT | os.O_WRONLY)
        os.dup2(output, 1)
        os.dup2(output, 2)
        code = job()
        sys.stdout.flush()
    finally:
        os._exit(code)


def waited(child: int, limit: float) -> int | None:
    """Wait for a child; past the limit, end it and what it started."""
    end, code = time.monotonic() + limit, None
    while time.monotonic() < end and code is None:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            code = os.waitstatus_to_exitcode(status)
        else:
            time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if code is None:
        os.waitpid(child, 0)
    return code
