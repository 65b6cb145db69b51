"""Fine-tuning side by side with Hugging Face's Trainer: same rows, model, epochs, batch and rate, A B A B.

The Trainer is tuned: dynamic padding, bf16 where the processor has it, batches grouped by length, fused AdamW.
Each side runs in a process of its own, reads the test rows once at the end, and trains without checks in between.

    python benchmarks/training.py TRAIN.csv TEST.csv [--epochs 3] [--repeats 2] [--steps N] [--rows N]
        [--length 256] [--batch 32]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SIDES = ("bertui", "trainer")


def bertui_side(train: str, test: str, given: argparse.Namespace) -> dict[str, float]:
    """Train by the library; the training alone is timed, as the Trainer's own figure is."""
    import bertui

    changes = {
        "training.epochs": given.epochs,
        "training.max_steps": given.steps,
        "training.seed": given.seed,
        "training.batch_size": given.batch,
        "encoding.max_length": given.length,
        "encoding.truncation": "head",
        "optimizer.learning_rate": 1e-4,
        "split.validation": 0.0,
    }
    with tempfile.TemporaryDirectory() as folder:
        run = bertui.train(train, text="text", label="label", test=test, set=changes, workspace=folder)
        report = run.report()
    return {
        "rate": report["train_examples_per_second"],
        "accuracy": report["parts"]["test"]["metrics"]["accuracy"]["value"],
    }


def trainer_side(train: str, test: str, given: argparse.Namespace) -> dict[str, float]:
    import numpy as np
    import pandas as pd
    import transformers

    from bertui.modeling.precision import pick_precision
    from bertui.modeling.sources import locate
    from bertui.recipe import Recipe

    transformers.set_seed(given.seed)
    folder = locate(Recipe().model).folder
    frames = [pd.read_csv(path) for path in (train, test)]
    names = sorted(frames[0].label.astype(str).unique())
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, num_labels=len(names))

    def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
        ids = tokenizer(frame.text.astype(str).tolist(), truncation=True, max_length=given.length)["input_ids"]
        return [
            {"input_ids": text, "labels": names.index(str(label))} for text, label in zip(ids, frame.label, strict=True)
        ]

    with tempfile.TemporaryDirectory() as output:
        arguments = transformers.TrainingArguments(
            output, num_train_epochs=given.epochs, max_steps=given.steps or -1,
            per_device_train_batch_size=given.batch,
            per_device_eval_batch_size=64, learning_rate=1e-4, warmup_steps=0.1, weight_decay=0.01,
            bf16=pick_precision("auto", "cpu") == "bf16", use_cpu=True, seed=given.seed, save_strategy="no",
            train_sampling_strategy="group_by_length", optim="adamw_torch_fused", report_to=[], logging_steps=500,
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


def files_of(given: argparse.Namespace, folder: Path) -> list[str]:
    """Return the training and the test file, of at most so many rows."""
    import pandas as pd

    found = []
    for name in ("train", "test"):
        frame = pd.read_csv(getattr(given, name))
        if given.rows is not None:
            frame = frame.sample(min(given.rows, len(frame)), random_state=13)
        found.append(str(folder / f"{name}.csv"))
        frame.to_csv(found[-1], index=False)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--rows", type=int, help="of the training and of the test file at most")
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--side", choices=SIDES)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if given.side:
        side = bertui_side if given.side == "bertui" else trainer_side
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(side(*files_of(given, Path(folder)), given)))
        return
    found: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
    for seed in range(given.repeats):
        for side in SIDES:
            command = [sys.executable, str(Path(__file__)), *sys.argv[1:], "--side", side, "--seed", str(seed)]
            out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
            found[side].append(json.loads(out.strip().splitlines()[-1]))
            print(side, seed, found[side][-1], file=sys.stderr)
    ratios = [a["rate"] / b["rate"] for a, b in zip(found["bertui"], found["trainer"], strict=True)]
    print(f"examples/s, bertui over Trainer: {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    for side in SIDES:
        print(side, "test accuracy", [round(one["accuracy"], 4) for one in found[side]])


if __name__ == "__main__":
    main()
