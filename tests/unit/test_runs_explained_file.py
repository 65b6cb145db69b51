"""Which words push most over a table, by hand; which files explanations are written to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bertui.errors import DataError
from bertui.runs.explained_file import check_lines
from bertui.runs.pushing import pushing_words


def line(target: str, text: str, *scores: float, seen: int = 99) -> dict[str, Any]:
    words = text.split()
    return {"answer": target, "target": target, "text": text, "words": words, "scores": list(scores),
            "seen": [place < seen for place in range(len(words))]}  # fmt: skip


def test_words_are_ranked_by_the_sum_of_their_scores_by_hand() -> None:
    lines = [
        line("good", "Fine film !", 0.5, 0.1, 0.9),
        line("good", "a fine fine day", 0.0, 0.25, 0.5, 9.0),  # "day" stands in one row alone
        line("good", "film a", 0.3, -0.2),
        line("bad", "fine film", 0.1, 0.2),
        {"answer": None},
    ]
    lines = [{"row": number, **one} for number, one in enumerate(lines)]
    first, second = pushing_words(lines)  # neither "a", whose sum is below 0, nor a word of a single row
    assert (first.target, first.word, first.rows) == ("good", "fine", 2)
    assert (first.mean, first.total) == pytest.approx((0.625, 1.25))
    assert first.examples == ("a fine fine day", "Fine film !") and first.examples_in == (1, 0)
    assert (second.word, second.rows, second.mean) == ("film", 2, pytest.approx(0.2))
    assert [one.word for one in pushing_words(lines, most=1)] == ["fine"]


def test_words_that_were_not_read_count_for_nothing() -> None:
    assert pushing_words([line("good", "so fine", 0.5, 0.5, seen=1)] * 2)[0].word == "so"
    assert len(pushing_words([line("good", "so fine", 0.5, 0.5, seen=1)] * 2)) == 1
    assert pushing_words([]) == []


@pytest.mark.parametrize("name", ["out.csv", "out", "out.json", "out.jsonl.gz"])
def test_only_json_lines_are_written(name: str) -> None:
    with pytest.raises(DataError, match=r"ends in \.jsonl"):
        check_lines(Path(name))
    check_lines(Path("OUT.JSONL"))


def test_three_different_rows_are_examples_those_with_the_largest_scores_first() -> None:
    scores = {"a fine 1": 0.1, "a fine 2": 0.4, "a fine 3": 0.3, "a fine 4": 0.2}
    lines = [line("good", text, 0.0, score, 0.0) for text, score in scores.items()] * 2
    (word,) = [one for one in pushing_words(lines) if one.word == "fine"]
    assert word.examples == ("a fine 2", "a fine 3", "a fine 4") and word.rows == 8
