"""What is told where a typed question does not fit the run."""

from __future__ import annotations

import re

import pytest

from bertui.data.roles import Roles
from bertui.errors import DataError
from bertui.runs.explained_row import _check_number, _focus, _target
from bertui.tasks.results import Focus

FOCUSES = [Focus(str(n), f"word {n}", ("O", "B-PER", "B-LOC")) for n in range(30)]


@pytest.mark.parametrize(
    ("texts", "words"), [(1, "1 text is given."), (0, "0 texts are given."), (3, "3 texts are given.")]
)
def test_more_or_fewer_texts_than_in_training(texts: int, words: str) -> None:
    pair = Roles("question", "label", text_b="answer")
    with pytest.raises(DataError, match=rf"{re.escape(words)} .*2: text, "):
        _check_number(texts, pair)
    _check_number(2, pair)
    _check_number(texts, None)  # an exported folder knows nothing of its training columns
    _check_number(texts, Roles("text", "label", choice=("one", "two")))  # the task itself says how many it needs


def test_what_is_to_be_explained_is_named_by_number_or_title() -> None:
    assert _focus(FOCUSES, None) is FOCUSES[0]
    assert _focus(FOCUSES, "7") is _focus(FOCUSES, "word 7") is FOCUSES[7]
    with pytest.raises(DataError, match=r"no part 'x{60}'.*word 0, .*, word 19\."):
        _focus(FOCUSES, "x" * 70)


def test_a_label_is_named_by_itself() -> None:
    assert _target(FOCUSES[0], "B-LOC") == 2
    with pytest.raises(DataError, match=r"no label 'x{60}'.*Labels: O, B-PER, B-LOC\."):
        _target(FOCUSES[0], "x" * 70)
