"""One column for each label, which says yes or no (or is marked or left blank) -> the labels of each row."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from bertui.errors import DataError


def _pair(yes: str, no: str) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(yes.split("/")), frozenset(no.split("/"))


# A column keeps to one of these. Words for yes and no, and for true and false as Excel writes them, in the
# languages of most surveys; letters as LimeSurvey and SPSS write them.
_ANSWERS = (
    _pair("1/1.0", "0/0.0"), _pair("true/t", "false/f"), _pair("yes/y", "no/n"),
    _pair("ja/j", "nein/n"), _pair("ja/j", "nee/nej/nei/n"), _pair("oui/o", "non/n"), _pair("si/sí/sì/s", "no/n"),
    _pair("sim/s", "não/nao/n"), _pair("да/д", "нет/не/н"), _pair("так", "ні"), _pair("tak/t", "nie/n"),
    _pair("ano/a", "ne/n"), _pair("igen/i", "nem/n"), _pair("evet/e", "hayır/hayir/h"), _pair("kyllä/k", "ei/e"),
    _pair("da/d", "nu/ne/n"), _pair("ναι", "όχι"), _pair("はい", "いいえ"), _pair("是", "否"),
    _pair("예/네", "아니요/아니오"),
    _pair("نعم", "لا"), _pair("כן", "לא"), _pair("ya/y", "tidak/t"), _pair("có", "không"), _pair("हाँ/हां", "नहीं"),
    _pair("wahr", "falsch"), _pair("vrai", "faux"), _pair("verdadero", "falso"), _pair("vero", "falso"),
    _pair("verdadeiro", "falso"), _pair("waar", "onwaar"), _pair("истина", "ложь"), _pair("prawda", "fałsz"),
    _pair("checked", "unchecked/not checked"), _pair("selected", "not selected/unselected"),
    _pair("x/✓/✔/☑", "-/✗/✘/☐"),
)  # fmt: skip
_MARKS = frozenset().union(*(yes for yes, _ in _ANSWERS)) | {"•", "*"}
_DENIALS = frozenset().union(*(no for _, no in _ANSWERS)) - _MARKS
_MOST_VALUES = 10
_FILLED = 0.5  # of the rows; a column that says yes and no but is mostly blank is a remark on a few rows
_MARKED = 0.2  # of the rows have a mark in one of the columns


def indicator_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns that look like one for each label: neighbours that say yes and no in the same words.

    At least two of them hold both answers; a single such column is a label of two classes. Or neighbours that
    hold one mark (1, x, yes, their own name) or nothing.
    """
    values = {str(name): _few(frame[name]) for name in frame.columns}
    groups = [run for pair in _ANSWERS for run in _runs(frame, values, pair)] + _marked_runs(frame, values)
    return max(groups, key=len, default=[])


def labels_from_indicators(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Return for each row the names of the ``columns`` that say yes, as a tuple in their order.

    A blank cell says no; a row whose cells are all blank is NA where other cells do say no.

    Raises:
        DataError: a column that says anything but yes and no.
    """
    words = {name: _words_of(frame[name], str(name)) for name in columns}
    answers = [[_yes(cell, words[name], str(name)) for cell in frame[name].tolist()] for name in columns]
    only_marks = not any(answer is False for column in answers for answer in column)
    labels = [
        pd.NA
        if not only_marks and all(answer is None for answer in row)
        else tuple(name for name, answer in zip(columns, row, strict=True) if answer)
        for row in zip(*answers, strict=True)
    ]
    return pd.Series(labels, index=frame.index, dtype=object, name="labels")


def _few(cells: pd.Series) -> set[str]:
    """Return the different answers of a column, in lower case; none for one that holds more than a few."""
    different = cells.dropna().unique()
    return {_plain(cell) for cell in different if cell.strip()} if len(different) <= _MOST_VALUES else set()


def _plain(cell: str) -> str:
    return cell.strip().casefold()


def _runs(
    frame: pd.DataFrame, values: dict[str, set[str]], pair: tuple[frozenset[str], frozenset[str]]
) -> list[list[str]]:
    yes, no = pair
    fits = {
        name: bool(words) and words <= yes | no and frame[name].notna().mean() >= _FILLED
        for name, words in values.items()
    }
    both = {name for name, words in values.items() if words & yes and words & no}
    return [run for run in _neighbours(fits) if len(both & set(run)) > 1]


def _marked_runs(frame: pd.DataFrame, values: dict[str, set[str]]) -> list[list[str]]:
    fits = {
        name: len(words) == 1 and (words <= _MARKS or words == {_plain(name)}) and bool(frame[name].isna().any())
        for name, words in values.items()
    }
    return [run for run in _neighbours(fits) if len(run) > 1 and frame[run].notna().any(axis=1).mean() >= _MARKED]


def _neighbours(fits: dict[str, bool]) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for name, fit in fits.items():
        if fit:
            runs[-1].append(name)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _words_of(cells: pd.Series, name: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the words for yes and no that the column keeps to; of several that fit, the first."""
    words = _few(cells)
    for yes, no in _ANSWERS:
        if words <= yes | no:
            return yes, no
    if len(words) == 1 and (words <= _MARKS or words == {_plain(name)}):
        return frozenset(words), frozenset()
    return _MARKS, _DENIALS


def _yes(cell: str | float | None, words: tuple[frozenset[str], frozenset[str]], column: str) -> bool | None:
    if not isinstance(cell, str) or not cell.strip():
        return None
    yes, no = words
    if (answer := _plain(cell)) in yes | no:
        return answer in yes
    raise DataError(
        f"Column '{column}' holds {cell[:40]!r}.",
        expected="A column for one label says 1 or 0 (or true or false, yes or no, in one language) in each row, "
        "or is marked where the label applies and blank where not.",
        remedy="Choose the columns that do, or one column whose cells hold the labels, such as a|b.",
    )
