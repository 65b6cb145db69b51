"""How a measure is called and written on a chart."""

from __future__ import annotations

from bertui.plots.style import percent
from bertui.tasks.registry import TASKS

MEASURES = {measure.name: measure for task in TASKS.values() for measure in task.measures}


def called(metric: str) -> str:
    """Return the title of a measure as it stands within a sentence."""
    measure = MEASURES.get(metric)
    if measure is None or measure.title.isupper() or measure.phrase[0].isupper():  # a name keeps its capital
        return metric if measure is None else measure.title
    return measure.title[0].lower() + measure.title[1:]


def is_share(metric: str) -> bool:
    """Whether a measure is shown in percent."""
    measure = MEASURES.get(metric)
    return measure is not None and measure.percent


def written(metric: str, value: float) -> str:
    """Return a value with its digits: 84.2 %, or 0.842."""
    return percent(value) if is_share(metric) else f"{value:.3f}"


def phrase(metric: str) -> str:
    """Return what stands after the number in a sentence."""
    measure = MEASURES.get(metric)
    return metric if measure is None else measure.phrase
