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


def table_of(task: str, columns: dict[str, list[str]], **roles: str | tuple[str, ...]) -> Table:
    return Table(pd.DataFrame(columns, dtype="str"), Roles(task=task, **roles))


LONG = "good film was bad and the plot was slow"  # 9 tokens


def test_each_choice_is_counted_with_the_text_and_the_longest_is_the_rows(recipe: Recipe) -> None:
    """Not the text and all choices in one, which no model reads."""
    columns = {"text": [LONG, "bad"], "a": ["a", "good bad film"], "b": ["good good Ж", "the"], "label": ["2", "1"]}
    choices = table_of("multiple-choice", columns, text="text", choice=("a", "b"), label="label")
    facts = token_facts(choices, recipe)
    assert facts.lengths.tolist() == [9 + 3 + 3, 1 + 3 + 3]
    assert np.allclose(facts.unknown, [1 / (9 + 1 + 9 + 3), 0])
    (cut,) = truncated_texts(choices, recipe, facts)
    assert (cut.row, cut.text, cut.truncated) == (0, f"{LONG}\ngood good Ж", 7)
    assert [cut.text[start:stop] for start, stop in cut.kept] == ["plot", "was", "slow", "good", "Ж"]


def test_a_pair_is_counted_with_the_marks_of_both(recipe: Recipe) -> None:
    columns = {"a": [LONG, "bad"], "b": ["good", "film"], "label": ["x", "y"]}
    pairs = table_of("single-label", columns, text="a", text_b="b", label="label")
    facts = token_facts(pairs, recipe)
    assert facts.lengths.tolist() == [9 + 1 + 3, 1 + 1 + 3] and facts.unknown.tolist() == [0, 0]
    (cut,) = truncated_texts(pairs, recipe, facts)
    assert (cut.text, cut.truncated) == (f"{LONG}\ngood", 5)
    assert [cut.text[start:stop] for start, stop in cut.kept] == ["the", "plot", "was", "slow", "good"]


@pytest.mark.parametrize(
    ("task", "roles"),
    [
        ("single-label", {"text": "text"}),
        ("several-labels", {"text": "text"}),
        ("several-labels", {"text": "text", "labels": ("odd", "flag")}),  # no yes and no
        ("score", {"text": "text"}),
        ("score", {"text": "text", "score": "odd"}),
        ("tagging", {"tokens": "text"}),
        ("tagging", {"tokens": "text", "tags": "odd"}),
        ("question-answering", {"context": "text"}),
        ("multiple-choice", {"text": "text"}),
        ("multiple-choice", {"text": "text", "label": "odd"}),
    ],
)
def test_texts_are_counted_while_columns_or_answers_are_not_in_order(
    recipe: Recipe, task: str, roles: dict[str, str | tuple[str, ...]]
) -> None:
    unready = table_of(task, {"text": [LONG, "bad"], "odd": ["maybe", "4"], "flag": ["1", "0"]}, **roles)
    facts = token_facts(unready, recipe)
    assert facts.lengths.tolist() == [11, 3]
    (cut,) = truncated_texts(unready, recipe, facts)
    assert cut.row == 0 and cut.text == LONG
