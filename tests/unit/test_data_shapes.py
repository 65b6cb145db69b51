"""Files whose rows or cells are of another shape than a task takes: recognised in every format, read or named."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from bertui.data.checking.labels import check_label
from bertui.data.reading.reading import Reading, read_alike, read_table
from bertui.data.roles import Roles
from bertui.data.table import Table
from bertui.errors import DataError
from bertui.runs.workspace import Workspace
from bertui.tasks.guessing import guess_roles
from bertui.tasks.registry import check, task_class

Rows = list[dict[str, Any]]
FERRY = "The ferry leaves at 6. Tickets cost 3 crowns and dogs travel free."


def lines(rows: Rows) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def parquet(rows: Rows) -> bytes:
    sink = io.BytesIO()
    pd.DataFrame(rows).to_parquet(sink)
    return sink.getvalue()


def as_python_prints(rows: Rows) -> bytes:
    return pd.DataFrame(rows).to_csv(index=False).encode()


FORMATS = {
    "t.jsonl": lines,
    "t.json": lambda rows: json.dumps(rows).encode(),
    "t.parquet": parquet,
    "t.csv": as_python_prints,
}


def read(rows: Rows, name: str = "t.jsonl") -> tuple[pd.DataFrame, Reading]:
    return read_table(FORMATS[name](rows), name)


def learned(frame: pd.DataFrame, **columns: str) -> tuple[Roles, Any, list[Any]]:
    """Return the guessed roles, the names of the task, and the true answers of all usable rows."""
    table = Table(frame, guess_roles(frame).changed(**columns))
    rows = table.frame.index[table.usable].tolist()
    task = task_class(table.roles.task).learn(table, rows)
    return table.roles, task.names(), task.gold(table, rows)


# ---------------------------------------------------------------- tokens and tags in lists


@pytest.mark.parametrize("name", FORMATS)
def test_lists_of_tokens_and_tags_are_tagging_in_every_format(name: str) -> None:
    tags = ["O", "B-PER", "I-PER", "O", "O"]
    rows: Rows = [{"tokens": ["It's", "Rowan", "Holm", '"', str(n)], "ner_tags": tags} for n in range(6)]
    frame, _ = read(rows, name)
    roles, names, gold = learned(frame)
    assert (roles.task, roles.one("tokens"), roles.one("tags")) == ("tagging", "tokens", "ner_tags")
    assert names == ("O", "B-PER", "I-PER")
    assert gold[5] == ("O", "B-PER", "I-PER", "O", "O")
    assert Table(frame, roles).inputs([5]) == [("It's Rowan Holm \" 5",)]


def test_lists_of_one_length_are_tagging_though_equal_counts_say_nothing_of_texts() -> None:
    rows: Rows = [{"words": [f"w{n}", "lives", "in", "Rom"], "ner": [3, 0, 0, 5]} for n in range(6)]
    frame, _ = read(rows)
    roles, tags, gold = learned(frame)
    assert roles.task == "tagging" and tags == ("0", "3", "5") and gold[0] == ("3", "0", "0", "5")
    assert "numbered tags" in {finding.kind for finding in check(Table(frame, roles)).findings}


def test_tokens_with_blanks_keep_their_tags_and_are_named() -> None:
    rows: Rows = [{"tokens": ["Anna", "", "New York"], "tags": ["B-PER", "O", "B-LOC"]} for _ in range(6)]
    frame, _ = read([*rows, {"tokens": ["Rom"], "tags": ["B-LOC"]}])
    roles, _, gold = learned(frame)
    assert Table(frame, roles).inputs([0]) == [("Anna _ New_York",)] and gold[0] == ("B-PER", "O", "B-LOC")
    named = [finding for finding in check(Table(frame, roles)).findings if finding.kind == "tokens with blanks"]
    assert named[0].rows.tolist() == [0, 1, 2, 3, 4, 5]


def test_a_list_that_is_cut_off_is_named() -> None:
    rows = [{"tokens": f"['w{n}', 'lives', 'here']", "tags": "['B-PER', 'O', 'O']"} for n in range(6)]
    rows[4]["tokens"] = "['w4', 'lives', 'he"
    frame = pd.DataFrame(rows, dtype="str")
    table = Table(frame, Roles(task="tagging", tokens="tokens", tags="tags"))
    broken = [finding for finding in check(table).findings if finding.kind == "broken lists"]
    assert broken[0].severity == "error" and broken[0].rows.tolist() == [4]


# ---------------------------------------------------------------- spans


def spans_of(*spans: Any, text: str = "Ms. Mara's dog ran to Oslo.") -> Rows:
    return [{"text": text, "label": list(spans)} for _ in range(4)]


OFFSETS = [
    spans_of([4, 8, "PER"], [22, 26, "LOC"]),
    spans_of([22, 26, "LOC"], [4, 8, "PER"], [4, 8, "PER"]),
    spans_of(
        {"id": 1, "start_offset": 4, "end_offset": 8, "label": "PER"},
        {"id": 2, "start_offset": 22, "end_offset": 26, "label": "LOC"},
    ),
    spans_of(
        {"start": 4, "end": 8, "text": "Mara", "labels": ["PER"]},
        {"start": 21, "end": 26, "text": "Oslo", "labels": ["LOC"]},
    ),
]


@pytest.mark.parametrize("rows", OFFSETS, ids=["doccano", "any order, twice", "doccano entities", "Label Studio"])
@pytest.mark.parametrize("name", FORMATS)
def test_spans_become_tags(rows: Rows, name: str) -> None:
    if name == "t.parquet" and isinstance(rows[0]["label"][0], list):
        return  # Parquet knows no list of numbers and texts
    frame, reading = read(rows, name)
    assert frame["text"].tolist() == ["Ms . Mara 's dog ran to Oslo ."] * 4
    assert frame["label"].tolist() == ["O O B-PER O O O O B-LOC O"] * 4
    assert reading.shapes == ("texts with spans",) and "divided at blanks and punctuation" in " ".join(reading.notes)
    assert learned(frame)[0].task == "tagging"


def test_spans_that_do_not_fit_are_named_and_their_rows_have_no_tags() -> None:
    text = "Anna met Otto in Rom."
    spans = [
        [[0, 4, "PER"]],
        [[0, 3, "PER"]],
        [[0, 8, "A"], [5, 13, "B"]],
        [],
        [[17, 99, "LOC"]],
        *[[[9, 13, "PER"]]] * 20,
    ]
    frame, reading = read([{"text": text, "label": one} for one in spans])
    assert frame["label"].isna().tolist() == [False, True, True, False, True, *[False] * 20]
    assert frame["label"][3] == "O O O O O O"
    words = " ".join(reading.notes)
    assert "begins or ends within a word: row 2." in words and "two spans overlap: row 3." in words
    assert "lies outside its text" in words and "row 5." in words and "1 row holds no span" in words


def test_offsets_in_utf_16_are_known_by_the_words_they_name() -> None:
    text = "😀 Bob is 😀 here"
    rows = spans_of({"start": 3, "end": 6, "text": "Bob", "labels": ["PER"]}, text=text)
    assert read(rows)[0]["label"][0] == "O B-PER O O O"
    assert read(spans_of([2, 5, "PER"], text=text))[0]["label"][0] == "O B-PER O O O"


def test_prodigy_s_own_tokens_divide_the_text_and_rejected_rows_teach_nothing() -> None:
    tokens = [
        {"text": "Hi", "start": 0, "end": 2},
        {"text": "Bob-Lee", "start": 3, "end": 10},
        {"text": "!", "start": 10, "end": 11},
    ]
    span = {"start": 3, "end": 10, "token_start": 1, "token_end": 1, "label": "PER"}
    answers = ["accept", "reject", "ignore", "accept"]
    rows = [
        {"text": "Hi Bob-Lee!", "tokens": tokens, "spans": [span], "answer": one, "_input_hash": 1} for one in answers
    ]
    frame, reading = read(rows)
    assert frame["text"][0] == "Hi Bob-Lee !" and frame["spans"][0] == "O B-PER O"
    assert frame["spans"].isna().tolist() == [False, True, True, False]
    assert "1 row was rejected and 1 ignored" in " ".join(reading.notes)


def test_spans_that_fit_no_text_are_refused_by_name() -> None:
    frame, _ = read([{"text": "short", "other": "a", "label": [[100 * n, 100 * n + 4, "PER"]]} for n in range(1, 5)])
    findings = check_label(frame["label"])
    assert findings[0].severity == "error" and "spans with offsets" in findings[0].title


# ---------------------------------------------------------------- Prodigy, Label Studio


def test_a_file_that_asks_about_one_label_learns_the_decision() -> None:
    answers = ["accept", "reject", "ignore", "accept", "reject"]
    rows = [
        {"text": f"Some text {n}", "label": "SPORTS", "answer": one, "_view_id": "c"} for n, one in enumerate(answers)
    ]
    frame, _ = read(rows)
    assert "label" not in frame and frame["answer"].isna().tolist() == [False, False, True, False, False]


def test_prodigy_s_decisions_are_no_classes_where_a_label_is_taught() -> None:
    answers = ["accept", "reject", "ignore", "accept", "accept", "accept"] * 4
    rows = [
        {"text": f"Some longer text {n}", "_input_hash": n, "label": ["SPORTS", "NEWS"][n // 3 % 2], "answer": one}
        for n, one in enumerate(answers)
    ]
    frame, _ = read(rows)
    assert "answer" not in frame and guess_roles(frame).label == "label"
    assert frame["label"].isna().sum() == 8


def test_an_answer_column_of_other_words_is_left_alone() -> None:
    rows = [{"text": f"Some text {n}", "label": "ab"[n % 2], "answer": ["accept", "maybe"][n % 2]} for n in range(4)]
    frame, reading = read(rows)
    assert reading.shapes == () and frame["label"].tolist() == ["a", "b", "a", "b"]


def annotated(*results: dict[str, Any], cancelled: bool = False) -> dict[str, Any]:
    return {"was_cancelled": cancelled, "result": list(results)}


def chosen(*choices: str) -> dict[str, Any]:
    return {"from_name": "mood", "type": "choices", "value": {"choices": list(choices)}}


@pytest.mark.parametrize("name", ["t.json", "t.parquet"])
def test_label_studio_s_full_export(name: str) -> None:
    annotations = [
        [annotated(chosen("Good"))],
        [annotated(chosen("Good"), cancelled=True), annotated(chosen("Bad"))],
        [annotated(chosen("Bad")), annotated(chosen("Good"))],
        [],
    ]
    rows: Rows = [
        {"id": n, "data": {"text": f"Day {n}", "src": "x"}, "annotations": given} for n, given in enumerate(annotations)
    ]
    frame, reading = read(rows, name)
    assert list(frame.columns) == ["id", "text", "src", "mood"]
    assert frame["mood"].fillna("-").tolist() == ["Good", "Bad", "Bad", "-"]
    assert "1 task was annotated more than once" in " ".join(reading.notes)


def test_label_studio_s_choices_are_several_labels_where_a_row_has_several() -> None:
    rows: Rows = [{"text": f"It was {n}", "topic": {"choices": ["a", "b"]} if n % 2 else "a"} for n in range(8)]
    frame, _ = read(rows)
    roles, names, gold = learned(frame)
    assert roles.task == "several-labels" and names == ("a", "b") and gold[:2] == [("a",), ("a", "b")]


def test_lists_of_one_item_are_the_item() -> None:
    frame, reading = read([{"text": f"Some text {n}", "label": ["ab"[n % 2]]} for n in range(6)])
    assert frame["label"].tolist() == ["a", "b"] * 3 and reading.shapes == ("lists of one item",)
    several, _ = read([{"text": "t", "label": ["a"]}, {"text": "u", "label": ["a", "b"]}])
    assert several["label"].tolist() == ['["a"]', '["a", "b"]']


# ---------------------------------------------------------------- questions


def asked(answers: Any, **more: Any) -> Rows:
    return [{"id": str(n), "context": FERRY, "question": f"Cost {n}?", "answers": answers, **more} for n in range(4)]


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    "answers",
    [
        {"text": ["3 crowns"], "answer_start": [36]},
        [{"text": "3 crowns", "answer_start": 36}],
        [{"text": "3 crowns", "answer_start": "36"}],
        ["3 crowns"],
    ],
    ids=["datasets", "records", "start as text", "texts"],
)
def test_a_question_a_line_in_every_format(answers: Any, name: str) -> None:
    frame, _ = read(asked(answers), name)
    roles, _, gold = learned(frame)
    assert roles.task == "question-answering" and roles.one("answer") == "answer"
    assert {(one.texts, one.start, one.stop) for one in gold} == {(("3 crowns",), 36, 44)}


def test_questions_without_an_answer_and_with_several() -> None:
    rows = asked({"text": ["3 crowns", "crowns"], "answer_start": [36, 38]})
    rows[1]["answers"] = {"text": [], "answer_start": []}
    rows[2] |= {"is_impossible": True}
    frame, reading = read(rows)
    assert frame["answer"].isna().tolist() == [False, True, True, False]
    assert frame["answers"][0] == '["3 crowns", "crowns"]'
    assert "2 of 4 questions have no answer" in " ".join(reading.notes)


def test_a_cell_that_holds_no_answers_is_named() -> None:
    rows = asked({"text": ["3 crowns"], "answer_start": [36]})
    rows[2]["answers"] = {"text": ["3 crowns"], "answer_start": ["here"]}
    with pytest.raises(DataError, match=r"Row 3, column 'answers'.*\"answer_start\" is not a whole number"):
        read(rows)


def test_articles_in_the_rows_of_a_parquet_file() -> None:
    question = {"id": "q", "question": "Cost?", "answers": [{"text": "3 crowns", "answer_start": 36}]}
    frame, _ = read(
        [{"title": "Boats", "paragraphs": [{"context": FERRY, "qas": [question, question]}]}] * 2, "t.parquet"
    )
    assert frame["title"].tolist() == ["Boats"] * 4 and frame["answer_start"].tolist() == ["36"] * 4


# ---------------------------------------------------------------- one token a row


def token_rows(sentence: str, *, blank: bool = False, sentences: int = 5) -> pd.DataFrame:
    words, tags = ["Anna", "lives", "in", "Rom"], ["B-PER", "O", "O", "B-LOC"]
    rows = [
        {
            sentence: None if blank and at else f"S{n}",
            "Word": word,
            "POS": "X" * (at + 1),
            "Tag": tag,
            "site": f"d{n // 2}",
        }
        for n in range(sentences)
        for at, (word, tag) in enumerate(zip(words[n % 2 :], tags[n % 2 :], strict=True))
    ]
    return pd.DataFrame(rows, dtype="str")


@pytest.mark.parametrize(
    ("sentence", "blank"), [("Sentence #", True), ("sentence_id", False), ("doc", False), ("n", True)]
)
def test_one_token_a_row_becomes_one_sentence_a_row(sentence: str, blank: bool) -> None:
    frame, reading = read_table(token_rows(sentence, blank=blank).to_csv(index=False).encode(), "t.csv")
    assert len(frame) == 5 and reading.shapes == ("one token a row",)
    assert frame["Word"].tolist()[:2] == ["Anna lives in Rom", "lives in Rom"]
    assert frame["Tag"].tolist()[:2] == ["B-PER O O B-LOC", "O O B-LOC"] and frame["POS"][0] == "X XX XXX XXXX"
    assert frame[sentence].tolist() == ["S0", "S1", "S2", "S3", "S4"] and frame["site"][4] == "d2"
    roles, _, _ = learned(frame)
    assert (roles.one("tokens"), roles.one("tags")) == ("Word", "Tag")


def test_single_words_of_users_with_labels_are_no_sentences() -> None:
    rows = [{"user": f"u{n // 3}", "answer": f"word{n % 7}", "label": "ab"[n % 2]} for n in range(30)]
    assert read_table(as_python_prints(rows), "t.csv")[1].shapes == ()


def test_single_tokens_without_sentences_are_named() -> None:
    frame = token_rows("s")[["Word", "Tag"]]
    tagged = check(Table(frame, Roles(task="tagging", tokens="Word", tags="Tag")))
    assert "one token a row" in {finding.kind for finding in tagged.findings}
    assert "tags as labels" in {finding.kind for finding in check_label(frame["Tag"])}


# ---------------------------------------------------------------- left as it stands


def test_a_person_can_have_the_rows_as_they_stand_and_plain_tables_are_never_changed() -> None:
    rows = spans_of([4, 8, "PER"])
    frame, reading = read_table(lines(rows), "t.jsonl", as_it_stands=True)
    assert frame["text"][0] == "Ms. Mara's dog ran to Oslo." and reading.shapes == ()
    plain = pd.DataFrame({"text": ["[a] b", "(c) d", "{e}"], "label": ["x", "y", "x"]}, dtype="str")
    assert read_table(plain.to_csv(index=False).encode(), "t.csv")[1].shapes == ()
    assert Reading.from_json(read(rows)[1].to_json()) == read(rows)[1]


def lines_of(*texts: str) -> tuple[pd.DataFrame, Reading]:
    return read_table("\n".join(texts).encode(), "t.txt")


def test_fasttexts_labels_are_read() -> None:
    frame, reading = lines_of(*(f"__label__{'good' if n % 2 else 'bad'} The film, number {n}." for n in range(12)))
    assert frame.to_dict("list") == {
        "label": ["bad", "good"] * 6,
        "text": [f"The film, number {n}." for n in range(12)],
    }
    assert reading.format == "lines"
    several, _ = lines_of(*(f"__label__a {'__label__b ' * (n % 2)}Number {n} was seen." for n in range(12)))
    assert several["labels"].tolist() == ['["a"]', '["a", "b"]'] * 6
    assert guess_roles(several).named() == {"text": "text", "labels": "labels"}


@pytest.mark.parametrize(
    ("classes", "names"),
    [
        (["LOC:city", "NUM:date"], ["LOC:city", "NUM:date"]),
        (["0", "1"], ["0", "1"]),
        (["GOOD:", "BAD:"], None),
        (["POS", "NEG"], ["POS", "NEG"]),
        (["What", "How"], None),  # words that sentences begin with
        (["I", "A"], None),
    ],
)
def test_the_first_word_of_a_line_is_its_label_where_it_can_be_nothing_else(
    classes: list[str], names: list[str] | None
) -> None:
    frame, reading = lines_of(*(f"{classes[n % 2]} is the ferry late, {n}?" for n in range(12)))
    if names is None:
        assert reading.format == "csv"
    else:
        assert frame["label"].tolist() == names * 6 and frame["text"][3] == "is the ferry late, 3?"
        assert guess_roles(frame).named() == {"text": "text", "label": "label"}


def test_a_list_of_choices_in_one_cell_becomes_a_column_for_each() -> None:
    rows: Rows = [
        {"question": f"What is number {n}?", "choices": [f"one {n}", f"two {n}", f"three {n}"][: 3 - (n == 5)],
         "answer": "ABC"[n % 3] if n != 5 else "A"} for n in range(9)
    ]  # fmt: skip
    for name in FORMATS:
        frame, reading = read(rows, name)
        assert reading.shapes == ("choices in one cell",)
        roles = guess_roles(frame)
        assert (roles.task, roles.of("choice")) == ("multiple-choice", ("choice 1", "choice 2", "choice 3"))
        assert frame["choice 3"].isna().tolist() == [n == 5 for n in range(9)]
        assert any("1 row has fewer than 3" in note for note in reading.notes)


@pytest.mark.parametrize(("number", "columns"), [(1, 0), (2, 2), (10, 10), (11, 0)])
def test_choices_are_two_to_ten(number: int, columns: int) -> None:
    rows: Rows = [{"question": f"What is {n}?", "choices": [f"{n} {k}" for k in range(number)]} for n in range(8)]
    frame, _ = read_table(json.dumps(rows).encode(), "quiz.json")
    assert sum(name.startswith("choice ") for name in frame.columns) == columns


def test_items_that_come_back_in_every_row_are_no_choices() -> None:
    for kinds, columns in ((16, 2), (8, 2), (7, 0), (2, 0)):  # of 16 items at least half differ
        rows: Rows = [{"question": f"What is {n}?", "choices": [f"a {2 * n % kinds}", f"a {(2 * n + 1) % kinds}"]}
                      for n in range(8)]  # fmt: skip
        frame, _ = read_table(json.dumps(rows).encode(), "quiz.json")
        assert sum(name.startswith("choice ") for name in frame.columns) == columns, kinds


def test_choices_that_rows_name_in_their_own_way_are_answered_by_a_letter() -> None:
    """ARC names the choices of some questions A to D and of others 1 to 4."""

    def row(n: int, names: str, answer: str) -> dict[str, Any]:
        choices = {"text": [f"one {n}", f"two {n}"], "label": list(names)}
        return {"question": f"What is number {n}?", "choices": choices, "answerKey": answer}

    rows: Rows = [row(n, "AB", "AB"[n % 2]) if n < 6 else row(n, "12", "12"[n % 2]) for n in range(10)]
    for name in ("t.jsonl", "t.parquet"):
        frame, reading = read(rows, name)
        assert frame["answerKey"].tolist() == ["A", "B"] * 5
        assert any("4 rows" in note for note in reading.notes)


def chat(*turns: tuple[str, str], keys: tuple[str, str] = ("role", "content")) -> list[dict[str, str]]:
    return [dict(zip(keys, turn, strict=True)) for turn in turns]


def test_the_last_answer_of_a_chat_is_the_label() -> None:
    rows: Rows = [
        {"messages": chat(("system", "Be brief."), ("user", f"Is ferry {n} late?"), ("assistant", "yn"[n % 2]))}
        for n in range(8)
    ]
    rows[7] = {"messages": chat(("system", "Be brief."), ("user", "Hello"), ("assistant", "Yes?"), ("user", "And 7?"))}
    for name in FORMATS:
        frame, reading = read(rows, name)
        assert reading.shapes == ("chats in one cell",)
        assert frame["conversation"].tolist()[:2] == ["Is ferry 0 late?", "Is ferry 1 late?"]
        assert frame["conversation"][7] == "Hello\nYes?\nAnd 7?" and frame["answer"].isna()[7]
        assert guess_roles(frame).named() == {"text": "conversation", "label": "answer"}


def test_a_chat_by_other_names_whose_system_differs() -> None:
    keys = ("from", "value")
    rows: Rows = [
        {"conversations": chat(("system", f"As {n}."), ("human", "Hi"), ("gpt", "a"), keys=keys)} for n in "ab"
    ]
    assert read(rows)[0].to_dict("records") == [
        {"conversation": "As a.\nHi", "answer": "a"}, {"conversation": "As b.\nHi", "answer": "a"},
    ]  # fmt: skip


def test_other_records_are_left_and_named() -> None:
    rows: Rows = [{"items": [{"name": f"a {n}", "price": n}], "label": "xy"[n % 2]} for n in range(30)]
    frame, reading = read(rows)
    assert reading.shapes == ()
    table = Table(frame, Roles("items", "label"))
    assert "hold lists of records, not texts" in " ".join(finding.title for finding in check(table).findings)
    assert not [
        f for f in check(Table(frame.assign(items="a b"), Roles("items", "label"))).findings if "records" in f.kind
    ]


TOKENS = "Sentence,Word,Tag\n" + "".join(
    f"s{n},{word},{tag}\n" for n in range(20) for word, tag in (("Ada", "B-PER"), ("left", "O"))
)
SPANS = "\n".join(json.dumps({"text": f"Ada left, {n}", "label": [[0, 3, "PER"]]}) for n in range(20))
FLAT = "\n".join(
    json.dumps({"context": f"Ada left, {n}.", "question": "Who?", "answers": {"text": ["Ada"], "answer_start": [0]}})
    for n in range(20)
)


@pytest.mark.parametrize(("content", "name"), [(TOKENS, "t.csv"), (SPANS, "t.jsonl"), (FLAT, "t.jsonl")])
def test_what_was_turned_into_other_rows_can_be_had_as_it_stands_and_back(
    content: str, name: str, tmp_path: Path
) -> None:
    stored = Workspace(tmp_path).add_table(content.encode(), name)
    shaped = stored.table().frame
    assert stored.reading.shapes and not stored.reading.as_it_stands
    stored.read_again(as_it_stands=True)
    plain = stored.table().frame
    assert stored.reading.as_it_stands and not stored.reading.shapes and not plain.equals(shaped)
    # A new file is then read as the table was.
    again, reading = read_alike(content.encode(), "new", stored.reading.layout, plain.columns)
    assert again.equals(plain) and reading.as_it_stands
    stored.read_again(as_it_stands=False)
    assert stored.table().frame.equals(shaped)
