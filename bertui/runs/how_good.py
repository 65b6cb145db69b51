"""How good a finished run is, in words, and what may make it better."""

from __future__ import annotations

from typing import Any

from bertui.recipe import preset
from bertui.runs.results import metrics_of
from bertui.runs.run import Run, main_part
from bertui.tasks import sentences
from bertui.tasks.results import BaselineScores
from bertui.tasks.task import Task
from bertui.tasks.verdicts import Standing, standing, verdict


def headline(task: type[Task], report: dict[str, Any]) -> str:
    """Return how good the model is against the baselines, in one line."""
    judged = main_part(report)
    if judged is None:
        return "The run has no validation or test rows, so nothing can be said about how good it is."
    part, scores = judged
    metrics = metrics_of(scores)
    sentence = sentences.headline(task.measures_in(metrics)[0], metrics, _baselines(scores)).rstrip(".")
    return f"On {scores['n']:,} {part} rows: {sentence}."


def against_baselines(task: type[Task], report: dict[str, Any]) -> tuple[Standing | None, str]:
    """Return where the model stands against the strongest baseline, and the verdict in words."""
    judged = main_part(report)
    if judged is None:
        return None, ""
    baselines = _baselines(judged[1])
    return standing(task, baselines), verdict(task, baselines)


def is_perfect(task: type[Task], report: dict[str, Any]) -> bool:
    """Whether every row that the model is judged by is right, so that no further training can show."""
    judged = main_part(report)
    if judged is None:
        return False
    metrics = metrics_of(judged[1])
    measure = task.measures_in(metrics)[0]
    return measure.percent and not measure.falling and metrics[measure.name].value >= 1


def next_step(run: Run) -> tuple[str, dict[str, Any]]:
    """Return what may make a run better that is no better than a baseline: words for a button, and changes."""
    recipe, rows = run.recipe, run.facts()["sizes"]["train"]
    usual = preset("Recommended", run.task_kind).changed({"model": recipe.model.model_dump(mode="json")})
    if recipe.training.steps(rows) < usual.training.steps(round(rows / recipe.split.sample)):
        split = recipe.split.model_dump(mode="json") | {"sample": 1.0}
        return "Train again with Recommended", usual.model_dump(mode="json") | {"split": split}
    epochs = min(1000, 2 * recipe.training.epochs_for(rows))
    return f"Train again with {epochs} epochs", {"training.epochs": epochs, "training.max_steps": None}


def _baselines(scores: dict[str, Any]) -> list[BaselineScores]:
    return [BaselineScores.from_json(one) for one in scores["baselines"]]
