"""Two versions of a text side by side: which words changed, and what that did to each word's score."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

from bertui.explanation.attribution import Attribution


@dataclass(frozen=True, slots=True)
class WordPair:
    """A word before and after the edit, by its number in each text; None where it has no counterpart."""

    before: int | None
    after: int | None
    changed: bool
    difference: float
    """Score after minus score before; a missing word scores 0."""


def compare_texts(before: Attribution, after: Attribution) -> list[WordPair]:
    """Align the words of two versions of a text, in reading order.

    Raises:
        ValueError: The two were explained for different classes, so their scores cannot be compared.
    """
    if before.target != after.target:
        raise ValueError(f"Explained for class {before.target} and for class {after.target}.")
    old, new = [word.text for word in before.words], [word.text for word in after.words]
    pairs = []
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for left, right in zip_longest(range(old_from, old_to), range(new_from, new_to)):
            gone = 0.0 if left is None else before.scores[left]
            come = 0.0 if right is None else after.scores[right]
            pairs.append(WordPair(left, right, kind != "equal", come - gone))
    return pairs
