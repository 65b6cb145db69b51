"""What a model that tags must beat, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from bertui.data.roles import Roles
from bertui.data.table import Table
from bertui.evaluation.baselines.tagging import commonest_tags
from bertui.evaluation.tag_rows import token_credit
from bertui.tasks.tagging.tagging import Tagging
from tests.conftest import baselines_of


def test_each_word_has_the_tag_that_it_mostly_has_in_training() -> None:
    words = [["Ana", "met", "Ana"], ["Ana", "Lee", "met"]]
    tags = [["B-PER", "O", "B-PER"], ["O", "I-PER", "O"]]
    tags_given, seconds = commonest_tags(words, tags, [["Lee", "met", "Ana"], ["Bo"], []])
    assert tags_given == [["I-PER", "O", "B-PER"], ["O"], []] and seconds >= 0  # nobody knows Bo; O is the commonest


def test_the_credit_of_a_sentence_is_the_share_of_its_tokens() -> None:
    credit = token_credit([["O", "O", "B-X"], ["O"], []], [["O", "B-X", "B-X"], ["B-X"], []])
    np.testing.assert_allclose(credit, [2 / 3, 0, 1])


def test_what_is_given_is_mended_before_it_is_judged() -> None:
    rows = [("Ana Lee met", "B-PER I-PER O"), ("met Lee", "O B-PER")]
    table = Table(pd.DataFrame(rows, columns=["tokens", "tags"], dtype="str"), Roles(tokens="tokens", tags="tags"))
    (baseline,) = baselines_of(Tagging.learn(table, [0, 1]), table, np.array([0]), np.array([1]))
    # "Lee" is I-PER in training; alone it begins an entity, and is right.
    assert baseline.metrics["f1"].value == pytest.approx(1.0) and baseline.name == "Commonest tag of each word"
