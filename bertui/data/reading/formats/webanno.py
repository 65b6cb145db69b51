"""WebAnno's TSV, version 3, which INCEpTION writes too -> frame of tokens and tags.

A line holds the number of sentence and token, the characters, the token, and a column for each feature of each layer:
"_" where there is no annotation, "*" for one without a value, PER[2] for the tokens of annotation 2, PER|LOC for two
annotations of one token.

Source: the user guide of WebAnno 3, appendix "WebAnno TSV 3.2 file format".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pandas as pd
import pyarrow as pa

from bertui.data.cells.cell_readers import one_word
from bertui.data.cells.tags import OUTSIDE
from bertui.data.phrases import count
from bertui.data.reading.formats.delimiters import text_lines
from bertui.data.reading.formats.headers import as_column, to_frame
from bertui.data.reading.formats.limits import Limits, no_rows
from bertui.errors import DataError

_FORMAT = re.compile(rb"#FORMAT=WebAnno TSV 3")
_TOKEN, _PART = re.compile(r"(\d+)-\d+"), re.compile(r"\d+-\d+\.\d+")
_NUMBER = re.compile(r"\[(\d+)\]$")
_ENTITY = re.compile(r"named ?entity|\bner\b|entit", re.IGNORECASE)


def looks_like_webanno(clean: bytes) -> bool:
    """Say whether the text names itself WebAnno's format in its first line."""
    return bool(_FORMAT.match(clean.lstrip()[:40]))


def read_webanno(clean: bytes, limits: Limits) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame with columns "tokens", "tags", and one for each other feature, a row a sentence, and notes.

    The tags are those of the layer of named entities, else of the first feature with annotations that leave some
    tokens out, as B-, I- and O; a feature that every token has is taken as it stands.

    Raises:
        DataError: no layer of spans, a line of another width, no sentences or too many.
    """
    contents = _Contents()
    for number, line in enumerate(text_lines(clean), 1):
        contents.take(number, line.rstrip("\r\n"))
        limits.check_rows(len(contents.sentences))
    if not contents.names:
        raise DataError(
            "The WebAnno file holds no layer of spans: there are no tags.",
            expected="A layer such as named entities, with a line '#T_SP=...' that names it.",
            remedy="Annotate a layer of spans and export the file again.",
        )
    if not contents.sentences:
        raise no_rows([])
    columns = {name: contents.tags(place) for place, name in contents.names.items()}
    chosen = _tags_of(columns)
    cells = {"tokens": [" ".join(words) for words in contents.tokens()], "tags": columns.pop(chosen), **columns}
    frame, _ = to_frame(list(cells), [pa.chunked_array([as_column(texts)]) for texts in cells.values()])
    return frame, list(_notes(contents, chosen, list(columns)))


@dataclass(slots=True)
class _Contents:
    """What the lines of a file hold."""

    names: dict[int, str] = field(default_factory=dict)  # place among the features of spans, counted from 0 -> its name
    sentences: list[list[list[str]]] = field(default_factory=list)  # columns of each token
    last: str = ""
    stacked: int = 0
    parts: int = 0  # lines that annotate a part of a token

    def take(self, number: int, line: str) -> None:
        cells = line.split("\t")
        if line.startswith("#T_") and not self.sentences:
            self._layer(line)
        elif _PART.fullmatch(cells[0]):
            self.parts += 1
        elif token := _TOKEN.fullmatch(cells[0]):
            if len(cells) < 3 + len(self.names):
                raise _short(number, len(cells), 3 + len(self.names))
            if token[1] != self.last:
                self.sentences.append([])
            self.last = token[1]
            self.sentences[-1].append(cells[2:])
        else:
            self.last = ""

    def _layer(self, line: str) -> None:
        """Note the features of a layer of spans; those of chains and relations come after all of them."""
        kind, _, rest = line.partition("=")
        layer, *features = rest.split("|")
        short = layer.rsplit(".", 1)[-1]
        for feature in features or [short] if kind == "#T_SP" else []:
            self.names[len(self.names)] = f"{short} {feature}" if len(features) > 1 else short

    def tokens(self) -> Iterator[list[str]]:
        return ([one_word(columns[0]) for columns in sentence] for sentence in self.sentences)

    def tags(self, place: int) -> list[str]:
        """Return the tags of a feature for each sentence."""
        marks = [[self._first(columns[place + 1]) for columns in sentence] for sentence in self.sentences]
        whole = all(mark is not None and mark[1] is None for sentence in marks for mark in sentence)
        if whole:
            return [" ".join(one_word(mark[0]) for mark in sentence if mark is not None) for sentence in marks]
        return [" ".join(_tagged(sentence, self.names[place])) for sentence in marks]

    def _first(self, cell: str) -> tuple[str, str | None] | None:
        """Return the value of the first annotation of a token and its number; None for none."""
        first, *more = re.split(r"(?<!\\)\|", cell)
        if first == "_":
            return None
        self.stacked += bool(more)
        number = _NUMBER.search(first)
        value = re.sub(r"\\(.)", r"\1", first[: number.start()] if number else first)
        return value, number[1] if number else None


def _tagged(marks: Sequence[tuple[str, str | None] | None], layer: str) -> Iterator[str]:
    before: str | None = None
    for mark in marks:
        if mark is None:
            before = None
            yield OUTSIDE
            continue
        value, number = mark
        yield f"{'I' if number is not None and number == before else 'B'}-{one_word(layer if value == '*' else value)}"
        before = number


def _tags_of(columns: dict[str, list[str]]) -> str:
    """Return the feature whose tags are likeliest meant."""
    marked = [name for name, cells in columns.items() if any("B-" in cell for cell in cells)]
    return min(marked or columns, key=lambda name: (not _ENTITY.search(name), not name.endswith("value")))


def _notes(contents: _Contents, chosen: str, others: list[str]) -> Iterator[str]:
    yield f"The file is of WebAnno: the tags are those of the layer '{chosen}', as B-, I- and O."
    if others:
        yield f"Other layers have columns of their own: {', '.join(map(repr, others))}."
    if contents.stacked:
        yield f"{count(contents.stacked, 'cell holds', 'cells hold')} several annotations; the first one was read."
    if contents.parts:
        yield f"{count(contents.parts, 'line annotates', 'lines annotate')} a part of a token; left out."


def _short(number: int, cells: int, width: int) -> DataError:
    return DataError(
        f"Line {number} has {cells} columns.",
        expected=f"The layers named at the top of the WebAnno file take at least {width}.",
        remedy=f"Mend line {number}, or export the file again.",
    )
