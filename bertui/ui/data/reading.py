"""How a table was read, in words, and to be read another way: encoding, delimiter, sheet, header, shape."""

from __future__ import annotations

import streamlit as st

from bertui.data.reading.formats.text_formats import TEXT_FORMATS
from bertui.data.reading.reading import Reading, ReadingOptions
from bertui.errors import UserError
from bertui.runs.workspace import StoredTable
from bertui.ui.data import access

_FORMATS = {
    "csv": "table with delimiters (CSV)", "parquet": "Parquet", "xlsx": "Excel workbook", "frame": "ready-made table",
    **{one.name: one.title for one in TEXT_FORMATS},
}  # fmt: skip
_ENCODINGS = (
    "utf-8", "utf-16", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "iso8859-2",
    "koi8-r", "gb18030", "big5", "cp932", "euc_jp", "cp949", "mac-roman", "cp850",
)  # fmt: skip
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar |", " ": "space"}
_LINES = {one.name for one in TEXT_FORMATS if one.of_lines}
_MOST_HEADER_ROWS = 20


def how_read(stored: StoredTable) -> str:
    """Say in words how a table was read."""
    reading = stored.reading
    words = [_FORMATS.get(reading.format, reading.format)]
    if reading.encoding:
        words.append(f"encoding {reading.encoding}")
    if reading.delimiter:
        words.append(f"cells divided by {_DELIMITERS.get(reading.delimiter, reading.delimiter)}")
    if reading.sheet:
        words.append(f"sheet “{reading.sheet}”")
    if reading.header_rows == 0:
        words.append("columns named by their place")
    return ", ".join(words)


def is_changeable(reading: Reading) -> bool:
    """Whether anything about the reading can be chosen otherwise."""
    choices = (reading.encoding, reading.delimiter, reading.sheet, reading.shapes, reading.as_it_stands)
    return any(choices) or reading.header_rows is not None


def read_again(stored: StoredTable) -> None:
    """Let the person choose encoding, delimiter, sheet or header, and read the uploaded bytes anew."""
    reading = stored.reading
    options: ReadingOptions = {}
    with st.form(f"data-reading-{stored.id}", border=False):
        if reading.encoding:
            options["encoding"] = _pick("Encoding", reading.encoding, _ENCODINGS, "The right one shows é and ж right.")
        if reading.delimiter or reading.format in _LINES:
            options["delimiter"] = _pick_delimiter(reading)
        if reading.sheet:
            options["sheet"] = _pick("Sheet", reading.sheet, reading.sheets, "")
        header = _pick_header(reading) if reading.header_rows is not None else ReadingOptions()
        if reading.shapes or reading.as_it_stands:
            options["as_it_stands"] = st.checkbox(
                "Leave rows and cells as they stand in the file", reading.as_it_stands, help=_left_alone(reading),
            )  # fmt: skip
        if stored.edits:
            st.caption("Your edits are dropped, since the rows may differ.")
        again = st.form_submit_button("Read it again")
    if again:
        otherwise = any(value != getattr(reading, name) for name, value in options.items() if name != "as_it_stands")
        named = {name: getattr(reading, name) for name in header}
        if header and (not otherwise or header != named):
            options |= header  # of another sheet or delimiter the rows decide anew
        try:
            stored.read_again(**options)
        except UserError as error:
            access.say(str(error))
        st.rerun()


def _pick_delimiter(reading: Reading) -> str | None:
    now = reading.delimiter or ""
    by_itself = "found by itself" if now else f"none: {_FORMATS[reading.format]}"
    names = {now: now} | _DELIMITERS | {"": by_itself}
    chosen = st.selectbox(
        "Delimiter", names, index=list(names).index(now), format_func=names.__getitem__,
        help="What stands between cells. With one of these the file is read as a table of cells.",
    )  # fmt: skip
    return chosen or None


def _left_alone(reading: Reading) -> str:
    shapes = ", then ".join(reading.shapes)
    return f"They were read as {shapes}." if shapes else "Otherwise rows that hold structure are turned into others."


def _pick_header(reading: Reading) -> ReadingOptions:
    """Let the person say how many rows name the columns, and how many stand above them."""
    left, right = st.columns(2)
    naming = left.number_input(
        "Header rows", 0, _MOST_HEADER_ROWS, reading.header_rows,
        help="How many rows name the columns: 1 as a rule. With 0 the first row is data, and the columns are named by "
        "their place. Of several the first is taken, and the others are left out.",
    )  # fmt: skip
    above = right.number_input(
        "Rows above the header", 0, None, reading.skip_rows or 0,
        help="Titles and remarks to leave out; blank rows do not count.",
    )  # fmt: skip
    return {"header_rows": naming, "skip_rows": above}


def _pick(label: str, now: str, options: tuple[str, ...], help: str) -> str:
    return st.selectbox(label, [*dict.fromkeys([now, *options])], help=help or None)
