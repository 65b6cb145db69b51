"""Reading many texts with a finished run, beside transformers' own pipeline on the same exported model: A B A B.

    python benchmarks/prediction.py TRAIN.csv TEXTS.csv [--texts-read 1000] [--repeats 3] [--stream 100000]

Trains a short run on TRAIN.csv and exports it. Then both sides read the same texts in one process, in turn. At the end
``--stream`` texts pass through a file on the command line; the most memory of that process is printed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

import bertui


def seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def side_by_side(model: Any, folder: Path, texts: list[str], repeats: int) -> None:
    """Print the ratio of the times for each way of the pipeline, and whether the answers are the same."""
    from transformers import pipeline

    plain = pipeline("text-classification", str(folder), device="cpu")
    for batch in (32, 1):
        sides: dict[str, Callable[[], Any]] = {
            "bertui": lambda: list(model.predict_all(texts)),
            "pipeline": lambda batch=batch: plain(texts, batch_size=batch),  # type: ignore[misc]
        }
        found: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(repeats + 1):
            for name, work in sides.items():
                found[name].append(seconds(work))
        ratios = [theirs / ours for ours, theirs in zip(found["bertui"][1:], found["pipeline"][1:], strict=True)]
        speeds = ", ".join(f"{name} {len(texts) / statistics.median(times):.0f}" for name, times in found.items())
        print(f"{len(texts)} texts, pipeline at batch {batch} over bertui: {statistics.median(ratios):.2f} "
              f"({min(ratios):.2f} to {max(ratios):.2f}); texts a second: {speeds}")  # fmt: skip
    ours, theirs = (
        [one.columns()["prediction"] for one in model.predict_all(texts)],
        [one["label"] for one in plain(texts)],
    )
    print(f"same answers: {sum(map(str.__eq__, ours, theirs))} of {len(texts)}")


def streamed(run: Any, texts: list[str], count: int, folder: Path) -> None:
    """Send a file of many texts through the command line; print its speed and the most memory it took."""
    pd.DataFrame({"text": (texts * (count // len(texts) + 1))[:count]}).to_csv(folder / "many.csv", index=False)
    command = [sys.executable, "-c", "from bertui.cli import main; main()", "predict", run.id,
               str(folder / "many.csv"), "--out", str(folder / "answers.csv"),
               "--workspace", str(folder / "workspace")]  # fmt: skip
    began, most = time.perf_counter(), 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None:
        most = max(most, psutil.Process(process.pid).memory_info().rss)
        time.sleep(0.2)
    rows = sum(1 for _ in (folder / "answers.csv").open()) - 1
    taken = time.perf_counter() - began
    print(f"a file of {count} texts: {taken:.0f} s, {count / taken:.0f} texts/s, {rows} answers, "
          f"{most / 1e6:.0f} MB at most")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("train")
    parser.add_argument("texts")
    parser.add_argument("--texts-read", type=int, default=1000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--stream", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run = bertui.train(
            given.train, text="text", label="label", set={"training.max_steps": 60}, workspace=folder / "workspace"
        )
        bertui.export(run, folder / "export")
        texts = pd.read_csv(given.texts).text.astype(str).tolist()
        side_by_side(bertui.load(run), folder / "export", texts[: given.texts_read], given.repeats)
        streamed(run, texts, given.stream, folder)


if __name__ == "__main__":
    main()
