"""Step 1 of the Data page: get a table, see how it was read, see its first rows."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from bertui.data.reading import Reading, ReadingOptions
from bertui.data.roles import Roles
from bertui.data.samples import PUBLIC_SETS, SAMPLES, PublicSet, Sample, fetch_public
from bertui.data.table import Table
from bertui.errors import UserError
from bertui.runs.trash import DAYS
from bertui.runs.workspace import StoredTable
from bertui.ui import data_access, data_shapes, shell
from bertui.ui.trash import delete

SUFFIXES = [
    "csv", "tsv", "tab", "txt", "jsonl", "ndjson", "json", "parquet", "xlsx", "gz", "conll", "conllu", "iob", "iob2",
    "bio", "tags",
]  # fmt: skip
_FORMATS = {
    "csv": "table with delimiters (CSV)", "jsonl": "JSON", "parquet": "Parquet", "xlsx": "Excel workbook",
    "frame": "ready-made table", "conll": "CoNLL columns, a token on each line", "squad": "SQuAD questions",
    "webanno": "WebAnno, a token on each line", "lines": "lines that begin with their label",
}  # fmt: skip
_ENCODINGS = (
    "utf-8", "utf-16", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "iso8859_2",
    "koi8_r", "gb18030", "big5", "cp932", "euc_jp", "cp949", "mac_roman",
)  # fmt: skip
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar |", " ": "space"}
_LINES = ("conll", "webanno", "lines")  # formats of lines, which could be a table with a delimiter too
_MOST_HEADER_ROWS = 20
_CELL = 1_000  # characters of a cell that are sent to the browser


def get_table() -> None:
    """Offer the three ways to a table: an upload, a sample, a public set."""
    upload, samples, public = st.tabs(["Upload a file", "Samples", "Public data sets"], key="data-ways")
    with upload:
        _upload()
    with samples:
        for entry in SAMPLES:
            _sample(entry)
    with public:
        _public()


def add_sample(entry: Sample) -> StoredTable:
    """Return the sample's table; one that is there already, unchanged, is taken again."""
    name = f"{entry.key}.csv"
    for stored in shell.workspace().tables():
        if stored.name == name and not stored.edits and stored.table().roles == entry.roles:
            return stored
    return shell.workspace().add_table(entry.read(), name, roles=entry.roles)


def about(stored: StoredTable, table: Table) -> None:
    """Show the table's size, how it was read (to be changed), and its first rows."""
    columns = len(table.frame.columns)
    st.text(f"{stored.name}: {len(table.frame):,} rows, {columns} {'column' if columns == 1 else 'columns'}. "
            f"Read as {_how(stored)}.")  # fmt: skip
    for note in stored.reading.notes:
        st.caption(shell.plain(note))
    head = table.numbered(table.frame.index[:10], table.frame.columns)
    st.dataframe(short(head), height="content", key="data-head", alt=f"The first {len(head)} rows")
    left, right = st.columns(2)
    if (stored.folder / "original").is_file() and _changeable(stored.reading):
        with left.expander("It was read wrongly?", key="data-reread"):
            _read_again(stored)
    with right.expander("Remove this table", key="data-remove"):
        st.caption("Runs keep their own copy of the rows and stay as they are. What is removed lies in the trash for "
                   f"{DAYS} days.")  # fmt: skip
        with st.container(horizontal=True), shell.showing_errors():
            if st.button("Remove it", icon=":material/delete:", key="danger-data-delete"):
                delete("table", [stored], kept=True)
            if st.button("Remove it for good", icon=":material/delete_forever:", key="danger-data-good"):
                delete("table", [stored], kept=False)


def short(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with long cells cut, for showing."""
    return frame.apply(lambda column: column.str.slice(0, _CELL))


def _upload() -> None:
    number = st.session_state.setdefault("data-uploads", 0)
    file = st.file_uploader(
        "A table with a column of texts and a column of labels, or any of the shapes below",
        type=SUFFIXES,
        key=f"data-upload-{number}",
        help="CSV, TSV, JSON lines, JSON, Parquet, Excel, CoNLL or SQuAD, gzipped or not. It stays on this machine.",
    )
    if file is None:
        with st.expander("What a file looks like, task by task", key="data-shapes"):
            data_shapes.shapes()
        return
    with shell.showing_errors(), st.spinner("Reading the file …"):
        stored = shell.workspace().add_table(file.getvalue(), file.name)
        st.session_state["data-uploads"] = number + 1  # a fresh, empty uploader
        _open(stored)


def _sample(entry: Sample) -> None:
    words, button = st.columns([4, 1], vertical_alignment="center")
    words.markdown(f"{shell.bold(entry.title)}  \n{shell.plain(entry.words)}")
    if button.button("Use it", key=f"data-sample-{entry.key}", width="stretch"):
        with shell.showing_errors():
            _open(add_sample(entry))


def _public() -> None:
    st.caption("From the Hugging Face hub, at most 20,000 training and 20,000 test rows. Needs a network.")
    chosen: PublicSet = st.selectbox("Data set", PUBLIC_SETS, format_func=_title, key="data-public")
    if st.button("Fetch it", icon=":material/download:", key="data-fetch"):
        with shell.showing_errors():
            with st.spinner("Fetching …", show_time=True):
                frame = fetch_public(chosen)
            roles = Roles(text=chosen.texts, label=chosen.label, split="split")
            _open(shell.workspace().add_frame(frame, chosen.title, roles=roles))


def _title(chosen: PublicSet) -> str:
    return chosen.title


def _open(stored: StoredTable) -> None:
    shell.choose_table(stored.id)
    st.rerun()


def _how(stored: StoredTable) -> str:
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


def _changeable(reading: Reading) -> bool:
    """Whether anything about the reading can be chosen otherwise."""
    choices = (reading.encoding, reading.delimiter, reading.sheet, reading.shapes, reading.as_it_stands)
    return any(choices) or reading.header_rows is not None


def _read_again(stored: StoredTable) -> None:
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
        otherwise = any(value != getattr(reading, name) for name, value in options.items())
        named = {name: getattr(reading, name) for name in header}
        if header and (not otherwise or header != named):
            options |= header  # of another sheet or delimiter the rows decide anew
        try:
            stored.read_again(**options)
        except UserError as error:
            data_access.say(str(error))
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
