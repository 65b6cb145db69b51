"""What a finished run achieved on one part of its data, read from its folder and made ready to show."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from bertui.errors import RunError
from bertui.evaluation.baselines import Baseline
from bertui.evaluation.calibration import Reliability, reliability, softmax
from bertui.evaluation.scores import Scores
from bertui.evaluation.tables import predictions_frame
from bertui.runs.run import Run


@dataclass(frozen=True)
class PartResults:
    """Scores and predictions on the rows of one part.

    Attributes:
        part: "test" or "validation".
        baselines: Simple classifiers on the same rows.
        before, after: Reliability without and with the temperature.
        error_before, error_after: Expected calibration error without and with it.
        seconds: How long the run took.
        predictions: As ``predictions_frame`` has it, one line per row.
    """

    part: str
    classes: tuple[str, ...]
    scores: Scores
    baselines: tuple[Baseline, ...]
    temperature: float
    before: Reliability
    after: Reliability
    error_before: float
    error_after: float
    seconds: float
    predictions: pd.DataFrame


def parts_of(run: Run) -> tuple[str, ...]:
    """Return the evaluated parts, test first; none before the run has ended."""
    found = (run.report() or {}).get("parts", {})
    return tuple(part for part in ("test", "validation") if part in found)


def read_part(run: Run, part: str) -> PartResults:
    """Read one part's results.

    Raises:
        RunError: The run has not evaluated this part, or its files are broken.
    """
    report, answers = run.report(), run.predictions(part)
    if report is None or answers is None or part not in report.get("parts", {}):
        raise RunError(
            f"The run '{run.name}' has no results on {part} rows.",
            remedy="Choose a finished run, or train again.",
        )
    table, _ = run.data()
    rows, targets = answers["row"].to_numpy(), answers["target"].to_numpy()
    logits = answers.filter(regex=r"^logit_\d+$").to_numpy()
    temperature, saved = float(report["temperature"]), report["parts"][part]
    probabilities = softmax(logits, temperature)
    classes = tuple(report["classes"])
    return PartResults(
        part=part,
        classes=classes,
        scores=Scores.from_json(saved["scores"]),
        baselines=tuple(Baseline.from_json(one) for one in saved["baselines"]),
        temperature=temperature,
        before=reliability(softmax(logits), targets),
        after=reliability(probabilities, targets),
        error_before=float(saved["calibration_error_before"]),
        error_after=float(saved["calibration_error"]),
        seconds=float(report["seconds"]),
        predictions=predictions_frame(rows, table.texts.loc[rows].tolist(), targets, probabilities, classes),
    )
