"""Uploaded bytes -> frame: what is read, what is mended, and what a person is told on a bad file."""

from __future__ import annotations

import codecs
import datetime as dt
import gzip
import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bertui.data.reading import reading
from bertui.data.reading.formats.multibyte import east_asian
from bertui.data.reading.reading import Reading, read_table
from bertui.errors import DataError

DATA = Path(__file__).parents[3] / "shared" / "data"
GOOD = b"text,label\nI like it,pos\nso dull,neg\n"


def cells(frame: pd.DataFrame) -> list[list[str | None]]:
    return [[None if pd.isna(cell) else cell for cell in row] for row in frame.to_numpy().tolist()]


def parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def workbook(**sheets: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    sink = io.BytesIO()
    book.save(sink)
    return sink.getvalue()


def zipped(**members: bytes) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return sink.getvalue()


# ---------------------------------------------------------------- the frame


def test_frame_is_text_and_an_empty_cell_is_missing_but_the_word_none_is_a_word() -> None:
    frame, how = read_table(b'text,label\nNone,NA\n,null\nnan,""\n', "x.csv")
    assert cells(frame) == [["None", "NA"], [None, "null"], ["nan", None]]
    assert [str(kind) for kind in frame.dtypes] == ["str", "str"]
    assert isinstance(frame.index, pd.RangeIndex)
    assert how == Reading("csv", encoding="utf-8", delimiter=",", header_rows=1, skip_rows=0)


def test_reading_survives_json() -> None:
    how = Reading("xlsx", sheet="a", sheets=("a", "b"), notes=("one",))
    assert Reading.from_json(json.loads(json.dumps(how.to_json()))) == how


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quoted_line_breaks_emoji_and_right_to_left(end: str) -> None:
    text = f'text,label{end}"one{end}two, ""three"" 🙂",שלום{end}{end}a\u2028b,م{end}'
    frame, _ = read_table(text.encode(), "x.csv")
    assert cells(frame) == [[f'one{end}two, "three" 🙂', "שלום"], ["a\u2028b", "م"]]


def test_a_cell_of_one_megabyte() -> None:
    long = 'word, "w" \n' * 100_000
    frame, _ = read_table(('text,label\n"' + long.replace('"', '""') + '",pos\n').encode(), "x.csv")
    assert frame.text[0] == long


def test_last_line_without_end_and_blank_lines() -> None:
    frame, _ = read_table(b"\n  \ntext,label\n\n  \na,b\n\nc,d", "x.csv")
    assert cells(frame) == [["a", "b"], ["c", "d"]]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_delimiter_is_found_among_texts_full_of_the_others(mark: str) -> None:
    texts = ["a, b; c | d", "plain", "x, y", 'say "no", or; not', "1;2;3"]
    score = "2.5" if mark == "," else "2,5"
    rows = "".join('"' + text.replace('"', '""') + f'"{mark}{score}\n' for text in texts)
    frame, how = read_table(f"text{mark}score\n{rows}".encode(), "x")
    assert how.delimiter == mark
    assert frame.text.tolist() == texts


def test_delimiter_of_unquoted_texts_with_commas() -> None:
    frame, how = read_table(b"id;text\n1;well, yes\n2;no, no, no\n3;ok\n", "x.csv")
    assert how.delimiter == ";"
    assert frame.text.tolist() == ["well, yes", "no, no, no", "ok"]


def test_one_column_of_sentences_is_not_divided() -> None:
    frame, _ = read_table(b"text\nwell, yes\nno; no\nok\n", "x.txt")
    assert cells(frame) == [["well, yes"], ["no; no"], ["ok"]]


def test_the_choice_of_the_person_wins() -> None:
    frame, how = read_table(b"a,b;c\n1,2;3\n", "x.csv", delimiter=";")
    assert list(frame.columns) == ["a,b", "c"] and how.delimiter == ";"
    frame, how = read_table("text,label\nмир,1\n".encode("cp1251"), "x.csv", encoding="windows-1251")
    assert frame.text[0] == "мир" and how.encoding == "cp1251"
    assert read_table(b"a\tb\n1\t2\n", "x.csv", delimiter="\\t")[1].delimiter == "\t"


# ---------------------------------------------------------------- encodings


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
        ("latin-1", "cp1252"),
    ],
)
def test_western_text_in_every_encoding(encoding: str, expected: str) -> None:
    text = "text,label\nLe café déjà vu,été\nplain,naïve\n"
    frame, how = read_table(text.encode(encoding), "x.csv")
    assert cells(frame) == [["Le café déjà vu", "été"], ["plain", "naïve"]]
    assert how.encoding == expected
    assert bool(how.notes) == (expected != "utf-8")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1251", "Привет, это хороший фильм. Мне очень понравилось"),
        ("koi8-r", "Привет, это хороший фильм. Мне очень понравилось"),
        ("gb18030", "这家酒店非常好,我很喜欢,下次还会来。"),
        ("cp932", "このホテルはとても良かったです。また行きたい。"),
        ("cp1255", "המלון הזה היה טוב מאוד ואני אוהב אותו"),
        ("cp1256", "هذا الفندق جيد جدا وأنا أحبه كثيرا"),
        ("cp1250", "Příliš žluťoučký kůň úpěl ďábelské ódy"),
        ("gb18030", "酒店很干净服务很好"),  # many of whose bytes are valid UTF-8
        ("big5", "酒店很乾淨服務很好，早餐很冷不好吃"),
        ("euc_jp", "ホテルはとても綺麗でした"),
        ("cp949", "호텔이 아주 깨끗했어요 아침 식사가 차가웠다"),
        ("cp1250", "Pokój był bardzo czysty a śniadanie pyszne; łazienka zimna, źle"),
        ("iso8859-2", "Pokój był bardzo czysty a śniadanie pyszne; łazienka zimna, źle"),
        ("cp1250", "Camera era curată şi frumoasă, mâncarea rece şi scumpă"),
        ("cp1250", "Árvíztűrő tükörfúrógép őrült"),
        ("mac-roman", "Hyvää päivää, räksmörgås på ön, cuánto"),
        ("cp850", "El señor y el niño llegaron mañana, ¿cuánto cuesta?"),
        ("cp1254", "Bu çok güzel bir filmdi, şarkılar ve ışıklar"),
    ],
)
def test_encodings_of_other_scripts_are_guessed_and_said(encoding: str, text: str) -> None:
    frame, how = read_table(("text\tlabel\n" + f"{text}\t1\n" * 5).encode(encoding), "x.tsv")
    assert (frame.text[0], how.encoding) == (text, encoding)
    assert "not UTF-8" in how.notes[0]


