"""The story: Table + Split + Recipe -> events -> a folder with the best model, its predictions and its report.

load      the pre-trained model
tokenise  the texts, once
train     fit() yields events; the best model so far is on disk
evaluate  the best model on validation rows (temperature, thresholds) and, once, on test rows; baselines beside it
save      predictions, report, model card
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bertui.atomic import recover, together, whole_folder, write_json
from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.experiment.preparation import build, load, task_of
from bertui.recipe import Recipe
from bertui.training.events import AlarmRaised, Evaluated, Event, ModelLoaded, PhaseBegan, TrainingBegan, TrainingEnded
from bertui.training.threads import OtherPrograms, computing_with

if TYPE_CHECKING:
    from bertui.encoding.encoded import Encoded
    from bertui.experiment.pins import Pins
    from bertui.modeling.backbone import Backbone
    from bertui.prediction.predictor import Predictor
    from bertui.tasks.examples import Examples
    from bertui.tasks.results import BaselineScores, Input, Judged, Prediction
    from bertui.tasks.task import Task
    from bertui.training.state import Training

MODEL, CHECKPOINT, PREDICTIONS, REPORT = "model", "checkpoint", "predictions", "report.json"


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is to be trained, on what, the folder that receives it, and sentences to be asked at every check."""

    table: Table
    split: Split
    recipe: Recipe
    folder: Path
    pins: tuple[Input, ...] = ()

    def run(self, should_stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
        """Train, evaluate and save; a stopped run keeps its best model and is evaluated all the same.

        Goes on from the folder's checkpoint when there is one. Closing the generator abandons the run.

        Raises:
            UserError: Anything the person can mend, such as a missing model or memory run out.
        """
        from bertui.training import checkpoint

        began = time.monotonic()
        recover(self.folder)
        with OtherPrograms() as others:
            backbone = yield from load(self.recipe)
            recipe = self.recipe.resolved(size=backbone.size)
            yield ModelLoaded(backbone.source.name, backbone.source.revision, recipe.optimizer.learning_rate)
            task = task_of(self.table, self.split, recipe)
            pins = self._pins(task, backbone)
            training = yield from build(self.table, self.split, recipe, backbone, task)
        try:
            checkpoint.resume(training, self.folder / CHECKPOINT, self.folder / MODEL)
        except checkpoint.BrokenCheckpoint:
            yield AlarmRaised("checkpoint", "The saved state was broken, so training begins anew. Only time is lost.")
        training.choose_threads(others.cores)
        with computing_with(training.progress.threads):
            yield PhaseBegan("train", training.progress.step / training.steps)
            yield from with_pins(self._train(training, task, backbone, should_stop), training, pins)
            yield PhaseBegan("evaluate", 0.0, "best model on validation and test rows")
            yield from self._evaluate(training, time.monotonic() - began)

    def _train(
        self, training: Training, task: Task, backbone: Backbone, should_stop: Callable[[], bool]
    ) -> Generator[Event]:
        """Pass on fit()'s events; write the best model and the checkpoints as they come."""
        from bertui.training import checkpoint
        from bertui.training.events import CheckpointDue
        from bertui.training.loop import fit

        stopped = False
        for event in fit(training):
            if isinstance(event, Evaluated) and event.best:
                self._save_model(training, task, backbone)
            if isinstance(event, CheckpointDue):
                checkpoint.save(training, self.folder / CHECKPOINT, self.folder / MODEL)
            yield event
            if should_stop() and not isinstance(event, TrainingEnded):
                stopped = True
                break
        if stopped:
            yield TrainingEnded(training.progress.step, "stopped")
        if stopped and training.progress.step > training.progress.best_step and training.objective.has_checks:
            # The steps since the last check may be the better ones.
            if (check := training.check()).best:
                self._save_model(training, task, backbone)
            yield check
        if not (self.folder / MODEL).exists() or not training.objective.has_checks:
            self._save_model(training, task, backbone)

    def _pins(self, task: Task, backbone: Backbone) -> Pins | None:
        from bertui.encoding.encode import TextEncoder
        from bertui.experiment.pins import Pins

        encoder = TextEncoder(backbone.tokenizer, self.recipe.encoding, backbone.max_length)
        return Pins(tuple(map(task.read, self.pins)), task, encoder) if self.pins else None

    def _save_model(self, training: Training, task: Task, backbone: Backbone) -> None:
        from bertui.modeling.saving import save_model
        from bertui.modeling.size import BASE_SIZE

        facts = {
            "task": task.model_dump(mode="json"),
            "encoding": self.recipe.encoding.model_dump(mode="json"),
            "token_limit": backbone.max_length,
            "base_model": backbone.source.name,
            "base_revision": backbone.source.revision,
            BASE_SIZE: backbone.size.to_json(),
            "step": training.progress.step,
        }
        with training.weights_to_keep(), whole_folder(self.folder / MODEL) as fresh:
            save_model(training.model, backbone.tokenizer, facts, fresh)

    def _evaluate(self, training: Training, seconds: float) -> Iterator[Event]:
        """Fit the task on validation rows, judge test rows once, write predictions and report."""
        from bertui.modeling.saving import update_facts
        from bertui.prediction.predictor import Predictor

        predictor = Predictor(self.folder / MODEL)
        predictor.model.to(training.device)
        read = {name: self._read(predictor, rows, training.precision) for name, rows in self._held_out().items()}
        if "validation" in read:
            encoded, outputs = read["validation"]
            fitted = predictor.task.fitted(outputs, self._examples(predictor.task, "validation", encoded))
            update_facts(self.folder / MODEL, task=fitted.model_dump(mode="json"))
            predictor.task = fitted
        speed = training.examples_seen / training.seconds if training.seconds else None
        parts: dict[str, Any] = {}
        report = {"task": predictor.task.kind, "seconds": seconds, "train_examples_per_second": speed, "parts": parts}
        with together(self.folder, "results") as fresh:
            for done, (name, encoded_and_outputs) in enumerate(read.items()):
                yield PhaseBegan("evaluate", (done + 1) / 3, f"scores and baselines on {name} rows")
                parts[name] = self._judge(name, predictor.task, *encoded_and_outputs, fresh)
            yield PhaseBegan("save", 0.0)
            write_json(fresh / REPORT, report)
        yield PhaseBegan("save", 1.0)

    def _held_out(self) -> dict[str, np.ndarray]:
        parts = self.split.parts()
        return {name: parts[name] for name in ("validation", "test") if len(parts[name])}

    def _examples(self, task: Task, name: str, encoded: Encoded) -> Examples:
        rows = self.split.parts()[name]
        return task.examples(encoded, self.table.inputs(rows), task.gold(self.table, rows))

    def _read(self, predictor: Predictor, rows: np.ndarray, precision: str) -> tuple[Encoded, np.ndarray]:
        return predictor.read(self.table.inputs(rows), precision=precision)

    def _judge(self, name: str, task: Task, encoded: Encoded, outputs: np.ndarray, folder: Path) -> dict[str, Any]:
        """Judge the answers on one part, write them to a folder, and set baselines beside them."""
        from bertui.tasks.verdicts import with_comparisons

        rows, train = self.split.parts()[name], self.split.train
        inputs, gold = self.table.inputs(rows), task.gold(self.table, rows)
        answers = task.answer(inputs, encoded, outputs)
        judged = task.judge(gold, answers, rows)
        baselines = task.baselines(self.table.inputs(train), task.gold(self.table, train), inputs, gold)
        baselines = with_comparisons(type(task), judged, baselines)
        write_predictions(folder, name, rows, answers, judged)
        write_baselines(folder, name, rows, baselines)
        return {
            "n": judged.n,
            "metrics": {measure: value.to_json() for measure, value in judged.metrics.items()},
            "views": [view.to_json() for view in judged.views],
            "baselines": [one.to_json() for one in baselines],
        }


def with_pins(events: Generator[Event], training: Training, pins: Pins | None) -> Iterator[Event]:
    """Pass events on; before the first step and after every check the pinned sentences are asked."""
    with closing(events):
        for event in events:
            yield event
            begins = isinstance(event, TrainingBegan) and event.resumed_at == 0
            if pins is not None and (begins or isinstance(event, Evaluated)):
                yield pins.ask(training)


def write_predictions(folder: Path, name: str, rows: np.ndarray, answers: Sequence[Prediction], judged: Judged) -> None:
    """Write row ids, true answers, predictions, their credit and contributions for one part as Parquet."""
    (folder / PREDICTIONS).mkdir(exist_ok=True)
    columns = pd.DataFrame([answer.columns() for answer in answers])
    worth = {"credit": judged.credit, "contribution": judged.contributions}
    frame = pd.DataFrame({"row": rows, "expected": list(judged.expected), **worth})
    pd.concat([frame, columns], axis=1).to_parquet(folder / PREDICTIONS / f"{name}.parquet", index=False)


def write_baselines(folder: Path, name: str, rows: np.ndarray, baselines: Sequence[BaselineScores]) -> None:
    """Write what baselines answered on the same rows as Parquet: method, row, prediction, contribution."""
    frames = [
        pd.DataFrame({"method": one.name, "row": rows, "prediction": one.answers, "contribution": one.contributions})
        for one in baselines
    ]
    if frames:
        pd.concat(frames, ignore_index=True).to_parquet(folder / PREDICTIONS / f"{name}-baselines.parquet", index=False)
