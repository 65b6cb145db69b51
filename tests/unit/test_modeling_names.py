"""People meet the built-in model under one name; its id stands in recipes alone."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

import pandas as pd
import pytest

from bertui.data.roles import Roles
from bertui.data.splitting import make_split
from bertui.experiment import preparation
from bertui.modeling.sources import EMBEDDED, EMBEDDED_TITLE, ModelChoice, Source, model_title
from bertui.recipe import Recipe
from bertui.runs.card import model_card
from bertui.runs.naming import brief
from bertui.runs.workspace import Workspace
from bertui.training.events import PhaseBegan


@pytest.mark.parametrize("typed", ["embedded", "all-MiniLM-L6-v2", "all-MiniLM-L6-v2 (built in)"])
def test_the_name_that_is_shown_can_be_typed(typed: str) -> None:
    assert ModelChoice(name=typed).name == EMBEDDED
    assert Recipe().changed({"model.name": typed}) == Recipe()


def test_others_keep_their_names() -> None:
    for name in ("bert-base-uncased", "./all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"):
        assert model_title(ModelChoice(name=name).name) == name == Source(Path(), name).title


def test_phase_run_and_choices_say_the_name(tmp_path: Path) -> None:
    first = next(iter(preparation.load(Recipe())))
    assert first == PhaseBegan("load", detail=EMBEDDED_TITLE)
    assert brief(EMBEDDED) == EMBEDDED_TITLE and brief("bert-base-uncased") == "bert-base-uncased"
    stored = Workspace(tmp_path).add_frame(
        pd.DataFrame({"text": [f"text {n}" for n in range(40)], "label": ["a", "b"] * 20}), "films.csv",
        roles=Roles(("text",), "label"),
    )  # fmt: skip
    table = stored.table()
    run = Workspace(tmp_path).create_run(table, make_split(table, stored.split_choice), Recipe())
    assert run.name == f"films.csv · {EMBEDDED_TITLE}"
    head = list(takewhile(lambda line: line != "## How it was made", model_card(run, None).splitlines()))
    assert 'base_model: "sentence-transformers/all-MiniLM-L6-v2"' in head
    assert not any(EMBEDDED in line for line in head)
