"""What a finished run says of new texts: predict, evaluate, explain."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bertui.data.table import Roles, Table
from bertui.errors import DataError
from bertui.prediction import Prediction
from bertui.runs.files import Tell, read_file
from bertui.runs.run import Run
from bertui.runs.verbs import Trained, labelled_table, load, run_of, text_columns

if TYPE_CHECKING:
    from bertui.evaluation.baselines import Baseline
    from bertui.evaluation.scores import Scores


def predict(
    run: Trained, file: str | Path, *, text: str | Sequence[str] = (), workspace: str | Path | None = None,
    progress: Callable[[float], None] | None = None, tell: Tell | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Answer for every row of a file; returns its columns with "prediction", "probability" and one per class."""
    frame = read_file(Path(file), tell)
    predictor = load(run, workspace)
    table = Table(frame, Roles(text_columns(frame, text, _trained_columns(run, workspace)[0])))
    return answered(frame, list(predictor.predict_all(table.texts.tolist(), progress=progress)))


def answered(frame: pd.DataFrame, answers: Sequence[Prediction]) -> pd.DataFrame:
    """Put predictions beside the rows; a name that the file already has is marked "(bertui)"."""
    columns: dict[str, Any] = {
        "prediction": [answer.label for answer in answers],
        "probability": [round(answer.probability, 6) for answer in answers],
    }
    for number, name in enumerate(answers[0].classes if answers else ()):
        columns[f"probability of {name}"] = [round(answer.probabilities[number], 6) for answer in answers]
    added = pd.DataFrame(columns, index=frame.index)
    added.columns = [name if name not in frame.columns else f"{name} (bertui)" for name in added.columns]
    return pd.concat([frame, added], axis=1)


def evaluate(
    run: Trained, file: str | Path, *, text: str | Sequence[str] = (), label: str | None = None,
    workspace: str | Path | None = None, progress: Callable[[float], None] | None = None, tell: Tell | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Score a run on the labelled rows of another file, with the baselines that the run's own rows train.

    Returns:
        "run", "status", "metrics" (accuracy, f1_macro, n), "baselines", "seconds", "train_examples_per_second",
        and "scores" with every interval and class. An exported folder has no rows, so no baselines.
    """
    from bertui.evaluation.scores import score

    began = time.monotonic()
    predictor = load(run, workspace)
    known = _trained_columns(run, workspace)
    table = labelled_table({"test": Path(file)}, text or known[0], label or known[1], tell)
    unknown = sorted(set(table.classes) - set(predictor.classes))
    if unknown:
        raise DataError(
            f"The file has labels that the run has never seen: {', '.join(map(repr, unknown[:5]))}.",
            expected=f"Labels: {', '.join(predictor.classes[:20])}.",
            remedy="Choose the right label column, or mend the labels.",
        )
    rows = table.frame.index[table.usable]
    if not len(rows):
        raise DataError(
            "No row of the file has both a text and a label.", expected="At least one such row.",
            remedy="Check which columns are chosen, or fill in the empty cells.",
        )  # fmt: skip
    texts = table.texts.loc[rows].tolist()
    answers = predictor.predict_all(texts, progress=progress)
    numbers = {name: number for number, name in enumerate(predictor.classes)}
    predicted = np.array([numbers[answer.label] for answer in answers])
    targets = table.labels.loc[rows].map(numbers).to_numpy(dtype=np.int64)
    scores = score(targets, predicted, predictor.classes)
    trained = run_of(run, workspace)
    baselines = [] if trained is None else _baselines(trained, texts, targets)
    speed = None if trained is None else (trained.report() or {}).get("train_examples_per_second")
    return {
        "run": None if trained is None else trained.id,
        "status": "finished" if trained is None else trained.state,
        "metrics": {**_main(scores), "n": scores.n},
        "baselines": {found.name: _main(found.scores) for found in baselines},
        "seconds": time.monotonic() - began,
        "train_examples_per_second": speed,
        "scores": scores.to_json(),
    }


def _baselines(run: Run, texts: list[str], targets: np.ndarray) -> list[Baseline]:
    """Train the simple classifiers on the run's training rows and score them on other texts."""
    from bertui.evaluation.baselines import majority, tfidf_logistic

    table, split = run.data()
    known = table.targets(split.train)
    counted = tfidf_logistic(table.texts.loc[split.train].tolist(), known, texts, targets, table.classes)
    return [majority(known, targets, table.classes), counted]


def _main(scores: Scores) -> dict[str, float]:
    return {"accuracy": scores.accuracy.value, "f1_macro": scores.f1_macro.value}


def explain(
    run: Trained, text: str, *, target: str | None = None, workspace: str | Path | None = None
) -> dict[str, Any]:
    """Return words, scores, spans, target, probabilities and convergence delta for one text."""
    from bertui.explanation.attribution import integrated_gradients

    predictor = load(run, workspace)
    answer = predictor.predict(text)
    wanted = answer.label if target is None else target
    if wanted not in predictor.classes:
        raise DataError(
            f"The run has no label '{wanted}'.", expected=f"Labels: {', '.join(predictor.classes)}.",
            remedy="Choose one of these.",
        )  # fmt: skip
    found = integrated_gradients(
        predictor.model, predictor.encoder, text, predictor.classes.index(wanted), temperature=predictor.temperature
    )
    return {
        "text": text,
        "words": [word.text for word in found.words],
        "scores": list(found.scores),
        "spans": [[word.start, word.stop] for word in found.words],
        "target": wanted,
        "probabilities": dict(zip(answer.classes, answer.probabilities, strict=True)),
        "convergence_delta": found.convergence_delta,
        "method": found.method,
    }


def _trained_columns(run: Trained, workspace: str | Path | None) -> tuple[Sequence[str], str | None]:
    """Return the text columns and label column that a run was trained with; empty where no run is known."""
    found = run_of(run, workspace)
    if found is None:
        return (), None
    roles = found.data()[0].roles
    return roles.text, roles.label
