"""The columns that answers add to a file, and a file that has been given answers before."""

from __future__ import annotations

import pandas as pd

from bertui.data.reading.formats.formulas import restored

_ANSWER = "prediction"  # every task adds a column of this name


def beside(frame: pd.DataFrame, added: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the added columns under names that the file does not have, and a sentence where they were changed.

    Answers of one model are marked alike: "prediction (bertui)" and "probability (bertui)", the next time
    "(bertui 2)". What stands in the file is never replaced.
    """
    taken = set(map(str, frame.columns))
    suffixes = ("", " (bertui)", *(f" (bertui {number})" for number in range(2, len(taken) + 3)))
    suffix = next(suffix for suffix in suffixes if not taken & {f"{name}{suffix}" for name in added.columns})
    if not suffix:
        return added, ""
    there = next(str(name) for name in added.columns if str(name) in taken)
    note = f"The file has a column '{there}' already, so the columns of these answers end in '{suffix.strip()}'."
    return added.add_suffix(suffix), note


def unprotected(frame: pd.DataFrame) -> pd.DataFrame:
    """Give texts back as they were before answers to them were written as CSV; other files stay as they are.

    What a spreadsheet would run as a formula is written with an apostrophe in front, which the model must not read.
    """
    if _ANSWER not in frame.columns:
        return frame
    changed = {name: frame[name].map(restored, na_action="ignore").astype("str") for name in frame.columns}
    return pd.DataFrame(changed, index=frame.index).rename(columns=restored)
