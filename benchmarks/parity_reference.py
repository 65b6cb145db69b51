"""The reference of parity.py: transformers' own model class for each task, trained by its Trainer.

It reads its rows as transformers' examples do, and is judged by scikit-learn, SciPy and seqeval.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

RATE = 1e-4


@dataclass(frozen=True)
class Comparison:
    """What both sides are told: the task, its measure, the longest text in tokens, and how to train."""

    task: str
    measure: str
    length: int = 128
    batch: int = 32
    epochs: int = 3
    seed: int = 0
    attention_dropout: float | None = None  # None: as the model was made


def theirs(train: Path, test: Path, told: Comparison) -> float:
    import transformers

    from bertui.modeling.memory import keep_memory
    from bertui.modeling.sources import locate
    from bertui.recipe import Recipe

    keep_memory()  # as we do: the same arithmetic, in half of the time at 384 tokens
    transformers.set_seed(told.seed)
    folder = str(locate(Recipe().model).folder)
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    frames = [pd.read_csv(path, keep_default_na=False, dtype=str) for path in (train, test)]
    return _REFERENCES[told.task](frames[0], frames[1], tokenizer, folder, told)


def model_of(kind: str, folder: str, told: Comparison, **options: Any) -> Any:
    """Return transformers' own class for a task, with the weights of ``folder``."""
    import transformers

    if told.attention_dropout is not None:
        options["attention_probs_dropout_prob"] = told.attention_dropout
    return getattr(transformers, f"AutoModelFor{kind}").from_pretrained(folder, **options)


def fit(model: Any, rows: list[Any], asked: list[Any], collator: Any, told: Comparison) -> Any:
    """Train by the Trainer and return its predictions for ``asked``."""
    import transformers

    from bertui.modeling.precision import pick_precision

    with tempfile.TemporaryDirectory() as output:
        arguments = transformers.TrainingArguments(
            output, num_train_epochs=told.epochs, per_device_train_batch_size=told.batch, per_device_eval_batch_size=32,
            learning_rate=RATE, warmup_steps=0.1, weight_decay=0.01, use_cpu=True, seed=told.seed, save_strategy="no",
            bf16=pick_precision("auto", "cpu") == "bf16", optim="adamw_torch_fused", report_to=[], logging_steps=10**6,
            disable_tqdm=True,
        )  # fmt: skip
        trainer = transformers.Trainer(model, arguments, train_dataset=rows, data_collator=collator)
        trainer.train()
        return trainer.predict(asked).predictions


def single(train: pd.DataFrame, test: pd.DataFrame, tokenizer: Any, folder: str, told: Comparison) -> float:
    import transformers
    from sklearn.metrics import matthews_corrcoef

    names = sorted(train.label.unique())
    model = model_of("SequenceClassification", folder, told, num_labels=len(names))
    rows, asked = (_texts(frame, tokenizer, told.length) for frame in (train, test))
    for row, label in zip(rows, train.label, strict=True):
        row["labels"] = names.index(label)
    given = fit(model, rows, asked, transformers.DataCollatorWithPadding(tokenizer), told).argmax(1)
    true = np.array([names.index(label) for label in test.label])
    return float(matthews_corrcoef(true, given) if told.measure == "mcc" else (true == given).mean())


def number(train: pd.DataFrame, test: pd.DataFrame, tokenizer: Any, folder: str, told: Comparison) -> float:
    import transformers
    from scipy.stats import spearmanr

    model = model_of("SequenceClassification", folder, told, num_labels=1)
    rows, asked = (_texts(frame, tokenizer, told.length) for frame in (train, test))
    for row, score in zip(rows, train.score, strict=True):
        row["labels"] = float(score)
    given = fit(model, rows, asked, transformers.DataCollatorWithPadding(tokenizer), told)[:, 0]
    return float(spearmanr(test.score.astype(float), given).statistic)


