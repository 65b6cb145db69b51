"""The sides of training.py: each trains on the same rows and returns examples per second and the test accuracy.

``bertui`` and the two Trainers need bertui and accelerate; ``simpletransformers`` needs nothing of bertui, and is run
by the Python of an environment of its own.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from typing import Any

Found = dict[str, float]
RATE = 1e-4


def bertui_side(train: str, test: str, given: argparse.Namespace) -> Found:
    """Train by the library; the training alone is timed, as the Trainer's own figure is."""
    import bertui

    changes = {
        "training.epochs": given.epochs,
        "training.max_steps": given.steps,
        "training.seed": given.seed,
        "training.batch_size": given.batch,
        "training.precision": given.precision,
        "encoding.max_length": given.length,
        "encoding.truncation": "head",
        "optimizer.learning_rate": RATE,
        "split.validation": 0.0,
    }
    with tempfile.TemporaryDirectory() as folder:
        run = bertui.train(train, text="text", label="label", test=test, set=changes, workspace=folder)
        report = run.report()
    return {
        "rate": report["train_examples_per_second"],
        "accuracy": report["parts"]["test"]["metrics"]["accuracy"]["value"],
    }


def tuned(train: str, test: str, given: argparse.Namespace) -> Found:
    """The Trainer with dynamic padding, bf16 where the processor has it, batches grouped by length, fused AdamW."""
    import torch  # noqa: F401  (before bertui, whose settings of OpenMP are not the Trainer's)

    from bertui.modeling.precision import pick_precision

    return _trainer(
        train, test, given, padding=False, bf16=pick_precision(given.precision, "cpu") == "bf16",
        train_sampling_strategy="group_by_length", optim="adamw_torch_fused",
    )  # fmt: skip


def defaults(train: str, test: str, given: argparse.Namespace) -> Found:
    """The Trainer as transformers' example script for classification sets it: 32-bit, all padded to one length."""
    return _trainer(train, test, given, padding="max_length")


def _trainer(train: str, test: str, given: argparse.Namespace, *, padding: Any, **options: Any) -> Found:
    import numpy as np
    import pandas as pd
    import transformers

    transformers.set_seed(given.seed)
    frames = [pd.read_csv(path, dtype=str) for path in (train, test)]
    names = sorted(pd.concat(frames).label.unique())
    tokenizer = transformers.AutoTokenizer.from_pretrained(given.model)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(given.model, num_labels=len(names))

    def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
        texts = frame.text.tolist()
        read = tokenizer(texts, truncation=True, max_length=given.length, padding=padding)
        ids, masks = read["input_ids"], read["attention_mask"]
        return [
            {"input_ids": text, "attention_mask": mask, "labels": names.index(label)}
            for text, mask, label in zip(ids, masks, frame.label, strict=True)
        ]

    with tempfile.TemporaryDirectory() as output:
        arguments = transformers.TrainingArguments(
            output, num_train_epochs=given.epochs, max_steps=given.steps or -1,
            per_device_train_batch_size=given.batch, per_device_eval_batch_size=64, learning_rate=RATE,
            warmup_steps=0.1, weight_decay=0.01, use_cpu=True, seed=given.seed, save_strategy="no", report_to=[],
            logging_steps=500, **options,
        )  # fmt: skip
        trainer = transformers.Trainer(
            model, arguments, train_dataset=rows(frames[0]), eval_dataset=rows(frames[1]),
            data_collator=transformers.DataCollatorWithPadding(tokenizer),
            compute_metrics=lambda p: {"accuracy": float((np.argmax(p.predictions, 1) == p.label_ids).mean())},
        )  # fmt: skip
        began = time.monotonic()
        trainer.train()
        seconds = time.monotonic() - began
        accuracy = trainer.evaluate()["eval_accuracy"]
    return {"rate": trainer.state.global_step * given.batch / seconds, "accuracy": accuracy}


def simpletransformers_side(train: str, test: str, given: argparse.Namespace) -> Found:
    """Its own defaults but for what both sides are told; its time holds the tokenising of the rows."""
    import pandas as pd
    from simpletransformers.classification import ClassificationModel

    frames = [pd.read_csv(path, dtype=str) for path in (train, test)]
    names = sorted(pd.concat(frames).label.unique())
    rows = [pd.DataFrame({"text": frame.text, "labels": [names.index(one) for one in frame.label]}) for frame in frames]
    with tempfile.TemporaryDirectory() as output:
        told = {
            "num_train_epochs": given.epochs, "train_batch_size": given.batch, "learning_rate": RATE,
            "manual_seed": given.seed, "output_dir": output, "cache_dir": output, "no_save": True,
            "overwrite_output_dir": True, "use_multiprocessing": False, "use_multiprocessing_for_evaluation": False,
            "max_seq_length": given.length,
        }  # fmt: skip
        model = ClassificationModel("bert", given.model, num_labels=len(names), args=told, use_cuda=False)
        began = time.monotonic()
        steps, _ = model.train_model(rows[0])
        seconds = time.monotonic() - began
        found, _ = model.predict(rows[1].text.tolist())
    return {"rate": steps * given.batch / seconds, "accuracy": float((rows[1].labels == found).mean())}


SIDES: dict[str, Callable[[str, str, argparse.Namespace], Found]] = {
    "bertui": bertui_side, "tuned": tuned, "defaults": defaults, "simpletransformers": simpletransformers_side,
}  # fmt: skip
