"""What a check of a table says: findings with the rows they mean and the fixes they offer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from bertui.data.edits import DropRows, Edit
from bertui.data.phrases import count

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Fix:
    """One button under a finding; ``edit`` None keeps everything as it is."""

    label: str
    edit: Edit | None

    def to_json(self) -> dict[str, Any]:
        return {"label": self.label, "edit": self.edit and self.edit.model_dump(mode="json")}


KEEP = Fix("Keep as it is", None)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or odd.

    Attributes:
        kind: Stable name, such as "empty texts".
        severity: error: training fails or its result means nothing; warning: the result is worse or
            looks better than it is; note: worth knowing.
        title: A short sentence with the count.
        detail: Why it matters.
        rows: Ids of the rows to look at, ``int64``. For repeats and leaks group by group, the row that is
            repeated included, so it can hold more rows than the title counts.
        fixes: What can be done in one click; none where only the person knows.
    """

    kind: str
    severity: Severity
    title: str
    detail: str
    rows: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    fixes: tuple[Fix, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "severity": self.severity,
            "title": self.title,
            "detail": self.detail,
            "rows": self.rows.tolist(),
            "fixes": [fix.to_json() for fix in self.fixes],
        }


@dataclass(frozen=True, slots=True)
class Report:
    """All findings about a table, the most harmful first.

    Attributes:
        rows: Rows of the table.
        usable: Rows with a text and, where a label column is chosen, a label.
        classes: Different labels among the usable rows.
    """

    rows: int
    usable: int
    classes: int
    findings: tuple[Finding, ...]

    @property
    def summary(self) -> str:
        """One sentence: how many rows can be used and how much was found."""
        usable = "all of them usable" if self.usable == self.rows else f"{self.usable:,} of them usable"
        table = count(self.rows, "row", "rows") + (f", {usable}" if self.rows else "")
        classes = f", {count(self.classes, 'class', 'classes')}" if self.classes else ""
        counts = [
            count(sum(f.severity == severity for f in self.findings), severity, f"{severity}s")
            for severity in SEVERITIES
            if any(f.severity == severity for f in self.findings)
        ]
        return f"{table}{classes}: {', '.join(counts) or 'nothing to mend'}."

    def to_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "usable": self.usable,
            "classes": self.classes,
            "summary": self.summary,
            "findings": [finding.to_json() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What a tokenizer says about each row; computed by whoever has one.

    Attributes:
        lengths: Tokens of each row, special tokens counted, ``[rows]``.
        unknown: Share of each row's tokens that the vocabulary does not cover, ``[rows]``, 0 to 1.
        rows: Row ids, ``[rows]``.
        max_length: The most tokens the model can read.
    """

    lengths: np.ndarray
    unknown: np.ndarray
    rows: np.ndarray
    max_length: int


@dataclass(frozen=True, slots=True)
class LengthSummary:
    """Text lengths in tokens, and how many texts are longer than the chosen length."""

    mean: float
    median: float
    p95: float
    longest: int
    truncated: int
    share_truncated: float


def length_summary(facts: TokenFacts, max_length: int) -> LengthSummary:
    """Describe the lengths, and what is truncated when the model reads ``max_length`` tokens."""
    lengths = facts.lengths
    if not len(lengths):
        return LengthSummary(0.0, 0.0, 0.0, 0, 0, 0.0)
    truncated = int((lengths > max_length).sum())
    return LengthSummary(
        mean=float(lengths.mean()),
        median=float(np.median(lengths)),
        p95=float(np.percentile(lengths, 95)),
        longest=int(lengths.max()),
        truncated=truncated,
        share_truncated=truncated / len(lengths),
    )


def drop(rows: np.ndarray, label: str, reason: str) -> Fix:
    """Offer to drop rows; ``reason`` is what the list of edits will say."""
    return Fix(label, DropRows(rows=tuple(rows.tolist()), reason=reason))