@pytest.mark.parametrize(("encoding", "share"), [("gb18030", 0.99), ("cp949", 0.0), ("big5", 0.0)])
def test_real_reviews_in_chinese_are_read_in_their_encoding_alone(encoding: str, share: float) -> None:
    path = Path(__file__).parents[3] / "shared" / "data" / "chnsenticorp_zh" / "test.csv"
    if not path.is_file():
        pytest.skip("the data set is not here")
    reviews = [text for text in pd.read_csv(path)["text"] if len(text) > 40][:200]
    hits = sum(east_asian(text.encode("gb18030")) == encoding for text in reviews)
    assert hits / len(reviews) >= share and (share or not hits)


def test_one_accent_in_ascii_is_cp1252_and_a_broken_byte_among_utf8_is_broken() -> None:
    frame, how = read_table(b"text,label\n" + b"plain,x\n" * 50 + b"caf\xe9,y\n", "x.csv")
    assert (frame.text[50], how.encoding) == ("café", "cp1252")
    broken = b"text,label\n" + "été,x\n".encode() * 50 + b"caf\xe9,y\n"
    frame, how = read_table(broken, "x.csv")
    assert (frame.text[50], how.encoding) == ("caf\ufffd", "utf-8")
    assert "1 byte was not valid UTF-8" in how.notes[0] and "line 52" in how.notes[0]
    again, reading_again = read_table(broken, "x.csv", encoding=how.encoding)  # what the page shows may be sent back
    assert again.equals(frame) and reading_again == how


