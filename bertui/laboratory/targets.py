"""What a probe is asked to tell: the label, another column, how long a text is, whether its words are in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bertui.data.cells.words import words_of
from bertui.tasks.results import Input

MOST_VALUES = 30  # different values of a column that can be probed
_BINS = 4


@dataclass(frozen=True, slots=True)
class Target:
    """The answers to one question about rows.

    Attributes:
        title: What is asked, such as "the label".
        train, held_out: The answers of the training rows and of those that a probe is scored on, ``str [rows]``.
    """

    title: str
    train: np.ndarray
    held_out: np.ndarray


def by_value(title: str, train: Sequence[object], held_out: Sequence[object]) -> Target:
    """Return a target of given answers, such as labels or the cells of a column."""
    return Target(title, np.array([str(one) for one in train]), np.array([str(one) for one in held_out]))


def by_length(train: Sequence[int], held_out: Sequence[int]) -> Target:
    """Return the length of a text in four bins with as many training rows each, as far as equal lengths allow."""
    edges = np.unique(np.quantile(train, np.linspace(0, 1, _BINS + 1)[1:-1]))
    binned = [np.digitize(lengths, edges, right=True).astype(str) for lengths in (train, held_out)]
    return Target("the length of the text", *binned)


def by_order(train: int, held_out: int) -> Target:
    """Return whether the words of a row are in order, for rows that are followed by as many swapped ones."""
    told = [np.repeat(["in order", "two words swapped"], rows) for rows in (train, held_out)]
    return Target("the order of the words", *told)


def swapped(inputs: Sequence[Input], seed: int = 0) -> list[Input | None]:
    """Return the rows with two neighbouring words of their last text swapped; None where it has no two that differ.

    Source: the bigram shift of SentEval (Conneau et al. 2018), made of one's own texts.
    """
    random = np.random.default_rng(seed)
    return [_swap(row, random) for row in inputs]


def _swap(row: Input, random: np.random.Generator) -> Input | None:
    text = row[-1]
    words = [word for word in words_of(text) if any(map(str.isalnum, word.text))]
    pairs = [(one, two) for one, two in pairwise(words) if one.text != two.text]
    if not pairs:
        return None
    one, two = pairs[int(random.integers(len(pairs)))]
    between = text[one.stop : two.start]
    return (*row[:-1], text[: one.start] + two.text + between + one.text + text[two.stop :])
