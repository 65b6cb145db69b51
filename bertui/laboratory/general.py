"""Sentences about anything, to see what changed beside a person's own texts."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def general_sentences() -> tuple[str, ...]:
    """Return 600 plain English sentences on many subjects, written for this purpose."""
    text = files("bertui.laboratory").joinpath("general_sentences.txt").read_text("utf-8")
    return tuple(text.splitlines())
