"""Lines that begin with their label -> frame: "__label__good a text" (fastText), "LOC:city Where is it", "1 a text"."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import islice

import pandas as pd
import pyarrow as pa

from bertui.data.reading.formats.delimiters import text_lines
from bertui.data.reading.formats.headers import as_column, to_frame
from bertui.data.reading.formats.limits import Limits, no_rows

_MARKED = re.compile(r"((?:__label__\S+\s+)+)(\S.*)")
_FIRST = re.compile(r"(\S+) +(\S[^\t]*)")
_CLASS = re.compile(r"[+-]?\d{1,3}|[A-Z]{3,}|[^\s:,;]+:[^\s:,;]+:?")  # no word that a sentence begins with
_OPEN = ("", ".txt", ".label")  # suffixes that say nothing about the format
_LOOK = 2_000  # lines; enough to tell
_ENOUGH, _RETURNS = 10, 5  # lines, and times that a label comes back on average


def looks_like_labelled_lines(clean: bytes, suffix: str) -> bool:
    """Say whether each line begins with its label, which is marked as such or can be no word of a sentence."""
    lines = [line.strip() for line in islice(text_lines(clean), _LOOK) if line.strip()]
    if all(map(_MARKED.fullmatch, lines)):
        return bool(lines)
    matches = [_FIRST.fullmatch(line) for line in lines]
    if suffix not in _OPEN or len(lines) < _ENOUGH or None in matches:
        return False
    counts = Counter(match[1] for match in matches if match)
    return len(counts) > 1 and len(lines) >= _RETURNS * len(counts) and all(map(_CLASS.fullmatch, counts))


def read_labelled_lines(clean: bytes, limits: Limits) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame with columns "label" and "text", or "labels" where a line of fastText has several, and notes.

    A line of another kind is a text without a label.
    """
    labels: list[list[str]] = []
    texts: list[str] = []
    bare = 0
    for line in map(str.strip, text_lines(clean)):
        if line:
            match = _MARKED.fullmatch(line) or _FIRST.fullmatch(line)
            bare += match is None
            labels.append(match[1].replace("__label__", " ").split() if match else [])
            texts.append(match[2] if match else line)
            limits.check_rows(len(texts))
    if not texts:
        raise no_rows([])
    single = max(map(len, labels)) <= 1
    given = [(names[0] if single else json.dumps(names, ensure_ascii=False)) if names else None for names in labels]
    name = "label" if single else "labels"
    frame, _ = to_frame([name, "text"], [pa.chunked_array([as_column(cells)]) for cells in (given, texts)])
    note = f"Each line begins with its label, which was read as the column '{name}', the rest as the text."
    return frame, [note, *([f"{bare:,} lines have none."] if bare else [])]
