"""How good a model is, in sentences and small tables, whatever the task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from bertui.evaluation.intervals import Interval
from bertui.tasks.results import BaselineScores, Measure

Metrics = Mapping[str, Interval]


def headline(measure: Measure, metrics: Metrics, baselines: Sequence[BaselineScores]) -> str:
    """Say in one breath how good the model is, against the best baseline.

    Example: "Accuracy 92.4 % (91.0 to 93.6), against 85.1 % for TF-IDF with logistic regression."
    """
    own = metrics[measure.name]
    text = f"{measure.title} {measure.shown(own.value)} ({measure.interval(own)})"
    best = best_of(measure, baselines)
    if best is None:
        return f"{text}."
    return f"{text}, against {measure.shown(best.metrics[measure.name].value)} for {best.name}."


def best_of(measure: Measure, baselines: Sequence[BaselineScores]) -> BaselineScores | None:
    """Return the baseline with the best main measure."""
    ranked = sorted(baselines, key=lambda one: one.metrics[measure.name].value, reverse=not measure.falling)
    return next(iter(ranked), None)


def comparison_table(
    measures: Sequence[Measure], name: str, metrics: Metrics, seconds: float | None, baselines: Sequence[BaselineScores]
) -> pd.DataFrame:
    """The model above the baselines on the same rows, a column and its interval for each measure."""
    lines = []
    others = [(one.name, one.metrics, one.seconds, one.note) for one in baselines]
    for who, values, took, note in [(name, metrics, seconds, ""), *others]:
        line: dict[str, object] = {"method": who}
        for measure in measures:
            value = values[measure.name]
            line[titled(measure)] = 100 * value.value if measure.percent else value.value
            line[f"{measure.title}, 95 %"] = measure.interval(value)
        lines.append(line | {"seconds": took, "note": note})
    return pd.DataFrame(lines)


def titled(measure: Measure) -> str:
    """Return a measure's heading with its unit."""
    return f"{measure.title} (%)" if measure.percent else measure.title
