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


def test_choices_are_counted_by_a_last_letter() -> None:
    endings = {f"op{letter}": [f"{letter} way {n} to go on" for n in range(20)] for letter in "abcd"}
    roles = guess_roles(frame(question=TEXTS, **endings, cop=["1", "2", "3", "4"] * 5))
    assert (roles.task, roles.text, roles.of("label")) == ("multiple-choice", ("question",), ("cop",))
    assert roles.of("choice") == tuple(endings)


def test_labels_that_stand_alone_too_are_several_where_commas_join_them() -> None:
    cells = ["fake", "hate", "fake,hate", "rude", "fake,rude"] * 4
    assert guess_roles(frame(post=TEXTS, set=cells)).named() == {"text": "post", "labels": "set"}
    names = ["Health, Beauty", "Food, Drink", "Home", "Toys, Games"] * 5
    assert guess_roles(frame(post=TEXTS, shelf=names)).named() == {"text": "post", "label": "shelf"}


def test_a_grade_is_the_answer_and_a_note_is_the_text_by_what_they_hold() -> None:
    french = frame(avis=TEXTS, note=["1", "2", "3", "4", "5"] * 4, ville=["Nice", "Lyon"] * 10)
    assert guess_roles(french).one("label") == "note"
    english = frame(note=TEXTS, category=["bill", "call"] * 10)
    assert guess_roles(english).named() == {"text": "note", "label": "category"}
    brief = frame(complaint=TEXTS, note=["call", "wait"] * 10, decision=["paid", "refused"] * 10, day=["1"] * 20)
    assert guess_roles(brief).one("label") == "decision"


def test_the_text_is_read_without_its_tags_where_both_are_there() -> None:
    pages = [f"<div><p>{text}</p><br/></div>" for text in TEXTS]
    roles = guess_roles(frame(page_html=pages, page_plain=TEXTS, label=["x", "y"] * 10))
    assert roles.text == ("page_plain",)


def test_long_names_are_classes_where_they_come_back_under_a_labels_name() -> None:
    long = ["the first of the classes has a name that goes on and on until the end of the line",
            "the other of the classes has a name that goes on and on until the end of the line"] * 10  # fmt: skip
    assert guess_roles(frame(text=TEXTS, label=long)).one("label") == "label"
    assert guess_roles(frame(text=TEXTS, answer_to_all=[f"{long[0]} {n}" for n in range(20)])).one("label") is None