def test_mixed_encodings_name_their_lines() -> None:
    data = b"text,label\n" + "é ü,x\n".encode() * 3 + "é,y\nà,z\n".encode("cp1252") + "ö,x\n".encode()
    frame, how = read_table(data, "x.csv")
    assert frame.text.tolist() == ["é ü", "é ü", "é ü", "\ufffd", "\ufffd", "ö"]
    assert "2 bytes were not valid UTF-8" in how.notes[0] and "lines 5, 6)" in how.notes[0]


def test_a_few_nul_bytes_are_removed() -> None:
    frame, how = read_table(b"text,label\na\0b,pos\nc\0,neg\n", "x.csv")
    assert frame.text.tolist() == ["ab", "c"]
    assert how.notes == ("2 NUL bytes were removed (first in line 2).",)


# ---------------------------------------------------------------- mends, each with its note


@pytest.mark.parametrize(("data", "columns", "first", "note"), [
    (b"text,text,label\na,b,c\n", ["text", "text (2)", "label"], ["a", "b", "c"], "more than once"),
    (b"text,text (2),text\na,b,c\n", ["text", "text (2)", "text (3)"], ["a", "b", "c"], "more than once"),
    (b" text ,,label\na,b,c\n", ["text", "column 2", "label"], ["a", "b", "c"], "Column 2 has no name"),
    (b"text,label,\na,b,\n", ["text", "label"], ["a", "b"], "left out"),
    (b"text,label,\na,b\n", ["text", "label"], ["a", "b"], "left out"),
    (b"text,label\na,b,,\nc,d\n", ["text", "label"], ["a", "b"], "empty cells beyond"),
    (b"sep=;\ntext;label\na;b\n", ["text", "label"], ["a", "b"], ""),
    (b'text, label\n"a, b", c\nd, "e, f"\n', ["text", "label"], ["a, b", "c"], "Blanks"),
    (b'text,label\n"said \\"no\\", twice",c\n', ["text", "label"], ['said "no", twice', "c"], "Quote marks"),
    (b'text\tlabel\n"No" he said\tc\nd"\te\n', ["text", "label"], ['"No" he said', "c"], "Quote marks"),
    (b"so good,pos\nbad,neg\nfine,pos\n", ["so good", "pos"], ["bad", "neg"], "taken as the header"),
    (b'text,label\n"' + b"a\n" * 300 + b'",b\n', ["text", "label"], ["a\n" * 300, "b"], "over 301 lines"),
])  # fmt: skip
def test_mended(data: bytes, columns: list[str], first: list[str], note: str) -> None:
    frame, how = read_table(data, "x.csv")
    assert list(frame.columns) == columns
    assert cells(frame)[0] == first
    assert bool(how.notes) == bool(note) and note in " ".join(how.notes)


# ---------------------------------------------------------------- formats with types


def test_parquet_values_become_canonical_texts() -> None:
    table = pa.table(
        {
            "text": ["a", None, ""],
            "whole": [1.0, None, 3.0],
            "half": [1.0, 2.5, float("nan")],
            "single": pa.array([0.1, 2.5, None], pa.float32()),
            "flag": [True, False, None],
            "big": [2**60, 1, None],
            "day": [dt.datetime(2024, 1, 2), dt.datetime(2024, 3, 4), None],
            "hour": [dt.datetime(2024, 1, 2, 3), dt.datetime(2024, 3, 4), None],
            "date": [dt.date(2024, 1, 2)] * 3,
            "list": [["é"], [], None],
            "kind": pa.array(["x", "y", "x"]).dictionary_encode(),
            "image": [b"\xff\xd8", b"", None],
            "__index_level_0__": [7, 8, 9],
        }
    )
    frame, how = read_table(parquet(table), "x.parquet")
    assert {name: cells(frame[[name]]) for name in frame} == {
        "text": [["a"], [None], [""]],
        "whole": [["1"], [None], ["3"]],
        "half": [["1.0"], ["2.5"], [None]],
        "single": [["0.1"], ["2.5"], [None]],
        "flag": [["true"], ["false"], [None]],
        "big": [[str(2**60)], ["1"], [None]],
        "day": [["2024-01-02"], ["2024-03-04"], [None]],
        "hour": [["2024-01-02T03:00:00"], ["2024-03-04T00:00:00"], [None]],
        "date": [["2024-01-02"]] * 3,
        "list": [['["é"]'], ["[]"], [None]],
        "kind": [["x"], ["y"], ["x"]],
    }
    assert how.format == "parquet" and "image" in " ".join(how.notes) and "__index" in " ".join(how.notes)
    assert {str(kind) for kind in frame.dtypes} == {"str"}


