"""How long answers take: a run that is opened, one text, a thousand texts, the words of one text.

Trains a short run on TRAIN.csv, then asks it. Prints medians of several repeats.

    python benchmarks/answers.py TRAIN.csv TEXTS.csv [--repeats 5]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from typing import Any

import pandas as pd

import bertui

SENTENCE = "What was the name of the first man who ever walked on the moon in July nineteen sixty nine ?"  # 20 words


def seconds(work: Callable[[], Any], repeats: int) -> str:
    """Return the median and the range of the seconds that ``work`` takes, its first time left out."""
    work()
    found = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return f"{statistics.median(found):.3f} s ({min(found):.3f} to {max(found):.3f})"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("train")
    parser.add_argument("texts")
    parser.add_argument("--repeats", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = {"training.max_steps": 60}
        run = bertui.train(given.train, text="text", label="label", set=settings, workspace=folder)
        model = bertui.load(run)
        texts = pd.read_csv(given.texts).text.astype(str).tolist()[:1000]
        first = seconds(lambda: bertui.load(run).predict(SENTENCE), given.repeats)
        print("a finished run loaded and asked once:", first)
        print("one text:", seconds(lambda: model.predict(SENTENCE), given.repeats))
        print(f"{len(texts)} texts:", seconds(lambda: list(model.predict_all(texts)), given.repeats))
        print("words of 20 words:", seconds(lambda: bertui.explain(model, SENTENCE), given.repeats))


if __name__ == "__main__":
    main()
