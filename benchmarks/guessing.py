"""Score how files are read and their columns guessed, against what a person would choose.

    python benchmarks/guessing.py FOLDER [--times 8] [--quiet]

FOLDER holds files and an ``expected.json``: file name -> "known as" (the name that the reader is told), "rows",
"right" and "acceptable" (readings: a task, and for each role its permitted columns), "marks" (columns that may be
row id, group or split). "#3" is the fourth column. With ``--times`` the rows of each file are repeated.

A guess is right or acceptable when task and all roles fit one reading; else it is one fix (the task fits, one role is
wrong), more fixes, wrong task, refused (with a message) or crash.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from bertui.data.reading.reading import read_table
from bertui.data.roles import METADATA, Roles
from bertui.errors import UserError
from bertui.tasks.guessing import guess_roles

OUTCOMES = ("right", "acceptable", "one fix", "more fixes", "wrong task", "refused", "crash")


@dataclass(frozen=True, slots=True)
class Judged:
    """One file: how the guess compares, the number of rows read against those that the file has, and the guess."""

    file: str
    outcome: str
    rows: str
    guess: str


def judge_folder(folder: Path, times: int = 1) -> list[Judged]:
    """Return the verdict on each file that ``expected.json`` names."""
    expected: dict[str, dict[str, Any]] = json.loads((folder / "expected.json").read_text("utf-8"))
    return [judge(file, (folder / file).read_bytes(), wanted, times) for file, wanted in expected.items()]


def judge(file: str, data: bytes, wanted: dict[str, Any], times: int = 1) -> Judged:
    """Read and guess one file, and compare."""
    try:
        frame, _ = read_table(data, wanted.get("known as", file))
        rows = len(frame)
        roles = guess_roles(pd.concat([frame] * times, ignore_index=True) if times > 1 else frame)
    except UserError as error:
        return Judged(file, "refused", "", str(error))
    except Exception as error:  # what the benchmark is to find
        return Judged(file, "crash", "", repr(error))
    shown = f"{roles.task} " + ", ".join(f"{role}={'+'.join(names)}" for role, names in roles.columns.items())
    counted = str(rows) if rows == wanted["rows"] else f"{rows} of {wanted['rows']}"
    return Judged(file, _outcome(roles, list(frame.columns), wanted), counted, shown)


def _outcome(roles: Roles, columns: list[str], wanted: dict[str, Any]) -> str:
    wrong = [_wrong_roles(roles, columns, reading, wanted["marks"]) for reading in wanted["right"]]
    if 0 in wrong:
        return "right"
    wrong += [_wrong_roles(roles, columns, reading, wanted["marks"]) for reading in wanted["acceptable"]]
    if 0 in wrong:
        return "acceptable"
    fewest = min((count for count in wrong if count is not None), default=None)
    return "wrong task" if fewest is None else "one fix" if fewest == 1 else "more fixes"


def _wrong_roles(roles: Roles, columns: list[str], reading: dict[str, Any], marks: dict[str, Any]) -> int | None:
    """Return how many roles differ from a reading; None where the task does."""
    if roles.task != reading["task"]:
        return None
    wrong = 0
    for role in {*reading, *roles.columns} - {"task", *METADATA}:
        permitted = [{_column(name, columns) for name in choice} for choice in reading.get(role, [[]])]
        wrong += set(roles.of(role)) not in permitted
    for mark in METADATA:
        permitted_mark = {_column(name, columns) for name in marks.get(mark, ())}
        named = set(roles.of(mark))
        wrong += not named <= permitted_mark or (mark == "split" and bool(permitted_mark - named) and not named)
    return wrong


def _column(name: str, columns: list[str]) -> str:
    """Return the column that "#3" points at, or the name as it is ("#1 String" is a name)."""
    place = int(name[1:]) if name[:1] == "#" and name[1:].isdecimal() else -1
    return columns[place] if 0 <= place < len(columns) else name


def shares(judged: list[Judged]) -> dict[str, float]:
    """Return the share of each outcome."""
    counts = Counter(one.outcome for one in judged)
    return {outcome: counts[outcome] / len(judged) for outcome in OUTCOMES}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=1, help="repeat the rows")
    parser.add_argument("--quiet", action="store_true", help="leave out files that are right or acceptable")
    options = parser.parse_args()
    judged = judge_folder(options.folder, options.times)
    for one in judged:
        if not options.quiet or one.outcome not in ("right", "acceptable") or "of" in one.rows:
            print(f"{one.file:28} {one.outcome:11} {one.rows:>11}  {one.guess}")
    print(", ".join(f"{outcome} {share:.1%}" for outcome, share in shares(judged).items()), f"({len(judged)} files)")


if __name__ == "__main__":
    main()
