"""How good a run is on another file, and what would flatter it there: rows that it was trained on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bertui.data.cells.number_cells import Decimal
from bertui.data.checking.comparing import stand_in
from bertui.data.phrases import count
from bertui.data.reading.reading import ReadingOptions
from bertui.data.table import Table
from bertui.errors import DataError
from bertui.runs.answers import as_trained, trained_layout, trained_roles
from bertui.runs.files import Tell
from bertui.runs.run import Run
from bertui.runs.verbs import Trained, load, read_table_of, run_of, tell_all, tell_of_reading
from bertui.tasks.parts import aligned
from bertui.tasks.results import BaselineScores, Judged, Prediction
from bertui.tasks.task import Task
from bertui.tasks.verdicts import verdict, with_comparisons


@dataclass(frozen=True)
class Evaluation:
    """A run's scores on the rows of a file.

    Attributes:
        run: None for an exported folder or a loaded model, which know nothing of their training rows.
        rows: Of the file; those without text or true answer are not judged.
        judged: Of all rows that have both.
        rows_in_training: How many of these stand in the training rows; None where those are not known.
        fresh: Of the rows that do not; None where there are none.
        baselines: Baselines on the ``fresh`` rows: trained on the run's rows, they too would know the others.
        seconds: What it took.
    """

    run: Run | None
    task: Task
    rows: int
    judged: Judged
    rows_in_training: int | None
    fresh: Judged | None
    baselines: tuple[BaselineScores, ...]
    seconds: float

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was left out, and on what makes the scores better than they are."""
        return tuple(filter(None, (self._left_out(), self._seen())))

    def to_json(self) -> dict[str, Any]:
        """Return plain values; see ``evaluate``."""
        speed = None if self.run is None else (self.run.report() or {}).get("train_examples_per_second")
        fresh = self.fresh if self.rows_in_training else None
        baselines = {one.name: _values(one) for one in self.baselines}
        return {
            "run": None if self.run is None else self.run.id,
            "status": "finished" if self.run is None else self.run.state,
            "task": self.task.kind,
            "metrics": {**_values(self.judged), "n": self.judged.n},
            "baselines": {} if self.rows_in_training else baselines,
            "seconds": self.seconds,
            "train_examples_per_second": speed,
            "scores": {name: value.to_json() for name, value in self.judged.metrics.items()},
            "rows": self.rows,
            "rows_in_training": self.rows_in_training,
            "other_rows": fresh and {"metrics": {**_values(fresh), "n": fresh.n}, "baselines": baselines},
            "verdict": verdict(type(self.task), self.baselines),
            "notes": list(self.notes),
        }

    def _left_out(self) -> str:
        if self.rows == self.judged.n:
            return ""
        return f"{count(self.rows - self.judged.n, 'row', 'rows')} without text or true answer left out."

    def _seen(self) -> str:
        if not self.rows_in_training:
            return ""
        number, trained = self.rows_in_training, "in the rows that the run was trained on"
        if self.fresh is None:
            them = f"All {number:,} rows stand" if number > 1 else "The row stands"
            return (
                f"{them} {trained}, so the scores say nothing of new texts. No baseline is set beside them: it would "
                "be trained on the same rows."
            )
        return (
            f"{number:,} of {self.judged.n:,} rows {'stands' if number == 1 else 'stand'} {trained}, so the scores "
            f"look better than they are. Baselines are compared on the other {self.fresh.n:,} alone."
        )


def evaluate(run: Trained, file: str | Path, **options: Any) -> dict[str, Any]:
    """Score a run on the rows of another file with their true answers, beside baselines trained on the run's.

    Args:
        options: As ``evaluation_of`` takes them.

    Returns:
        "run", "status", "task", "metrics" (the task's measures and n), "baselines", "seconds",
        "train_examples_per_second", "scores" with every interval, "rows" of the file, "rows_in_training",
        "verdict" and "notes". An exported folder has no rows, so no baselines. Where some rows stand in the training
        rows, "baselines" is empty, and "other_rows" has metrics and baselines of those that do not.
    """
    return evaluation_of(run, file, **options).to_json()


