"""The formats of text files that are no tables with a delimiter, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from bertui.data.reading.formats.conll import looks_like_conll, read_conll
from bertui.data.reading.formats.json_lines import is_one_value, looks_like_json, read_json
from bertui.data.reading.formats.json_size import check_json
from bertui.data.reading.formats.labelled_lines import looks_like_labelled_lines, read_labelled_lines
from bertui.data.reading.formats.limits import Limits, check_lines
from bertui.data.reading.formats.squad import looks_like_squad, read_squad
from bertui.data.reading.formats.webanno import looks_like_webanno, read_webanno

_JSON = (".json", ".jsonl", ".ndjson")


@dataclass(frozen=True, slots=True)
class TextFormat:
    """One format.

    Attributes:
        name: As ``Reading.format`` has it.
        title: As people call it.
        recognises: Whether a clean text is of it; given the suffix of the file's name too.
        check: Raises DataError for a text that would take too much memory.
        read: Returns the frame and notes.
        of_lines: Whether it is made of lines, so that a person may read it as a table with a delimiter instead.
    """

    name: str
    title: str
    recognises: Callable[[bytes, str], bool]
    check: Callable[[bytes], None]
    read: Callable[[bytes, Limits], tuple[pd.DataFrame, list[str]]]
    of_lines: bool = False


def text_format(clean: bytes, suffix: str) -> TextFormat | None:
    """Return the format of a text; None for a table with a delimiter."""
    return next((one for one in TEXT_FORMATS if one.recognises(clean, suffix)), None)


TEXT_FORMATS = (
    TextFormat(
        "squad", "SQuAD questions", lambda clean, suffix: looks_like_squad(clean),
        lambda clean: check_json(clean, whole=True), read_squad,
    ),
    TextFormat(
        "jsonl", "JSON", lambda clean, suffix: suffix in _JSON or looks_like_json(clean),
        lambda clean: check_json(clean, whole=is_one_value(clean)), read_json,
    ),
    TextFormat(
        "webanno", "WebAnno, a token on each line", lambda clean, suffix: looks_like_webanno(clean), check_lines,
        read_webanno, of_lines=True,
    ),
    TextFormat(
        "conll", "CoNLL columns, a token on each line", looks_like_conll, check_lines, read_conll, of_lines=True
    ),
    TextFormat(
        "lines", "lines that begin with their label", looks_like_labelled_lines, check_lines, read_labelled_lines,
        of_lines=True,
    ),
)  # fmt: skip
