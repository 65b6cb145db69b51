"""Runs in a table, their recipes side by side, and whether one is better than another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bertui.data.phrases import count, duration
from bertui.errors import UserError
from bertui.modeling.size import Size, read_size, size_at_hand
from bertui.modeling.sources import model_title
from bertui.recipe import Recipe, choices, flat
from bertui.runs.naming import brief, differs
from bertui.runs.run import Run, main_score


@dataclass(frozen=True, slots=True)
class PairComparison:
    """The paired comparison of two runs in words, or why there is none."""

    names: tuple[str, str]
    words: str
    possible: bool


def overview(runs: Sequence[Run], states: dict[str, str]) -> pd.DataFrame:
    """Return one row per run, in the given order; a run that cannot be read says so.

    Args:
        runs: Which.
        states: State -> how it is called.
    """
    return pd.DataFrame([_row(run, states) for run in runs])


def _row(run: Run, states: dict[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {"State": "Unreadable", "Name": run.id, "Data": "", "Task": "", "Model": "", "Differs": "",
                           "Validation": None, "Test": None, "Time": "", "When": pd.NaT}  # fmt: skip
    try:
        facts, recipe, report = run.facts(), run.recipe, run.report() or {}
        shown = {part: main_score(run.task, scores) for part, scores in report.get("parts", {}).items()}
        return {
            "State": states[run.state],
            "Name": facts["name"],
            "Data": facts["table"],
            "Model": model_title(recipe.model.name),
            "Task": run.task.title,
            "Differs": differs(recipe, facts["sizes"]["train"], run.task_kind, _size(run, recipe)),
            "Validation": shown.get("validation"),
            "Test": shown.get("test"),
            "Time": duration(report["seconds"]) if report else "",
            "When": pd.to_datetime(facts["created"], unit="s"),
        }
    except (UserError, OSError, ValueError, KeyError, TypeError, AttributeError):  # whatever is in a broken file
        return row


def _size(run: Run, recipe: Recipe) -> Size | None:
    """Return the size of what a run fine-tuned; its own model tells, where the pre-trained one is gone."""
    return size_at_hand(recipe.model) or read_size(run.folder / "model")


def side_by_side(runs: Sequence[Run], *, everything: bool = False) -> pd.DataFrame:
    """Return choices as rows and runs as columns; only rows that differ, unless ``everything``."""
    names, recipes = unique_names(runs), [flat(run.recipe) for run in runs]
    rows = []
    for entry in choices():
        values = [recipe[entry.path] for recipe in recipes]
        different = any(value != values[0] for value in values)
        if different or everything:
            cells = dict(zip(names, map(brief, values), strict=True))
            rows.append({"Choice": entry.title, "": "≠" if different else "", **cells})
    return pd.DataFrame(rows)


def unique_names(runs: Sequence[Run]) -> list[str]:
    """Return each run's name, with the end of its id where two share a name."""
    names = [run.name for run in runs]
    count = Counter(names)
    pairs = zip(names, runs, strict=True)
    return [name if count[name] == 1 else f"{name} ({run.id[-6:]})" for name, run in pairs]


def paired(first: Run, second: Run) -> PairComparison:
    """Compare the predictions of two runs where both have predicted the same rows."""
    from bertui.tasks.verdicts import compared, sentence

    a, b = unique_names([first, second])
    reason = _not_comparable(first, second)
    for part in ("test", "validation"):
        one, other = first.predictions(part), second.predictions(part)
        if reason or one is None or other is None:
            continue
        if not np.array_equal(one["row"], other["row"]) or not (same := _same_answers(one, other)).any():
            reason = f"their {part} rows are not the same"
            continue
        if not ("contribution" in one and "contribution" in other):
            reason = "one was evaluated by an earlier version, which did not keep what each row contributes"
            continue
        measure = first.task.measure(first.task.compared_by)
        comparison = compared(measure, *(each["contribution"].to_numpy()[same] for each in (one, other)))
        words = f"{part.capitalize()} rows. {_left_out(part, same)}{sentence(measure, comparison, a, b)}"
        return PairComparison((a, b), words, True)
    return PairComparison((a, b), f"{a} and {b} cannot be compared: {reason or 'one has no predictions'}.", False)


def _not_comparable(first: Run, second: Run) -> str:
    mine, theirs = first.facts(), second.facts()
    if first.task_kind != second.task_kind:
        return "they were trained for different tasks"
    if mine["classes"] != theirs["classes"]:
        return "they were trained on different tables"
    if mine["fingerprint"] != theirs["fingerprint"] and not _differ_in_labels(first, second):
        return "they were trained on different tables"
    return ""


def _differ_in_labels(first: Run, second: Run) -> bool:
    """Whether two runs have the same rows in the same parts and read the same of them, with one label for each row."""
    if first.roles != second.roles or first.roles.label is None or first.facts()["sizes"] != second.facts()["sizes"]:
        return False
    (table, split), (others, other_split) = first.data(), second.data()
    parts = zip(split.parts().values(), other_split.parts().values(), strict=True)
    return all(np.array_equal(a, b) and table.inputs(a) == others.inputs(b) for a, b in parts)


def _same_answers(one: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    """Return which rows are judged by the same answer in both runs; all or none where rows are not right or wrong."""
    same = (one["expected"] == other["expected"]).to_numpy(dtype=bool)
    plain = all(each["credit"].isin((0, 1)).all() for each in (one, other))
    return same if plain or same.all() else np.zeros(len(same), dtype=bool)


def _left_out(part: str, same: np.ndarray) -> str:
    changed = int((~same).sum())
    if not changed:
        return ""
    rows = count(changed, "row that was", "rows that were")
    return f"Judged by the same labels: {rows} relabelled between the two runs, of {len(same):,}, left out. "
