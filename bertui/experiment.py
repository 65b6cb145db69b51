"""The story: Table + Split + Recipe -> events -> a folder with the best model, its predictions and its report.

load      the pre-trained model
tokenise  the texts, once
train     fit() yields events; the best model so far is on disk
evaluate  the best model on validation rows (temperature) and, once, on test rows; baselines beside it
save      predictions, report, model card
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from bertui.data.splitting import Split
from bertui.data.table import Table
from bertui.preparation import build, load
from bertui.recipe import Recipe
from bertui.training.events import AlarmRaised, Evaluated, Event, ModelLoaded, PhaseBegan, TrainingEnded

if TYPE_CHECKING:
    from bertui.modeling.backbone import Backbone
    from bertui.prediction import Predictor
    from bertui.training.loop import Training

MODEL, CHECKPOINT, PREDICTIONS, REPORT = "model", "checkpoint", "predictions", "report.json"


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is to be trained, on what, and the folder that receives it."""

    table: Table
    split: Split
    recipe: Recipe
    folder: Path

    def run(self, should_stop: Callable[[], bool] = lambda: False) -> Iterator[Event]:
        """Train, evaluate and save; a stopped run keeps its best model and is evaluated all the same.

        Goes on from the folder's checkpoint when there is one. Closing the generator abandons the run.

        Raises:
            UserError: Anything the person can mend, such as a missing model or memory run out.
        """
        from bertui.training import checkpoint

        began = time.monotonic()
        backbone = yield from load(self.recipe)
        yield ModelLoaded(backbone.source.name, backbone.source.revision)
        training = yield from build(self.table, self.split, self.recipe, backbone)
        if checkpoint.exists(self.folder / CHECKPOINT):
            try:
                checkpoint.load(training, self.folder / CHECKPOINT)
            except checkpoint.BrokenCheckpoint:
                yield AlarmRaised(
                    "checkpoint", "The saved state was broken, so training begins anew. Only time is lost."
                )
        yield PhaseBegan("train", training.progress.step / training.steps)
        yield from self._train(training, backbone, should_stop)
        yield PhaseBegan("evaluate", 0.0, "best model on validation and test rows")
        yield from self._evaluate(training, time.monotonic() - began)

    def _train(self, training: Training, backbone: Backbone, should_stop: Callable[[], bool]) -> Iterator[Event]:
        """Pass on fit()'s events; write the best model and the checkpoints as they come."""
        from bertui.training import checkpoint
        from bertui.training.events import CheckpointDue
        from bertui.training.loop import fit

        stopped = False
        for event in fit(training):
            if isinstance(event, Evaluated) and event.best:
                self._save_model(training, backbone)
            if isinstance(event, CheckpointDue):
                checkpoint.save(training, self.folder / CHECKPOINT)
            yield event
            if should_stop() and not isinstance(event, TrainingEnded):
                stopped = True
                break
        if stopped:
            yield TrainingEnded(training.progress.step, "stopped")
        if stopped and training.progress.step > training.progress.best_step and len(training.validation):
            # The steps since the last check may be the better ones.
            if (check := training.check()).best:
                self._save_model(training, backbone)
            yield check
        if not (self.folder / MODEL).exists() or not len(training.validation):
            self._save_model(training, backbone)

    def _save_model(self, training: Training, backbone: Backbone) -> None:
        from bertui.modeling.saving import save_model

        facts = {
            "task": training.task.kind,
            "classes": list(training.task.classes),
            "encoding": self.recipe.encoding.model_dump(mode="json"),
            "token_limit": backbone.max_length,
            "base_model": backbone.source.name,
            "base_revision": backbone.source.revision,
            "step": training.progress.step,
            "temperature": 1.0,
        }
        save_model(training.model, backbone.tokenizer, facts, self.folder / MODEL)

    def _evaluate(self, training: Training, seconds: float) -> Iterator[Event]:
        """Fit the temperature on validation rows, score test rows once, write predictions and report."""
        from bertui.evaluation.calibration import fit_temperature
        from bertui.modeling.saving import update_facts
        from bertui.prediction import Predictor

        predictor = Predictor(self.folder / MODEL)
        predictor.model.to(training.device)
        speed = training.examples_seen / training.seconds if training.seconds else None
        report: dict[str, Any] = {
            "seconds": seconds, "train_examples_per_second": speed, "classes": list(self.table.classes), "parts": {},
        }  # fmt: skip
        logits: dict[str, np.ndarray] = {}
        for name in ("validation", "test"):
            rows = self.split.parts()[name]
            if len(rows):
                logits[name] = self._logits(predictor, rows, training.precision)
        if "validation" in logits:
            targets = self.table.targets(self.split.validation)
            predictor.temperature = fit_temperature(logits["validation"], targets)
            update_facts(self.folder / MODEL, temperature=predictor.temperature)
        report["temperature"] = predictor.temperature
        for done, name in enumerate(logits):
            yield PhaseBegan("evaluate", (done + 1) / 3, f"scores and baselines on {name} rows")
            report["parts"][name] = self._report(name, logits[name], predictor.temperature)
        yield PhaseBegan("save", 0.0)
        _write_json(self.folder / REPORT, report)
        yield PhaseBegan("save", 1.0)

    def _logits(self, predictor: Predictor, rows: np.ndarray, precision: str) -> np.ndarray:
        from bertui.prediction import logits_of

        encoded = predictor.encoder.encode_all(self.table.texts.loc[rows].tolist())
        return logits_of(predictor.model, encoded, predictor.tokenizer.pad_token_id, precision)

    def _report(self, name: str, logits: np.ndarray, temperature: float) -> dict[str, Any]:
        """Score one part, write its predictions, and set the baselines beside it."""
        from bertui.evaluation.baselines import majority, tfidf_logistic
        from bertui.evaluation.calibration import expected_calibration_error, softmax
        from bertui.evaluation.scores import score

        rows = self.split.parts()[name]
        targets, classes = self.table.targets(rows), self.table.classes
        probabilities = softmax(logits, temperature)
        write_predictions(self.folder, name, rows, targets, logits)
        train = self.table.targets(self.split.train)
        baselines = [majority(train, targets, classes)]
        texts = self.table.texts
        baselines.append(
            tfidf_logistic(texts.loc[self.split.train].tolist(), train, texts.loc[rows].tolist(), targets, classes)
        )
        return {
            "scores": score(targets, logits.argmax(1), classes).to_json(),
            "baselines": [found.to_json() for found in baselines],
            "calibration_error": expected_calibration_error(probabilities, targets),
            "calibration_error_before": expected_calibration_error(softmax(logits), targets),
        }


def write_predictions(folder: Path, name: str, rows: np.ndarray, targets: np.ndarray, logits: np.ndarray) -> None:
    """Write row ids, targets and logits of one part as Parquet."""
    (folder / PREDICTIONS).mkdir(exist_ok=True)
    columns = {f"logit_{number}": logits[:, number] for number in range(logits.shape[1])}
    frame = pd.DataFrame({"row": rows, "target": targets, **columns})
    frame.to_parquet(folder / PREDICTIONS / f"{name}.parquet", index=False)


def _write_json(path: Path, value: Any) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
    fresh.replace(path)
