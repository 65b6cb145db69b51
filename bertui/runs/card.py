"""The model card of a run, filled from its folder."""

from __future__ import annotations

import json

from bertui.recipe import flat
from bertui.runs.run import Run


def model_card(run: Run, *, in_pipeline: bool) -> str:
    """Return the README of an export: what it does, how good it is, how to load it, how it was made."""
    facts, recipe = run.facts(), run.recipe
    return "\n".join(
        [
            "---",
            "pipeline_tag: text-classification",
            f"base_model: {json.dumps(recipe.model.name)}",
            "---",
            "",
            f"# {_line(facts['name'])}",
            "",
            f"A text classifier with {len(facts['classes'])} classes, fine-tuned with bertui {facts['version']} from "
            f"`{_line(recipe.model.name)}` on {facts['sizes']['train']} rows of *{_line(facts['table'])}*.",
            "",
            "## How good it is",
            "",
            *_scores(run),
            "",
            "## How to load it",
            "",
            *_loading(in_pipeline),
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


def _scores(run: Run) -> list[str]:
    report = run.report() or {"parts": {}}
    rows = ["| rows | accuracy | macro-F1 | n |", "| --- | --- | --- | --- |"]
    for part, entry in report["parts"].items():
        scores = entry["scores"]
        rows.append(f"| {part} | {_interval(scores['accuracy'])} | {_interval(scores['f1_macro'])} | {scores['n']} |")
        for other in entry["baselines"]:
            accuracy, f1 = other["scores"]["accuracy"], other["scores"]["f1_macro"]
            rows.append(f"| {part}, {other['name']} | {_interval(accuracy)} | {_interval(f1)} | {scores['n']} |")
    return [*rows, "", "In brackets 95 % bootstrap intervals."]


def _interval(saved: dict[str, float]) -> str:
    return f"{saved['value']:.1%} ({saved['low']:.1%} to {saved['high']:.1%})"


def _loading(in_pipeline: bool) -> list[str]:
    if in_pipeline:
        lines = [
            "from transformers import pipeline",
            'classify = pipeline("text-classification", "this-folder")',
        ]
        return ["```python", *lines, "```"]
    lines = ["import bertui", 'print(bertui.load("this-folder").predict("A text."))']
    why = "Its features are not ones that transformers' own classifier has, so bertui loads it:"
    return [why, "", "```python", *lines, "```"]


def _line(text: str) -> str:
    """Keep a user's words on one line and out of Markdown's table and HTML."""
    return text.replace("\n", " ").replace("|", "\\|").replace("<", "&lt;").replace("`", "'")
