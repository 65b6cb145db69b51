"""The model card of an export, from a run's folder by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bertui.data.roles import Roles
from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.recipe import Recipe
from bertui.runs.card import model_card
from bertui.runs.run import Run
from bertui.runs.workspace import Workspace

SPLIT = Split(np.arange(3), np.arange(3, 4), np.arange(4, 6))


def run_on(folder: Path, roles: Roles, **columns: list[str]) -> Run:
    table = Table(pd.DataFrame(columns, dtype="str"), roles, "few|<b>")
    return Workspace(folder).create_run(table, SPLIT, Recipe(), name="my\n`run`")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return run_on(tmp_path, Roles(("text",), "label"), text=[f"text {n}" for n in range(6)], label=["x", "y"] * 3)


def test_scores_stand_beside_those_of_simple_methods(run: Run) -> None:
    simple = {"name": "TF-IDF", "metrics": {"accuracy": {"value": 0.0, "low": 0.0, "high": 0.65}}}
    test = {"n": 2, "metrics": {"accuracy": {"value": 0.5, "low": 0.1, "high": 0.9}}, "baselines": [simple]}
    (run.folder / "report.json").write_text(json.dumps({"parts": {"test": test}}))
    card = model_card(run, None)
    assert "\n# my 'run'\n" in card and " on 3 rows of *few\\|&lt;b>*." in card and "a model with 2 classes" in card
    assert (
        "\n| rows | Accuracy | n |\n| --- | --- | --- |\n"
        "| test | 50.0 % (10.0 to 90.0) | 2 |\n| test, TF-IDF | 0.0 % (0.0 to 65.0) | 2 |\n"
    ) in card
    assert "\n| training.batch_size | 32 |\n" in card and run.facts()["fingerprint"] in card


@pytest.mark.parametrize(
    ("pipeline", "tag", "lines"),
    [
        (
            "text-classification", "pipeline_tag: text-classification\n",
            ["from transformers import pipeline", 'model = pipeline("text-classification", "this-folder")'],
        ),
        (
            "question-answering", "pipeline_tag: question-answering\n",
            [
                "from transformers import AutoTokenizer, AutoModelForQuestionAnswering",
                'tokenizer = AutoTokenizer.from_pretrained("this-folder")',
                'model = AutoModelForQuestionAnswering.from_pretrained("this-folder")',
            ],
        ),
        (None, "", ["import bertui", 'print(bertui.load("this-folder").predict("A text."))']),
    ],
)  # fmt: skip
def test_the_card_says_how_the_export_is_loaded(run: Run, pipeline: str | None, tag: str, lines: list[str]) -> None:
    card = model_card(run, pipeline)
    assert card.startswith(f'---\n{tag}base_model: "')
    assert "\n".join(["```python", *lines, "```"]) in card
    assert ("transformers has no pipeline" in card) == (pipeline is None)


def test_a_model_of_pairs_is_loaded_with_two_texts(tmp_path: Path) -> None:
    texts = [f"text {n}" for n in range(6)]
    run = run_on(tmp_path, Roles("a", "label", text_b="b"), a=texts, b=texts, label=["x", "y"] * 3)
    assert '.predict("A text.", "A text."))' in model_card(run, None)