def test_workbook() -> None:
    rows: list[list[object]] = [
        [None, None, None],
        [None, "text", "label", "when"],
        [None, "a_x000D_\nb 🙂", 3, dt.datetime(2024, 1, 2)],
        [],
        [None, "", 4.5, None],
        [None, True, None, dt.datetime(2024, 1, 3)],
    ]
    data = workbook(Empty=[], Data=rows, Other=[["x"], ["y"]])
    frame, how = read_table(data, "x.xlsx")
    assert list(frame.columns) == ["text", "label", "when"]
    assert cells(frame)[0] == ["a\r\nb 🙂", "3", "2024-01-02"]
    assert cells(frame)[1:] == [[None, "4.5", None], ["true", None, "2024-01-03"]]
    assert (how.sheet, how.sheets) == ("Data", ("Empty", "Data", "Other"))
    assert "'Data' was read" in how.notes[0]
    assert cells(read_table(data, "x.xlsx", sheet="Other")[0]) == [["y"]]


def test_workbook_formulas_without_stored_results_are_told() -> None:
    _, how = read_table(workbook(A=[["text", "label"], ["a", "=1+1"], ["b", "=2"]]), "x.xlsx")
    assert "'label' is empty because the results of its formulas" in how.notes[0]


@pytest.mark.parametrize("name", ["x.jsonl", "x.json", "x.csv", "x"])
@pytest.mark.parametrize("array", [False, True])
def test_json(name: str, array: bool) -> None:
    rows = [
        '{"text": "a\\nb", "label": 1.0, "x": [1, "é"]}',
        '{"text": null, "label": 3, "more": true}',
        '{"label": NaN, "text": "\\ud83d"}',
    ]
    text = "[" + ",\n".join(rows) + "]" if array else "\r\n\n".join(rows)
    frame, how = read_table(text.encode(), name)
    assert how == Reading("jsonl", encoding="utf-8", row_starts=((0, 1),))
    assert list(frame.columns) == ["text", "label", "x", "more"]
    assert cells(frame) == [
        ["a\nb", "1", '[1, "é"]', None],
        [None, "3", None, "true"],
        ["\ufffd", None, None, None],
    ]


TAGGED = "EU B-ORG\nrejects O\n\nZoë B-PER\nBerg I-PER\n"
TAGGED_ROWS: list[list[str | None]] = [["EU rejects", "B-ORG O"], ["Zoë Berg", "B-PER I-PER"]]


@pytest.mark.parametrize("name", ["x.conll", "x.txt", "x", "x.tsv", "x.IOB"])
@pytest.mark.parametrize(("end", "encoding"), [("\n", "utf-8"), ("\r\n", "utf-8-sig"), ("\r", "cp1252")])
def test_conll(name: str, end: str, encoding: str) -> None:
    data = TAGGED.replace("\n", end).encode(encoding)
    frame, how = read_table(data, name)
    assert list(frame.columns) == ["tokens", "tags"] and cells(frame) == TAGGED_ROWS
    assert (how.format, how.encoding, how.delimiter) == ("conll", encoding.removesuffix("-sig"), None)
    assert bool(how.notes) == (encoding == "cp1252")
    assert read_table(gzip.compress(data), f"{name}.gz")[1] == how


def test_a_delimiter_asked_for_reads_conll_as_csv() -> None:
    frame, how = read_table(b"token O\nEU B-ORG\n\nPeter B-PER\n", "x.conll", delimiter=" ")
    assert how.format == "csv" and cells(frame) == [["EU", "B-ORG"], ["Peter", "B-PER"]]


def test_a_broken_line_of_conll_is_told_with_the_file() -> None:
    with pytest.raises(DataError, match=r"File 'x\.conll': 1 line does not have 2 columns like most: line 3 has 3\."):
        read_table(b"EU B-ORG\n\nNew York B-LOC\nis O\n", "x.conll")


