"""Which rows of a file name its columns: found from the cells, said, changed by a person, and the same again."""

from __future__ import annotations

import io
import random

import openpyxl
import pandas as pd
import pytest

from bertui.data.file_layout import UNKNOWN, Layout
from bertui.data.reading.formats.headers import heading_notes
from bertui.data.reading.formats.heading import ENOUGH_ROWS, Heading, find_heading
from bertui.data.reading.reading import read_alike, read_table
from bertui.errors import DataError
from tests.invented_words import dates, hashes, of, people, sentence, texts, whole

RNG = random.Random(7)
TEXTS = texts(1, 2)(RNG, 60)
BARE = "".join(f"{text}\t{label}\n" for text, label in zip(TEXTS, of("joy", "fear", "anger")(RNG, 60), strict=True))


def table(*columns: list[str | None], names: list[str] | None = None) -> list[list[str]]:
    rows = [[cell or "" for cell in row] for row in zip(*columns, strict=True)]
    return [names, *rows] if names else rows


def column(make: object, rows: int = 60) -> list[str | None]:
    return make(random.Random(3), rows)  # type: ignore[operator, no-any-return]


LABELS = column(of("good", "bad", "so so"))
NUMBERS = column(whole(1, 99))
DATES = column(dates("%d.%m.%Y"))


@pytest.mark.parametrize(
    ("rows", "naming"),
    [
        (table(TEXTS, LABELS), 0),
        (table(LABELS, TEXTS), 0),
        (table(NUMBERS, TEXTS), 0),
        (table(column(hashes(8)), DATES, TEXTS), 0),
        (table(TEXTS), 0),  # a list of texts
        (table(column(texts(1, 1, "de")), column(texts(1, 1, "en"))), 0),  # two languages
        (table([text[:40] + " 名" for text in TEXTS], ["0", "1"] * 30), 0),
        ([["这个宾馆比较陈旧了一点", "0"], ["房间很一般总体不错的", "1"]] * 30, 0),
        (table(column(people()), column(people()), LABELS), 0),  # nothing but the classes tells
        (table(TEXTS, LABELS, names=["text", "label"]), 1),
        (table(TEXTS, LABELS, names=["x", "y"]), 1),
        (table(TEXTS, LABELS, names=["", "v1"]), 1),
        (table(TEXTS, NUMBERS, names=["Kommentar", "Punkte"]), 1),
        (table(TEXTS, NUMBERS, names=["0", "1"]), 1),  # as pandas counts columns that nobody has named
        (table(TEXTS, NUMBERS, names=["1", "2"]), 1),
        (table(column(people()), column(people()), names=["Sender", "Receiver"]), 1),
        (table(TEXTS, LABELS, names=["What did you like most about the course and why?", "How was it?"]), 1),
        (table(TEXTS, LABELS, names=["fine", "bad"]), 0),  # a short text, but its label is one of the labels
        (table(NUMBERS, DATES, TEXTS, names=["2019", "Datum", "Text"]), 1),  # one name among three is a number
        ([["a", "b"], ["1", "2"]], 1),
        ([["only", "names"]], 1),
        ([["text"], ["one line"]], 1),
        ([["good shoes", "x"], ["bad hat", "y"]], 1),  # too few rows to say otherwise
    ],
)
def test_the_first_row_holds_values_or_names(rows: list[list[str]], naming: int) -> None:
    assert find_heading(rows[:ENOUGH_ROWS]).naming == naming


def test_rows_that_are_nearly_empty_above_the_header_are_left_out() -> None:
    body = table(NUMBERS, TEXTS, LABELS, names=["No.", "Comment", "Category"])
    assert find_heading([["Complaints in March", "", ""], *body]) == Heading(1, 1)
    assert find_heading([["Complaints"], ["as of 3 May"], *body]) == Heading(2, 1)
    wide = table(NUMBERS, TEXTS, LABELS, NUMBERS, DATES, names=["No.", "Comment", "Category", "Score", "Date"])
    assert find_heading([["Region", "North", "", "", ""], *wide]) == Heading(1, 1)
    assert find_heading([["", "", "good"], *table(NUMBERS, TEXTS, LABELS)]) == Heading(0, 0)  # data with blanks
    assert find_heading([["list"], ["of"], ["words"]]).above == 0  # one column is no title


