"""Which column plays which role where a person names the task or some of the columns."""

from __future__ import annotations

import pandas as pd
import pytest

from bertui.data.roles import Roles
from bertui.data.table import Table
from bertui.errors import DataError
from bertui.tasks.guessing import choose_roles, guess_roles
from bertui.tasks.registry import require

TEXTS = [f"the film number {n} was seen" for n in range(20)]


def frame(**columns: list[str]) -> pd.DataFrame:
    return pd.DataFrame(columns, dtype="str")


def test_a_named_task_takes_the_columns_that_are_called_so() -> None:
    """The cells do not look like the task's, so a person must be told what is wrong with them, not with the columns."""
    same = guess_roles(frame(text=TEXTS, score=["4"] * 20), "score")
    assert (same.task, same.text, same.one("score")) == ("score", ("text",), "score")
    one = guess_roles(frame(review=TEXTS, labels=["x"] * 20), "several-labels")
    assert (one.text, one.of("labels")) == (("review",), ("labels",))
    empty = guess_roles(frame(question=TEXTS, context=TEXTS, answer=[""] * 20), "question-answering")
    assert empty.named() == {"question": "question", "context": "context", "answer": "answer"}
    pair = guess_roles(frame(sentence1=TEXTS, sentence2=TEXTS, score=["4"] * 20), "score")
    assert (pair.text, pair.one("text_b")) == (("sentence1",), "sentence2")


def test_named_columns_are_not_taken_for_anything_else() -> None:
    roles = choose_roles(frame(text=TEXTS, label=["x"] * 20), {"labels": ("label",)}, "several-labels")
    assert (roles.text, roles.of("labels")) == (("text",), ("label",))
    with pytest.raises(DataError, match="No column looks like the text"):
        choose_roles(frame(text=TEXTS), {"score": "text"}, "score")
    with pytest.raises(DataError, match=r"No column looks like the score.*Choose one with --score"):
        choose_roles(frame(text=TEXTS, label=["x"] * 20), {}, "score")


def test_the_tasks_are_those_that_have_the_named_columns() -> None:
    roles = choose_roles(frame(a=TEXTS, b=["1.5", "2.5"] * 10), {"score": "b"})
    assert (roles.task, roles.text, roles.one("score")) == ("score", ("a",), "b")
    with pytest.raises(
        DataError, match=r"No task has all of these columns: label, score\..*score: text, score, text_b"
    ):
        choose_roles(frame(a=TEXTS, b=["x"] * 20, c=["1"] * 20), {"label": "b", "score": "c"})


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        (Roles("a", "b", text_b="a"), "both the text and the second text"),
        (Roles(("a", "a"), "b"), "both the text and the text 2"),
        (Roles("a", task="score", score="a"), "both the text and the score"),
        (Roles("a", "a", task="multiple-choice", choice=("b", "c")), "both the text and the label"),
    ],
)
def test_a_column_with_two_roles_is_told_in_words(roles: Roles, words: str) -> None:
    table = Table(frame(a=TEXTS, b=["x", "y"] * 10, c=["z"] * 20), roles)
    with pytest.raises(DataError, match=words):
        require(table)
