"""Runs that differ in their seed alone are found and asked about the same text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bertui.prediction.predictor import Predictor
from bertui.runs.asking import Asking
from bertui.runs.execution import execute
from bertui.runs.run import Run
from bertui.runs.seeds import asked_of, of_other_seeds
from bertui.runs.workspace import Workspace
from tests.app.finished import finished_run

METHOD = "frozen"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """A run, and others of the same rows: two with another seed, one that also has more epochs, one of fewer rows."""
    folder = tmp_path_factory.mktemp("seeds")
    first = finished_run(folder)
    workspace, (table, split) = Workspace(folder / "workspace"), first.data()

    def another(rows: Any = split, **choices: Any) -> Run:
        run = workspace.create_run(table, rows, first.recipe.changed(choices), name="other")
        for _ in execute(run):
            pass
        return run

    fewer = type(split)(split.train[:-1], split.validation, split.test)
    return {
        "first": first,
        "second": another(**{"training.seed": 1}),
        "third": another(**{"training.seed": 2, "training.threads": 1}),
        "longer": another(**{"training.seed": 1, "training.epochs": 2}),
        "fewer": another(fewer, **{"training.seed": 1}),
        "same": another(),
    }


def test_only_another_seed_counts(runs: dict[str, Run]) -> None:
    found = of_other_seeds(runs["first"], runs.values())
    assert {run.id for run in found} == {runs["second"].id, runs["third"].id}
    assert not of_other_seeds(runs["longer"], runs.values())


def test_a_broken_run_is_compared_with_nothing(runs: dict[str, Run]) -> None:
    path: Path = runs["second"].folder / "recipe.json"
    whole = path.read_bytes()
    path.write_bytes(b"{")
    try:
        assert [run.id for run in of_other_seeds(runs["first"], runs.values())] == [runs["third"].id]
    finally:
        path.write_bytes(whole)


def test_each_is_asked_for_its_answer_and_its_map(runs: dict[str, Run]) -> None:
    inputs = ("great film number 3, the plot was very slow",)
    predictor = Predictor(runs["first"].model_folder)
    answer = predictor.answer(inputs)
    focus = predictor.task.focuses(answer)[0]

    def map_of(run: Run) -> Any:
        from bertui.explanation.methods import read_method

        return Asking(Predictor(run.model_folder), inputs, focus, focus.default).attribution(read_method(METHOD))

    shares: list[float] = []
    others = [runs["second"], runs["third"]]
    found = asked_of(others, inputs, focus, map_of(runs["first"]), METHOD, shares.append)
    assert shares == [0.5, 1.0] and len(found.answers) == 2
    assert found.answers[0] == Predictor(others[0].model_folder).answer(inputs).summary()
    assert found.steadiness is not None and found.steadiness.maps == 3 and len(found.steadiness.correlations) == 3
    from bertui.explanation.steady import steadiness

    assert found.steadiness == steadiness([map_of(runs[name]) for name in ("first", "second", "third")])
