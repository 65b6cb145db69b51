"""Our score beside that of transformers' own model class for each task, trained by its Trainer: same model, same
rows, same epochs, batch and rate, several seeds, both judged on the same test rows.

Neither side looks at validation rows: both keep the last model. The Trainer gets bf16 where the processor has it,
dynamic padding and fused AdamW, as we do. Needs `pip install accelerate` beside bertui.

    python benchmarks/parity.py DATA [--sets mrpc stsb ...] [--seeds 0 1 2] [--sides ours theirs] [--epochs 3]
        [--rows N] [--test-rows N] [--attention-dropout P] [--out FILE]

DATA is a folder with one folder for each set, each with train.csv and test.csv (or dev.csv), .gz or not.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd
from parity_reference import RATE, Comparison, theirs

SETS = {
    "mrpc": Comparison("single-label", "accuracy"),
    "sick_nli": Comparison("single-label", "accuracy"),
    "cola": Comparison("single-label", "mcc"),
    "trec6": Comparison("single-label", "accuracy"),
    "sst2": Comparison("single-label", "accuracy"),
    "ag_news": Comparison("single-label", "accuracy"),
    "banking77": Comparison("single-label", "accuracy"),
    "dbpedia14": Comparison("single-label", "accuracy"),
    "sms_spam": Comparison("single-label", "accuracy"),
    "chnsenticorp_zh": Comparison("single-label", "accuracy"),
    "stsb": Comparison("score", "spearman"),
    "conll2003_ner": Comparison("tagging", "f1"),
    "ud_ewt_pos": Comparison("tagging", "accuracy"),
    "squad_v1": Comparison("question-answering", "f1", 384, 16),
    "letters": Comparison("several-labels", "f1_micro"),
    "endings": Comparison("multiple-choice", "accuracy", 128, 16),
}


def files_of(data: Path, name: str, folder: Path, rows: int | None, test_rows: int | None) -> tuple[Path, Path]:
    """Return the training and the test file of a set as plain CSV, at most so many rows of each."""
    found = []
    for part, most in ((("train",), rows), (("test", "dev"), test_rows)):
        path = next(path for stem in part for path in sorted((data / name).glob(f"{stem}.csv*")))
        frame = pd.read_csv(path, keep_default_na=False, dtype=str)
        if most is not None:
            frame = frame.sample(min(most, len(frame)), random_state=13)
        frame.to_csv(folder / f"{part[0]}.csv", index=False)
        found.append(folder / f"{part[0]}.csv")
    return found[0], found[1]


def ours(train: Path, test: Path, told: Comparison) -> float:
    import bertui

    changes = {
        "training.epochs": told.epochs, "training.seed": told.seed, "training.batch_size": told.batch,
        "optimizer.learning_rate": RATE, "split.validation": 0.0, "encoding.max_length": told.length,
        "encoding.truncation": "head", "regularization.attention_dropout": told.attention_dropout,
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        run = bertui.train(train, task=told.task, test=test, set=changes, workspace=folder)
        return float(run.report()["parts"]["test"]["metrics"][told.measure]["value"])


def alone(name: str, side: str, seed: int, given: argparse.Namespace) -> float:
    """Train and judge one side with one seed, in this process."""
    told = replace(SETS[name], epochs=given.epochs, seed=seed, attention_dropout=given.attention_dropout)
    with tempfile.TemporaryDirectory() as folder:
        train, test = files_of(given.data, name, Path(folder), given.rows, given.test_rows)
        return (ours if side == "ours" else theirs)(train, test, told)


def apart(name: str, side: str, seed: int, given: argparse.Namespace) -> float:
    """Do the same in a process of its own, and note it in ``given.out``."""
    words = [
        sys.executable,
        __file__,
        str(given.data),
        "--sets",
        name,
        "--sides",
        side,
        "--seeds",
        str(seed),
        "--alone",
    ]
    for choice in ("epochs", "rows", "test_rows", "attention_dropout"):
        if (value := getattr(given, choice)) is not None:
            words += [f"--{choice.replace('_', '-')}", str(value)]
    began = time.monotonic()
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True)
    value = float(done.stdout.strip().splitlines()[-1])
    line = {"set": name, "side": side, "seed": seed, "value": value, "epochs": given.epochs, "rows": given.rows,
            "attention_dropout": given.attention_dropout, "seconds": time.monotonic() - began}  # fmt: skip
    with given.out.open("a") as file:
        file.write(json.dumps(line) + "\n")
    return value


def compare(name: str, given: argparse.Namespace) -> None:
    """Run the sides of one set with every seed, in turn, and print the means."""
    values: dict[str, list[float]] = {side: [] for side in given.sides}
    for seed in given.seeds:
        for side in given.sides:
            values[side].append(apart(name, side, seed, given))
    means = "  ".join(f"{side} {statistics.mean(found):.4f}" for side, found in values.items())
    spread = max((statistics.stdev(found) for found in values.values() if len(found) > 1), default=0.0)
    print(f"{name:15} {SETS[name].measure:9} {means}  seed spread {spread:.4f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="*", default=list(SETS))
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    parser.add_argument("--sides", nargs="*", default=["ours", "theirs"], choices=("ours", "theirs"))
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--test-rows", type=int)
    parser.add_argument("--attention-dropout", type=float)
    parser.add_argument("--out", type=Path, default=Path("parity.jsonl"))
    parser.add_argument("--alone", action="store_true", help="one side and seed in this process; prints the score")
    given = parser.parse_args()
    if given.alone:
        print(json.dumps(alone(given.sets[0], given.sides[0], given.seeds[0], given)))
        return
    for name in given.sets:
        compare(name, given)


if __name__ == "__main__":
    main()
