"""Masked fine-tuning: what it costs in accuracy, and what it does to how far a heatmap can be trusted.

    python benchmarks/masked.py DATA [--sets trec6 sst2 imdb] [--seeds 0 1 2] [--shares 0 0.5] [--rows 2000]
        [--epochs 3] [--texts 60] [--out masked.jsonl]

Each set is trained with each share of masked rows and each seed on the same rows, and scored on its test rows. Of each
model the frozen pass explains the same texts, and its five strongest words are taken away: whole words deleted, and
[MASK] in their place. Printed are means over seeds with their standard deviation, the difference seed by seed, and of
the texts the mean trust score (1 as good as a search, 0 as random words) with its standard error. A line is written for
each model, and what stands in the file is not done again.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from faithfulness import LENGTHS, REPLACEMENTS
from parity import files_of

import bertui
from bertui.explanation.attribution import attribution_of
from bertui.explanation.deletion import Deletion
from bertui.explanation.methods import FrozenPass
from bertui.explanation.question import asking
from bertui.explanation.trust import MOST_WORDS, trust

_TESTED = 2_000  # test rows at most


def measured(given: argparse.Namespace, name: str, seed: int, share: float) -> dict[str, Any]:
    """Train one model; return its accuracy and what its trust lines say."""
    with tempfile.TemporaryDirectory() as folder:
        train, test = files_of(given.data, name, Path(folder), given.rows, _TESTED)
        length = LENGTHS.get(name, 64)
        settings = {"training.epochs": given.epochs, "training.seed": seed, "encoding.max_length": length,
                    "training.masked_share": share}  # fmt: skip
        run = bertui.train(train, text="text", label="label", set=settings, workspace=Path(folder))
        model, frame = bertui.load(run), pd.read_csv(test, keep_default_na=False, dtype=str)
        answers = [one.answer for one in model.predict_all(frame.text.tolist())]
        accuracy = float(np.mean([answer == label for answer, label in zip(answers, frame.label, strict=True)]))
        texts = frame.text.sample(frac=1, random_state=0).tolist()
        some = [text for text in texts if 2 < len(text.split()) <= MOST_WORDS][: given.texts]
        lines = [trusted(model, text) for text in some]
    return {"set": name, "seed": seed, "share": share, "rows": len(answers), "accuracy": accuracy, "trust": lines}


def trusted(model: Any, text: str) -> dict[str, Any]:
    """Return, by replacement, the trust score of the frozen pass and the two falls."""
    prediction = model.predict(text)
    focus = model.task.focuses(prediction)[0]
    with asking(model.model, model.encoder, prediction.inputs, model.task, focus, focus.default) as question:
        words = attribution_of(question, FrozenPass())
        found = {way: trust(Deletion(question, way), words, focus.full_colour) for way in REPLACEMENTS}
    return {way: [one.score, one.without_top, one.without_random] for way, one in found.items()}


def show(name: str, lines: Sequence[dict[str, Any]], shares: Sequence[float]) -> None:
    """Print what came out for one set."""
    by_share = {share: sorted((one for one in lines if one["share"] == share), key=lambda one: one["seed"])
                for share in shares}  # fmt: skip
    for share, models in by_share.items():
        accuracy = np.array([one["accuracy"] for one in models])
        cells = [f"accuracy {accuracy.mean():.3f} (sd {accuracy.std(ddof=1) if len(accuracy) > 1 else 0:.3f})"]
        for way in REPLACEMENTS:
            scores = np.array([line[way][0] for one in models for line in one["trust"] if line[way][0] is not None])
            falls = np.array([line[way][1:] for one in models for line in one["trust"]])
            error = scores.std(ddof=1) / len(scores) ** 0.5
            cells.append(f"{way}: trust {scores.mean():.3f} (se {error:.3f}, {len(scores)} texts), falls "
                         f"{falls[:, 0].mean():.3f} and {falls[:, 1].mean():.3f}")  # fmt: skip
        print(f"{name:6} share {share}: {'; '.join(cells)}", flush=True)
    first, *others = by_share.values()
    for models in others:
        pairs = [(b["accuracy"] - a["accuracy"]) for a, b in zip(first, models, strict=False)]
        print(f"{name:6} share {models[0]['share']} less {first[0]['share']}, seed by seed: "
              f"{', '.join(f'{one:+.3f}' for one in pairs)}", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="*", default=["trec6", "sst2", "imdb"])
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    parser.add_argument("--shares", nargs="*", type=float, default=[0.0, 0.5])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--texts", type=int, default=60)
    parser.add_argument("--out", type=Path, default=Path("masked.jsonl"))
    given = parser.parse_args()
    done = [json.loads(line) for line in given.out.read_text().splitlines()] if given.out.exists() else []
    for name in given.sets:
        for seed in given.seeds:
            for share in given.shares:
                if not any((one["set"], one["seed"], one["share"]) == (name, seed, share) for one in done):
                    done.append(measured(given, name, seed, share))
                    with given.out.open("a") as file:
                        file.write(json.dumps(done[-1]) + "\n")
        show(name, [one for one in done if one["set"] == name], given.shares)


if __name__ == "__main__":
    main()
