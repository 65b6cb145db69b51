"""Texts that a spreadsheet would run as a formula, made harmless and given back."""

from __future__ import annotations

import re

# Full-width signs are turned into plain ones by some spreadsheets; what stands before a sign is trimmed by others.
_RUNS = re.compile(r"[\s\ufeff\u200b]*[=+\-@＝＋－＠]|[\t\r\0]")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:[eE][-+]?\d+)?\s?%?")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet may run this text; a plain number such as -1 or +3.5 is none.

    Source: OWASP Application Security Verification Standard 5.0, 1.2.10.
    """
    return _RUNS.match(text) is not None and _NUMBER.fullmatch(text) is None


def harmless(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet may run."""
    return f"'{text}" if is_formula(text) else text


def restored(text: str) -> str:
    """Take the apostrophe off again that ``harmless`` put in front."""
    return text[1:] if text.startswith("'") and is_formula(text[1:]) else text
