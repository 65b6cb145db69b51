"""Is one method better than another on the same rows? The paired test decides; the words follow it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from bertui.evaluation.compare import Comparison, compare

if TYPE_CHECKING:
    import numpy as np

    from bertui.evaluation.intervals import Interval
    from bertui.tasks.results import BaselineScores, Judged, Measure
    from bertui.tasks.task import Task

Standing = Literal["better", "worse", "unclear"]
"""Where a model stands against the strongest baseline, beyond chance."""


def compared(measure: Measure, a: np.ndarray, b: np.ndarray) -> Comparison:
    """Compare two methods by what each row contributes to a measure, ``[rows]`` each."""
    return compare(a, b, limit=1.0 if measure.percent else None)


def with_comparisons(task: type[Task], judged: Judged, baselines: Sequence[BaselineScores]) -> list[BaselineScores]:
    """Return the baselines, each with the model's comparison to it."""
    measure = task.measure(task.compared_by)
    return [replace(one, comparison=compared(measure, judged.contributions, one.contributions)) for one in baselines]


def rival(task: type[Task], baselines: Sequence[BaselineScores]) -> BaselineScores | None:
    """Return the strongest baseline by the measure that is compared; None without any."""
    measure = task.measure(task.compared_by)
    ranked = sorted(baselines, key=lambda one: one.metrics[measure.name].value, reverse=not measure.falling)
    return next(iter(ranked), None)


def standing(task: type[Task], baselines: Sequence[BaselineScores]) -> Standing | None:
    """Return where the model stands against the strongest baseline; None where nothing was compared."""
    strongest = rival(task, baselines)
    if strongest is None or strongest.comparison is None:
        return None
    return standing_of(strongest.comparison)


def standing_of(comparison: Comparison) -> Standing:
    """Return whether A is better than B, worse, or neither by more than chance."""
    if not comparison.significant:
        return "unclear"
    return "better" if comparison.difference.value > 0 else "worse"


def verdict(task: type[Task], baselines: Sequence[BaselineScores], name: str = "the model") -> str:
    """Say whether the model is better than the strongest baseline; empty without one."""
    strongest = rival(task, baselines)
    if strongest is None:
        return ""
    if strongest.comparison is None:
        return "This run was evaluated before baselines kept their answers, so they cannot be compared row by row."
    measure, comparison = task.measure(task.compared_by), strongest.comparison
    advice = {
        "better": "",
        "worse": " Prefer it, or train longer.",
        "unclear": " More test rows would tell.",
    }
    words = judgement(measure, comparison, name, strongest.name) + advice[standing_of(comparison)]
    return words[:1].upper() + words[1:]


def sentence(measure: Measure, comparison: Comparison, a: str, b: str) -> str:
    """Say what two methods reach on the same rows, and which is better."""
    ours, theirs = measure.shown(abs(comparison.mean_a)), measure.shown(abs(comparison.mean_b))
    values = f"{measure.title} on the same {_rows(comparison.n)}: {ours} for {a}, {theirs} for {b}."
    return f"{values} {judgement(measure, comparison, a, b)}"


def judgement(measure: Measure, comparison: Comparison, a: str, b: str) -> str:
    """Say which of two methods is better, by how much, and how often chance alone would make such a difference."""
    chance = (
        f"methods that are equally good would differ as much or more {chance_of(comparison.p_value)} "
        f"({comparison.test}, {_rows(comparison.n)})."
    )
    size = f"{measure.title} differs by {_size(measure, comparison.difference)}"
    if standing_of(comparison) == "unclear":
        return f"Whether {a} or {b} is better cannot be told: {size}, within noise; {chance}"
    better, other = (a, b) if comparison.difference.value > 0 else (b, a)
    return f"{better} is better than {other}: {size}; {chance}"


def chance_of(p_value: float) -> str:
    """Say how often something happens."""
    if p_value < 0.001:
        return "less than once in 1,000 times"
    return f"{100 * p_value:.1f} % of the time" if p_value < 0.1 else f"{100 * p_value:.0f} % of the time"


def _size(measure: Measure, difference: Interval) -> str:
    """Name the difference of the better to the worse with its interval; shares in percentage points."""
    value, low, high = difference.value, difference.low, difference.high
    if value < 0:
        value, low, high = -value, -high, -low
    unit = " points" if measure.percent else ""
    return f"{measure.bare(value)}{unit} (95 % interval {measure.bare(low)} to {measure.bare(high)})"


def _rows(n: int) -> str:
    return f"{n:,} rows" if n != 1 else "1 row"
