"""What the list of suspicious labels holds: how long it is, and how many of planted errors are on it.

    python benchmarks/suspicious.py DATA [--sets trec6 sst2 banking77] [--rows 2000] [--shares 0 0.05 0.1]
        [--seeds 0 1 2]

DATA is a folder with one folder for each set and a train.csv with text and label in it. The vectors are those of the
embedded model before fine-tuning. Beside what bertui lists stand two others from the same probabilities: the rows off
the diagonal of the confident joint by normalised margin, and all rows whose label is not the most probable.
Prints a line for each set, share and way, the mean over seeds: rows listed, precision and recall against the planted
errors, and the same for as many of the first rows as errors were planted. The errors that the sets have themselves
count as false. Then the processor seconds of reading, and of one whole search with its trial.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bertui.encoding.encode import TextEncoder
from bertui.evaluation.suspicious import _listed, crossed, kept_together, suspects, with_wrong_labels
from bertui.modeling.backbone import load_backbone
from bertui.modeling.features import FeatureChoice
from bertui.modeling.model import TextModel
from bertui.prediction.outputs import vectors_of
from bertui.recipe import Recipe
from bertui.tasks.labels.single_label import SingleLabel


def read(file: Path, rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return vectors, class numbers and groups of some rows."""
    frame = pd.read_csv(file, keep_default_na=False, dtype=str)
    frame = frame.sample(min(rows, len(frame)), random_state=0)
    backbone, recipe = load_backbone(Recipe().model), Recipe()
    model = TextModel(backbone.encoder, FeatureChoice.model_validate({"pooling": "mean"}), 1).eval()
    encoder = TextEncoder(backbone.tokenizer, recipe.encoding, backbone.max_length)
    encoded = SingleLabel(classes=("a", "b")).encode(encoder, [(text,) for text in frame["text"]])
    vectors = vectors_of(model, encoded, int(backbone.tokenizer.pad_token_id))
    targets = np.unique(frame["label"], return_inverse=True)[1]
    return vectors, targets, kept_together([" ".join(text.split()).casefold() for text in frame["text"]])


def joint(targets: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    from cleanlab.filter import find_label_issues

    found: np.ndarray = find_label_issues(
        targets, probabilities, filter_by="confident_learning", return_indices_ranked_by="normalized_margin", n_jobs=1
    )
    return found


def disagreeing(targets: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    wrong = np.flatnonzero(probabilities.argmax(1) != targets)
    return wrong[np.argsort(probabilities[wrong, targets[wrong]], kind="stable")]


WAYS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "bertui": _listed, "off the diagonal": joint, "not most probable": disagreeing,
}  # fmt: skip


def judged(found: np.ndarray, planted: np.ndarray) -> tuple[float, ...]:
    """Return rows listed, precision, recall, and the share of errors among the first rows."""
    hits = np.isin(found, planted)
    if not len(planted):
        return len(found), np.nan, np.nan, np.nan
    return len(found), hits.mean() if len(hits) else np.nan, hits.sum() / len(planted), hits[: len(planted)].mean()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="+", default=["trec6", "sst2", "banking77"])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--shares", type=float, nargs="+", default=[0.0, 0.05, 0.1])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    given: Any = parser.parse_args()
    for name in given.sets:
        began = time.process_time()
        vectors, targets, groups = read(given.data / name / "train.csv", given.rows)
        reading = time.process_time() - began
        for share in given.shares:
            found: dict[str, list[tuple[float, ...]]] = {way: [] for way in WAYS}
            for seed in given.seeds:
                changed, planted = with_wrong_labels(targets, share, seed) if share else (targets, targets[:0])
                probabilities = crossed(vectors, changed, groups, seed=seed)
                for way, listed in WAYS.items():
                    found[way].append(judged(listed(changed, probabilities), planted))
            for way, results in found.items():
                rows, precision, recall, first = np.mean(results, axis=0)
                shares = f"precision {precision:.2f}, recall {recall:.2f}, first {first:.2f}"
                print(f"{name:10} {share:4.0%} {way:18} {rows:6.0f} rows, {shares}", flush=True)
        began = time.process_time()
        trial = suspects(vectors, targets, groups).trial
        print(f"{name:10} {trial}; {reading:.1f} s for reading, {time.process_time() - began:.1f} s for the search")


if __name__ == "__main__":
    main()
