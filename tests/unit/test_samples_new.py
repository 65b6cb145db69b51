"""The tables that ship for tagging, answers, choices, pairs, scores and themes keep their promises."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from importlib import resources
from itertools import pairwise

import pytest

Row = dict[str, str]

TYPES = ("PRODUCT", "ORDER", "DATE", "PLACE", "PERSON")
THEMES = ("delay", "price", "staff", "cleanliness", "app", "accessibility", "safety")
COLUMNS = {
    "orders": ("tokens", "tags"),
    "museum": ("context", "question", "answer", "answer_start"),
    "endings": ("situation", "ending_1", "ending_2", "ending_3", "ending_4", "right"),
    "duplicates": ("question_a", "question_b", "verdict"),
    "closeness": ("sentence_a", "sentence_b", "closeness"),
    "letters": ("letter", "themes"),
}
LEAST_ROWS = {"orders": 250, "museum": 180, "endings": 200, "duplicates": 240, "closeness": 220, "letters": 255}
# The columns whose texts must differ from row to row; a context is meant to come back with each of its questions.
DISTINCT = {
    "orders": ("tokens",),
    "museum": ("context", "question"),
    "endings": ("situation",),
    "duplicates": ("question_a", "question_b"),
    "closeness": ("sentence_a", "sentence_b"),
    "letters": ("letter",),
}


def rows_of(key: str) -> list[Row]:
    data = (resources.files("bertui.data") / "samples" / f"{key}.csv").read_bytes()
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline=""), strict=True))


def normalised(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))


@pytest.mark.parametrize("key", COLUMNS)
def test_a_sample_has_its_columns_and_enough_rows_without_empty_cells(key: str) -> None:
    rows = rows_of(key)
    assert all(tuple(row) == COLUMNS[key] for row in rows)
    assert len(rows) >= LEAST_ROWS[key]
    assert all(cell is not None and cell == cell.strip() and cell for row in rows for cell in row.values())


@pytest.mark.parametrize("key", COLUMNS)
def test_no_text_comes_back_in_another_row(key: str) -> None:
    rows = rows_of(key)
    if key == "museum":
        texts = [normalised(f"{row['context']} {row['question']}") for row in rows]
    else:
        texts = [normalised(row[column]) for column in DISTINCT[key] for row in rows]
    assert [text for text, count in Counter(texts).items() if count > 1] == []


@pytest.mark.parametrize("key", COLUMNS)
def test_texts_of_different_rows_share_at_most_four_fifths_of_their_words(key: str) -> None:
    rows = rows_of(key)
    if key == "museum":
        contexts = [(normalised(text), number) for number, text in enumerate({row["context"] for row in rows})]
        questions = [(normalised(row["question"]), -1 - number) for number, row in enumerate(rows)]
        texts = contexts + questions
    else:
        texts = [(normalised(row[column]), number) for column in DISTINCT[key] for number, row in enumerate(rows)]
    sets = [(frozenset(text.split()), number) for text, number in texts]
    near = [
        (one, other)
        for place, (one, number) in enumerate(sets)
        for other, origin in sets[:place]
        if origin != number and overlap(one, other) > 0.8
    ]
    assert near == []


def test_every_token_of_the_orders_has_one_tag_of_the_agreed_types() -> None:
    allowed = {"O", *(f"{prefix}-{name}" for prefix in "BI" for name in TYPES)}
    for row in rows_of("orders"):
        tokens, tags = row["tokens"].split(" "), row["tags"].split(" ")
        assert len(tokens) == len(tags), row
        assert all(tokens) and set(tags) <= allowed, row
        assert not set("[]") & set(row["tokens"]), row


def test_an_inside_tag_of_the_orders_continues_an_entity_of_its_type() -> None:
    for row in rows_of("orders"):
        tags = row["tags"].split(" ")
        for before, tag in zip(["O", *tags], tags, strict=False):
            assert not tag.startswith("I-") or before[2:] == tag[2:], row


def test_the_orders_have_each_type_often_plain_sentences_and_touching_entities() -> None:
    tagged = [row["tags"].split(" ") for row in rows_of("orders")]
    starts = Counter(tag[2:] for tags in tagged for tag in tags if tag.startswith("B-"))
    assert set(starts) == set(TYPES) and min(starts.values()) >= 40
    assert sum(set(tags) == {"O"} for tags in tagged) >= 40
    touching = sum(before != "O" and tag.startswith("B-") for tags in tagged for before, tag in pairwise(tags))
    assert touching >= 8


@pytest.mark.parametrize("word", ["may", "reading", "jordan"])
def test_a_word_of_the_orders_is_tagged_differently_in_different_sentences(word: str) -> None:
    kinds = {
        tag[2:] or "O"
        for row in rows_of("orders")
        for token, tag in zip(row["tokens"].lower().split(" "), row["tags"].split(" "), strict=True)
        if token == word
    }
    assert len(kinds) >= 2


def test_every_answer_stands_at_its_offset_and_on_word_bounds() -> None:
    for row in rows_of("museum"):
        start = int(row["answer_start"])
        end = start + len(row["answer"])
        assert row["context"][start:end] == row["answer"], row["question"]
        assert not row["context"][max(0, start - 1) : start].isalnum(), row["question"]
        assert not row["context"][end : end + 1].isalnum(), row["question"]
        assert 1 <= len(row["answer"].split()) <= 8, row["question"]


def test_paragraphs_have_four_questions_or_more_and_80_to_180_words() -> None:
    contexts = Counter(row["context"] for row in rows_of("museum"))
    assert len(contexts) >= 45
    assert min(contexts.values()) >= 4
    assert all(80 <= len(context.split()) <= 180 for context in contexts)


def test_questions_end_in_a_mark_and_do_not_contain_their_answer() -> None:
    for row in rows_of("museum"):
        assert row["question"].endswith("?")
        assert f" {normalised(row['answer'])} " not in f" {normalised(row['question'])} ", row["question"]


def test_the_right_ending_is_evenly_spread_and_four_endings_differ() -> None:
    rows = rows_of("endings")
    counts = Counter(row["right"] for row in rows)
    assert set(counts) == set("1234") and max(counts.values()) - min(counts.values()) <= 1
    assert all(len({normalised(row[f"ending_{number}"]) for number in range(1, 5)}) == 4 for row in rows)


def test_the_length_of_an_ending_does_not_give_the_right_one_away() -> None:
    rows = rows_of("endings")
    longest = shortest = 0
    for row in rows:
        lengths = [len(row[f"ending_{number}"]) for number in range(1, 5)]
        right = lengths[int(row["right"]) - 1]
        longest += right == max(lengths)
        shortest += right == min(lengths)
        assert max(lengths) <= 1.6 * min(lengths), row["situation"]
    assert longest <= 0.4 * len(rows) and shortest <= 0.4 * len(rows)


def test_verdicts_are_balanced_and_shared_words_alone_do_not_tell_them() -> None:
    rows = rows_of("duplicates")
    counts = Counter(row["verdict"] for row in rows)
    assert set(counts) == {"same", "different"} and abs(counts["same"] - counts["different"]) <= 0.1 * len(rows)
    shared = [
        (overlap(*(frozenset(normalised(row[name]).split()) for name in ("question_a", "question_b"))), row["verdict"])
        for row in rows
    ]
    for bound in (step / 20 for step in range(1, 20)):
        hits = sum((value >= bound) == (verdict == "same") for value, verdict in shared)
        assert 0.35 * len(rows) <= hits <= 0.65 * len(rows), bound


def test_closeness_goes_from_0_to_5_in_fifths_and_covers_the_range() -> None:
    values = [float(row["closeness"]) for row in rows_of("closeness")]
    assert all(0 <= value <= 5 and abs(value * 5 - round(value * 5)) < 1e-9 for value in values)
    assert min(values) == 0 and max(values) == 5
    assert all(Counter(min(4, int(value)) for value in values)[band] >= 25 for band in range(5))


def test_letters_have_one_to_three_themes_and_each_theme_35_rows() -> None:
    counts: Counter[str] = Counter()
    for row in rows_of("letters"):
        themes = row["themes"].split("|")
        assert 1 <= len(themes) <= 3 and len(set(themes)) == len(themes), row
        counts.update(themes)
    assert set(counts) == set(THEMES) and min(counts.values()) >= 35
