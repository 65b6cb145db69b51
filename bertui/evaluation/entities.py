"""Precision, recall and F1 of entities in tagged sentences, and what kinds of errors there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from bertui.data.cells.tags import Span, strict_spans
from bertui.errors import DataError
from bertui.evaluation.counting import ClassScores, count_scores, resampled_sums, share
from bertui.evaluation.intervals import Interval, bootstrap_interval, wilson

NOTHING = "nothing"  # the last row and column of the confusion: no entity there

Outcome = Literal["right", "wrong_type", "boundary", "both", "missed", "invented"]
Pair = tuple[Span | None, Span | None]


@dataclass(frozen=True, slots=True)
class EntityErrors:
    """What became of the gold entities, and how many of the predicted ones touch none of them.

    ``wrong_type``: same boundaries, other type. ``boundary``: overlapping, same type, other boundaries.
    ``both``: overlapping, other type and other boundaries.
    """

    right: int
    wrong_type: int
    boundary: int
    both: int
    missed: int
    invented: int

    def to_json(self) -> dict[str, int]:
        return asdict(self)

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> EntityErrors:
        return cls(**{name: int(saved[name]) for name in cls.__slots__})


@dataclass(frozen=True, slots=True)
class EntityScores:
    """What the tags predicted for ``n`` sentences are worth.

    ``confusion`` counts matched entities, whatever their boundaries: true types as rows, predicted types
    as columns, in the order of ``per_type``; the last row and column stand for no entity.
    """

    n: int
    precision: Interval
    recall: Interval
    f1: Interval
    token_accuracy: Interval
    per_type: tuple[ClassScores, ...]
    errors: EntityErrors
    confusion: tuple[tuple[int, ...], ...]

    @property
    def confusion_names(self) -> tuple[str, ...]:
        """What the rows and the columns of the confusion stand for."""
        return (*(one.name for one in self.per_type), NOTHING)

    def to_json(self) -> dict[str, Any]:
        return {
            "n": self.n,
            "precision": self.precision.to_json(),
            "recall": self.recall.to_json(),
            "f1": self.f1.to_json(),
            "token_accuracy": self.token_accuracy.to_json(),
            "per_type": [one.to_json() for one in self.per_type],
            "errors": self.errors.to_json(),
            "confusion": [list(row) for row in self.confusion],
        }

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> EntityScores:
        names = ("precision", "recall", "f1", "token_accuracy")
        precision, recall, f1, token_accuracy = (Interval.from_json(saved[name]) for name in names)
        per_type = tuple(ClassScores.from_json(one) for one in saved["per_type"])
        errors = EntityErrors.from_json(saved["errors"])
        confusion = tuple(tuple(int(count) for count in row) for row in saved["confusion"])
        return cls(int(saved["n"]), precision, recall, f1, token_accuracy, per_type, errors, confusion)


def score_entities(
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> EntityScores:
    """All scores of predicted IOB2 tags against the true ones, a sequence of tags for each sentence.

    An entity is right if its type and both boundaries are; one that does not begin with B does not count,
    so repair the true tags first. Precision, recall and F1 are micro averages over entities. Intervals are
    95 % bootstrap over sentences, freed of bias (``bootstrap_interval``), as the entities of one sentence
    are not independent; where they collapse to a point they are Wilson's over entities (tokens for the
    accuracy of tokens). What has no entities behind it is 0, with an interval from 0 to 1.

    Source: Ramshaw and Marcus (1995), Text chunking using transformation-based learning; the same as
    seqeval with ``mode="strict", scheme=IOB2``.

    Raises:
        DataError: No tokens, or sentences or tokens without a counterpart.
    """
    _check(gold, predicted, resamples)
    true_spans, predicted_spans = [strict_spans(tags) for tags in gold], [strict_spans(tags) for tags in predicted]
    kinds = sorted({span.kind for spans in (*true_spans, *predicted_spans) for span in spans})
    entities = _entity_counts(true_spans, predicted_spans, kinds)
    columns = np.column_stack([entities.reshape(len(gold), -1), _token_counts(gold, predicted)]).astype(np.float64)
    totals, drawn = columns.sum(0), resampled_sums(columns, resamples, np.random.default_rng(seed))
    counts, draws = totals[:-2].reshape(3, -1), drawn[:, :-2].reshape(resamples, 3, -1)
    overall = count_scores("", counts.sum(-1), draws.sum(-1))
    right, tokens = totals[-2:]
    pairs = [pair for spans in zip(true_spans, predicted_spans, strict=True) for pair in matched(*spans)]
    return EntityScores(
        n=len(gold),
        precision=overall.precision,
        recall=overall.recall,
        f1=overall.f1,
        token_accuracy=bootstrap_interval(
            float(right / tokens), share(drawn[:, -2], drawn[:, -1]), collapsed=wilson(right, tokens)
        ),
        per_type=tuple(count_scores(kind, counts[:, at], draws[..., at]) for at, kind in enumerate(kinds)),
        errors=_errors(pairs),
        confusion=_confusion(pairs, kinds),
    )


def matched(gold: Sequence[Span], predicted: Sequence[Span]) -> list[Pair]:
    """Pair the true entities of one sentence with the predicted ones that overlap them, in text order.

    Each is used once at most. The pairs that share the largest part of their tokens are made first; of
    equal ones those of the same type, then the earliest. What is left over is paired with None.
    """
    overlaps = sorted(
        (-_overlap(true, prediction), true.kind != prediction.kind, row, column)
        for row, true in enumerate(gold)
        for column, prediction in enumerate(predicted)
        if _overlap(true, prediction)
    )
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for _, _, row, column in overlaps:
        if row not in partner and column not in taken:
            partner[row] = column
            taken.add(column)
    pairs: list[Pair] = [(true, predicted[partner[row]] if row in partner else None) for row, true in enumerate(gold)]
    pairs += [(None, prediction) for column, prediction in enumerate(predicted) if column not in taken]
    return sorted(pairs, key=lambda pair: min(span.start for span in pair if span))


def outcome_of(pair: Pair) -> Outcome:
    """Say what became of a true entity and the predicted one matched with it."""
    true, prediction = pair
    if prediction is None:
        return "missed"
    if true is None:
        return "invented"
    if (true.start, true.stop) == (prediction.start, prediction.stop):
        return "right" if true.kind == prediction.kind else "wrong_type"
    return "boundary" if true.kind == prediction.kind else "both"


def _overlap(one: Span, other: Span) -> float:
    """Tokens in both as a share of the tokens in either."""
    both = min(one.stop, other.stop) - max(one.start, other.start)
    return max(0, both) / (max(one.stop, other.stop) - min(one.start, other.start))


def _entity_counts(gold: Sequence[list[Span]], predicted: Sequence[list[Span]], kinds: Sequence[str]) -> np.ndarray:
    """True positives, true entities, predicted entities: `[sentences, 3, kinds]`."""
    number = {kind: at for at, kind in enumerate(kinds)}
    counts = np.zeros((len(gold), 3, len(kinds)), dtype=np.int64)
    for sentence, (true, predictions) in enumerate(zip(gold, predicted, strict=True)):
        for row, spans in enumerate((set(true) & set(predictions), true, predictions)):
            for span in spans:
                counts[sentence, row, number[span.kind]] += 1
    return counts


def _token_counts(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> np.ndarray:
    """Tokens with the right tag, and tokens: `[sentences, 2]`."""
    counts = [(sum(map(str.__eq__, *tags)), len(tags[0])) for tags in zip(gold, predicted, strict=True)]
    return np.array(counts, dtype=np.int64)


def _errors(pairs: Sequence[Pair]) -> EntityErrors:
    counts = Counter(map(outcome_of, pairs))
    return EntityErrors(**{name: counts[name] for name in EntityErrors.__slots__})  # type: ignore[index]


def _confusion(pairs: Sequence[Pair], kinds: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    # None, for no entity, cannot be mistaken for a type that is called "nothing"
    number: dict[str | None, int] = {kind: at for at, kind in enumerate([*kinds, None])}
    cells = np.zeros((len(number), len(number)), dtype=np.int64)
    for true, prediction in pairs:
        cells[number[true.kind if true else None], number[prediction.kind if prediction else None]] += 1
    return tuple(tuple(row) for row in cells.tolist())


def _check(gold: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]], resamples: int) -> None:
    if len(gold) != len(predicted):
        raise DataError(
            f"There are {len(gold):,} tagged sentences but {len(predicted):,} predictions.",
            expected="Each sentence needs its true tags and its predicted tags.",
            remedy="Predict the same sentences that the tags come from.",
        )
    for number, (true, predictions) in enumerate(zip(gold, predicted, strict=True), start=1):
        if len(true) != len(predictions):
            raise DataError(
                f"Sentence {number:,} has {len(true):,} tags but {len(predictions):,} predicted ones.",
                expected="One predicted tag for each token.",
                remedy="Predict the same tokens that the tags come from.",
            )
    if not any(len(tags) for tags in gold):
        raise DataError(
            "There are no tokens to evaluate.",
            expected="At least one sentence with a tagged token.",
            remedy="Give this part of the data more rows, or choose another split.",
        )
    if resamples < 1:
        raise DataError(f"The number of resamples is {resamples}.", expected="1 or more.", remedy="Use 1000.")
