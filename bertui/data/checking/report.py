"""The report on a table before any training: what is missing, repeated, contradictory, rare or leaking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from bertui.data.cells.blank import are_blank
from bertui.data.cells.structured import WORDS, kind_of
from bertui.data.checking.balance import check_classes
from bertui.data.checking.comparing import ComparedTexts, compare, find_contradictions, find_leaks, find_repeats
from bertui.data.checking.findings import KEEP, SEVERITIES, Finding, Report, TokenFacts, drop
from bertui.data.checking.groups import check_groups
from bertui.data.checking.labels import check_label
from bertui.data.columns import is_number
from bertui.data.phrases import count
from bertui.data.splitting import Split, SplitChoice
from bertui.data.table import Table

ENOUGH_ROWS = 20
_READ = ("text", "text_b", "question", "context")  # roles that hold texts as people write them
LONGEST_TEXT = 100_000
MOST_UNKNOWN = 0.2

# Within one severity, the most harmful first.
_ORDER = (
    "no usable rows", "no labels", "one class", "all labels differ", "score, not class", "label spellings",
    "group spellings", "few groups", "single rows", "few rows", "leakage", "unseen classes", "most labels differ",
    "records, not texts", "contradictions", "unknown tokens",
    "empty texts", "missing labels", "missing marks", "small classes", "imbalance",
    "number texts", "repeats", "near repeats", "long texts", "blank groups", "no label column",
)  # fmt: skip


def check(
    table: Table, *, tokens: TokenFacts | None = None, split: Split | None = None, answers: Iterable[Finding] = (),
    how: SplitChoice | None = None,
) -> Report:  # fmt: skip
    """Look a table over; nothing is changed.

    Args:
        answers: What the task finds wrong with its answers.
        tokens: Lengths and unknown tokens, once a model is chosen.
        split: The parts to search for leaks; without it, those of the split column if there is one.
        how: How the rows were to be divided.
    """
    compared = compare(table, split)
    labelled = bool(table.roles.playing("answer"))
    usable = table.usable if labelled else ~are_blank(table.texts)
    findings = [*_missing(table, compared, usable), *_structured(table), *_odd_texts(compared)]
    findings += [*find_repeats(compared), *find_contradictions(compared), *find_leaks(compared)]
    findings += [*_labels(table), *answers, *check_groups(table, split, how)]
    if tokens is not None:
        findings += _unknown(tokens)
    return Report(
        rows=len(table.frame),
        usable=int(usable.sum()),
        classes=int(table.labels[usable].nunique()),
        findings=tuple(sorted(findings, key=_harm)),
    )


def _harm(finding: Finding) -> tuple[int, int]:
    """What a task found stands before what is true of every table: it names the answers themselves."""
    place = _ORDER.index(finding.kind) if finding.kind in _ORDER else _ORDER.index("leakage")
    return SEVERITIES.index(finding.severity), place


def _labels(table: Table) -> list[Finding]:
    if table.roles.label is None:
        return []
    findings = check_label(table.frame[table.roles.label])
    # When the column as a whole will not do, the sizes of its classes are beside the point.
    hopeless = any(finding.severity == "error" for finding in findings)
    return findings if hopeless else findings + check_classes(table)


def _missing(table: Table, compared: ComparedTexts, usable: pd.Series) -> Iterator[Finding]:
    if not table.roles.playing("input"):
        yield Finding(
            "no usable rows", "error", "No column is chosen for the model to read.",
            "Choose the columns of the task above; then the rows can be checked.",
        )  # fmt: skip
        return
    empty = np.setdiff1d(table.frame.index.to_numpy(dtype=np.int64), compared.ids)
    if len(empty):
        yield Finding(
            "empty texts",
            "warning",
            f"{count(len(empty), 'row has', 'rows have')} no text.",
            "There is nothing to read in them; training leaves them out either way.",
            empty,
            (drop(empty, "Drop these rows", "no text"), KEEP),
        )
    if not table.roles.playing("answer"):
        yield Finding(
            "no label column",
            "note",
            "No column with the true answers is chosen.",
            "Training needs one; predicting does not.",
        )
    elif 0 < (unlabelled := table.answers.isna()).sum() < len(table.frame):
        rows = table.frame.index[unlabelled].to_numpy(dtype=np.int64)
        yield Finding(
            "missing labels",
            "warning",
            f"{count(len(rows), 'row has', 'rows have')} no label.",
            "They teach nothing about the classes; training leaves them out either way.",
            rows,
            (drop(rows, "Drop these rows", "no label"), KEEP),
        )
    if usable.sum() < ENOUGH_ROWS:
        yield _few_rows(int(usable.sum()), table.roles.needed())


def _few_rows(usable: int, needed: str) -> Finding:
    if usable == 0:
        return Finding(
            "no usable rows",
            "error",
            f"No row has {needed} filled in.",
            "There is nothing to learn from: check which columns are chosen.",
        )
    return Finding(
        "few rows",
        "warning",
        f"Only {count(usable, 'row has', 'rows have')} {needed} filled in.",
        "A model learns little from so few, and a score on a handful of test rows is chance; a hundred rows "
        "or more for each class is a good start.",
    )


def _structured(table: Table) -> Iterator[Finding]:
    """Name columns whose cells a person would not read, such as records of which the text is a field."""
    for name in [name for role in _READ for name in table.roles.of(role)]:
        kind = kind_of(table.frame[name])
        if kind not in (None, "texts", "nothing"):
            yield Finding(
                "records, not texts", "warning", f"The cells of the column '{name}' hold {WORDS[kind]}, not texts.",
                "The model would read them with their brackets and the names of their fields. Choose another column, "
                "or write the text into a column of its own.",
            )  # fmt: skip


def _odd_texts(compared: ComparedTexts) -> Iterator[Finding]:
    numbers = compared.ids[is_number(compared.texts).to_numpy()]
    if len(numbers):
        most = len(numbers) > len(compared.ids) / 2
        yield Finding(
            "number texts",
            "warning" if most else "note",
            f"{count(len(numbers), 'text is', 'texts are')} only a number.",
            "Most texts are numbers, so this may not be the text column."
            if most
            else "A model of language finds nothing to read in a bare number.",
            numbers,
            (KEEP,) if most else (drop(numbers, "Drop these rows", "the text is only a number"), KEEP),
        )
    long = compared.ids[(compared.texts.str.len() > LONGEST_TEXT).to_numpy(dtype=bool)]
    if len(long):
        yield Finding(
            "long texts",
            "note",
            f"{count(len(long), 'text is', 'texts are')} longer than {LONGEST_TEXT:,} characters.",
            "The model reads only a small part of so long a text; perhaps rows ran into one another when the "
            "file was written.",
            long,
            (drop(long, "Drop these rows", f"longer than {LONGEST_TEXT:,} characters"), KEEP),
        )


def _unknown(tokens: TokenFacts) -> Iterator[Finding]:
    rows = tokens.rows[tokens.unknown > MOST_UNKNOWN]
    if len(rows):
        yield Finding(
            "unknown tokens",
            "warning",
            f"{count(len(rows), 'text is', 'texts are')} in large part unknown to the model.",
            f"More than {MOST_UNKNOWN:.0%} of the tokens are [UNK]: the text is in another script than the "
            "model's vocabulary covers. Choose a multilingual model, or one for this language.",
            np.asarray(rows, dtype=np.int64),
            (drop(rows, "Drop these rows", "unknown to the model's vocabulary"), KEEP),
        )