def test_more_header_rows_below_the_names_are_left_out() -> None:
    names = ["EndDate", "Q1", "Q2"]
    questions = ["End Date", "What happened, please?", "How was it?"]
    ids = ['{"ImportId": "endDate"}', '{"ImportId": "QID1_TEXT"}', '{"ImportId": "QID2"}']
    body = table(DATES, TEXTS, LABELS)
    assert find_heading([names, questions, ids, *body]).naming == 3
    assert find_heading([names, questions, *body]).naming == 2
    assert find_heading([names, questions, ids, *body[:1]]).naming == 3  # a file of one answer
    assert find_heading([names, *body]).naming == 1
    blank = ["", "Open-Ended Response", "Response"]  # as SurveyMonkey has it
    assert find_heading([names, blank, *body]).naming == 2
    rare = [body[0][0], "short", "a class of its own"]  # an odd row, but its date is one
    assert find_heading([names, rare, *body]).naming == 1
    assert find_heading([names, ["n/a", TEXTS[0] or "", "good"], *body]).naming == 1  # its class is one


def test_what_a_person_says_counts() -> None:
    rows = table(TEXTS, LABELS)
    assert find_heading(rows, Layout(header_rows=1)) == Heading(0, 1)
    named = table(TEXTS, LABELS, names=["text", "label"])
    assert find_heading(named, Layout(header_rows=0)) == Heading(0, 0, doubtful=True)
    assert find_heading(named, Layout(skip_rows=1)).above == 1
    assert find_heading(named, Layout(3, 2)) == Heading(2, 3)
    assert find_heading(named[:2], Layout(5, 9)) == Heading(2, 0)  # no more than there are


# ---------------------------------------------------------------- files


def test_a_file_without_header_keeps_its_first_row_and_says_so() -> None:
    frame, how = read_table(BARE.encode(), "emotions.txt")
    assert list(frame.columns) == ["column 1", "column 2"] and len(frame) == 60
    assert frame.iloc[0, 0] == TEXTS[0]
    assert (how.header_rows, how.skip_rows) == (0, 0) and "read as data" in how.notes[0]
    named, again = read_table(BARE.encode(), "emotions.txt", header_rows=1)
    assert len(named) == 59 and named.columns[0] == TEXTS[0] and again.header_rows == 1


def test_a_header_that_is_repeated_in_the_rows_is_left_out_and_said() -> None:
    frame, how = read_table(("text\tlabel\n" + BARE + "text\tlabel\n" + BARE + "text\tother\n").encode(), "x.tsv")
    assert len(frame) == 121 and frame.iloc[-1].tolist() == ["text", "other"]
    assert "1 row that repeats the header was left out." in how.notes
    kept, _ = read_table(("text\tlabel\n" + BARE + "text\tlabel\n").encode(), "x.tsv", header_rows=0)
    assert len(kept) == 62  # where no row is the header, none repeats it


def test_titles_over_a_delimited_table() -> None:
    padded = "Complaints;;\nas of May;;\n;;\nNo;Comment;Category\n" + "1;it broke, again;Repair\n2;late;Post\n" * 9
    bare = padded.replace(";;\n", "\n")
    for text in (padded, bare):
        frame, how = read_table(text.encode(), "x.csv")
        assert (list(frame.columns), len(frame)) == (["No", "Comment", "Category"], 18)
        assert (how.skip_rows, how.header_rows, how.delimiter) == (2, 1, ";")
        assert 'rows were left out above the header: "Complaints"' in " ".join(how.notes)
    one, how = read_table(b"text\nwell, yes, so\nno, no, never\n", "x.txt", delimiter="|")
    assert list(one.columns) == ["text"] and how.skip_rows == 0


