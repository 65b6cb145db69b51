"""``bertui.suspicious``: the rows of a run whose label looks wrong to what has not been trained on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.atomic import write_json
from bertui.data.phrases import count, listed
from bertui.data.table import SPLIT_NAMES, Table
from bertui.encoding.unread import nothing_to_read
from bertui.errors import DataError, DiskError
from bertui.evaluation.intervals import Interval
from bertui.evaluation.suspicious import FOLDS, Suspects, Trial, kept_together, suspects
from bertui.laboratory.sample import Steps
from bertui.prediction.outputs import Progress, vectors_of
from bertui.prediction.predictor import Predictor
from bertui.runs.laboratory import pretrained
from bertui.runs.run import Run
from bertui.runs.verbs import Trained, load, run_with_rows

if TYPE_CHECKING:
    from bertui.data.splitting import Split
    from bertui.modeling.model import TextModel

KEPT = "suspicious.json"
_VERSION = 1
MOST_ROWS = 20_000
_SEED = 0


@dataclass(frozen=True, slots=True)
class Suspicious:
    """One row whose label looks wrong.

    Attributes:
        id: Of the row, in the run's table.
        row: Its number in the file.
        part: "train", "validation" or "test".
        text: All that is read of it.
        given: Its label.
        suggested: The label that is most probable for it.
        given_probability, suggested_probability: By a classifier that has seen neither the row nor its like.
    """

    id: int
    row: int
    part: str
    text: str
    given: str
    suggested: str
    given_probability: float
    suggested_probability: float


@dataclass(frozen=True, slots=True)
class SuspiciousLabels:
    """What was found of a run's labels.

    Attributes:
        rows: How many rows were looked at.
        found: Rows whose label looks wrong, the most suspicious first.
        accuracy: How often the classifier gives the label that stands there.
        majority: Share of the most frequent label.
        trial: What the same calculation finds of labels changed at random.
        notes: Which rows were left out, and what makes the list worth little.
    """

    rows: int
    found: tuple[Suspicious, ...]
    accuracy: Interval
    majority: float
    trial: Trial
    notes: tuple[str, ...] = ()

    def sentences(self) -> tuple[str, ...]:
        """Say how many rows are listed, how good the classifier is, and what the list is worth."""
        trial = self.trial
        return (
            f"{count(len(self.found), 'label looks', 'labels look')} wrong among {self.rows:,} rows. A classifier on "
            f"the pre-trained model gives the label that stands there to {self.accuracy.percent()} of the rows it has "
            f"not seen; the most frequent label has {100 * self.majority:.1f} %.",
            f"A trial on this table: of {count(trial.planted, 'label', 'labels')} changed at random the list found "
            f"{trial.found:,}, and was {trial.listed:,} long; as many rows drawn at random would hold "
            f"{trial.chance:.0f}. What is listed beside wrong labels are rows that are hard to tell.",
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "rows": self.rows, "accuracy": self.accuracy.to_json(), "majority": self.majority,
            "trial": asdict(self.trial), "suspicious": [asdict(one) for one in self.found], "notes": list(self.notes),
        }  # fmt: skip

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> SuspiciousLabels:
        return cls(
            saved["rows"], tuple(Suspicious(**one) for one in saved["suspicious"]),
            Interval.from_json(saved["accuracy"]), saved["majority"], Trial(**saved["trial"]), tuple(saved["notes"]),
        )  # fmt: skip


def suspicious(
    run: Trained, *, workspace: str | Path | None = None, progress: Progress | None = None
) -> dict[str, Any]:  # fmt: skip
    """Return the rows of a run whose label looks wrong, as plain values; see ``suspicious_labels``."""
    return suspicious_labels(run, workspace=workspace, progress=progress).to_json()


def suspicious_labels(
    run: Trained, *, workspace: str | Path | None = None, progress: Progress | None = None,
    predictor: Predictor | None = None,
) -> SuspiciousLabels:  # fmt: skip
    """Return the rows of a run whose label looks wrong, from its folder where they have been looked for.

    Args:
        run: A run, or its id or name.
        progress: Called with the share done; what it raises ends the work, and nothing is kept.
        predictor: The run's model, where it is loaded already.

    Raises:
        ModelError: An exported folder has no rows.
        DataError: The task does not give each row one label, or there are too few rows to tell.
        RunError: The run's rows or its model are gone.
    """
    trained = run_with_rows(run, workspace)
    check_task(trained)
    found = kept(trained)
    if found is None:
        found = _looked_for(trained, predictor or load(trained), progress)
        try:
            write_json(trained.folder / KEPT, {"version": _VERSION, **found.to_json()})
        except DiskError:
            return found  # the list is worth having on a full disk
    return found


def check_task(run: Run) -> None:
    """Refuse a run whose task does not give each row one of some labels.

    Raises:
        DataError: It does not.
    """
    if not run.task.rivals or run.roles.label is None:
        raise DataError(
            f"Suspicious labels are not looked for in this run: its task is “{run.task.title}”.",
            expected="A task that gives each text, or pair of texts, one of several labels.",
            remedy="Read the rows that it gets wrong: they stand under Predictions.",
        )


def kept(run: Run) -> SuspiciousLabels | None:
    """Return what the run's folder has of an earlier search; None where there is nothing, or nothing readable."""
    try:
        saved = json.loads((run.folder / KEPT).read_text("utf-8"))
        return SuspiciousLabels.from_json(saved) if saved["version"] == _VERSION else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _looked_for(run: Run, predictor: Predictor, progress: Progress | None) -> SuspiciousLabels:
    steps = Steps(progress, 2)
    table, split = run.data()
    rows, notes = _rows(table, split, predictor)
    vectors = _vectors(pretrained(run, predictor.model), predictor, table, rows, steps.next())
    labels = table.labels.loc[rows].tolist()
    classes, targets = np.unique(labels, return_inverse=True)
    found = suspects(vectors, targets, _together(table, rows), seed=_SEED, progress=steps.next())
    if found.accuracy.low <= found.majority:
        notes.append(
            "The pre-trained model cannot tell these labels apart: it is no better than always giving the most "
            "frequent one. The list means little."
        )
    return SuspiciousLabels(
        len(rows), tuple(_described(table, split, rows, classes, targets, found)), found.accuracy,
        float(found.majority), found.trial, tuple(notes),
    )  # fmt: skip


