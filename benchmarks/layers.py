"""What the views of layers show on runs of the embedded model, and how much memory they take on long texts.

    python benchmarks/layers.py DATA [--sets requests trec6] [--seeds 0 1] [--epochs 1] [--out FILE]
    python benchmarks/layers.py --memory

A set is a shipped sample, trained as its card on the page Start does, or a folder of DATA with train.csv. Printed for
each set and layer is the mean over seeds, and in brackets the lowest and the highest where they differ. Rows, probe,
lens, similarity and ablation are those of ``bertui layers``; "weights" is the change of all weights of a layer.

With --memory a run that reads 512 tokens is trained on a few rows, and ``bertui layers`` reads 200 texts of that length
in a process of its own, whose peak of resident memory is printed beside that of a process that only loads the model.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import bertui
from bertui.data.samples import SAMPLES, sample
from bertui.laboratory.drift import weight_drift
from bertui.runs.laboratory import pretrained

AS_ON_START = {"training.epochs": 2, "training.batch_size": 8, "optimizer.learning_rate": 2e-4}
COLUMNS = (
    "probe before", "probe after", "probe untrained", "[CLS] before", "[CLS] after", "lens", "mapped lens",
    "similarity", "weights (%)", "without",
)  # fmt: skip
_LONG = 700  # words of a long text
# In KiB. getrusage would count what the process that begins this one has held.
_PEAK = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"


def trained(data: Path, name: str, seed: int, epochs: int, folder: Path) -> Any:
    """Return a finished run on a set."""
    if name in {one.key for one in SAMPLES}:
        entry, file = sample(name), folder / f"{name}.csv"
        file.write_bytes(entry.read())
        roles = entry.roles
        settings = {**AS_ON_START, "training.seed": seed}
        return bertui.train(file, text=roles.text[0], label=roles.label, set=settings, workspace=folder)
    settings = {"training.epochs": epochs, "training.seed": seed, "encoding.max_length": 64}
    return bertui.train(data / name / "train.csv", text="text", label="label", set=settings, workspace=folder)


def measured(run: Any, folder: Path) -> dict[str, Any]:
    """Return what ``bertui layers`` says, a row of numbers for each layer, and how long it took."""
    began = time.perf_counter()
    found = bertui.layers(run, workspace=folder)
    seconds, weights = time.perf_counter() - began, _weights(run)
    rows = [
        [one["probe_mean"]["before"], one["probe_mean"]["after"], one["untrained_mean"]["before"],
         one["probe"]["before"], one["probe"]["after"], one["lens"], one["lens_mapped"], one["cka"], weights[layer],
         one["without"]]
        for layer, one in enumerate(found["layers"])
    ]  # fmt: skip
    accuracy = run.report()["parts"]["validation"]["metrics"]["accuracy"]["value"]
    return {"rows": found["rows"], "majority": found["majority"], "accuracy": accuracy, "seconds": seconds,
            "layers": rows}  # fmt: skip


def _weights(run: Any) -> dict[int, float]:
    """Return by how many percent all weights of each layer changed."""
    after = bertui.Predictor(run.model_folder).model
    changes: dict[int, list[tuple[float, float]]] = {}
    for one in weight_drift(pretrained(run, after), after):
        changes.setdefault(one.layer, []).append((one.change, one.weights))
    return {layer: 100 * float(np.average([change for change, _ in some], weights=[many for _, many in some]))
            for layer, some in changes.items()}  # fmt: skip


def table(name: str, found: Sequence[Mapping[str, Any]]) -> str:
    """Return the figures of a set's seeds as a Markdown table."""
    values = np.array([[[np.nan if cell is None else cell for cell in row] for row in one["layers"]] for one in found])
    says = ", ".join(f"{one['accuracy']:.3f}" for one in found)
    lines = [
        f"{name}: {found[0]['rows']} rows, majority {found[0]['majority']:.2f}, accuracy on validation rows {says}", "",
        f"| layer | {' | '.join(COLUMNS)} |", f"|{'---|' * (len(COLUMNS) + 1)}",
    ]  # fmt: skip
    for layer in range(values.shape[1]):
        cells = [_cell(values[:, layer, column]) for column in range(len(COLUMNS))]
        lines.append(f"| {layer} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(seeds: np.ndarray) -> str:
    if np.isnan(seeds).all():
        return ""
    low, high = f"{seeds.min():.2f}", f"{seeds.max():.2f}"
    return low if low == high else f"{seeds.mean():.2f} ({low} to {high})"


def memory() -> None:
    """Print the peaks of resident memory."""
    random = np.random.default_rng(0)
    words = ("river", "house", "long", "old", "war", "play", "song", "city", "name", "year")
    with tempfile.TemporaryDirectory() as folder:
        texts = [" ".join(random.choice(words, _LONG)) + f" {'good' if n % 2 else 'bad'}" for n in range(230)]
        file = Path(folder) / "long.csv"
        pd.DataFrame({"text": texts, "label": ["ab"[n % 2] for n in range(230)]}).to_csv(file, index=False)
        settings = {"training.max_steps": 2, "training.batch_size": 4, "encoding.max_length": 512}
        run = bertui.train(file, text="text", label="label", set=settings, workspace=folder)
        for what, call in (("the model alone", "load({})"), ("200 texts of 512 tokens", "layers({}, rows=200)")):
            began = time.perf_counter()
            code = f"import bertui; bertui.{call}; {_PEAK}".replace("{}", f"{run.id!r}, workspace={folder!r}", 1)
            peak = int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout)
            print(f"{what}: {peak / 1024:,.0f} MiB, {time.perf_counter() - began:.0f} s", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", default=Path())
    parser.add_argument("--sets", nargs="+", default=["requests", "trec6"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--memory", action="store_true")
    given = parser.parse_args()
    if given.memory:
        memory()
        return
    every: dict[str, Any] = {}
    for name in given.sets:
        with tempfile.TemporaryDirectory() as folder:
            runs = [trained(given.data, name, seed, given.epochs, Path(folder)) for seed in given.seeds]
            every[name] = [measured(run, Path(folder)) for run in runs]
        print(table(name, every[name]), flush=True)
    if given.out:
        given.out.write_text(json.dumps(every), encoding="utf-8")


if __name__ == "__main__":
    main()
