"""Our score beside that of transformers' own model class for each task, trained by its Trainer: same model, same
rows, same epochs, batch and rate, several seeds, both judged on the same test rows.

Neither side looks at validation rows: both keep the last model. The Trainer gets bf16 where the processor has it,
dynamic padding and fused AdamW, as we do. Needs `pip install accelerate` beside bertui.

    python benchmarks/parity.py DATA [--sets mrpc stsb ...] [--seeds 0 1 2] [--epochs 3] [--rows N]
        [--test-rows N] [--out FILE]

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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

RATE = 1e-4


@dataclass(frozen=True)
class Set:
    """A data set: its task, the measure it is judged by, the longest text, the batch."""

    task: str
    measure: str
    length: int = 128
    batch: int = 32


SETS = {
    "mrpc": Set("single-label", "accuracy"),
    "sick_nli": Set("single-label", "accuracy"),
    "cola": Set("single-label", "mcc"),
    "trec6": Set("single-label", "accuracy"),
    "sst2": Set("single-label", "accuracy"),
    "stsb": Set("score", "spearman"),
    "conll2003_ner": Set("tagging", "f1"),
    "ud_ewt_pos": Set("tagging", "accuracy"),
    "squad_v1": Set("question-answering", "f1", 384, 16),
    "letters": Set("several-labels", "f1_micro"),
    "endings": Set("multiple-choice", "accuracy", 128, 16),
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


def ours(train: Path, test: Path, chosen: Set, epochs: int, seed: int) -> float:
    import bertui

    changes = {
        "training.epochs": epochs, "training.seed": seed, "training.batch_size": chosen.batch,
        "optimizer.learning_rate": RATE, "split.validation": 0.0, "encoding.max_length": chosen.length,
        "encoding.truncation": "head",
    }  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        run = bertui.train(train, task=chosen.task, test=test, set=changes, workspace=folder)
        return float(run.report()["parts"]["test"]["metrics"][chosen.measure]["value"])


def theirs(train: Path, test: Path, chosen: Set, epochs: int, seed: int) -> float:
    import transformers

    from bertui.modeling.sources import locate
    from bertui.recipe import Recipe

    transformers.set_seed(seed)
    folder = str(locate(Recipe().model).folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    frames = [pd.read_csv(path, keep_default_na=False, dtype=str) for path in (train, test)]
    return _REFERENCES[chosen.task](frames[0], frames[1], tokenizer, folder, chosen, epochs, seed)


def fit(model: Any, rows: list[Any], asked: list[Any], collator: Any, chosen: Set, epochs: int, seed: int) -> Any:
    """Train by the Trainer and return its predictions for ``asked``."""
    import transformers

    from bertui.modeling.precision import pick_precision

    with tempfile.TemporaryDirectory() as output:
        arguments = transformers.TrainingArguments(
            output, num_train_epochs=epochs, per_device_train_batch_size=chosen.batch, per_device_eval_batch_size=32,
            learning_rate=RATE, warmup_steps=0.1, weight_decay=0.01, use_cpu=True, seed=seed, save_strategy="no",
            bf16=pick_precision("auto", "cpu") == "bf16", optim="adamw_torch_fused", report_to=[], logging_steps=10**6,
            disable_tqdm=True,
        )  # fmt: skip
        trainer = transformers.Trainer(model, arguments, train_dataset=rows, data_collator=collator)
        trainer.train()
        return trainer.predict(asked).predictions


def single(train: pd.DataFrame, test: pd.DataFrame, tokenizer: Any, folder: str, *rest: Any) -> float:
    import transformers
    from sklearn.metrics import matthews_corrcoef

    names = sorted(train.label.unique())
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, num_labels=len(names))
    rows, asked = (_texts(frame, tokenizer, rest[0].length) for frame in (train, test))
    for row, label in zip(rows, train.label, strict=True):
        row["labels"] = names.index(label)
    given = fit(model, rows, asked, transformers.DataCollatorWithPadding(tokenizer), *rest).argmax(1)
    true = np.array([names.index(label) for label in test.label])
    return float(matthews_corrcoef(true, given) if rest[0].measure == "mcc" else (true == given).mean())


def number(train: pd.DataFrame, test: pd.DataFrame, tokenizer: Any, folder: str, *rest: Any) -> float:
    import transformers
    from scipy.stats import spearmanr

    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1)
    rows, asked = (_texts(frame, tokenizer, rest[0].length) for frame in (train, test))
    for row, score in zip(rows, train.score, strict=True):
        row["labels"] = float(score)
    given = fit(model, rows, asked, transformers.DataCollatorWithPadding(tokenizer), *rest)[:, 0]
    return float(spearmanr(test.score.astype(float), given).statistic)


def several(train: pd.DataFrame, test: pd.DataFrame, tokenizer: Any, folder: str, *rest: Any) -> float:
    import transformers
    from sklearn.metrics import f1_score

    text, labels = train.columns
    names = sorted({name for cell in train[labels] for name in cell.split("|")})
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        folder, num_labels=len(names), problem_type="multi_label_classification"
    )
    marks = [
        np.array([[float(name in cell.split("|")) for name in names] for cell in f[labels]]) for f in (train, test)
    ]
    rows, asked = (_texts(f.rename(columns={text: "text"}), tokenizer, rest[0].length) for f in (train, test))
    for row, mark in zip(rows, marks[0], strict=True):
        row["labels"] = mark.astype(np.float32)
    given = fit(model, rows, asked, transformers.DataCollatorWithPadding(tokenizer), *rest) > 0
    return float(f1_score(marks[1], given, average="micro"))


def tags(train: pd.DataFrame, test: pd.DataFrame, tokenizer: Any, folder: str, *rest: Any) -> float:
    import transformers
    from seqeval.metrics import f1_score

    names = sorted({tag for cell in train.tags for tag in cell.split()})
    model = transformers.AutoModelForTokenClassification.from_pretrained(folder, num_labels=len(names))

    def rows(frame: pd.DataFrame, labelled: bool) -> list[dict[str, Any]]:
        found = []
        for words, wanted in zip(frame.tokens.str.split(), frame.tags.str.split(), strict=True):
            row = tokenizer(words, is_split_into_words=True, truncation=True, max_length=rest[0].length)
            ids, last, labels = row.word_ids(), None, []
            for word in ids:
                labels.append(names.index(wanted[word]) if word is not None and word != last and labelled else -100)
                last = word
            found.append({"input_ids": row["input_ids"], "attention_mask": row["attention_mask"], "labels": labels})
        return found

    collator = transformers.DataCollatorForTokenClassification(tokenizer)
    logits = fit(model, rows(train, True), rows(test, False), collator, *rest)
    given, true = [], []
    for scores, words, wanted in zip(logits, test.tokens.str.split(), test.tags.str.split(), strict=True):
        ids = tokenizer(words, is_split_into_words=True, truncation=True, max_length=rest[0].length).word_ids()
        found = ["O" if "O" in names else names[0]] * len(words)
        for place, word in reversed(list(enumerate(ids))):
            if word is not None:
                found[word] = names[int(scores[place].argmax())]
        given.append(found)
        true.append(wanted)
    if rest[0].measure == "accuracy":
        return float(np.mean([a == b for x, y in zip(given, true, strict=True) for a, b in zip(x, y, strict=True)]))
    return float(f1_score(true, given))


def answers(train: pd.DataFrame, test: pd.DataFrame, tokenizer: Any, folder: str, *rest: Any) -> float:
    import transformers

    from bertui.evaluation.spans_in_text import token_f1

    model = transformers.AutoModelForQuestionAnswering.from_pretrained(folder)

    def windows(frame: pd.DataFrame) -> Any:
        return tokenizer(
            frame.question.tolist(), frame.context.tolist(), truncation="only_second", max_length=rest[0].length,
            stride=128, return_overflowing_tokens=True, return_offsets_mapping=True,
        )  # fmt: skip

    def rows(found: Any) -> list[dict[str, Any]]:
        return [
            {"input_ids": ids, "token_type_ids": types, "attention_mask": mask}
            for ids, types, mask in zip(
                found["input_ids"], found["token_type_ids"], found["attention_mask"], strict=True
            )
        ]

    examples = rows(learned := windows(train))
    mark(examples, learned, train)
    asked = windows(test)
    collator = transformers.DataCollatorWithPadding(tokenizer)
    starts, ends = fit(model, examples, rows(asked), collator, *rest)[:2]
    best = likeliest(starts, ends, asked, test)
    return float(np.mean([token_f1(best.get(n, (0, ""))[1], [test.answer.iloc[n]]) for n in range(len(test))]))


def mark(examples: list[dict[str, Any]], learned: Any, train: pd.DataFrame) -> None:
    """Write where the answer starts and ends into each window; 0 and 0 where it is not wholly there."""
    for number, (example, owner) in enumerate(zip(examples, learned["overflow_to_sample_mapping"], strict=True)):
        start = int(train.answer_start.iloc[owner])
        stop = start + len(train.answer.iloc[owner])
        spans, parts = learned["offset_mapping"][number], learned.sequence_ids(number)
        inside = [place for place, part in enumerate(parts) if part == 1]
        example["start_positions"] = example["end_positions"] = 0
        if inside and spans[inside[0]][0] <= start and spans[inside[-1]][1] >= stop:
            example["start_positions"] = next(place for place in inside if spans[place][1] > start)
            example["end_positions"] = max(place for place in inside if spans[place][0] < stop)


def likeliest(starts: Any, ends: Any, asked: Any, test: pd.DataFrame) -> dict[int, tuple[float, str]]:
    """Return score and text of each question's best span of at most 30 pieces, of the 20 best starts and ends."""
    best: dict[int, tuple[float, str]] = {}
    for number, owner in enumerate(asked["overflow_to_sample_mapping"]):
        spans, parts = asked["offset_mapping"][number], asked.sequence_ids(number)
        inside = {place for place, part in enumerate(parts) if part == 1}
        first = [int(place) for place in np.argsort(-starts[number])[:20] if int(place) in inside]
        last = [int(place) for place in np.argsort(-ends[number])[:20] if int(place) in inside]
        for a in first:
            for b in last:
                score = float(starts[number][a] + ends[number][b])
                if 0 <= b - a < 30 and score > best.get(owner, (-1e9, ""))[0]:
                    best[owner] = score, test.context.iloc[owner][spans[a][0] : spans[b][1]]
    return best