@pytest.mark.parametrize("name", ["x.json", "x.txt", "x"])
@pytest.mark.parametrize(("end", "encoding"), [("\n", "utf-8"), ("\r\n", "utf-8-sig"), ("\n", "utf-16")])
def test_squad(name: str, end: str, encoding: str) -> None:
    question = {"id": "7", "question": "Who?", "answers": [{"text": "Zoë", "answer_start": 0}]}
    paragraph = {"context": "Zoë sang.", "qas": [question, {"id": "8", "question": "Why?", "answers": []}]}
    whole = {"version": "v2.0", "data": [{"title": "Songs", "paragraphs": [paragraph]}]}
    data = json.dumps(whole, indent=1, ensure_ascii=False).replace("\n", end).encode(encoding)
    frame, how = read_table(data, name)
    assert list(frame.columns) == ["id", "title", "context", "question", "answer", "answer_start"]
    assert cells(frame) == [
        ["7", "Songs", "Zoë sang.", "Who?", "Zoë", "0"],
        ["8", "Songs", "Zoë sang.", "Why?", None, None],
    ]
    assert how.format == "squad" and how.encoding == encoding.removesuffix("-sig")
    assert "1 of 2 questions have no answer" in how.notes[-1]
    assert read_table(gzip.compress(data), f"{name}.gz")[1] == how


def test_a_broken_squad_file_is_told_with_the_file() -> None:
    data = b'{"data": [{"title": "a", "paragraphs": [{"context": "b", "qas": []}, {"qas": []}]}]}'
    with pytest.raises(DataError, match=r"File 'x\.json': Paragraph 2 of article 1 has no \"context\"\."):
        read_table(data, "x.json")


def test_gzip() -> None:
    frame, how = read_table(gzip.compress(GOOD.replace(b",", b"\t")), "x.tsv.gz")
    assert len(frame) == 2 and how.delimiter == "\t"


