"""Changes of single words of a text: one is deleted, or another stands for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from bertui.tasks.results import Input


@dataclass(frozen=True, slots=True)
class Edit:
    """One word that is deleted or replaced.

    Attributes:
        text: Number of its text among the texts of the row.
        start, stop: Its characters there.
        old: The word.
        new: What stands for it; "" where it is deleted.
        effect: What the explained logit is estimated to change by.
    """

    text: int
    start: int
    stop: int
    old: str
    new: str
    effect: float

    @property
    def place(self) -> tuple[int, int]:
        """Where the word stands: its text, its first character."""
        return self.text, self.start

    def in_words(self) -> str:
        return f"“{self.new}” for “{self.old}”" if self.new else f"without “{self.old}”"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


Edits = tuple[Edit, ...]


def edited(inputs: Input, edits: Edits) -> Input:
    """Return texts with changes made. With a deleted word goes the space before it."""
    texts = list(inputs)
    for edit in sorted(edits, key=lambda edit: edit.place, reverse=True):
        before, after = texts[edit.text][: edit.start], texts[edit.text][edit.stop :]
        if not edit.new and before.endswith(" "):
            before = before[:-1]
        elif not edit.new and not before.strip():
            after = after.lstrip(" ")
        texts[edit.text] = before + edit.new + after
    return tuple(texts)


def cased_as(new: str, old: str) -> str:
    """Return a word in the capitals of the one that it stands for."""
    if old.isupper() and len(old) > 1:
        return new.upper()
    return new[:1].upper() + new[1:] if old[:1].isupper() else new
