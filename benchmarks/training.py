"""Fine-tuning side by side with other software: same rows, model, epochs, batch and rate, A B A B.

Each side runs in a process of its own, reads the test rows once at the end, and trains without checks in between.

    python benchmarks/training.py TRAIN.csv TEST.csv [--sides bertui tuned] [--epochs 3] [--repeats 2] [--steps N]
        [--rows N] [--length 256] [--batch 32] [--precision 32-bit]
    python benchmarks/training.py TRAIN.csv TEST.csv --sides bertui defaults simpletransformers --python PYTHON
        --rows 960 --epochs 1 --length 128

Sides are ``tuned`` and ``defaults``, Hugging Face's Trainer as it is best set and as its example sets it, and
``simpletransformers``, which needs --python, the Python of an environment of its own
(``pip install torch==2.13.0 simpletransformers "transformers<5"``). All are compared with the first.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from training_sides import SIDES, Found


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


def apart(side: str, seed: int, given: argparse.Namespace) -> Found:
    """Run one side in a process of its own."""
    python = given.python if side == "simpletransformers" else sys.executable
    command = [python, str(Path(__file__)), *sys.argv[1:], "--alone", side, "--seed", str(seed)]
    command += ["--model", given.model]
    out = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    found: Found = json.loads(out.strip().splitlines()[-1])
    print(side, seed, found, file=sys.stderr)
    return found


def embedded_model() -> str:
    from bertui.modeling.sources import locate
    from bertui.recipe import Recipe

    return str(locate(Recipe().model).folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--sides", nargs="*", default=["bertui", "tuned"], choices=list(SIDES))
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--steps", type=int, help="not for simpletransformers: give --rows")
    parser.add_argument("--rows", type=int, help="of the training and of the test file at most")
    parser.add_argument("--length", type=int, default=256)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--precision", default="auto", choices=("auto", "32-bit"), help="of bertui and tuned")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--alone", choices=list(SIDES), help="one side in this process; prints what it found")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model")
    given = parser.parse_args()
    if given.alone:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(SIDES[given.alone](*files_of(given, Path(folder)), given)))
        return
    given.model = embedded_model()
    found: dict[str, list[Found]] = {side: [] for side in given.sides}
    for seed in range(given.repeats):
        for side in given.sides:
            found[side].append(apart(side, seed, given))
    first, *others = given.sides
    for side in others:
        ratios = [a["rate"] / b["rate"] for a, b in zip(found[first], found[side], strict=True)]
        print(f"examples/s, {first} over {side}: {statistics.median(ratios):.2f} "
              f"({min(ratios):.2f} to {max(ratios):.2f})")  # fmt: skip
    for side in given.sides:
        print(side, "test accuracy", [round(one["accuracy"], 4) for one in found[side]])


if __name__ == "__main__":
    main()