def choices(train: pd.DataFrame, test: pd.DataFrame, tokenizer: Any, folder: str, *rest: Any) -> float:
    import transformers

    model = transformers.AutoModelForMultipleChoice.from_pretrained(folder)
    text, label, names = train.columns[0], train.columns[-1], train.columns[1:-1]

    def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
        found = []
        for _, row in frame.iterrows():
            pairs = tokenizer(
                [row[text]] * len(names), [row[name] for name in names], truncation=True, max_length=rest[0].length
            )
            found.append({**pairs, "labels": int(row[label]) - 1})
        return found

    asked = [{name: value for name, value in row.items() if name != "labels"} for row in rows(test)]
    collator = transformers.DataCollatorForMultipleChoice(tokenizer)
    given = fit(model, rows(train), [{**row, "labels": 0} for row in asked], collator, *rest).argmax(1)
    return float((given == test[label].astype(int).to_numpy() - 1).mean())


def _texts(frame: pd.DataFrame, tokenizer: Any, length: int) -> list[dict[str, Any]]:
    """Tokenise single texts or pairs as transformers' examples do."""
    columns = [name for name in ("text", "text_a", "text_b") if name in frame]
    found = tokenizer(*[frame[name].tolist() for name in columns], truncation=True, max_length=length)
    return [{name: found[name][row] for name in found} for row in range(len(frame))]


