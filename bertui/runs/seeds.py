"""Runs that differ from one in their seed alone, and what they make of a text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bertui.errors import UserError
from bertui.prediction.outputs import Progress
from bertui.runs.asking import Asking
from bertui.runs.run import HAS_MODEL, Run
from bertui.tasks.results import Focus, Input, Prediction

if TYPE_CHECKING:
    from bertui.explanation.attribution import Attribution
    from bertui.explanation.steady import Steadiness


@dataclass(frozen=True)
class OtherSeeds:
    """What runs of other seeds make of a text, beside a first one.

    Attributes:
        answers: Theirs, in few words.
        steadiness: Of all maps; None where no other run has such a target.
    """

    answers: tuple[str, ...]
    steadiness: Steadiness | None


def of_other_seeds(run: Run, runs: Iterable[Run]) -> list[Run]:
    """Return the runs with a model, of the same rows and choices, whose seed is another."""
    recipe, mark = run.recipe, run.facts().get("fingerprint")

    def alike(other: Run) -> bool:
        try:
            return (
                other.id != run.id and other.state in HAS_MODEL and other.facts().get("fingerprint") == mark
                and recipe.differences(other.recipe).keys() - {"training.threads"} == {"training.seed"}
                and _same_rows(run, other)
            )  # fmt: skip
        except UserError:  # a run whose folder is broken is compared with nothing
            return False

    return [other for other in runs if alike(other)]


def asked_of(
    others: Sequence[Run], inputs: Input, focus: Focus, words: Attribution, method: str | None,
    progress: Progress | None = None,
) -> OtherSeeds:  # fmt: skip
    """Ask runs of other seeds for the words of a text, one model in memory at a time.

    Args:
        focus: What ``words`` explains, by the first run.
        progress: Called with the share done; what it raises ends the work.
    """
    from bertui.explanation.methods import read_method
    from bertui.explanation.steady import steadiness
    from bertui.prediction.predictor import Predictor

    answers, maps = list[str](), [words]
    for number, other in enumerate(others, 1):
        predictor = Predictor(other.model_folder)
        answer: Prediction = predictor.answer(inputs)
        answers.append(answer.summary())
        own = next((one for one in predictor.task.focuses(answer) if one.key == focus.key), None)
        if own is not None and own.targets == focus.targets:
            asking = Asking(predictor, inputs, own, words.target, words.against)
            maps.append(asking.attribution(read_method(method)))
        if progress is not None:
            progress(number / len(others))
    same = [one for one in maps if one.text == words.text]
    return OtherSeeds(tuple(answers), steadiness(same) if len(same) > 1 else None)


def _same_rows(run: Run, other: Run) -> bool:
    parts, others = run.data()[1].parts(), other.data()[1].parts()
    return parts.keys() == others.keys() and all(np.array_equal(parts[name], others[name]) for name in parts)