@pytest.mark.parametrize("spare", [0, -1])
def test_gzip_is_unpacked_up_to_a_limit(spare: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_UNPACKED", len(GOOD) + spare)
    if spare == 0:
        assert len(read_table(gzip.compress(GOOD), "x.csv.gz")[0]) == 2
    else:
        with pytest.raises(DataError, match="unpacks to more than"):
            read_table(gzip.compress(GOOD), "x.csv.gz")


# ---------------------------------------------------------------- bad files: one row each

RAGGED = b"text,label\nfine,a\nwell, yes,b\nshort\nok,c\n"
BAD: list[tuple[str, bytes, list[str]]] = [
    ("empty", b"", ["empty", "upload it again"]),
    ("white space", b" \n\r\n\t ", ["white space"]),
    ("mark only", b"\xef\xbb\xbf\n", ["white space"]),
    ("header only", b"text,label\n\n", ["no rows", "text, label"]),
    ("ragged", RAGGED, ["2 rows", "2 cells", "line 3 has 3", "line 4 has 1", "a comma", "double quotes"]),
    ("ragged, many", b"a,b\n" + b"1,2,3\n" * 5 + b"1,2\n" + b"1\n" * 3, ["8 rows", "and 3 more"]),
    ("name missing", b"text,label\n1,a,b\n2,c,d\n", ["Every row has 3 cells", "only 2 columns", "Add the"]),
    ("open quote", b'text,label\n"a\nb",c\n"d,e\nf,g\n', ["line 4", "never closed", '"d,e', "whole file"]),
    ("open quote, CR", b'text,label\r"a\rb",c\rx,"d,e\rf,g\r', ["line 4", "never closed"]),
    ("open quote after an empty cell", b'text,label\n,"d,e\nf,g\n', ["line 2", "never closed", '"d,e']),
    ("quote run on", b'text,label\n"good,a\nfine,b\n"bad, bad",c\n', ["opens in line 2 and ends in line 4"]),
    ("text after quote", b'text,label\n"No" he said,c\n', ["line 2", "closing quote", "doubled"]),
    ("many NUL", b"text,label\n" + b"\0" * 99 + b"a,b\n", ["binary"]),
    ("binary", bytes(range(256)) * 40, ["binary"]),
    ("pdf", b"%PDF-1.7\n\xe2\xe3", ["PDF", "Save the table as CSV"]),
    ("arff", b"% about\n%\n@RELATION films\n@attribute text string\n@data\n'a b',good\n", ["Weka"]),
    ("brat", b"T1\tPER 0 4\tMara\nR1\tOf Arg1:T1 Arg2:T2\n", ["brat"]),
    ("png", b"\x89PNG\r\n\x1a\n" + b"\0" * 9, ["image"]),
    ("jpeg", b"\xff\xd8\xff\xe0", ["image"]),
    ("sqlite", b"SQLite format 3\0" + b"\0" * 99, ["SQLite"]),
    ("pickle", pickle.dumps({"a": [1]}), ["pickle"]),
    ("pickle, old", pickle.dumps([1], protocol=2), ["pickle"]),
    ("old Excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, ["old Excel", "password"]),
    ("7z", b"7z\xbc\xaf\x27\x1c\0\4", ["archive"]),
    ("tar", b"x.csv".ljust(257, b"\0") + b"ustar\x0000", ["archive"]),
    ("bzip2", b"BZh91AY&SY", ["bzip2"]),
    ("web page", b"\n<!DOCTYPE html><html>", ["web page"]),
    ("rtf", b"{\\rtf1 a}", ["RTF"]),
    ("lfs", b"version https://git-lfs.github.com/spec/v1\n", ["Git LFS"]),
    ("numpy", b"\x93NUMPY\1\0", ["NumPy"]),
    ("zip of csv", zipped(train_csv=GOOD), ["zip archive holding 'train.csv'", "Unpack"]),
    ("word", zipped(word__document_xml=b"<a/>"), ["Word"]),
    ("libreoffice", zipped(content_xml=b"<a/>"), ["OpenDocument"]),
    ("xlsb", zipped(xl__workbook_bin=b"a"), ["xlsb"]),
    ("cut zip", workbook(A=[["a"], ["b"]])[:900], ["damaged"]),
    ("broken xlsx", zipped(xl__workbook_xml=b"<a"), ["damaged", "Excel"]),
    ("empty xlsx", workbook(A=[]), ["no rows"]),
    ("xlsx header only", workbook(A=[["text", "label"]]), ["no rows", "text, label"]),
    ("cut parquet", parquet(pa.table({"a": ["b"] * 99}))[:200], ["damaged Parquet"]),
    ("broken parquet", b"PAR1aaaaPAR1", ["damaged Parquet"]),
    ("parquet no rows", parquet(pa.table({"text": pa.array([], pa.string())})), ["no rows", "text"]),
    ("cut gzip", gzip.compress(GOOD)[:30], ["damaged gzip"]),
    ("gzip twice", gzip.compress(gzip.compress(GOOD)), ["within a gzip"]),
    ("gzip of pdf", gzip.compress(b"%PDF-1.7"), ["PDF"]),
    ("json line", b'{"a": 1}\n\n{"a": \n', ["Line 3", "not valid JSON"]),
    ("json number line", b'{"a": 1}\n7\n', ["Line 2", "not a JSON object"]),
    ("json nested", b'{"a": 1}\n{"a": ' + b"[" * 100_000 + b"\n", ["Line 2"]),
    ("json cut", b'[{"a": 1},\n{"a"', ["not valid JSON", "line 2"]),
    ("json object", b'{\n "a": [1],\n "b": [2]\n}', ["one JSON object with the keys a, b"]),
]


@pytest.mark.parametrize(("data", "parts"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_bad_file(data: bytes, parts: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        read_table(data, "my\u202e file.csv")
    message = str(caught.value)
    assert "File 'my\\u202e file.csv': " in message
    assert not [part for part in parts if part not in message], message
    assert caught.value.remedy.endswith(".")


@pytest.mark.parametrize(
    ("data", "parts"),
    [
        (b'{"a": [1],\n "b": [2]}', ["one JSON object with the keys a, b"]),
        (b"[1, 2]", ["not a list of objects"]),
        (b'[{"a": 1},\n{"a"', ["not valid JSON", "line 2"]),
        (b"[]", ["no rows"]),
        (b"text,label\na,b\n", ["Line 1 is not valid JSON"]),
    ],
)
def test_bad_json(data: bytes, parts: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        read_table(data, "x.json")
    assert all(part in str(caught.value) for part in parts), str(caught.value)


@pytest.mark.parametrize(
    ("data", "choice", "parts"),
    [
        (GOOD, {"encoding": "klingon"}, ["'klingon' is not known"]),
        (GOOD, {"encoding": "hex"}, ["'hex' is not known"]),
        (GOOD, {"encoding": "a\0b"}, ["not known"]),
        (b"text,label\nok,a\ncaf\xe9,b\n", {"encoding": "utf-8"}, ["not valid utf-8", "line 3", "cp1252"]),
        ("é,b\né,c".encode(), {"encoding": "ascii"}, ["not valid ascii", "line 1", "utf-8"]),
        (GOOD, {"delimiter": ",,"}, ["',,' cannot be the delimiter"]),
        (GOOD, {"delimiter": '"'}, ["cannot be the delimiter"]),
        (workbook(A=[["a"], ["b"]]), {"sheet": "B"}, ["no sheet 'B'", "Sheets: A"]),
    ],
)
def test_bad_choice(data: bytes, choice: dict[str, str], parts: list[str]) -> None:
    with pytest.raises(DataError) as caught:
        read_table(data, "x.csv", **choice)
    assert all(part in str(caught.value) for part in parts), str(caught.value)


@pytest.mark.parametrize("data", [
    b"a,b,c\n1,2,3\n4,5,6\n7,8,9\n", b'{"a":1}\n{"a":2}\n{"a":3}\n', parquet(pa.table({"a": ["x"] * 3})),
    workbook(A=[["a"], [1], [2], [3]]),
])  # fmt: skip
def test_too_many_rows(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(read_table(data, "x")[0]) == 3
    monkeypatch.setattr(reading, "MAX_ROWS", 2)
    with pytest.raises(DataError, match=r"more than 2 rows.*sample"):
        read_table(data, "x")


def test_too_many_columns() -> None:
    wide = ",".join(f"c{i}" for i in range(1001))
    with pytest.raises(DataError, match="1,001 columns"):
        read_table(f"{wide}\n{wide}\n".encode(), "x.csv")


def test_a_long_name_is_cut() -> None:
    with pytest.raises(DataError) as caught:
        read_table(b"", "n" * 500)
    assert "n" * 79 + "…'" in str(caught.value) and "n" * 80 not in str(caught.value)


# ---------------------------------------------------------------- any table comes back

LETTERS = st.characters(exclude_characters="\0", exclude_categories=("Cs",))
WESTERN = st.characters(codec="cp1252", exclude_characters="\0")


@st.composite
def tables(draw: st.DrawFn, letters: st.SearchStrategy[str]) -> tuple[list[str], list[list[str]]]:
    # a name of nothing but control characters counts as blank, as one of white space does
    name = st.text(letters, min_size=1, max_size=8).filter(lambda n: n == n.strip().strip("\ufeff\u00a0"))
    names = draw(st.lists(name, min_size=1, max_size=4, unique=True))
    row = st.lists(st.text(letters, max_size=20), min_size=len(names), max_size=len(names))
    return names, draw(st.lists(row.filter(lambda cells: cells != names), min_size=1, max_size=6))


def written(table: tuple[list[str], list[list[str]]], mark: str, end: str) -> str:
    names, rows = table
    quoted = [['"' + cell.replace('"', '""') + '"' for cell in row] for row in [names, *rows]]
    return "".join(mark.join(row) + end for row in quoted)


def same(frame: pd.DataFrame, table: tuple[list[str], list[list[str]]]) -> None:
    assert list(frame.columns) == table[0]
    assert cells(frame) == [[cell or None for cell in row] for row in table[1]]


MARKS, ENDS = st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["\n", "\r\n", "\r"])


@settings(max_examples=60, deadline=None)
@given(tables(LETTERS), MARKS, ENDS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_any_table_comes_back_with_its_shape_guessed(
    table: tuple[list[str], list[list[str]]], mark: str, end: str, encoding: str
) -> None:
    frame, how = read_table(written(table, mark, end).encode(encoding), "x.csv", header_rows=1, skip_rows=0)
    same(frame, table)
    assert how.delimiter == mark or len(table[0]) == 1


@settings(max_examples=40, deadline=None)
@given(tables(WESTERN), MARKS, ENDS, st.sampled_from(["cp1252", "utf-8", "utf-16-le", "utf-16-be"]))
def test_any_western_table_comes_back_when_told(
    table: tuple[list[str], list[list[str]]], mark: str, end: str, encoding: str
) -> None:
    data = written(table, mark, end).encode(encoding)
    frame, _ = read_table(data, "x", encoding=encoding, delimiter=mark, header_rows=1, skip_rows=0)
    same(frame, table)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300) | st.text(st.sampled_from(' ab,;"\n\r\t\0é\\{}[]'), max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_in_words(data: bytes) -> None:
    try:
        frame, _ = read_table(data, "x.csv")
    except DataError as error:
        assert error.remedy
    else:
        assert len(frame) and len(set(frame.columns)) == len(frame.columns)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), st.text(LETTERS), min_size=1), min_size=1))
def test_any_json_texts_come_back(rows: list[dict[str, str]]) -> None:
    frame, _ = read_table("\n".join(map(json.dumps, rows)).encode(), "x.jsonl")
    assert [{k: v for k, v in row.items() if isinstance(v, str)} for row in frame.to_dict("records")] == rows


# ---------------------------------------------------------------- real files

FILES = sorted(DATA.glob("*/*.csv*")) if DATA.is_dir() else []


@pytest.mark.skipif(not FILES, reason="the public sets are not here")
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_public_set_reads_as_pandas_reads_it(path: Path) -> None:
    frame, how = read_table(path.read_bytes(), path.name)
    expected = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert list(frame.columns) == list(expected.columns)
    assert np.array_equal(frame.to_numpy(dtype=object), expected.to_numpy(dtype=object))
    assert how == Reading("csv", encoding="utf-8", delimiter=",", header_rows=1, skip_rows=0)


# ---------------------------------------------------------------- R's write.table


def test_a_table_as_r_writes_it_is_read_with_blanks_between_its_cells() -> None:
    rows = "".join(f'"{n}" "It was \\"fine\\", visit {n}" "{"np"[n % 2]}" {n / 2}\n' for n in range(1, 9))
    frame, how = read_table(f'"text" "label" "score"\n{rows}'.encode(), "train.txt")
    assert how.delimiter == " " and list(frame.columns) == ["row name", "text", "label", "score"]
    assert frame.iloc[0].tolist() == ["1", 'It was "fine", visit 1', "p", "0.5"]


def test_row_names_without_a_name_are_read_with_other_delimiters_too() -> None:
    frame, how = read_table(b'"text","label"\n"a","so good","p"\n"b","so bad","n"\n"c","fine","p"\n', "t.csv")
    assert how.delimiter == "," and frame["text"].tolist() == ["so good", "so bad", "fine"]
    assert list(frame.columns) == ["row name", "text", "label"]


def test_rows_that_all_have_a_cell_too_many_are_no_row_names_where_these_repeat() -> None:
    with pytest.raises(DataError, match="Every row has 3 cells"):
        read_table(b'"text","label"\n"well","yes","p"\n"well","no","n"\n"well","then","p"\n', "t.csv")


@pytest.mark.parametrize("suffix", [".yml", ".YAML"])
def test_a_yaml_file_is_refused_by_its_name(suffix: str) -> None:
    with pytest.raises(DataError, match="This is a YAML file"):
        read_table(b"nlu:\n- intent: greet\n  examples: hello\n", "nlu" + suffix)


@pytest.mark.parametrize("rule", ["|---|---|", "| :--- | ---: |", " --- | --- "])
def test_the_rule_of_a_markdown_table_is_no_row(rule: str) -> None:
    frame, _ = read_table(f"| text | label |\n{rule}\n| so good | yes |\n| so bad | no |\n".encode(), "t.md")
    assert [cell.strip() for cell in frame["label"]] == ["yes", "no"] and len(frame.columns) == 2
    dashes, _ = read_table(b"text|label\n--|--\na b|no\n--|--\n", "t.csv")
    assert dashes["label"].tolist() == ["no", "--"]  # the rule stands under the header alone


def test_every_encoding_that_a_page_offers_is_called_as_it_is_found() -> None:
    from bertui.ui.data.reading import _ENCODINGS

    assert [codecs.lookup(name).name for name in _ENCODINGS] == list(_ENCODINGS)
