"""The tables of bad input: what is given, and the words that the one message about it must hold."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Rows = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that cannot be trained on.

    Attributes:
        says: Words that a person must read, in the app and on the command line: found, expected, what to do.
        typed: Words of the command line alone.
        task: Kind that the person chooses; guessed from the columns where it is None.
    """

    name: str
    data: bytes
    says: tuple[str, ...]
    typed: tuple[str, ...] = ()
    task: str | None = None


@dataclass(frozen=True, slots=True)
class Works:
    """A file that is odd and can be trained on all the same.

    Attributes:
        first: Text and label of its first row, as the run keeps them.
        classes: The label names in their order.
        told: Words that the person is told beside it.
    """

    name: str
    data: bytes
    first: tuple[str, str]
    classes: tuple[str, ...]
    told: tuple[str, ...] = ()


def table(rows: Rows, header: str = "text,label", end: str = "\n") -> bytes:
    return end.join([header, *(f"{text},{label}" for text, label in rows), ""]).encode()


def films(number: int, label: Callable[[int], object] = lambda n: "gb"[n % 2]) -> list[tuple[str, str]]:
    return [(f"the film number {n} was seen", str(label(n))) for n in range(number)]


def zipped(content: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("train.csv", content)
    return sink.getvalue()


_random = random.Random(0)
SCORES = [f"{_random.uniform(0, 10):.4f}" for _ in range(60)]
LOST = "several rows to be learned"

REFUSED = [
    Refused("empty file", b"", ("file is empty", "header and at least one row", "right file")),
    Refused("header only", b"text,label\n", ("no rows, only a header: text, label", "at least one row", "Upload")),
    Refused(
        "one column", b"text\n" + b"".join(b"the film number %d was seen\n" % n for n in range(30)),
        ("No column with the true answers", "Training needs one"),
        ("looks like the label", "Columns: text", "--label"),
    ),
    Refused("binary", bytes(range(256)) * 40, ("binary file", "CSV", "Save the table as")),
    Refused("zip", zipped(table(films(30))), ("zip archive holding 'train.csv'", "table is expected", "Unpack")),
    Refused(
        "truncated quotes", table(films(30)) + b'"never closed,g\nmore,b\n',
        ("line 32", "never closed", "ends with one", "Close or remove"),
    ),
    Refused("NUL bytes", table(films(30)) + b"\0" * 40 + b"a,b\n", ("binary file", "CSV", "Save the table as")),
    Refused(
        "ragged rows", table([*films(30), ("well, yes", "b")]) + b"short\n",
        ("2 rows do not have 2 cells", "line 32 has 3, line 33 has 1", "one for every column", "double quotes"),
    ),
    Refused("labels all differ", table(films(30, lambda n: f"c{n}")), ("30 labels is different", LOST, "another")),
    Refused("labels all equal", table(films(30, lambda n: "x")), ("label: 'x'", "nothing to tell apart", "choose")),
    Refused("labels all missing", table(films(30, lambda n: "")), ("is empty", "needs a label", "choose another")),
    Refused(
        "labels are scores", table(films(60, lambda n: SCORES[n])),
        ("60 labels is different", "like scores", "the task 'A score'", "into a few classes"), task="single-label",
    ),
    Refused(
        "labels are repeated scores", table(films(120, lambda n: SCORES[n % 60])),
        ("60 different numbers", "like scores", "the task 'A score'", "into a few classes"), task="single-label",
    ),
    Refused(
        "labels are many whole numbers", table(films(240, lambda n: n % 80)),
        ("80 different numbers", "like scores", "the task 'A score'", "into a few classes"),
    ),
    Refused("two rows", table(films(2)), ("2 labels is different", LOST, "Add rows to each class")),
    Refused("two rows of one class", table(films(2, lambda n: "x")), ("same label: 'x'", "add rows of another class")),
    Refused("three rows", table(films(3)), ("No row is left for validation", "10% of the rows", "add rows")),
    Refused(
        "texts all missing", table([("", label) for _, label in films(30)]),
        ("none has text and label filled in", "at least two classes", "fill in the empty cells"),
    ),
    Refused(
        "more than a million rows", b"text,label\n" + b"a,b\n" * 1_000_001,
        ("more than 1,000,000 rows", "At most 1,000,000", "random sample"),
    ),
]  # fmt: skip

FILMS = films(40)
FIRST = FILMS[0]
LONG = "a very long film " * 62_500

WORKS = [
    Works(
        "duplicate headers", table(FILMS, "text,text"), FIRST, ("b", "g"),
        ("'text' occurs more than once", "'text (2)'"),
    ),
    Works("blank header", table(FILMS, "text,"), FIRST, ("b", "g"), ("Column 2 has no name", "'column 2'")),
    Works(
        "a few NUL bytes", table(FILMS).replace(b"number 3 ", b"number\0 3 "), FIRST, ("b", "g"),
        ("1 NUL byte was removed", "line 5"),
    ),
    Works(
        "mixed encodings", table(FILMS) + "très bien,g\n".encode() * 4 + "très mal,b\n".encode("cp1252"), FIRST,
        ("b", "g"), ("1 byte was not valid UTF-8", "line 46"),
    ),
    Works(
        "a class with one row", table([*FILMS, ("a lonely film", "c")]), FIRST, ("b", "c", "g"),
        ("1 class has fewer than 2 rows: 'c'", "can be learned from or tested on, not both"),
    ),
    Works(
        "texts are numbers", table([(str(n), "gb"[n % 2]) for n in range(40)]), ("0", "g"), ("b", "g"),
        ("Warning: 40 texts are only a number",),
    ),
    Works(
        "emoji", table([("👩‍👧 so 🙂👍🏽", "😀"), ("🙁", "😡")] * 20), ("👩‍👧 so 🙂👍🏽", "😀"), ("😀", "😡"),
        ("Warning: 38 rows repeat the text and label of an earlier row",),
    ),
    Works("CRLF", table(FILMS, end="\r\n"), FIRST, ("b", "g")),
    Works("CR", table(FILMS, end="\r"), FIRST, ("b", "g")),
    Works(
        "right to left", table([("الفيلم جيد", "جيد"), ("الفيلم سيئ", "سيئ")] * 20), ("الفيلم جيد", "جيد"),
        ("جيد", "سيئ"), ("Warning: 30 training rows are also in the validation or test rows",),
    ),
    Works("byte order mark", b"\xef\xbb\xbf" + table(FILMS), FIRST, ("b", "g")),
    Works("UTF-16", table(FILMS).decode().encode("utf-16"), FIRST, ("b", "g"), ("UTF-16",)),
    Works(
        "quoted line breaks", table([('"a film,\nso ""good"""', "g"), ('"a\r\n\r\nfilm"', "b")] * 20),
        ('a film,\nso "good"', "g"), ("b", "g"), ("Warning: 38 rows repeat",),
    ),
    Works("a cell of a megabyte", table([(LONG, "g"), *FILMS[1:]]), (LONG.rstrip(), "g"), ("b", "g")),
    Works("labels are whole numbers", table(films(40, lambda n: (2, 10)[n % 2])), (FIRST[0], "2"), ("2", "10")),
    Works("labels are half stars", table(films(40, lambda n: (4.5, 0.5)[n % 2])), (FIRST[0], "4.5"), ("0.5", "4.5")),
    Works("labels are true and false", table(films(40, lambda n: n % 2 == 0)), (FIRST[0], "True"), ("False", "True")),
    Works(
        "labels are dates", table(films(40, lambda n: dt.date(2024, 1 + n % 2, 2))), (FIRST[0], "2024-01-02"),
        ("2024-01-02", "2024-02-02"),
    ),
    Works(
        "labels with spaces", table(films(40, lambda n: f"  very {'gb'[n % 2]} ")), (FIRST[0], "very g"),
        ("very b", "very g"),
    ),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice that cannot be: as JSON in a recipe file and as typed after ``--set``."""

    name: str
    tree: dict[str, Any]
    setting: str
    says: tuple[str, ...]


CHOICES = [
    Choice(
        "unknown key", {"training": {"epoch": 3}}, "training.epoch=3",
        ("no choice 'training.epoch'", "training.batch_size", "Did you mean training.epochs?"),
    ),
    Choice(
        "unknown section", {"trainin": {"epochs": 3}}, "trainin.epochs=3",
        ("no choice 'trainin", "training.epochs", "Did you mean training"),
    ),
    Choice(
        "unknown altogether", {"colour": {"of": 1}}, "colour.of=1",
        ("no choice 'colour", "model", "encoding", "training", "Check the spelling"),
    ),
    Choice(
        "too low", {"training": {"epochs": 0}}, "training.epochs=0",
        ("'training.epochs' is 0", "greater than or equal to 1", "Change the value"),
    ),
    Choice(
        "too high", {"training": {"epochs": 10**9}}, "training.epochs=1000000000",
        ("'training.epochs' is 1000000000", "less than or equal to 1000", "Change the value"),
    ),
    Choice(
        "far too high", {"training": {"epochs": "9" * 5000}}, f"training.epochs={'9' * 5000}",
        ("'training.epochs' is \"9999", "should be a smaller number", "Change the value"),
    ),
    Choice(
        "no number", {"training": {"epochs": "many"}}, "training.epochs=many",
        ("'training.epochs' is \"many\"", "valid integer", "Change the value"),
    ),
    Choice(
        "a fraction", {"training": {"epochs": 2.5}}, "training.epochs=2.5",
        ("'training.epochs' is 2.5", "valid integer", "Change the value"),
    ),
    Choice(
        "not a number", {"optimizer": {"learning_rate": float("nan")}}, "optimizer.learning_rate=NaN",
        ("'optimizer.learning_rate' is NaN", "finite", "Change the value"),
    ),
    Choice(
        "unknown word", {"training": {"device": "tpu"}}, "training.device=tpu",
        ("'training.device' is \"tpu\"", "'auto', 'cpu', 'cuda' or 'mps'", "Change the value"),
    ),
    Choice(
        "unknown strategy", {"encoding": {"truncation": "hed"}}, "encoding.truncation=hed",
        ("'encoding.truncation' is \"hed\"", "'head', 'tail', 'head+tail'", "Change the value"),
    ),
    Choice(
        "strategy without its kind", {"features": {"layers": {"count": 3}}}, 'features.layers={"count": 3}',
        ("'features.layers'", '"kind"', "Change the value"),
    ),
    Choice(
        "option out of range", {"features": {"layers": "last:99"}}, "features.layers=last:99",
        ("'features.layers.last.count' is \"99\"", "less than or equal to 48", "Change the value"),
    ),
    Choice(
        "option of none", {"encoding": {"truncation": "tail:3"}}, "encoding.truncation=tail:3",
        ("encoding.truncation", "'tail' takes no option", "Change the value"),
    ),
    Choice(
        "empty name", {"model": {"name": ""}}, "model.name=",
        ("'model.name' is \"\"", "at least 1 character", "Change the value"),
    ),
    Choice(
        "a value for a section", {"training": 3}, "training=3",
        ("'training' is 3", "an object with the choices of that section", "Change the value"),
    ),
    Choice(
        "contradiction", {"encoding": {"truncation": "head+tail:500"}}, "encoding.truncation=head+tail:500",
        ("keeps 500 tokens", "only 254", "lower it or raise encoding.max_length"),
    ),
]  # fmt: skip

RECIPE_FILES: list[tuple[str, bytes, tuple[str, ...]]] = [
    ("empty", b"", ("not valid JSON (line 1, column 1)", "An object such as", "Save one")),
    ("words", b"{training: {epochs: 3}}", ("not valid JSON (line 1, column 2)", "An object such as", "Save one")),
    ("list", b'["training"]', ("JSON, but not an object", "An object such as", "Save one")),
    ("number", b"3", ("JSON, but not an object", "An object such as", "Save one")),
    ("null", b"null", ("JSON, but not an object", "An object such as", "Save one")),
    ("nested without end", b"[" * 100_000, ("not valid JSON", "An object such as", "Save one")),
    ("a number of 5,000 digits", b'{"training": {"seed": %s}}' % (b"9" * 5000), ("not valid JSON", "Save one")),
    ("not UTF-8", b'{"model": {"name": "\xff"}}', ("cannot be read (it is not UTF-8", "JSON file", "Check the path")),
    ("byte order mark", b'\xef\xbb\xbf{"training": {"epochs": 0}}', ("'training.epochs' is 0", "greater than")),
]

SETTINGS: list[tuple[str, tuple[str, ...]]] = [
    ("training.epochs", ("'training.epochs' is not a setting", "path=value", "training.epochs=3")),
    ("epochs=3", ("no choice 'epochs'", "Did you mean training.epochs?")),
    ("=3", ("no choice ''", "Choices: model", "Check the spelling")),
    ("training.epochs.x=3", ("no choice 'training.epochs.x'", "Did you mean training.epochs?")),
    ("__class__.x=3", ("no choice '__class__.x'", "Choices: model", "Check the spelling")),
    (f"training={'[' * 100_000}", ("'training' is", "an object with the choices")),
]

RUN_IDS = [
    "no-such", "", ".", "..", "../../outside", "../runs", "a/b", "/etc", "~", "*", "a\0b", "\u202e", "x" * 300,
    "x" * 5000,
]  # fmt: skip


# ---------------------------------------------------------------- other tasks than one label


def cells(header: str, rows: Sequence[Sequence[str]]) -> bytes:
    """A CSV file whose cells may hold anything."""
    sink = io.StringIO()
    csv.writer(sink).writerows([header.split(","), *rows])
    return sink.getvalue().encode()


@dataclass(frozen=True, slots=True)
class Misfit:
    """A file and options that do not make a task.

    Attributes:
        options: What is typed after ``bertui train FILE``, and said to the library, as role -> column.
    """

    name: str
    data: bytes
    options: dict[str, str]
    says: tuple[str, ...]


_SCORED = [(f"the film {n} was seen", f"{n / 7:.2f}") for n in range(40)]
_TAGGED = [(f"Ana saw {'the ' * (n % 3)}film {n}", "B-PER O " + "O " * (n % 3) + "O O") for n in range(40)]
_CONTEXT = "the film was good, and long"
_ASKED = [(f"what was film {n}", f"{_CONTEXT} {n}", "good") for n in range(40)]
_CHOSEN = [(f"it rained {n}", "he got wet", "he sang loud and long", "she sat", str(1 + n % 2)) for n in range(40)]
_CHOICES = "text,choice1,choice2,choice3,label"

MISFITS = [
    Misfit(
        "unknown task", table(films(40)), {"task": "sentiment"},
        ("no task 'sentiment'", "Tasks: single-label, score, several-labels, tagging", "Choose one of these"),
    ),
    Misfit(
        "columns of two tasks", table(films(40)), {"label": "label", "score": "text"},
        ("No task has all of these columns: label, score", "score: text, score", "columns of one task"),
    ),
    Misfit(
        "a column for both texts", table(films(40)), {"text": "text", "text-b": "text"},
        ("Column 'text' is both the text and the second text", "Columns: text, label", "Choose another"),
    ),
    Misfit(
        "a score that is a word", cells("text,score", [*_SCORED, ("odd", "many")]), {},
        ("Score column 'score'", "1 score is no number: 'many'", "a number such as 4.5"),
    ),
    Misfit(
        "one score only", cells("text,score", [(text, "4") for text, _ in _SCORED]), {"task": "score"},
        ("Score column 'score'", "Every score is 4", "choose another column"),
    ),
    Misfit(
        "no column of scores", table(films(40)), {"task": "score"},
        ("No column looks like the score", "Columns: text, label", "--score"),
    ),
    Misfit(
        "more tags than tokens", cells("tokens,tags", [*_TAGGED, ("Ana saw", "B-PER O O")]), {},
        ("Tags column 'tags'", "1 row has more tags than tokens", "Each token needs one tag"),
    ),
    Misfit(
        "one tag only", cells("tokens,tags", [("a b c", "O O O")] * 20), {"task": "tagging"},
        ("Tags column 'tags'", "Every token has the same tag: 'O'", "choose another column"),
    ),
    Misfit(
        "no column of questions", cells("context,answer", [row[1:] for row in _ASKED]), {"task": "question-answering"},
        ("No column looks like the question", "Columns: context, answer", "--question"),
    ),
    Misfit(
        "an answer that is not in the context",
        cells("question,context,answer", [*_ASKED, ("what was it", _CONTEXT, "great")]), {},
        ("Answer column 'answer'", "1 answer does not stand in its context: 'great'", "word for word"),
    ),
    Misfit(
        "no answer at all", cells("question,context,answer", [(*row[:2], "") for row in _ASKED]),
        {"task": "question-answering"}, ("Answer column 'answer'", "No question has an answer", "Choose the answer"),
    ),
    Misfit(
        "a right choice out of range", cells(_CHOICES, [*_CHOSEN, ("t", "a", "b", "c", "9")]), {},
        ("Label column 'label'", "1 right choice is no number of a choice: '9'", "is expected, 1 to 3"),
    ),
    Misfit(
        "one column of choices", cells(_CHOICES, _CHOSEN), {"task": "multiple-choice", "choice": "choice1"},
        ("1 column of choices is chosen", "At least two are needed"),
    ),
    Misfit(
        "one label only", cells("text,labels", [(text, "x") for text, _ in films(40)]), {"task": "several-labels"},
        ("Labels column 'labels'", "The table has 1 label: 'x'", "another column, or the task 'One label'"),
    ),
    Misfit(
        "no labels", cells("text,labels", [(text, "") for text, _ in films(40)]), {"task": "several-labels"},
        ("Labels column 'labels'", "The table has no labels", "another column"),
    ),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that a finished run of another task cannot answer.

    Attributes:
        run: Its name: "scores" (of pairs), "tags", "labels", "answers" or "choices".
        words: The command, without the run; a file's content stands where its path is typed.
    """

    name: str
    run: str
    words: tuple[str | bytes, ...]
    says: tuple[str, ...]


ASKED = [
    Asked("explain: no second text", "scores", ("explain", "--text", "a film"),
          ("The second text is missing", "reads: --text", "Give --text-b")),
    Asked("explain: no question", "answers", ("explain", "--context", "a film"),
          ("The question is missing", "reads: --question, --context", "Give --question")),
    Asked("explain: an unknown part", "tags", ("explain", "--tokens", "Ana saw it", "--focus", "99"),
          ("no part '99'", "Parts: ", "Choose one")),
    Asked("explain: an unknown tag", "tags", ("explain", "--tokens", "Ana saw it", "--target", "B-ODD"),
          ("no label 'B-ODD'", "Labels: O, B-LOC", "Choose one")),
    Asked("explain: an unknown label", "labels", ("explain", "--text", "a film", "--target", "odd"),
          ("no label 'odd'", "Labels: battery", "Choose one")),
    Asked("explain: one choice of four", "choices", ("explain", "--text", "a film", "--choice", "a"),
          ("There is 1 choice", "A text and 4 choices", "Give 4 choices")),
    Asked("evaluate: a score that is a word", "scores",
          ("evaluate", cells("text_a,text_b,score", [("a", "b", "4"), ("a", "b", "many")])),
          ("A score reads 'many'", "Numbers such as 4.5", "Mend the cell")),
    Asked("evaluate: no second text", "scores", ("evaluate", cells("text_a,score", [("a", "4")])),
          ("Columns: text_a, score", "--text-b")),
    Asked("evaluate: unknown tags", "tags", ("evaluate", cells("tokens,tags", [("a b", "X Y"), ("c d", "Y X")])),
          ("None of the tags is one that the run knows", "Tags: O, B-LOC", "right column")),
    Asked("evaluate: more tags than tokens", "tags", ("evaluate", cells("tokens,tags", [("a b", "O O O")])),
          ("Row 2 has 2 tokens but 3 tags", "One tag for each token", "Mend the row")),
    Asked("evaluate: unknown labels", "labels", ("evaluate", cells("text,labels", [("a film", "price|odd")])),
          ("never seen: 'odd'", "Labels: battery", "mend the labels")),
    Asked("evaluate: an answer that is not in the context", "answers",
          ("evaluate", cells("question,context,answer", [("what", _CONTEXT, "great")])),
          ("answer of row 2, 'great', does not stand in its context", "word for word", "Mend the answer")),
    Asked("evaluate: no context", "answers", ("evaluate", cells("question,answer", [("what", "great")])),
          ("Column 'context' is not in the file", "Columns: question, answer", "--context")),
    Asked("evaluate: a right choice out of range", "choices",
          ("evaluate", cells("text,choice_1,choice_2,choice_3,choice_4,label", [("t", "a", "b", "c", "d", "9")])),
          ("A right choice reads '9'", "1 to 4", "Mend the cell")),
    Asked("evaluate: two choices of four", "choices",
          ("evaluate", cells("text,choice_1,choice_2,label", [("t", "a", "b", "1")])),
          ("Column 'choice_3' is not in the file", "Columns: text, choice_1, choice_2", "--choice")),
]  # fmt: skip
