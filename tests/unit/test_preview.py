"""Lengths in tokens and what truncation takes away, counted by hand on a tiny tokenizer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bertui.data.roles import Roles
from bertui.data.table import Table
from bertui.experiment.preview import token_facts, truncated_texts
from bertui.recipe import Recipe
from tests.tiny import tiny_bert


@pytest.fixture(scope="module")
def recipe(tmp_path_factory: pytest.TempPathFactory) -> Recipe:
    folder = tiny_bert(tmp_path_factory.mktemp("preview") / "tiny")
    return Recipe().changed({"model.name": str(folder), "encoding.max_length": 8, "encoding.truncation": "tail"})


def table(*texts: str | None) -> Table:
    return Table(pd.DataFrame({"text": list(texts)}, dtype="str"), Roles(text=("text",)))


def test_lengths_count_special_tokens_and_blank_texts_are_left_out(recipe: Recipe) -> None:
    facts = token_facts(table("the film was good", None, " ", "not bad"), recipe)
    assert facts.lengths.tolist() == [6, 4]
    assert facts.rows.tolist() == [0, 3]
    assert facts.max_length == 128


def test_unknown_is_the_share_of_a_texts_own_tokens(recipe: Recipe) -> None:
    facts = token_facts(table("good Ж", "good", "Ж Ж"), recipe)
    assert np.allclose(facts.unknown, [0.5, 0.0, 1.0])


def test_lengths_are_those_before_truncation(recipe: Recipe) -> None:
    assert token_facts(table("good " * 300), recipe).lengths.tolist() == [302]


def test_a_large_table_is_counted_in_part(recipe: Recipe) -> None:
    assert token_facts(table(*["good"] * 100), recipe, most=5).rows.tolist() == [0, 24, 49, 74, 99]


def test_no_texts_no_lengths(recipe: Recipe) -> None:
    assert len(token_facts(table("", None), recipe).lengths) == 0


def test_a_cut_text_says_which_characters_are_kept(recipe: Recipe) -> None:
    texts = table("good", "bad " * 4 + "the film was very good and great", "good")
    (cut,) = truncated_texts(texts, recipe, token_facts(texts, recipe))
    assert cut.row == 1 and cut.truncated == 5
    assert [cut.text[start:stop] for start, stop in cut.kept] == ["film", "was", "very", "good", "and", "great"]


def test_texts_shown_go_from_a_little_to_much_too_long(recipe: Recipe) -> None:
    texts = table(*["good " * n for n in range(1, 30)])
    cuts = [cut.truncated for cut in truncated_texts(texts, recipe, token_facts(texts, recipe))]
    assert cuts[0] == 1 and cuts[-1] == 23 and len(cuts) == 3