def several(train: pd.DataFrame, test: pd.DataFrame, tokenizer: Any, folder: str, told: Comparison) -> float:
    import transformers
    from sklearn.metrics import f1_score

    text, labels = train.columns
    names = sorted({name for cell in train[labels] for name in cell.split("|")})
    model = model_of(
        "SequenceClassification", folder, told, num_labels=len(names), problem_type="multi_label_classification"
    )
    marks = [
        np.array([[float(name in cell.split("|")) for name in names] for cell in f[labels]]) for f in (train, test)
    ]
    rows, asked = (_texts(f.rename(columns={text: "text"}), tokenizer, told.length) for f in (train, test))
    for row, mark in zip(rows, marks[0], strict=True):
        row["labels"] = mark.astype(np.float32)
    given = fit(model, rows, asked, transformers.DataCollatorWithPadding(tokenizer), told) > 0
    return float(f1_score(marks[1], given, average="micro"))


def tags(train: pd.DataFrame, test: pd.DataFrame, tokenizer: Any, folder: str, told: Comparison) -> float:
    import transformers
    from seqeval.metrics import f1_score

    names = sorted({tag for cell in train.tags for tag in cell.split()})
    model = model_of("TokenClassification", folder, told, num_labels=len(names))

    def rows(frame: pd.DataFrame, labelled: bool) -> list[dict[str, Any]]:
        found = []
        for words, wanted in zip(frame.tokens.str.split(), frame.tags.str.split(), strict=True):
            row = tokenizer(words, is_split_into_words=True, truncation=True, max_length=told.length)
            ids, last, labels = row.word_ids(), None, []
            for word in ids:
                labels.append(names.index(wanted[word]) if word is not None and word != last and labelled else -100)
                last = word
            found.append({"input_ids": row["input_ids"], "attention_mask": row["attention_mask"], "labels": labels})
        return found

    collator = transformers.DataCollatorForTokenClassification(tokenizer)
    logits = fit(model, rows(train, True), rows(test, False), collator, told)
    given, true = [], []
    for scores, words, wanted in zip(logits, test.tokens.str.split(), test.tags.str.split(), strict=True):
        ids = tokenizer(words, is_split_into_words=True, truncation=True, max_length=told.length).word_ids()
        found = ["O" if "O" in names else names[0]] * len(words)
        for place, word in reversed(list(enumerate(ids))):
            if word is not None:
                found[word] = names[int(scores[place].argmax())]
        given.append(found)
        true.append(wanted)
    if told.measure == "accuracy":
        return float(np.mean([a == b for x, y in zip(given, true, strict=True) for a, b in zip(x, y, strict=True)]))
    return float(f1_score(true, given))


def answers(train: pd.DataFrame, test: pd.DataFrame, tokenizer: Any, folder: str, told: Comparison) -> float:
    import transformers

    from bertui.evaluation.spans_in_text import token_f1

    model = model_of("QuestionAnswering", folder, told)

    def windows(frame: pd.DataFrame) -> Any:
        return tokenizer(
            frame.question.tolist(), frame.context.tolist(), truncation="only_second", max_length=told.length,
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
    starts, ends = fit(model, examples, rows(asked), collator, told)[:2]
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


def choices(train: pd.DataFrame, test: pd.DataFrame, tokenizer: Any, folder: str, told: Comparison) -> float:
    import transformers

    model = model_of("MultipleChoice", folder, told)
    text, label, names = train.columns[0], train.columns[-1], train.columns[1:-1]

    def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
        found = []
        for _, row in frame.iterrows():
            pairs = tokenizer(
                [row[text]] * len(names), [row[name] for name in names], truncation=True, max_length=told.length
            )
            found.append({**pairs, "labels": int(row[label]) - 1})
        return found

    asked = [{name: value for name, value in row.items() if name != "labels"} for row in rows(test)]
    collator = transformers.DataCollatorForMultipleChoice(tokenizer)
    given = fit(model, rows(train), [{**row, "labels": 0} for row in asked], collator, told).argmax(1)
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
