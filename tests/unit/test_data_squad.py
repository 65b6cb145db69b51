"""SQuAD's JSON: which files are taken for it, what is read, what is refused, and the predictions written."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bertui.data.reading.formats.limits import Limits
from bertui.data.reading.formats.squad import looks_like_squad, read_squad, to_squad_predictions
from bertui.errors import DataError

LIMITS = Limits(1_000, 10)
CONTEXT = "The bridge was built in 1844 by Zoë Lind."
WHEN = {"id": "q1", "question": "When?", "answers": [{"text": "1844", "answer_start": 24}]}
WHO = {"id": "q2", "question": "Who?", "answers": [{"text": "Zoë Lind", "answer_start": 32}]}
WHY = {
    "id": "q3",
    "question": "Why?",
    "answers": [],
    "is_impossible": True,
    "plausible_answers": [{"text": "1844", "answer_start": 24}],
}


def squad(*questions: dict[str, Any], context: str = CONTEXT) -> dict[str, Any]:
    return {
        "version": "v2.0",
        "data": [{"title": "Bridges", "paragraphs": [{"context": context, "qas": [*questions]}]}],
    }


def read(whole: object) -> tuple[list[list[str | None]], list[str], list[str]]:
    frame, notes = read_squad(json.dumps(whole).encode(), LIMITS)
    assert {str(kind) for kind in frame.dtypes} == {"str"}
    rows = [[None if pd.isna(cell) else cell for cell in row] for row in frame.to_numpy().tolist()]
    return rows, list(frame.columns), notes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (json.dumps(squad(WHEN)), True),
        (json.dumps(squad(WHEN), indent=2), True),
        (json.dumps({"data": squad(WHEN)["data"], "version": "1.1"}), True),
        ('{"data": [{"paragraphs": [{"con', True),
        ('{"data": [{"text": "a"}]}', False),
        ('{"text": "a \\"data\\": [{ \\"paragraphs\\": ", "label": "b"}\n', False),
        ('{"data": [1, 2], "paragraphs": 3}', False),
        ('[{"title": "a", "paragraphs": []}]', True),
        (json.dumps(squad(WHEN)["data"][0]["paragraphs"]), True),
        (json.dumps(squad(WHEN)["data"][0]) + "\n", True),
        ('[{"text": "a", "qas": "b"}]', False),
        ('text,label\n"data": [{"paragraphs": ,a\n', False),
        ("", False),
    ],
)
def test_looks_like_squad(text: str, expected: bool) -> None:
    assert looks_like_squad(text.encode()) is expected


def test_one_row_for_each_question() -> None:
    rows, columns, notes = read(squad(WHEN, WHO))
    assert columns == ["id", "title", "context", "question", "answer", "answer_start"]
    assert rows == [
        ["q1", "Bridges", CONTEXT, "When?", "1844", "24"],
        ["q2", "Bridges", CONTEXT, "Who?", "Zoë Lind", "32"],
    ]
    assert CONTEXT[24:28] == "1844" and CONTEXT[32:40] == "Zoë Lind"
    assert notes == []


def test_an_impossible_question_has_no_answer() -> None:
    rows, _, notes = read(squad(WHY, WHEN, {**WHO, "is_impossible": True}))
    assert [row[4:] for row in rows] == [[None, None], ["1844", "24"], [None, None]]
    assert notes == ["2 of 3 questions have no answer; their answer cells are empty."]


def test_questions_to_be_answered_need_no_answers_and_titles_may_lack() -> None:
    whole = squad({"id": 7, "question": "When?"}, {**WHO, "answers": [{"text": "", "answer_start": -1}]})
    del whole["data"][0]["title"]
    assert read(whole)[0] == [["7", None, CONTEXT, "When?", None, None], ["q2", None, CONTEXT, "Who?", None, None]]


def test_all_answers_are_kept_where_they_differ() -> None:
    year = {"text": "1844", "answer_start": 24}
    several = {**WHEN, "answers": [year, {"text": "in 1844", "answer_start": 21}, year]}
    rows, columns, _ = read(squad(several, WHO, WHY))
    assert columns[-1] == "answers"
    assert [row[4:] for row in rows] == [
        ["1844", "24", '["1844", "in 1844", "1844"]'],
        ["Zoë Lind", "32", '["Zoë Lind"]'],
        [None, None, None],
    ]
    assert "answers" not in read(squad({**WHEN, "answers": [year, year]}))[1]


def test_repeated_ids_are_told() -> None:
    assert read(squad(WHEN, {**WHO, "id": "q1"}))[2] == ["1 question has the id of an earlier one."]


def changed(path: list[str | int], value: object = None) -> dict[str, Any]:
    """Return a file of two articles in which the value at the path is another, or left out."""
    whole = json.loads(json.dumps(squad(WHEN, WHO)))
    whole["data"] *= 2
    whole = json.loads(json.dumps(whole))
    part = whole
    for key in path[:-1]:
        part = part[key]
    if value is None:
        del part[path[-1]]
    else:
        part[path[-1]] = value
    return whole


QUESTION: list[str | int] = ["data", 1, "paragraphs", 0, "qas", 1]


@pytest.mark.parametrize(
    ("whole", "says"),
    [
        (changed(["data", 1, "paragraphs", 0, "context"]), 'Paragraph 1 of article 2 has no "context".'),
        (changed(["data", 1, "paragraphs"]), 'Article 2 has no "paragraphs".'),
        (changed(["data", 0, "paragraphs"], {"a": 1}), 'In article 1, "paragraphs" is not a list.'),
        (changed(["data", 1], "x"), "Article 2 is not a JSON object."),
        (changed(["data"], {}), 'In the file, "data" is not a list.'),
        (changed(["data", 1, "paragraphs", 0, "qas"]), 'Paragraph 1 of article 2 has no "qas".'),
        (changed([*QUESTION, "question"], 3), 'In question 2 of paragraph 1 of article 2, "question" is not a text.'),
        (changed([*QUESTION, "answers"], 3), '"answers" is not a list.'),
        (
            changed([*QUESTION, "answers"], {"text": ["a"], "answer_start": [1, 2]}),
            '"answers" has 1 texts but 2 starts.',
        ),
        (
            changed([*QUESTION, "answers", 0, "text"]),
            'Answer 1 of question 2 of paragraph 1 of article 2 has no "text".',
        ),
        (changed([*QUESTION, "answers", 0, "answer_start"], "four"), '"answer_start" is not a whole number.'),
        (changed([*QUESTION, "answers", 0, "answer_start"], True), '"answer_start" is not a whole number.'),
        (squad(), "no rows"),
        (7, "The file is not a JSON object."),
    ],
)
def test_a_wrong_shape_is_told_with_its_place(whole: object, says: str) -> None:
    with pytest.raises(DataError) as caught:
        read(whole)
    assert says in str(caught.value), str(caught.value)


@pytest.mark.parametrize("cut", [b'{"data": [\n{"paragraphs": [', b'{"data":' + b"[" * 100_000])
def test_json_that_is_cut_off(cut: bytes) -> None:
    with pytest.raises(DataError, match=r"not valid JSON.*cut off"):
        read_squad(cut, LIMITS)


def test_too_many_questions() -> None:
    with pytest.raises(DataError, match="more than 1 rows"):
        read_squad(json.dumps(squad(WHEN, WHO)).encode(), Limits(1, 10))


def test_predictions_name_each_answer_by_its_question() -> None:
    written = to_squad_predictions(["q1", "q2", "q3"], ["Zoë", None, ""])
    assert json.loads(written) == {"q1": "Zoë", "q2": "", "q3": ""} and "Zoë".encode() in written


def test_repeated_ids_cannot_be_written() -> None:
    with pytest.raises(DataError, match="1 question id occurs more than once, 'a' for one"):
        to_squad_predictions(["a", "b", "a"], ["x", "y", "z"])
    with pytest.raises(ValueError):
        to_squad_predictions(["a", "b"], ["x"])


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1).filter(str.strip)


@given(st.lists(st.tuples(TEXTS, TEXTS, st.none() | TEXTS), min_size=1, max_size=5))
def test_any_questions_come_back(asked: list[tuple[str, str, str | None]]) -> None:
    questions = [
        {"id": str(n), "question": question, "answers": [{"text": answer, "answer_start": n}] if answer else []}
        for n, (_, question, answer) in enumerate(asked)
    ]
    whole = {"data": [squad(q, context=c)["data"][0] for q, (c, _, _) in zip(questions, asked, strict=True)]}
    assert [row[2:] for row in read(whole)[0]] == [
        [context, question, answer, None if answer is None else str(n)]
        for n, (context, question, answer) in enumerate(asked)
    ]