def test_a_workbook_is_read_by_the_same_rules() -> None:
    def read(*rows: list[object], **options: int) -> tuple[list[str], int, tuple[int | None, int | None]]:
        book, buffer = openpyxl.Workbook(), io.BytesIO()
        for row in rows:
            book.active.append(row)
        book.save(buffer)
        frame, how = read_table(buffer.getvalue(), "x.xlsx", **options)  # type: ignore[arg-type]
        return list(frame.columns), len(frame), (how.header_rows, how.skip_rows)

    body: list[list[object]] = [[n, text, "pq"[n % 2]] for n, text in enumerate(TEXTS)]
    assert read(["Survey"], [], ["id", "text", "label"], *body) == (["id", "text", "label"], 60, (1, 1))
    assert read(*body) == (["column 1", "column 2", "column 3"], 60, (0, 0))
    assert read(["id", "text", "label"], *body, ["id", "text", "label"])[1] == 60
    assert read(["id", "text", "label"], *body, header_rows=0, skip_rows=1)[1:] == (60, (0, 1))
    with pytest.raises(DataError, match="-1 cannot be the number of header rows"):
        read(["id", "text", "label"], *body, header_rows=-1)


def test_marks_that_few_files_have_divide_texts_full_of_the_usual_ones() -> None:
    rng = random.Random(5)
    lines = [
        f"{sentence(rng)}, {rng.choice(['so; ', 'and '])}she@{rng.choice(['positive', 'neutral'])}" for _ in range(60)
    ]
    lines[3] = lines[3].replace(",", "")
    frame, how = read_table("\n".join(lines).encode(), "sentences.txt")
    assert how.delimiter == "@" and set(frame["column 2"]) == {"positive", "neutral"} and len(frame) == 60
    mails = "\n".join(f"ada{n}@example.org" for n in range(60))
    assert list(read_table(mails.encode(), "mails.txt")[0].columns) == ["column 1"]  # no text before the mark


# ---------------------------------------------------------------- files of the same shape


def test_a_file_of_few_rows_is_read_as_the_training_file() -> None:
    few = b"Nobody came back before the storm.\tjoy\n"
    frame, how = read_alike(few * 2, "new.tsv", Layout(0, 0), ["column 1"])
    assert list(frame.columns) == ["column 1", "column 2"] and len(frame) == 2 and how.header_rows == 0
    assert len(read_alike(few, "new.tsv", Layout(0, 0), ["column 1"])[0]) == 1
    with pytest.raises(DataError, match="no rows, only a header"):  # by itself it says nothing
        read_alike(few, "new.tsv", UNKNOWN, [])
    assert len(read_alike(few * 3, "new.tsv", UNKNOWN, [])[0]) == 3  # a header is not all that there is


def test_names_are_found_although_they_look_like_data() -> None:
    odd = pd.DataFrame({"good": ["good", "bad"] * 9, "text": ["a", "b"] * 9}).to_csv(index=False).encode()
    assert list(read_alike(odd, "x.csv", Layout(1, 0), ["good", "text"])[0].columns) == ["good", "text"]
    named = b"text,label\nso it is,a\n"
    frame, how = read_alike(named, "x.csv", Layout(0, 0), ["column 1", "column 3"])  # another shape: its own cells say
    assert list(frame.columns) == ["text", "label"] and how.header_rows == 1
    chosen_frame, _ = read_alike(named, "x.csv", Layout(1, 0), ["text"], header_rows=0)  # a person's word counts more
    assert len(chosen_frame) == 2


def test_a_survey_cleaned_of_its_extra_rows_loses_no_answer() -> None:
    names, body = "EndDate,Q1\n", "".join(f"{day},{text}\n" for day, text in zip(DATES, TEXTS, strict=True))
    assert len(read_alike((names + body).encode(), "x.csv", Layout(3, 0), ["Q1"])[0]) == 60


@pytest.mark.parametrize(("cells", "shown"), [(4, '"1", "2", "3", "4".'), (5, '"1", "2", "3", "4", ….')])
def test_a_row_is_told_by_its_first_four_cells(cells: int, shown: str) -> None:
    row = ["", *map(str, range(1, cells + 1)), " "]
    (note,) = heading_notes(Heading(above=1), [row, ["a", "b"]], 0)
    assert note == f"1 row was left out above the header: {shown}"
