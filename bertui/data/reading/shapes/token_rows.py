"""One token a row and a column that numbers the sentences -> one sentence a row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pandas as pd

from bertui.data.cells.cell_readers import one_word
from bertui.data.cells.tag_spelling import respelled
from bertui.data.cells.tags import scheme_of
from bertui.data.reading.shapes.shape import Kinds, Shaped

_SENTENCES = re.compile(
    r"(sentence|sent|satz|phrase|utterance|seq|sequence|frase)(e)?([\s_.#-]*(id|idx|no|nr|number|num|index))?[\s_.#:-]*"
)
_TOKENS = ("word", "words", "token", "tokens", "form", "wort", "mot", "palabra", "parola", "text")
_TAGS = re.compile(r".*(tag|label|ner|pos|iob|bio|entity|upos|xpos|chunk).*")
_FILLED = 0.95  # of the rows have a token
_SINGLE = 0.98  # of the tokens hold no white space
_FEW_TAGS = 200
_SHORTEST = 2  # tokens that sentences have on average


def read(frame: pd.DataFrame, kinds: Kinds) -> Shaped | None:
    """Return one row for each sentence; columns that change within sentences hold a word for each token."""
    if len(frame) < 2 * _SHORTEST:
        return None
    candidate = next((pair for pair in _candidates(frame) if _numbers(frame, *pair)), None)
    if candidate is None:
        return None
    sentence, tokens = candidate
    numbers = _sentence_of_row(frame[sentence])
    inner = _inner_columns(frame, sentence, tokens, numbers)
    if tokens not in inner or not any(_are_tags(frame[name], name) for name in inner if name != tokens):
        return None
    groups = frame.groupby(numbers, sort=False)
    columns = {
        name: [_joined(cells.tolist(), may_lack=name != tokens) for _, cells in groups[name]]
        if name in inner
        else groups[name].first().tolist()
        for name in map(str, frame.columns)
    }
    shaped = pd.DataFrame(columns, dtype="str")
    note = (
        f"Each row held one token: the {len(frame):,} rows make {len(shaped):,} sentences here, by the column "
        f"'{sentence}' (tokens: '{tokens}')."
    )
    return Shaped(shaped, (note,))


def _candidates(frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield pairs of a column that may number the sentences and one that may hold their tokens, likely ones first."""
    words = {}
    for name in map(str, frame.columns):
        filled = frame[name].dropna()
        single = len(filled) >= _FILLED * len(frame) and (filled.str.count(r"\S+") <= 1).mean() >= _SINGLE
        if single and filled.str.contains(r"[^\W\d_]").mean() > 0.5:
            words[name] = (name.strip().casefold() in _TOKENS, filled.nunique())
    for tokens in sorted(words, key=words.__getitem__, reverse=True):
        yield from ((name, tokens) for name in map(str, frame.columns) if name != tokens)


def _inner_columns(frame: pd.DataFrame, sentence: str, tokens: str, numbers: pd.Series) -> list[str]:
    """Return the columns that hold something for each token: single words that change within sentences."""
    names = [name for name in map(str, frame.columns) if name != sentence and _changes(frame[name], numbers)]
    return [name for name in names if name == tokens or _longest(frame[name]) <= 1]


def _numbers(frame: pd.DataFrame, name: str, tokens: str) -> bool:
    """Whether a column says which sentence a row is of: filled at its first token alone, or at each of them."""
    cells = frame[name]
    if pd.isna(cells.iloc[0]):
        return False
    named = bool(_SENTENCES.fullmatch(name.strip().casefold()))
    number = _sentence_of_row(cells)
    sentences = int(number.iloc[-1]) + 1
    if sentences < 2 or len(frame) < _SHORTEST * sentences:
        return False
    if cells.isna().any():
        return (named or bool(cells.dropna().is_unique)) and bool(cells.isna().mean() >= 0.5)
    each_once = frame.groupby(number)[name].first().is_unique
    tagged = any(_marks_entities(frame[other]) for other in frame.columns if other not in (name, tokens))
    return bool(each_once) and (named or tagged)


def _sentence_of_row(cells: pd.Series) -> pd.Series:
    """Return the number of the sentence of each row, from 0: a new one begins with each new filled cell."""
    filled = cells.ffill()
    begins = cells.notna() & (cells.ne(cells.shift()) if not cells.isna().any() else True)
    return begins.cumsum().sub(1).where(filled.notna(), 0).astype("int64")


def _changes(cells: pd.Series, numbers: pd.Series) -> bool:
    """Whether some sentence holds more than one value."""
    return bool((cells.fillna("").groupby(numbers).nunique() > 1).any())


def _are_tags(cells: pd.Series, name: str) -> bool:
    filled = cells.dropna()
    few = filled.nunique() <= min(_FEW_TAGS, max(2, len(filled) / 2))
    return few and (bool(_TAGS.fullmatch(name.strip().casefold())) or _marks_entities(filled))


def _joined(cells: list[Any], *, may_lack: bool) -> str | None:
    """Return the words of a sentence; None where one is missing that may be, as a tag may."""
    words = [cell if isinstance(cell, str) else None for cell in cells]
    return None if may_lack and None in words else " ".join(map(one_word, words))


def _longest(cells: pd.Series) -> int:
    """Return the number of words in the longest cell."""
    return int(cells.str.count(r"\S+").fillna(0).max())


def _marks_entities(cells: pd.Series) -> bool:
    return scheme_of(respelled([cells.dropna().tolist()])) != "plain"
