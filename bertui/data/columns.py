"""Which column plays which role: good guesses, and a hard look at the label column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bertui.data.roles import Roles
from bertui.data.splitting import canonical_split

_SAMPLE = 20_000
_CELL = 1_000  # characters of a cell that are looked at
_MOST_CLASSES = 1_000


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TEXT_WORDS = _words(
    "text texts sentence review message content body comment question tweet post description utterance query "
    "document email sms abstract headline title summary answer request feedback"
)
_LABEL_WORDS = _words("label labels class category target sentiment topic intent tag tags gold polarity rating stars")
_ID_WORDS = _words("id ids uuid guid ticket key index row number nr")
_GROUP_NAMES = _words("group user author patient thread session customer speaker conversation")
_SPLIT_WORDS = _words("split set fold subset partition")

# Words side by side, or a script that puts no blanks between them (Japanese, Chinese, Thai, Korean).
_NATURAL = r"[^\W\d_][.,;:!?'’)]*\s+[^\W\d_]|[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
_IDENTIFIER = r"[A-Za-z_#-]*\d+|[0-9a-fA-F-]{8,}|[A-Za-z]+[-_][\w-]*\d[\w-]*"
_NUMBER = r"\s*[-+]?[\d.,]*\d[\d.,]*(?:[eE][-+]?\d+)?\s*%?\s*"


@dataclass(frozen=True, slots=True)
class Column:
    """What a sample of cells says about a column; shares are of the cells that are filled."""

    name: str
    words: frozenset[str]
    filled: int
    distinct: int
    length: float  # mean characters
    natural: float  # share of cells that read like language
    identifier: float
    number: float
    split: bool
    last: bool
    first: bool

    @property
    def variety(self) -> float:
        return self.distinct / self.filled if self.filled else 0.0


def guess_roles(frame: pd.DataFrame) -> Roles:
    """Guess the text, the label and the marks, from the column names and a sample of the cells.

    Args:
        frame: Cells of dtype ``str``, at least one column.
    """
    return plain_roles(look_at(frame), frame)


def plain_roles(columns: Sequence[Column], frame: pd.DataFrame) -> Roles:
    """Return the roles of a table of single texts with one label each."""
    text = max(columns, key=_text_score)
    found = Roles((text.name,)).changed(**marks_of(columns, frame, (text.name,)))
    return found.changed(label=label_of(columns, found))


def marks_of(columns: Sequence[Column], frame: pd.DataFrame, taken: Sequence[str]) -> dict[str, str | None]:
    """Return the columns that look like row id, group and given split, among those not taken."""
    rest = [column for column in columns if column.name not in taken]
    split = next((c for c in rest if c.split), None)
    identifier = next((c for c in rest if c is not split and _is_id(c)), None)
    group = next((c for c in rest if c not in (split, identifier) and _is_group(c, frame)), None)
    found = {"split": split, "id": identifier, "group": group}
    return {role: column.name if column else None for role, column in found.items()}


def label_of(columns: Sequence[Column], roles: Roles) -> str | None:
    """Return the likeliest label column among those without a role."""
    taken = roles.named().values()
    left = [column for column in columns if column.name not in taken]
    label = max(left, key=_label_score, default=None)
    return label.name if label and _label_score(label) > 0 else None


def pair_of(columns: Sequence[Column]) -> tuple[str, str] | None:
    """Return two text columns that are named as a pair: text_a and text_b, sentence1 and sentence2, premise ..."""
    texts = [column for column in columns if column.natural > 0.3 and column.number < 0.5 and not column.split]
    names = {column.name: column.name.strip().casefold() for column in texts}
    for one in texts:
        for other in texts:
            if (names[one.name], names[other.name]) in _NAMED_PAIRS or _numbered(names[one.name], names[other.name]):
                return one.name, other.name
    return None


def called(columns: Sequence[Column], *names: str) -> str | None:
    """Return the first column whose name is one of these, or has one as a word; earlier names count more."""
    for name in names:
        for column in columns:
            if column.name.strip().casefold() == name or name in column.words:
                return column.name
    return None


def _numbered(one: str, other: str) -> bool:
    """Whether two names differ by 1 and 2, 0 and 1, or a and b at their end."""
    stems = one.rstrip("ab012"), other.rstrip("ab012")
    ends = one[len(stems[0]) :], other[len(stems[1]) :]
    return bool(stems[0]) and stems[0] == stems[1] and ends in (("1", "2"), ("0", "1"), ("a", "b"))


_NAMED_PAIRS = (
    ("premise", "hypothesis"), ("query", "passage"), ("query", "document"), ("question", "sentence"), 
    ("anchor", "positive"), ("source", "target"), ("left", "right"),
)  # fmt: skip


def is_number(texts: pd.Series) -> pd.Series:
    """True for the texts that are one number and nothing else."""
    return texts.str.fullmatch(_NUMBER).fillna(False).astype(bool)


def look_at(frame: pd.DataFrame) -> list[Column]:
    places = np.unique(np.linspace(0, max(0, len(frame) - 1), min(len(frame), _SAMPLE)).astype(int))
    sample = frame.iloc[places]
    last = len(frame.columns) - 1
    return [_look_at_column(str(name), sample[name], n == 0, n == last) for n, name in enumerate(frame)]


def _look_at_column(name: str, cells: pd.Series, first: bool, last: bool) -> Column:
    cells = cells.dropna().str.strip()
    cells = cells[cells != ""].str.slice(0, _CELL)
    words = frozenset(re.findall(r"[a-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower()))
    parts = canonical_split(cells)
    named = bool(words & _SPLIT_WORDS)
    splits = len(cells) > 0 and bool(parts.notna().all()) and (named or parts.nunique() > 1)
    share = (lambda flags: float(flags.mean())) if len(cells) else (lambda flags: 0.0)
    return Column(
        name=name,
        words=words,
        filled=len(cells),
        distinct=int(cells.nunique()),
        length=share(cells.str.len()),
        natural=share(cells.str.contains(_NATURAL)),
        identifier=share(cells.str.fullmatch(_IDENTIFIER)),
        number=share(cells.str.fullmatch(_NUMBER)),
        split=splits,
        first=first,
        last=last,
    )


def _text_score(column: Column) -> float:
    """Long, varied, natural; a good name counts as much as twenty times the length."""
    named = 3.0 * bool(column.words & _TEXT_WORDS) - 3.0 * bool(column.words & (_LABEL_WORDS | _ID_WORDS))
    looks = np.log1p(column.length) * column.variety * (0.1 + column.natural)
    return float(looks * (1 - column.number) + (named if column.natural > 0.1 else named / 3))


def _label_score(column: Column) -> float:
    """0 when the column cannot be the label; the higher the likelier."""
    named = bool(column.words & _LABEL_WORDS)
    repeats = 2 <= column.distinct <= max(2, min(column.filled / 2, _MOST_CLASSES))
    # A number or a date of which there are many is a measurement, not a class; the last column may be meant.
    measured = column.number > 0.9 and column.distinct > 20 and not column.last
    plausible = repeats and column.length <= 60 and not measured
    if not plausible:
        # A column that is called "label" is meant as one even when its cells are odd; the report says so.
        return 0.5 if named and column.length <= 60 else 0.0
    return 1.0 + 4.0 * named + 2.0 * column.last + 1 / column.distinct


def _is_id(column: Column) -> bool:
    unique = column.filled > 1 and column.distinct == column.filled
    if not unique or column.length > 64 or column.natural > 0.1 or column.words & _LABEL_WORDS:
        return False
    return bool(column.words & _ID_WORDS) or (column.first and column.identifier > 0.95)


def _is_group(column: Column, frame: pd.DataFrame) -> bool:
    if not column.words & _GROUP_NAMES or column.words - _GROUP_NAMES - {"id", "name", "nr", "number"}:
        return False
    cells = frame[column.name].dropna()
    return 1 < cells.nunique() < len(cells)
