"""Which column plays which role: weighed by what its cells look like, how many are filled, and what it is called.

The text is the column that is nearly always filled, varied, and longest in natural words. The answer is a nearly
complete column of few values that come back often, called like a label, or last. All weights for an answer are on one
scale, so that the best answer decides the task.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from math import log1p, log2
from statistics import median

import pandas as pd

from bertui.data.column_names import (
    BRIEF_TEXT,
    CLASS,
    GROUP,
    ID,
    LABEL,
    PEOPLE,
    SIDE,
    TEXT,
    answer_weight,
    is_score,
    name_parts,
)  # fmt: skip
from bertui.data.columns import Column

_CLASSES = 8  # more of them speak against a column that nobody has called a label
_MOST_CLASSES = 1_000
_CLASS_LENGTH = 60  # mean letters of the name of a class
_RETURNS = 10  # times that each long name of a class comes back
_FEW_NUMBERS = 10  # different whole numbers, such as 1 to 5 stars, that are classes as well
_BROKEN = 0.02  # of the numbers have a fraction: so they are measured, not classes
_NAMED = 0.9  # weight from which a name says "label"
_ODD = 0.05  # of a column that is called a label, but whose cells are none; the report says so
_FLAGS = frozenset({"has", "is", "was", "with"})
_ALIKE = 0.6  # how much less like the text than the best one the other text of a pair may look
_COUNTED = re.compile(r"\d+|(?<![^\W\d_])[a-h](?![^\W\d_])")
_LAST_LETTER = re.compile(r"(?<=[a-z])[a-h]$")
_NAMED_PAIRS = (
    ("premise", "hypothesis"), ("query", "passage"), ("query", "document"), ("question", "passage"),
    ("question", "sentence"), ("anchor", "positive"), ("source", "target"), ("left", "right"),
)  # fmt: skip


def text_weight(column: Column) -> float:
    """Weigh a column as the text: filled, varied, long, natural; a good name doubles it."""
    words = column.words
    if words & TEXT:
        named = 2.0 if words <= TEXT | BRIEF_TEXT else 1.5
    elif words & BRIEF_TEXT:
        named = 1.0 if words & (PEOPLE | ID) else 1.2
    else:
        named = 0.4 if words & (SIDE | LABEL) else 0.8 if words & CLASS else 1.0
    looks = log1p(column.length) * column.variety * (0.02 + column.natural) * (1 - column.number)
    # what is called the text is meant as it even when its cells are none; the report says so
    meant = _ODD if words and words <= TEXT else 0.0
    plain = 1 - column.markup  # the same text may stand beside it without its tags
    return meant + named * looks * plain * column.filled * (0.1 if column.split else 1.0)


def class_weight(column: Column, beside: Collection[int] = ()) -> float:
    """Weigh a column as one label for each row, 0 to 1; 0 where it cannot be.

    Args:
        beside: Places of the columns next to the texts, where answers often stand.
    """
    named = _name_weight(column) >= _NAMED
    few = 2 <= column.distinct <= max(2, min(column.items / 2, _MOST_CLASSES))
    side = column.side + column.shapes.get("list", 0.0)
    long = column.length > _CLASS_LENGTH and not (named and _RETURNS * column.distinct <= column.items)
    if not few or long or column.split or side > 0.5:
        odd = named and column.length <= _CLASS_LENGTH and not column.natural > 0.9
        return _ODD if odd else 0.0
    return _answer_weight(column, beside) * _few_classes(column, named) * _class_names(column, named)


def _few_classes(column: Column, named: bool) -> float:
    """Weigh how many classes there are, and that each comes back."""
    doubled = max(0.0, log2(column.distinct / _CLASSES))
    weight = 1 / (1 + (0.17 if named else 0.35) * doubled)
    return weight * (0.5 if column.items < 3 * column.distinct else 1.0)


def _class_names(column: Column, named: bool) -> float:
    """Weigh what the classes are called: a word each most often, or a few whole numbers."""
    if column.number > 0.9:
        if column.fractions > _BROKEN:
            return 0.3
        return 1.0 if _is_graded(column) else 0.95 if column.distinct <= _FEW_NUMBERS else 0.9 if named else 0.1
    if named:
        return 1.0
    return 0.6 if column.shapes.get("code", 0.0) > 0.5 else 1 - 0.1 * column.natural


def score_weight(column: Column, beside: Collection[int] = ()) -> float:
    """Weigh a column as a number to be given for each row, 0 to 1; 0 where it cannot be."""
    if column.number < 0.9 or column.distinct <= 5 or column.split or column.shapes.get("list", 0.0) > 0.01:
        return 0.0
    named = is_score(column.name)
    broken = column.fractions > 0.2 and (column.distinct > 20 or named)
    if not named and not broken:
        return 0.0  # whole numbers that no name calls scores: counts, ages, years, keys of other tables
    return _answer_weight(column, beside) * (1.0 if broken or column.distinct > _FEW_NUMBERS else 0.97)


def several_weight(column: Column, beside: Collection[int] = ()) -> float:
    """Weigh a column whose cells surely hold several labels each; more than as one label of all their combinations."""
    return 1.2 * _answer_weight(column, beside)


def indicators_weight(columns: Sequence[Column]) -> float:
    """Weigh neighbours that say yes and no as one column for each label."""
    filled = min((column.filled for column in columns), default=0.0)
    plain = median([answer_weight(column.name) for column in columns] or [0.0])
    flags = sum(bool(column.words & _FLAGS) for column in columns)
    apart = 0.4 if 0 < flags < len(columns) else 1.0  # "has a logo" is no label of the text
    return filled**2 * (0.85 if len(columns) > 2 else 0.5) * min(1.0, 2 * plain) * apart


def _answer_weight(column: Column, beside: Collection[int]) -> float:
    """Weigh the name, the place and the share filled, which any kind of answer has."""
    place = 1.0 if column.last else 0.92 if column.place in beside else 0.88 if column.place < 2 else 0.8
    constant = 0.5 if column.most > 0.97 else 1.0
    return min(1.0, _name_weight(column)) * place * column.filled**2 * constant


def _name_weight(column: Column) -> float:
    """Weigh the name; one that means a text as well, as "note" does elsewhere, says "answer" of numbers alone."""
    weight = answer_weight(column.name)
    return min(weight, 0.5) if column.words <= TEXT and column.number < 0.9 else weight


def _is_graded(column: Column) -> bool:
    """Whether whole numbers are few and near each other, as stars and coded classes are."""
    return column.distinct <= _FEW_NUMBERS and column.fractions <= _BROKEN and column.length < 4


def metadata_of(columns: Sequence[Column], frame: pd.DataFrame, taken: Sequence[str]) -> dict[str, str | None]:
    """Return the columns that look like row id, group and given split, among those not taken."""
    rest = [column for column in columns if column.name not in taken]
    split = next((c for c in rest if c.split), None)
    identifier = next((c for c in rest if c is not split and _is_id(c, columns)), None)
    group = next((c for c in rest if c not in (split, identifier) and _is_group(c, frame)), None)
    metadata = {"split": split, "id": identifier, "group": group}
    return {role: column.name if column else None for role, column in metadata.items()}


def _is_id(column: Column, columns: Sequence[Column]) -> bool:
    unique = column.cells > 1 and column.distinct == column.cells and column.filled > 0.99
    if not unique or column.length > 64 or column.natural > 0.1 or column.side > 0.5:
        return False
    if column.words & PEOPLE or any(_numbered(*names) for other in columns for names in _both_ways(column, other)):
        return False  # of an author, or of the two texts of a pair
    words = [word for word in name_parts(column.name) if not word.isdecimal()]
    ends = bool(words) and (words[-1] in ID or words[0] in ID)
    return ends or (column.first and (column.code > 0.95 or column.name == "column 1"))


def _is_group(column: Column, frame: pd.DataFrame) -> bool:
    if not column.words & GROUP or column.words - GROUP - {"id", "name", "nr", "number"}:
        return False
    cells = frame[column.name].dropna()
    return 1 < cells.nunique() < len(cells)


def pair_of(columns: Sequence[Column]) -> tuple[str, str] | None:
    """Return two texts that are named as a pair (text_a and text_b, premise and hypothesis) and both look like the
    text of the table; where the file names nothing, two neighbours of like length that are its only texts."""
    best = max(map(text_weight, columns), default=0.0)
    texts = [column for column in columns if column.natural > 0.3 and not column.split]
    main = [column for column in texts if text_weight(column) >= _ALIKE * best > 0]
    for one in main:
        for other in main:
            if _numbered(one.name, other.name) and not _siblings(one.name, columns):
                return one.name, other.name
    names = {column.name: column.name.strip().casefold() for column in texts if column.filled > 0.9}
    for first, second in _NAMED_PAIRS:
        pair = [next((name for name, plain in names.items() if plain == word), None) for word in (first, second)]
        if pair[0] and pair[1]:
            return pair[0], pair[1]
    return _bare_pair(columns, main)


def _bare_pair(columns: Sequence[Column], main: Sequence[Column]) -> tuple[str, str] | None:
    if len(main) != 2 or not all(column.unnamed and column.variety > 0.5 for column in columns if column in main):
        return None
    one, other = main
    alike = max(one.length, other.length) < 1.6 * min(one.length, other.length)
    return (one.name, other.name) if alike and other.place == one.place + 1 else None


def stem_of(name: str) -> tuple[str, str]:
    """Return a column's name without what counts it among its like, and that: "#1 String" is "# string" and "1".

    A letter counts where it stands alone ("option a"), or at the end of a name without number ("opc").
    """
    plain = name.strip().casefold()
    marks = list(_COUNTED.finditer(plain)) or list(_LAST_LETTER.finditer(plain))
    if not marks:
        return plain, ""
    mark = marks[-1]
    return plain[: mark.start()] + plain[mark.end() :], mark.group()


def _numbered(one: str, other: str) -> bool:
    """Whether two names differ by 1 and 2, 0 and 1, or a and b alone."""
    (stem, first), (same, second) = stem_of(one), stem_of(other)
    return stem == same and bool(stem.strip(" _-.")) and (first, second) in (("1", "2"), ("0", "1"), ("a", "b"))


def _both_ways(one: Column, other: Column) -> tuple[tuple[str, str], tuple[str, str]]:
    return (one.name, other.name), (other.name, one.name)


def _siblings(name: str, columns: Sequence[Column]) -> bool:
    """Whether more than two columns are counted under this name, as choices are."""
    return sum(stem_of(column.name)[0] == stem_of(name)[0] for column in columns) > 2