_REFERENCES: dict[str, Callable[..., float]] = {
    "single-label": single, "score": number, "several-labels": several, "tagging": tags,
    "question-answering": answers, "multiple-choice": choices,
}  # fmt: skip


def compare(name: str, given: argparse.Namespace) -> None:
    """Run both sides of one set with every seed, note each run, and print the means."""
    values: dict[str, list[float]] = {"ours": [], "theirs": []}
    for seed in given.seeds:
        for side in ("ours", "theirs"):  # each in a process of its own
            words = [sys.executable, __file__, str(given.data), "--sets", name, "--seeds", str(seed), "--side", side]
            words += ["--epochs", str(given.epochs), *(["--rows", str(given.rows)] if given.rows else [])]
            words += ["--test-rows", str(given.test_rows)] if given.test_rows else []
            began = time.monotonic()
            done = subprocess.run(words, capture_output=True, text=True, check=True)
            values[side].append(float(done.stdout.strip().splitlines()[-1]))
            line = {"set": name, "side": side, "seed": seed, "value": values[side][-1], "epochs": given.epochs,
                    "rows": given.rows, "seconds": time.monotonic() - began}  # fmt: skip
            with given.out.open("a") as file:
                file.write(json.dumps(line) + "\n")
    means = {side: statistics.mean(found) for side, found in values.items()}
    spread = max((statistics.stdev(found) for found in values.values() if len(found) > 1), default=0.0)
    print(f"{name:15} {SETS[name].measure:9} ours {means['ours']:.4f}  theirs {means['theirs']:.4f}  "
          f"seed spread {spread:.4f}", flush=True)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="*", default=list(SETS))
    parser.add_argument("--seeds", nargs="*", type=int, default=[0, 1, 2])
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--test-rows", type=int)
    parser.add_argument("--out", type=Path, default=Path("parity.jsonl"))
    parser.add_argument("--side", choices=("ours", "theirs"))
    given = parser.parse_args()
    if given.side:
        with tempfile.TemporaryDirectory() as folder:
            train, test = files_of(given.data, given.sets[0], Path(folder), given.rows, given.test_rows)
            side = ours if given.side == "ours" else theirs
            print(json.dumps(side(train, test, SETS[given.sets[0]], given.epochs, given.seeds[0])))
        return
    for name in given.sets:
        compare(name, given)


if __name__ == "__main__":
    main()
