"""Workspaces of earlier versions open, predict, explain and resume; `tests/workspaces/make.py` made them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bertui
from bertui.data.templates import TEMPLATES
from bertui.runs.run import Run

ARCHIVES = sorted((Path(__file__).parents[1] / "workspaces").glob("version-*.zip"))
CASES = [
    (archive, kind)
    for archive in ARCHIVES
    for kind in json.loads(zipfile.Path(archive, "expected.json").read_text("utf-8"))
]
each = pytest.mark.parametrize(("archive", "kind"), CASES, ids=lambda one: getattr(one, "stem", one))
IN_WINDOWS = ("tagging", "question-answering")
"""Whose batches were of windows and are of rows: a resumed run of 0.1 ends well, but elsewhere than it would have."""


@pytest.fixture
def old(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Unpack a workspace where its relative paths lead to its model; gives what its version said of it."""
    zipfile.ZipFile(archive).extractall(tmp_path)
    monkeypatch.chdir(tmp_path)
    yield json.loads((tmp_path / "expected.json").read_text("utf-8"))


def run_of(name: str) -> Run:
    return bertui.Workspace(Path("workspace")).run(name)


def close(found: Any, expected: Any) -> None:
    """Hold that values are what they were, numbers to what another processor may round."""
    if isinstance(expected, dict):
        assert found.keys() >= expected.keys()
        for key, value in expected.items():
            close(found[key], value)
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            close(one, other)
    else:
        assert found == (pytest.approx(expected, abs=2e-4) if isinstance(expected, float) else expected)


def test_every_task_of_that_time_is_there() -> None:
    assert ARCHIVES and {kind for archive, kind in CASES if archive.stem == "version-0.1.0"} == set(TEMPLATES)


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda one: one.stem)
def test_tables_open_with_their_edits(old: dict[str, Any]) -> None:
    workspace = bertui.Workspace(Path("workspace"))
    assert not workspace.broken() and not workspace.broken_tables()
    (stored,) = workspace.tables()
    assert stored.table().frame.loc[0, "label"] == "praise" and len(stored.edits) == 1


@each
def test_a_finished_run_opens_predicts_and_explains(old: dict[str, Any], kind: str) -> None:
    run, expected = run_of(f"{kind} finished"), old[kind]
    assert run.state == "finished" and run.task_kind == kind
    report = run.report()
    assert report is not None
    close({name: part["metrics"] for name, part in report["parts"].items()}, expected["metrics"])
    assert run.predictions("test") is not None and run.events()[0]
    predictor = bertui.load(run)
    inputs = [tuple(texts) for texts in expected["inputs"]]
    assert run.data()[0].inputs([0, 1, 2]) == inputs
    close([json.loads(json.dumps(predictor.answer(one).columns())) for one in inputs], expected["answers"])
    explained = bertui.explain(predictor, *inputs[0], method="integrated-gradients")
    assert explained["method"] == "integrated-gradients"  # an id since; then it was the name
    close(
        {key: explained[key] for key in expected["explained"]} | {"method": "integrated gradients"},
        expected["explained"],
    )


@each
def test_an_interrupted_run_goes_on_to_the_same_end(old: dict[str, Any], kind: str) -> None:
    run = bertui.resume(run_of(f"{kind} interrupted"))
    report = run.report()
    assert run.state == "finished" and report is not None and not (run.folder / "checkpoint").exists()
    if kind not in IN_WINDOWS:
        close({name: part["metrics"] for name, part in report["parts"].items()}, old[kind]["metrics"])
        inputs = [tuple(texts) for texts in old[kind]["inputs"]]
        close([json.loads(json.dumps(bertui.load(run).answer(one).columns())) for one in inputs], old[kind]["answers"])
