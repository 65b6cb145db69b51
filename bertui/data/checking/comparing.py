"""Rows held against each other: repeats, contradictions, and leaks between given parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bertui.data.cells.blank import are_blank
from bertui.data.cells.split_names import canonical_split
from bertui.data.checking.balance import check_training_classes
from bertui.data.checking.duplicates import (
    MOST_COMPARED,
    bare_letters,
    collapse_space,
    equal_leaders,
    in_groups,
    near_leaders,
    number_pairs,
    repeats,
)
from bertui.data.checking.findings import KEEP, Finding, drop
from bertui.data.phrases import count
from bertui.data.splitting import Split
from bertui.data.table import SPLIT_NAMES, Table


@dataclass(frozen=True, slots=True)
class ComparedTexts:
    """A table made ready for comparing; the arrays run over the rows that have a text.

    Attributes:
        ids: Row ids.
        texts: White space collapsed.
        letters: Lower-case letters and digits only.
        text: Number of the collapsed text.
        label: Number of the label, -1 where it is missing.
        part: Position in SPLIT_NAMES, -1 outside all parts.
        given: The parts were given with the data, not drawn.
    """

    table: Table
    ids: np.ndarray
    texts: pd.Series
    letters: pd.Series
    text: np.ndarray
    label: np.ndarray
    part: np.ndarray
    given: bool

    @property
    def labelled(self) -> bool:
        return bool(self.table.roles.playing("answer"))


def compare(table: Table, split: Split | None) -> ComparedTexts:
    """Make a table ready; the parts are those of ``split``, else of the split column."""
    texts = collapse_space(table.texts)
    texts = texts[~are_blank(texts)]
    ids = texts.index.to_numpy(dtype=np.int64)
    return ComparedTexts(
        table=table,
        ids=ids,
        texts=texts,
        letters=_letters(texts),
        text=pd.factorize(texts)[0],
        label=pd.factorize(table.answers.loc[texts.index])[0],
        part=_parts(table, ids, split),
        given=table.roles.split is not None,
    )


def stand_in(texts: pd.Series, others: pd.Series) -> np.ndarray:
    """Return which texts are also among others, capitals, punctuation and white space apart, ``bool [texts]``."""
    return _letters(texts).isin(_letters(others)).to_numpy(dtype=bool)


def _letters(texts: pd.Series) -> pd.Series:
    """Return what is left of texts when they are held against each other."""
    return bare_letters(collapse_space(texts))


def _parts(table: Table, ids: np.ndarray, split: Split | None) -> np.ndarray:
    part = np.full(len(ids), -1)
    if split is not None:
        for number, rows in enumerate(split.parts().values()):
            part[np.isin(ids, rows)] = number
    elif table.roles.split is not None:
        names = canonical_split(table.frame.loc[ids, table.roles.split])
        for number, name in enumerate(SPLIT_NAMES):
            part[(names == name).to_numpy(dtype=bool)] = number
    return part


def find_repeats(compared: ComparedTexts) -> Iterator[Finding]:
    """Report exact repeats, then near ones among the rows that are left."""
    # Given parts stay apart: a text that is in two of them is a leak, and dropping either is no cure.
    kind = number_pairs(compared.label, compared.part if compared.given else np.full(len(compared.ids), -1))
    exact = equal_leaders(number_pairs(compared.text, kind))
    if len(again := repeats(exact)):
        same = "text and label" if compared.labelled else "text"
        yield Finding(
            "repeats",
            "warning",
            f"{count(len(again), 'row repeats', 'rows repeat')} the {same} of an earlier row.",
            "Only white space may differ. A text that counts several times weighs more in training, and "
            "when its copies fall into both training and test rows the score flatters.",
            compared.ids[in_groups(exact)],
            (drop(compared.ids[again], "Keep the first of each", "repeats of an earlier row"), KEEP),
        )
    yield from _near_repeats(compared, kind, np.flatnonzero(exact == np.arange(len(exact))))


def _near_repeats(compared: ComparedTexts, kind: np.ndarray, first: np.ndarray) -> Iterator[Finding]:
    """Compare the rows that are no exact repeats, ``first`` being their positions."""
    near, sampled = near_leaders(compared.letters.iloc[first], kind[first])
    again = first[repeats(near)]
    if not len(again):
        return
    where = f" Only {MOST_COMPARED:,} texts, drawn at random, were compared for this." if sampled else ""
    yield Finding(
        "near repeats",
        "note",
        f"{count(len(again), 'row is', 'rows are')} nearly the same as an earlier row"
        f"{' with the same label' if compared.labelled else ''}.",
        f"They differ by capitals, punctuation or a few letters, and can flatter the score as exact repeats do.{where}",
        compared.ids[first[in_groups(near)]],
        (drop(compared.ids[again], "Keep the first of each", "nearly the same as an earlier row"), KEEP),
    )


def find_contradictions(compared: ComparedTexts) -> Iterator[Finding]:
    """Report the same text under different labels."""
    clashing = _contradicting(compared)
    if len(clashing):
        rows = compared.ids[clashing]
        yield Finding(
            "contradictions",
            "warning",
            f"{count(len(rows), 'row has', 'rows have')} the same text as another row but a different label.",
            "No model can be right on both: mend the labels, or drop these rows.",
            rows,
            (drop(rows, "Drop all of these rows", "same text with different labels"), KEEP),
        )


def _contradicting(compared: ComparedTexts) -> np.ndarray:
    """Return the positions of labelled rows whose text has several labels, grouped by text."""
    labelled = np.flatnonzero(compared.label >= 0)
    text = compared.text[labelled]
    pairs = number_pairs(text, compared.label[labelled])
    one_of_each = text[np.unique(pairs, return_index=True)[1]]
    several = np.flatnonzero(np.bincount(one_of_each, minlength=1) > 1)
    clashing = labelled[np.isin(text, several)]
    return clashing[np.argsort(compared.text[clashing], kind="stable")]


def find_leaks(compared: ComparedTexts) -> Iterator[Finding]:
    """Report what training shares with validation and test, and what it lacks."""
    train, held_out = compared.part == 0, compared.part > 0
    if not train.any() or not held_out.any():
        return
    letters = pd.factorize(compared.letters)[0]
    shared = np.intersect1d(letters[train], letters[held_out])
    leaking = train & np.isin(letters, shared)
    if leaking.any():
        yield _leak(compared, letters, leaking, np.isin(letters, shared) & (compared.part >= 0))
    if compared.table.roles.label is not None:
        unseen = check_training_classes(compared.table, compared.ids[train], compared.ids[held_out])
        if unseen is not None:
            yield unseen


def _leak(compared: ComparedTexts, letters: np.ndarray, leaking: np.ndarray, concerned: np.ndarray) -> Finding:
    rows = compared.ids[leaking]
    exactly = int(np.isin(compared.text[leaking], compared.text[concerned & ~leaking]).sum())
    places = np.flatnonzero(concerned)
    alike = len(rows) - exactly
    kinds = [f"{exactly:,} word for word"] * (exactly > 0) + [f"{alike:,} but for capitals and punctuation"] * (
        alike > 0
    )
    return Finding(
        "leakage",
        "warning",
        f"{count(len(rows), 'training row is', 'training rows are')} also in the validation or test rows.",
        f"{', '.join(kinds)}. The model has seen these answers, so the score looks better than it is.",
        compared.ids[places[np.argsort(letters[places], kind="stable")]],
        (drop(rows, "Drop them from the training rows", "also in the validation or test rows"), KEEP),
    )