def evaluation_of(
    run: Trained, file: str | Path, *, workspace: str | Path | None = None,
    progress: Callable[[float], None] | None = None, tell: Tell | None = None, decimal: Decimal | None = None,
    reading: ReadingOptions | None = None, **columns: str | Sequence[str] | None,
) -> Evaluation:  # fmt: skip
    """Score a run on the rows of another file.

    Args:
        progress: Called with the share done.
        tell: Called with each sentence on what was mended in reading, left out, or flatters the scores.
        decimal: The mark before the decimals of a score, as in ``prepare``; the run's where the cells leave it open.
        reading: How the file is to be read, as in ``prepare``; as the training file when left out.
        columns: Role -> column or columns; those of the training file when left out.
    """
    began = time.monotonic()
    predictor, like = load(run, workspace), trained_roles(run, workspace)
    task = predictor.task
    named = as_trained(columns, like, (*like.playing("input"), *task.needs) if like else ())
    layout = trained_layout(run, workspace)
    files = {"test": Path(file)}
    table = read_table_of(files, named, task.kind, tell, like=like, layout=layout, reading=reading)
    table, notes = aligned(task, table.with_roles(table.roles.with_decimal(decimal)), "The file")
    tell_all(notes, tell)
    tell_of_reading(task, table, tell)
    rows = table.frame.index[table.usable].to_numpy()
    gold = task.gold(table, rows)  # before the texts are read: what cannot be judged is refused at once
    answers = list(predictor.predict_all(table.inputs(rows), progress=progress))
    answered = _AnsweredRows(table, rows, gold, answers).readable()
    judged, trained = answered.judged(task), run_of(run, workspace)
    evaluation = Evaluation(trained, task, len(table.frame), judged, None, judged, (), 0.0)
    if trained is not None:
        evaluation = _beside_training(trained, answered, evaluation)
    tell_all(evaluation.notes, tell)
    return replace(evaluation, seconds=time.monotonic() - began)


@dataclass(frozen=True)
class _AnsweredRows:
    """Rows of a table with their true and predicted answers."""

    table: Table
    rows: np.ndarray
    gold: Sequence[Any]
    answers: Sequence[Prediction | None]

    def readable(self) -> _AnsweredRows:
        """Return the rows that have an answer.

        Raises:
            DataError: There are none.
        """
        with_answer = self.where([answer is not None for answer in self.answers])
        if not len(with_answer.rows):
            raise DataError(
                f"No row of the file has {self.table.roles.needed()} filled in.", expected="At least one such row.",
                remedy="Check which columns are chosen, or fill in the empty cells.",
            )  # fmt: skip
        return with_answer

    def where(self, chosen: Sequence[bool] | np.ndarray) -> _AnsweredRows:
        """Return some of the rows."""
        places = np.flatnonzero(chosen).tolist()
        return _AnsweredRows(
            self.table, self.rows[places], [self.gold[at] for at in places], [self.answers[at] for at in places]
        )

    def judged(self, task: Task) -> Judged:
        return task.judge(self.gold, self.answers, self.rows)


def _beside_training(run: Run, answered: _AnsweredRows, evaluation: Evaluation) -> Evaluation:
    """Part the rows into those that the run was trained on and others, and set baselines beside the others."""
    training_table, split = run.data()
    seen = stand_in(answered.table.texts.loc[answered.rows], training_table.texts.loc[split.train])
    if seen.all():
        return replace(evaluation, rows_in_training=len(seen), fresh=None)
    others, task = answered.where(~seen), evaluation.task
    fresh = others.judged(task) if seen.any() else evaluation.judged
    baselines = task.baselines(
        training_table.inputs(split.train),
        task.gold(training_table, split.train),
        answered.table.inputs(others.rows),
        others.gold,
    )
    compared = with_comparisons(type(task), fresh, baselines)
    return replace(evaluation, rows_in_training=int(seen.sum()), fresh=fresh, baselines=tuple(compared))


def _values(scored: Judged | BaselineScores) -> dict[str, float]:
    return {name: value.value for name, value in scored.metrics.items()}