def _rows(table: Table, split: Split, predictor: Predictor) -> tuple[np.ndarray, list[str]]:
    """Return the ids of the rows that are looked at, ascending, and why some are not."""
    rows, notes = np.sort(np.concatenate(list(split.parts().values()))), list[str]()
    if len(rows) > MOST_ROWS:
        notes.append(f"{MOST_ROWS:,} of {len(rows):,} rows were looked at, drawn at random.")
        rows = np.sort(np.random.default_rng(_SEED).choice(rows, MOST_ROWS, replace=False))
    rows = rows[~np.asarray(nothing_to_read(predictor.encoder, table.inputs(rows)), dtype=bool)]
    labels, together = table.labels.loc[rows], _together(table, rows)
    apart = {str(label): len(np.unique(together[labels == label])) for label in labels.unique()}
    rare = sorted(label for label, number in apart.items() if number < FOLDS)
    if len(apart) - len(rare) < min(2, len(apart)):
        raise DataError(
            f"The label '{rare[0]}' has {count(apart[rare[0]], 'text', 'texts')} that do not belong together.",
            expected=f"Two labels with at least {FOLDS} each: five times a part is judged by the others.",
            remedy="Add rows of this label and train again, or read its rows one by one.",
        )
    if rare:
        notes.append(f"Left out, since they have fewer than {FOLDS} different texts: the rows labelled {listed(rare)}.")
        rows = rows[~labels.isin(rare).to_numpy()]
    return rows, notes


def _together(table: Table, rows: np.ndarray) -> np.ndarray:
    """Return which rows are in one fold: those of one group, and those with the same text."""
    texts = [" ".join(text.split()).casefold() for text in table.texts.loc[rows]]
    groups = [name if isinstance(name, str) else None for name in table.names("group").loc[rows]]
    return kept_together(texts, groups)


def _vectors(
    before: TextModel, predictor: Predictor, table: Table, rows: np.ndarray, progress: Progress
) -> np.ndarray:  # fmt: skip
    """Return the mean vector of each row at the top of the encoder, ``[rows, hidden]``."""
    from bertui.modeling.features import FeatureChoice
    from bertui.modeling.model import TextModel

    reader = TextModel(before.encoder, FeatureChoice.model_validate({"pooling": "mean"}), 1).eval()
    encoded = predictor.task.encode(predictor.encoder, table.inputs(rows))
    return vectors_of(reader, encoded, int(predictor.tokenizer.pad_token_id), progress=progress)


def _described(
    table: Table, split: Split, rows: np.ndarray, classes: np.ndarray, targets: np.ndarray, found: Suspects
) -> list[Suspicious]:  # fmt: skip
    """Return the rows with what a person wants to know of them."""
    part_of = {int(row): part for part in SPLIT_NAMES for row in getattr(split, part)}
    described = []
    for place in found.places.tolist():
        row, probabilities = int(rows[place]), found.probabilities[place]
        given, suggested = int(targets[place]), int(probabilities.argmax())
        described.append(
            Suspicious(
                row, table.numbers.of(row), part_of[row], str(table.texts[row]), str(classes[given]),
                str(classes[suggested]), float(probabilities[given]), float(probabilities[suggested]),
            )
        )  # fmt: skip
    return described
