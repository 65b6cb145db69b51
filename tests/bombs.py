"""Small files that become gigabytes, or that no reader gets to the end of; each with what a person is told."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {}
SHARED_STRINGS = (
    '<Override PartName="/xl/sharedStrings.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/>'
)
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def bomb(name: str, told: str) -> Callable[[Callable[[], bytes]], Callable[[], bytes]]:
    """Register what makes the file ``name``, and the words that its message holds."""

    def add(make: Callable[[], bytes]) -> Callable[[], bytes]:
        BOMBS[name] = make, told
        return make

    return add


def parquet(table: pa.Table, times: int = 1, **options: object) -> bytes:
    buffer = io.BytesIO()
    with pq.ParquetWriter(buffer, table.schema, compression="zstd", **options) as writer:
        for _ in range(times):
            writer.write_table(table)
    return buffer.getvalue()


def repeated(text: object, times: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), times), pa.array([text]))


@bomb("one text.parquet", "cells of the table hold more than 384 MiB")
def _one_text() -> bytes:
    return parquet(pa.table({"text": repeated("x" * 20_000, 1_000_000)}))


@bomb("one text in records.parquet", "cells of the table hold more than 384 MiB")
def _one_text_in_records() -> bytes:
    return parquet(pa.table({"r": pa.StructArray.from_arrays([repeated("x" * 20_000, 100_000)], ["text"])}))


@bomb("one list of one text.parquet", "cells of the table hold more than 384 MiB")
def _one_list_of_one_text() -> bytes:
    texts = repeated("x" * 20_000, 1_000_000)
    return parquet(pa.table({"a": pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts)}))


@bomb("plain texts.parquet", "cells of the table hold more than 384 MiB")
def _plain_texts() -> bytes:
    return parquet(pa.table({"text": ["x" * 20_000] * 1_000}), 30, use_dictionary=False)


@bomb("wide bytes.parquet", "cells of the table hold more than 384 MiB")
def _wide_bytes() -> bytes:
    return parquet(pa.table({"a": pa.array([b"\0" * 100_000] * 100, pa.binary(100_000))}), 60)


@bomb("one long list.parquet", "cells of the table hold more than 384 MiB")
def _one_long_list() -> bytes:
    zeros = pa.repeat(pa.scalar(0, pa.int8()), 40_000_000)
    return parquet(pa.table({"a": pa.ListArray.from_arrays(pa.array([0, len(zeros)], pa.int32()), zeros)}))


@bomb("many lists.parquet", "cells of the table hold more than 384 MiB")
def _many_lists() -> bytes:
    zeros = pa.repeat(pa.scalar(0, pa.int8()), 20_000_000)
    one = pa.table({"a": pa.ListArray.from_arrays(pa.array([0, len(zeros)], pa.int32()), zeros)})
    return parquet(one, 10)


@bomb("a long key.parquet", "cells of the table hold more than 384 MiB")
def _a_long_key() -> bytes:
    zeros = pa.repeat(pa.scalar(0, pa.int8()), 1_000_000)
    return parquet(pa.table({"r": pa.StructArray.from_arrays([zeros], ["k" * 10_000])}))


@bomb("many columns.parquet", "cells of the table hold more than 384 MiB")
def _many_columns() -> bytes:
    zeros = pa.repeat(pa.scalar(0, pa.int8()), 100_000)
    return parquet(pa.table({f"c{n}": zeros for n in range(300)}))


@bomb("too many columns.parquet", "1,500 columns")
def _too_many_columns() -> bytes:
    return parquet(pa.table({f"c{n}": [0] for n in range(1_500)}))


@bomb("many groups.parquet", "more than 1,000,000 rows")
def _many_groups() -> bytes:
    return parquet(pa.table({"a": pa.repeat(pa.scalar(0, pa.int8()), 100_000)}), 11)


def packed(*parts: tuple[bytes, int]) -> bytes:
    """Return parts, each so many times, as a gzip file."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=1) as file:
        for part, times in parts:
            block = max(1, (1 << 20) // len(part))
            for _ in range(times // block):
                file.write(part * block)
            file.write(part * (times % block))
    return buffer.getvalue()


@bomb("zeros.csv.gz", "unpacks to more than 256 MiB")
def _zeros() -> bytes:
    return packed((b"text,label\n", 1), (b"0", 270_000_000))


@bomb("one cell.csv.gz", "A line of the file is longer than 32 MiB")
def _one_cell() -> bytes:
    return packed((b"text,label\n", 1), (b"0", 200_000_000), (b",a\n", 1))


@bomb("one cell of many lines.csv.gz", "more than 16,777,216 characters")
def _one_cell_of_many_lines() -> bytes:
    return packed((b'text,label\n"', 1), (b"a line of text\n", 2_000_000), (b'",a\n', 1))


@bomb("tiny rows.csv.gz", "more than 1,000,000 rows")
def _tiny_rows() -> bytes:
    return packed((b"text\n", 1), (b"1\n", 20_000_000))


@bomb("tiny rows that lack a cell.csv.gz", "more than 1,000,000 rows")
def _tiny_rows_that_lack_a_cell() -> bytes:
    return packed((b"text,label\n", 1), (b"1\n", 20_000_000))


@bomb("columns.csv", "1,000,001 columns")
def _columns() -> bytes:
    return b"a," * 1_000_000 + b"a\n" + b"1," * 1_000_000 + b"1\n"


@bomb("numbers.json.gz", "values that take more than 1 GiB of memory")
def _numbers() -> bytes:
    return packed((b"[", 1), (b"0,", 30_000_000), (b"0]", 1))


@bomb("objects.json.gz", "values that take more than 1 GiB of memory")
def _objects() -> bytes:
    return packed((b"[", 1), (b"{},", 6_000_000), (b"{}]", 1))


@bomb("lists in a row.jsonl.gz", "values that take more than 1 GiB of memory")
def _lists_in_a_row() -> bytes:
    return packed((b'{"a":[', 1), (b"[],", 6_000_000), (b"[]]}\n", 1))


@bomb("squad.json.gz", "values that take more than 1 GiB of memory")
def _squad() -> bytes:
    return packed((b'{"data":[{"paragraphs":[', 1), (b"{},", 6_000_000), (b"{}]}]}", 1))


@bomb("one context.json", "cells of the table hold more than 384 MiB")
def _one_context() -> bytes:
    questions = ",".join(f'{{"id":"{n}","question":"?","answers":[]}}' for n in range(10_000))
    context = "x" * 100_000
    return f'{{"data":[{{"title":"t","paragraphs":[{{"context":"{context}","qas":[{questions}]}}]}}]}}'.encode()


@bomb("deep.json", "JSON")
def _deep() -> bytes:
    return b"[" * 1_000_000 + b"]" * 1_000_000


@bomb("deep cell.jsonl", "JSON")
def _deep_cell() -> bytes:
    return b'{"text": ' + b"[" * 100_000 + b"]" * 100_000 + b"}\n"


@bomb("long number.jsonl", "not valid JSON")
def _long_number() -> bytes:
    return b'{"text": 1' + b"0" * 5_000 + b"}\n"


@bomb("one sentence.conll.gz", "more than 5,000,000 lines")
def _one_sentence() -> bytes:
    return packed((b"a O\n", 8_000_000))


def workbook(**parts: str) -> bytes:
    """Return a workbook of a small table with some parts replaced; "sheet" is the one sheet."""
    book = openpyxl.Workbook()
    for row in [["text", "label"], ["a good film", "pos"], ["a bad film", "neg"]]:
        book.active.append(row)
    made, changed = io.BytesIO(), io.BytesIO()
    book.save(made)
    names = {"sheet": "xl/worksheets/sheet1.xml", "styles": "xl/styles.xml", "strings": "xl/sharedStrings.xml",
             "book": "xl/workbook.xml"}  # fmt: skip
    replaced = {names[key]: text for key, text in parts.items()}
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        contents = {name: old.read(name).decode() for name in old.namelist()} | replaced
        types = "[Content_Types].xml"
        if "strings" in parts:
            contents[types] = contents[types].replace("</Types>", f"{SHARED_STRINGS}</Types>")
        for name, text in contents.items():
            new.writestr(name, text)
    return changed.getvalue()


def sheet(rows: str, before: str = "") -> str:
    return f"<worksheet {MAIN}>{before}<sheetData>{rows}</sheetData></worksheet>"


SHARED = '<row><c t="s"><v>0</v></c><c t="s"><v>0</v></c></row>'
HEADER = "<row>" + "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in ("text", "label")) + "</row>"


@bomb("one text.xlsx", "cells of the table hold more than 384 MiB")
def _one_text_in_excel() -> bytes:
    strings = f"<sst {MAIN}><si><t>{'x' * 30_000}</t></si></sst>"
    return workbook(sheet=sheet(SHARED * 10_000), strings=strings)


@bomb("cells of a row.xlsx", "more than 1,000,000 tags in one place")
def _cells_of_a_row() -> bytes:
    return workbook(sheet=sheet("<row>" + "<c/>" * 6_000_000 + "</row>"))


@bomb("empty rows.xlsx", "more than 1,000,000 tags in one place")
def _empty_rows() -> bytes:
    return workbook(sheet=sheet("<row/>" * 6_000_000))


@bomb("styles.xlsx", "more than 1,000,000 tags in one place")
def _styles() -> bytes:
    return workbook(styles=f"<styleSheet {MAIN}><fonts>" + "<b/>" * 6_000_000 + "</fonts></styleSheet>")


@bomb("one long text.xlsx", "more than 64 MiB in one place")
def _one_long_text() -> bytes:
    return workbook(strings=f"<sst {MAIN}><si><t>{'x' * 100_000_000}</t></si></sst>")


@bomb("a far row.xlsx", "claims to have more than 1,048,576 rows")
def _a_far_row() -> bytes:
    return workbook(sheet=sheet('<row r="2000000000"><c><v>1</v></c></row>'))


@bomb("a far cell.xlsx", "columns")
def _a_far_cell() -> bytes:
    return workbook(sheet=sheet('<row r="1"><c r="ZZZ1"><v>1</v></c></row>'))


@bomb("a long number.xlsx", "damaged")
def _a_long_number() -> bytes:
    return workbook(sheet=sheet(f"<row><c><v>{'1' * 1_000_000}</v></c></row>"))


@bomb("entities.xlsx", "declares entities of its own")
def _entities() -> bytes:
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    doctype = f'<!DOCTYPE x [<!ENTITY a0 "lol">{lines}]>'
    return workbook(sheet=doctype + sheet('<row><c t="inlineStr"><is><t>&a11;</t></is></c></row>'))


@bomb("sheets.xlsx", "names more sheets than it holds parts")
def _sheets() -> bytes:
    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    names = "".join(f'<sheet name="s{n}" sheetId="{n + 1}" r:id="rId1"/>' for n in range(5_000))
    return workbook(book=f'<workbook {MAIN} xmlns:r="{relation}"><sheets>{names}</sheets></workbook>')


@bomb("a large part.xlsx", "unpacks to more than 384 MiB")
def _a_large_part() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", b" " * (390 << 20))
    return buffer.getvalue()
