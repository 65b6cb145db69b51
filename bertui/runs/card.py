"""The model card of a run, filled from its folder."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bertui.evaluation.intervals import Interval
from bertui.modeling.sources import EMBEDDED, EMBEDDED_ON_HUB
from bertui.recipe import flat
from bertui.runs.run import Run
from bertui.tasks.results import Measure


def model_card(run: Run, pipeline: str | None) -> str:
    """Return the README of an export: what it does, how good it is, how to load it, how it was made.

    Args:
        pipeline: The pipeline of transformers that loads it, if one does.
    """
    facts, recipe = run.facts(), run.recipe
    base = EMBEDDED_ON_HUB if recipe.model.name == EMBEDDED else recipe.model.name
    return "\n".join(
        [
            "---",
            *([f"pipeline_tag: {pipeline}"] if pipeline else []),
            f"base_model: {json.dumps(base)}",
            "---",
            "",
            f"# {_line(facts['name'])}",
            "",
            f"{_what(run)}, fine-tuned with bertui {facts['version']} from `{_line(base)}` on "
            f"{facts['sizes']['train']} rows of *{_line(facts['table'])}*.",
            "",
            "## How good it is",
            "",
            *_scores(run),
            "",
            "## How to load it",
            "",
            *_loading(run, pipeline),
            "",
            "## How it was made",
            "",
            "| choice | value |",
            "| --- | --- |",
            *(f"| {path} | {_line(str(value))} |" for path, value in flat(recipe).items()),
            "",
            f"Fingerprint of the data: `{facts['fingerprint']}`.",
            "",
        ]
    )


def _what(run: Run) -> str:
    classes = run.facts()["classes"]
    return f"{run.task.title}: a model" + (f" with {len(classes)} classes" if classes else "")


def _scores(run: Run) -> list[str]:
    report = run.report() or {"parts": {}}
    measures = run.task.measures_in(next((part["metrics"] for part in report["parts"].values()), ()))
    rows = [f"| rows | {' | '.join(one.title for one in measures)} | n |", f"| --- |{' --- |' * (len(measures) + 1)}"]
    for part, entry in report["parts"].items():
        rows.append(f"| {part} | {_cells(measures, entry['metrics'])} | {entry['n']} |")
        for other in entry["baselines"]:
            rows.append(f"| {part}, {other['name']} | {_cells(measures, other['metrics'])} | {entry['n']} |")
    return [*rows, "", "In brackets 95 % bootstrap intervals."]


def _cells(measures: Sequence[Measure], saved: dict[str, dict[str, float]]) -> str:
    values = [(one, Interval.from_json(saved[one.name])) for one in measures]
    return " | ".join(f"{one.shown(value.value)} ({one.interval(value)})" for one, value in values)


def _loading(run: Run, pipeline: str | None) -> list[str]:
    if pipeline in _MADE:
        made = _MADE[pipeline]
        lines = [
            f"from transformers import AutoTokenizer, {made}",
            'tokenizer = AutoTokenizer.from_pretrained("this-folder")',
            f'model = {made}.from_pretrained("this-folder")',
        ]
        return ["```python", *lines, "```"]
    if pipeline:
        lines = ["from transformers import pipeline", f'model = pipeline("{pipeline}", "this-folder")']
        return ["```python", *lines, "```"]
    texts = ", ".join('"A text."' for _ in run.data()[0].inputs(run.data()[1].train[:1])[0])
    lines = ["import bertui", f'print(bertui.load("this-folder").predict({texts}))']
    why = "transformers has no pipeline that computes the same, so bertui loads it:"
    return [why, "", "```python", *lines, "```"]


# Tasks that transformers has a class for but no longer a pipeline.
_MADE = {"question-answering": "AutoModelForQuestionAnswering"}


def _line(text: str) -> str:
    """Keep a user's words on one line and out of Markdown's table and HTML."""
    return text.replace("\n", " ").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
