"""How faithful the ways of scoring words are: what the answer loses without the words they call the strongest, and what
it keeps with them alone. All ways in one process, on the same texts of the same runs, with the time that each takes.

    python benchmarks/faithfulness.py DATA [--sets sst2 trec6 imdb] [--seeds 0 1] [--texts 100] [--rows 3000]
        [--methods frozen integrated-gradients ...] [--out FILE]

Comprehensiveness: the probability of the answer less that without the k strongest words, the mean over k; sufficiency:
less that with the k strongest alone (DeYoung et al. 2020). k goes in equal steps from one word to all but one, 20 steps
at most. Words are ranked by their signed score for the answer. Prints the mean and its standard error over texts of all
seeds, and its time as a multiple of the first method's.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from parity import files_of

import bertui
from bertui.explanation.attribution import attribution_of
from bertui.explanation.deletion import Deletion, Replacement
from bertui.explanation.methods import read_method
from bertui.explanation.question import Question

METHODS = (
    "frozen", "integrated-gradients", "integrated-gradients:32:mask", "occlusion", "occlusion:mask", "lime:200",
    "input-x-gradient", "random",
)  # fmt: skip
LENGTHS = {"imdb": 128}
REPLACEMENTS: tuple[Replacement, ...] = ("mask", "delete")
_STEPS = 20


def trained(data: Path, name: str, seed: int, rows: int, folder: Path) -> tuple[Any, list[str]]:
    """Return a model that learned some rows of a set, and texts of its test rows in random order."""
    train, test = files_of(data, name, folder, rows, None)
    settings = {"training.epochs": 2, "training.seed": seed, "encoding.max_length": LENGTHS.get(name, 64)}
    run = bertui.train(train, text="text", label="label", set=settings, workspace=folder)
    texts = pd.read_csv(test, keep_default_na=False, dtype=str).text.sample(frac=1, random_state=seed)
    return bertui.load(run), texts.tolist()


def ranking(method: str, question: Question, deletion: Deletion, random: np.random.Generator) -> np.ndarray:
    """Return the words that were read, the strongest first."""
    seen = np.array(deletion.seen)
    if method == "random":
        return random.permutation(seen)
    with torch.enable_grad():
        scores = np.array(attribution_of(question, read_method(method)).scores)
    return seen[np.argsort(-scores[seen], kind="stable")]


def areas(deletion: Deletion, ranked: np.ndarray, whole: float) -> tuple[float, float]:
    """Return comprehensiveness and sufficiency."""
    counts = np.unique(np.linspace(1, len(ranked) - 1, min(_STEPS, len(ranked) - 1)).round().astype(int))
    without = [ranked[:count].tolist() for count in counts] + [ranked[count:].tolist() for count in counts]
    answers = whole - deletion.answers(without)
    return float(answers[: len(counts)].mean()), float(answers[len(counts) :].mean())


def measured(
    model: Any, text: str, random: np.random.Generator, methods: Sequence[str]
) -> Iterator[tuple[str, str, float, float, float]]:
    """Yield method, replacement, comprehensiveness, sufficiency and seconds."""
    prediction = model.predict(text)
    focus = model.task.focuses(prediction)[0]
    for method in methods:
        question = Question(model.model, model.encoder, prediction.inputs, model.task, focus)
        began = time.perf_counter()
        ranked = ranking(method, question, Deletion(question), random)
        took = time.perf_counter() - began
        fresh = Question(model.model, model.encoder, prediction.inputs, model.task, focus)
        for replacement in REPLACEMENTS:
            yield method, replacement, *areas(Deletion(fresh, replacement), ranked, fresh.value), took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="*", default=["sst2", "trec6", "imdb"])
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1])
    parser.add_argument("--texts", type=int, default=100)
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--methods", nargs="*", default=METHODS)
    parser.add_argument("--out", type=Path, default=Path("faithfulness.jsonl"))
    given = parser.parse_args()
    for name in given.sets:
        found: dict[tuple[str, str], list[tuple[float, float, float]]] = defaultdict(list)
        for seed in given.seeds:
            with tempfile.TemporaryDirectory() as folder:
                model, texts = trained(given.data, name, seed, given.rows, Path(folder))
                random = np.random.default_rng(seed)
                for text in [one for one in texts if len(one.split()) > 2][: given.texts]:
                    for method, replacement, *values in measured(model, text, random, given.methods):
                        found[method, replacement].append((values[0], values[1], values[2]))
                        line = {
                            "set": name,
                            "seed": seed,
                            "method": method,
                            "replacement": replacement,
                            "values": values,
                        }
                        with given.out.open("a") as file:
                            file.write(json.dumps(line) + "\n")
        show(name, found, given.methods)


def show(name: str, found: dict[tuple[str, str], list[tuple[float, float, float]]], methods: Sequence[str]) -> None:
    quick = statistics.median(one[2] for one in found[methods[0], "delete"])
    for method in methods:
        cells = []
        for replacement in REPLACEMENTS:
            values = np.array(found[method, replacement])
            mean, error = values.mean(0), values.std(0, ddof=1) / len(values) ** 0.5
            cells.append(f"{mean[0]:.3f} ({error[0]:.3f}) / {mean[1]:.3f} ({error[1]:.3f})")
        times = statistics.median(one[2] for one in found[method, "delete"]) / quick
        print(f"{name:6} {method:30} {'  '.join(cells)}  time {times:.1f}", flush=True)


if __name__ == "__main__":
    main()
