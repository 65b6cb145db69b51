"""Fine-tuning side by side with Hugging Face's Trainer: same rows, model, epochs, batch and rate, A B A B.

The Trainer is tuned: dynamic padding, bf16 where the processor has it, batches grouped by length, fused AdamW.
Each side runs in a process of its own, reads the test rows once at the end, and trains without checks in between.

    python benchmarks/training.py TRAIN.csv TEST.csv [--epochs 3] [--repeats 2] [--steps N]
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


def bertui_side(train: str, test: str, epochs: int, steps: int | None, seed: int) -> dict[str, float]:
    """Train by the library; the training alone is timed, as the Trainer's own figure is."""
    import bertui

    changes = {
        "training.epochs": epochs,
        "training.max_steps": steps,
        "training.seed": seed,
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


def trainer_side(train: str, test: str, epochs: int, steps: int | None, seed: int) -> dict[str, float]:
    import numpy as np
    import pandas as pd
    import transformers

    from bertui.modeling.precision import pick_precision
    from bertui.modeling.sources import locate
    from bertui.recipe import Recipe

    transformers.set_seed(seed)
    folder = locate(Recipe().model).folder
    frames = [pd.read_csv(path) for path in (train, test)]
    names = sorted(frames[0].label.astype(str).unique())
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, num_labels=len(names))

    def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
        ids = tokenizer(frame.text.astype(str).tolist(), truncation=True, max_length=256)["input_ids"]
        return [
            {"input_ids": text, "labels": names.index(str(label))} for text, label in zip(ids, frame.label, strict=True)
        ]

    with tempfile.TemporaryDirectory() as output:
        arguments = transformers.TrainingArguments(
            output, num_train_epochs=epochs, max_steps=steps or -1, per_device_train_batch_size=32,
            per_device_eval_batch_size=64, learning_rate=1e-4, warmup_steps=0.1, weight_decay=0.01,
            bf16=pick_precision("auto", "cpu") == "bf16", use_cpu=True, seed=seed, save_strategy="no",
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
    return {"rate": trainer.state.global_step * 32 / seconds, "accuracy": accuracy}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--steps", type=int)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--side", choices=SIDES)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    if given.side:
        side = bertui_side if given.side == "bertui" else trainer_side
        print(json.dumps(side(given.train, given.test, given.epochs, given.steps, given.seed)))
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
