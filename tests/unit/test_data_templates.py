"""The example files: each is read without a complaint, into the columns and values that its task asks for."""

from __future__ import annotations

import pytest

from bertui.data.cells.indicators import indicator_columns, labels_from_indicators
from bertui.data.cells.label_cells import separator_of, split_labels
from bertui.data.reading.reading import read_table
from bertui.data.templates import TEMPLATES, Template

ALL = [template for templates in TEMPLATES.values() for template in templates]
BY_NAME = {template.file_name: template for template in ALL}
COLUMNS = {
    "one-label.csv": ["text", "label"],
    "pairs.csv": ["text_a", "text_b", "label"],
    "scores.csv": ["text_a", "text_b", "score"],
    "labels-in-a-cell.csv": ["text", "labels"],
    "column-for-each-label.csv": ["text", "battery", "price", "screen", "sound"],
    "tags.csv": ["tokens", "tags"],
    "tags.conll": ["tokens", "tags"],
    "questions.csv": ["context", "question", "answer", "answer_start"],
    "questions.json": ["id", "title", "context", "question", "answer", "answer_start"],
    "choices.csv": ["text", "choice_1", "choice_2", "choice_3", "choice_4", "label"],
}


def test_every_task_has_one_and_names_differ() -> None:
    assert list(TEMPLATES) == [
        "single-label", "score", "several-labels", "tagging", "question-answering", "multiple-choice",
    ]  # fmt: skip
    assert sorted(BY_NAME) == sorted(COLUMNS) and len(BY_NAME) == len(ALL)


@pytest.mark.parametrize("template", ALL, ids=lambda template: template.file_name)
def test_template_is_read_whole_and_without_notes(template: Template) -> None:
    frame, how = read_table(template.content, template.file_name)
    assert list(frame.columns) == COLUMNS[template.file_name]
    assert how.notes == () and 6 <= len(frame) <= 8
    assert not frame.isna().any().any() and not frame.duplicated().any()
    assert template.words.endswith(".")


@pytest.mark.parametrize("name", ["questions.csv", "questions.json"])
def test_answers_stand_where_the_template_says(name: str) -> None:
    frame, _ = read_table(BY_NAME[name].content, name)
    for row in frame.itertuples():
        start = int(row.answer_start)
        assert row.context[start : start + len(row.answer)] == row.answer


def test_tags_are_as_many_as_tokens_and_both_files_say_the_same() -> None:
    table, _ = read_table(BY_NAME["tags.csv"].content, "tags.csv")
    lines, how = read_table(BY_NAME["tags.conll"].content, "tags.conll")
    assert how.format == "conll" and lines.equals(table)
    assert [len(tokens.split()) for tokens in table.tokens] == [len(tags.split()) for tags in table.tags]


def test_labels_are_the_same_in_a_cell_and_in_columns() -> None:
    cells, _ = read_table(BY_NAME["labels-in-a-cell.csv"].content, "x.csv")
    columns, _ = read_table(BY_NAME["column-for-each-label.csv"].content, "x.csv")
    names = indicator_columns(columns)
    assert names == ["battery", "price", "screen", "sound"]
    assert separator_of(cells.labels) == "|"
    assert split_labels(cells.labels).tolist() == labels_from_indicators(columns, names).tolist()


def test_scores_are_numbers_and_choices_are_numbered() -> None:
    scores, _ = read_table(BY_NAME["scores.csv"].content, "x.csv")
    assert scores.score.astype(float).between(0, 5).all()
    choices, _ = read_table(BY_NAME["choices.csv"].content, "x.csv")
    assert set(choices.label) == {"1", "2", "3", "4"}


def test_a_conll_template_without_its_suffix_is_known_by_its_shape() -> None:
    assert read_table(BY_NAME["tags.conll"].content, "tags.txt")[1].format == "conll"
