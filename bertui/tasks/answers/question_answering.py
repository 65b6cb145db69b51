"""The part of a text that answers a question, or that there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

import numpy as np

from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoded
from bertui.encoding.long_texts import Excerpt, in_windows
from bertui.evaluation.spans_in_text import exact, fit_no_answer, has_answer, score_answers, token_f1
from bertui.modeling.readout import TOKENS, Readout
from bertui.tasks.answers.best_spans import Best, best_span
from bertui.tasks.answers.breakdown import by_question_word, with_and_without
from bertui.tasks.answers.gold_answers import Gold, read_gold
from bertui.tasks.answers.pieces import (
    check_pairs,
    piece_at,
    places_by_window,
    question_budget,
    scores_by_window,
    surprise,
)
from bertui.tasks.answers.prediction import SpanPrediction
from bertui.tasks.examples import Examples
from bertui.tasks.results import BaselineScores, Focus, Input, Judged, Measure
from bertui.tasks.task import Decided, Guess, Task
from bertui.tasks.task_choice import TaskChoice

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from bertui.data.checking.findings import Finding
    from bertui.data.columns import Column
    from bertui.data.table import Table
    from bertui.modeling.export import Plain

_SHARED = 0.2  # of the rows repeat a context, from which on rows with one context stay together
NO_ANSWER = "(no answer)"


class QuestionAnswering(Task):
    """A start and an end score for each token, question first, long contexts in overlapping windows.

    Source: Devlin et al. 2018, sections 4.2 and 4.3.
    """

    title: ClassVar[str] = "An answer in a text"
    help: ClassVar[str] = "A question and a text: the model marks the part of the text that answers it."
    kind: Literal["question-answering"] = "question-answering"
    needs: ClassVar[tuple[str, ...]] = ("question", "context", "answer")
    may: ClassVar[tuple[str, ...]] = ("answer_start", "answers")
    shapes: ClassVar[tuple[str, ...]] = (".json",)
    readout: ClassVar[Readout] = TOKENS
    recipe_defaults: ClassVar[dict[str, Any]] = {"encoding.max_length": 384, "training.batch_size": 16}
    without: ClassVar[tuple[str, ...]] = (
        "encoding.truncation", "encoding.reading", "features.pooling", "features.join", "task.cost_of_missing",
        "regularization.class_weights",
    )  # fmt: skip
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("f1", "F1", "Words that the answer and the right one have in common, capitals, articles and "
                "punctuation apart.", "F1"),
        Measure("exact", "Exact match", "Share of answers that are word for word right, capitals, articles and "
                "punctuation apart.", "word for word right"),
    )  # fmt: skip
    chosen_by: ClassVar[str] = "f1"
    no_flip: ClassVar[str] = "The answer is made of words of the context: other words are another answer anyway."
    compared_by: ClassVar[str] = "f1"
    credit: ClassVar[str] = "F1"

    stride: int = 128
    longest_answer: int = 30
    threshold: float | None = None
    """No answer is given where its margin is larger; None where every question of the table has an answer."""

    @classmethod
    def guess(cls, columns: Sequence[Column], frame: pd.DataFrame) -> Guess | None:
        from bertui.data.roles import Roles
        from bertui.tasks.answers.columns import answer_columns
        from bertui.tasks.pairs import with_metadata

        columns_of = answer_columns(columns, frame)
        if columns_of is None:
            return None
        every = next((column.name for column in columns if column.name == "answers"), None)
        roles = with_metadata(Roles(answers=every).changed(**columns_of), columns, frame)
        # Questions about one text would otherwise fall into training and test rows.
        shared = roles.group is None and frame[columns_of["context"]].duplicated().mean() > _SHARED
        return Guess(0.97, roles.changed(group=columns_of["context"]) if shared else roles)

    @classmethod
    def check(cls, table: Table) -> list[Finding]:
        from bertui.tasks.answers.checking import check_answers

        return check_answers(table)

    @classmethod
    def learn(cls, table: Table, rows: Sequence[int] | np.ndarray) -> Self:
        return cls()

    def chosen(self, choice: TaskChoice) -> Self:
        return self.model_copy(update={"stride": choice.stride, "longest_answer": choice.longest_answer})

    def gold(self, table: Table, rows: Sequence[int] | np.ndarray) -> list[Gold]:
        rows = list(rows)
        cells = {role: table.cells(role).loc[rows].tolist() for role in ("context", "answer")}
        starts = table.cells("answer_start").loc[rows].tolist() if table.roles.of("answer_start") else [""] * len(rows)
        every = table.cells("answers").loc[rows].tolist() if table.roles.of("answers") else [""] * len(rows)
        numbers = table.numbers.all(rows).tolist()
        columns = zip(numbers, cells["context"], cells["answer"], starts, every, strict=True)
        return [read_gold(row, context, answer, start, more) for row, context, answer, start, more in columns]

    @classmethod
    def in_windows(cls, choice: EncodingChoice) -> bool:
        return True

    def encode(self, encoder: TextEncoder, inputs: Sequence[Input], *, spans: bool = True) -> Encoded:
        """Encode pairs, long contexts in windows; always with spans, which say where in the context an answer is."""
        check_pairs(inputs)
        return encoder.encode(inputs, spans=True, excerpts=lambda lengths: self._excerpts(lengths, encoder))

    def _excerpts(self, lengths: Sequence[int], encoder: TextEncoder) -> list[Excerpt]:
        question = range(min(lengths[0], question_budget(encoder)))
        return in_windows(lengths[1], encoder.budget(2) - len(question), self.stride, (question,))

    def examples(self, encoded: Encoded, inputs: Sequence[Input], gold: Sequence[Gold]) -> Examples:
        """Give each window the first and the last piece of the answer, or twice the first mark where it has it not."""
        targets = np.zeros((encoded.sequences, 2), dtype=np.int64)
        for number, (where, owner) in enumerate(places_by_window(encoded)):
            answer = gold[owner]
            if not answer.texts:
                continue
            inside = where[:, 0] >= 0
            first = np.flatnonzero(inside & (where[:, 1] > answer.start))
            last = np.flatnonzero(inside & (where[:, 0] < answer.stop))
            whole = inside.any() and where[inside, 0].min() <= answer.start and where[inside, 1].max() >= answer.stop
            if whole and len(first) and len(last) and first[0] <= last[-1]:
                targets[number] = first[0], last[-1]
        return Examples(encoded, targets, inputs, gold, "sequence")

    @property
    def outputs(self) -> int:
        return 2

    def loss(self, outputs: Tensor, targets: Tensor, *, weights: Tensor | None, smoothing: float) -> Tensor:
        from torch.nn.functional import cross_entropy

        starts, ends = (
            cross_entropy(outputs[:, :, side], targets[:, side], reduction="sum", label_smoothing=smoothing)
            for side in (0, 1)
        )
        return (starts + ends) / 2

    def metrics(self, outputs: np.ndarray, examples: Examples) -> dict[str, float]:
        losses = [
            (surprise(scores[:, 0], target[0]) + surprise(scores[:, 1], target[1])) / 2
            for scores, target in zip(scores_by_window(outputs, examples.encoded), examples.targets, strict=True)
        ]
        answers = self.answer(examples.inputs, examples.encoded, outputs)
        pairs = [(one.span, list(true.texts)) for one, true in zip(answers, examples.gold, strict=True)]
        return {
            "loss": float(np.mean(losses)), "f1": float(np.mean([token_f1(*pair) for pair in pairs])),
            "exact": float(np.mean([exact(*pair) for pair in pairs])),
        }  # fmt: skip

    def fitted(self, outputs: np.ndarray, examples: Examples) -> Self:
        answerable = np.array([has_answer(list(one.texts)) for one in examples.gold])
        if answerable.all():
            return self
        always = self.model_copy(update={"threshold": None})
        answers = always.answer(examples.inputs, examples.encoded, outputs)
        f1 = [token_f1(one.span, list(true.texts)) for one, true in zip(answers, examples.gold, strict=True)]
        threshold = fit_no_answer(np.array([one.margin for one in answers]), np.array(f1), answerable)
        return self.model_copy(update={"threshold": float(np.clip(threshold, -1e6, 1e6))})

    def answer(self, inputs: Sequence[Input], encoded: Encoded, outputs: np.ndarray) -> list[SpanPrediction]:
        windows_of: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in inputs]
        for scores, (where, owner) in zip(scores_by_window(outputs, encoded), places_by_window(encoded), strict=True):
            windows_of[owner].append((scores, where))
        spans = [best_span(windows_of[row], self.longest_answer) for row in range(len(inputs))]
        return [self._prediction(texts, best) for texts, best in zip(inputs, spans, strict=True)]

    def _prediction(self, texts: Input, best: Best) -> SpanPrediction:
        if self.threshold is not None and best.margin > self.threshold:
            return SpanPrediction(texts, 0, "", 0, 0, best.nothing, best.margin)
        return SpanPrediction(
            texts, 0, texts[1][best.start : best.stop], best.start, best.stop, best.share, best.margin
        )

    def judge(
        self, gold: Sequence[Gold], answers: Sequence[SpanPrediction], rows: Sequence[int] | np.ndarray
    ) -> Judged:
        spans, true = [one.span for one in answers], [list(one.texts) for one in gold]
        scores = score_answers(spans, true)
        credit = np.array([token_f1(*pair) for pair in zip(spans, true, strict=True)])
        questions = [one.inputs[0] for one in answers]
        matches = np.array([exact(*pair) for pair in zip(spans, true, strict=True)])
        view = by_question_word(questions, credit, matches)
        expected = tuple(one.texts[0] if one.texts else NO_ANSWER for one in gold)
        return Judged(len(gold), self.measured(scores), (view, *with_and_without(scores)), credit, expected, credit)

    def baselines(
        self, train_inputs: Sequence[Input], train_gold: Sequence[Gold], inputs: Sequence[Input], gold: Sequence[Gold]
    ) -> list[BaselineScores]:
        from bertui.evaluation.baselines.question_answering import likeliest_words

        predicted, took = likeliest_words(inputs)
        true = [list(one.texts) for one in gold]
        credit = np.array([token_f1(*pair) for pair in zip(predicted, true, strict=True)])
        metrics = self.measured(score_answers(predicted, true))
        name = "Rarest words near the question's"
        return [BaselineScores(name, metrics, took, answers=tuple(predicted), contributions=credit)]

    def files(self, answers: Sequence[SpanPrediction], ids: Sequence[str]) -> dict[str, bytes]:
        from bertui.data.reading.formats.squad import to_squad_predictions

        if len(set(ids)) < len(ids):
            return {}
        return {".json": to_squad_predictions(ids, [one.span or None for one in answers])}

    def plain(self) -> Plain:
        from bertui.modeling.export import Plain

        return Plain("question-answering")

    def focuses(self, prediction: SpanPrediction) -> tuple[Focus, ...]:
        if not prediction.span:
            return (Focus("none", "that there is no answer", ("no answer",)),)
        words = prediction.span.split()
        return (
            Focus(f"start:{prediction.start}", "where it starts", (f"starts at {words[0]}",)),
            Focus(f"end:{prediction.stop}", "where it ends", (f"ends at {words[-1]}",)),
        )

    def decided_in(self, inputs: Input, encoded: Encoded, focus: Focus) -> Decided:
        """Return the window in which the answer starts or ends; that there is none is said at its first mark.

        Raises:
            DataError: The model reads nothing at that place.
        """
        if focus.key == "none":
            return Decided((0,), 0)
        at = piece_at(encoded, focus.key)
        window = int(np.searchsorted(encoded.starts, at, side="right")) - 1
        return Decided((window,), at - int(encoded.starts[window]))

    def explained(self, outputs: Tensor, focus: Focus, token: int | None) -> Tensor:
        return _edge(outputs, focus).softmax(-1)[:, token][:, None]

    def logits(self, outputs: Tensor, focus: Focus, token: int | None) -> Tensor:
        """Return the logit of the place, less the mean of those of all other places."""
        logits = _edge(outputs, focus)
        here, others = logits[:, token], max(1, logits.shape[1] - 1)
        return (here - (logits.sum(1) - here) / others)[:, None]


def _edge(outputs: Tensor, focus: Focus) -> Tensor:
    """Return the logits of all places for where the answer starts, or ends, ``[copies, seq]``."""
    return outputs[:, 0, :, 1 if focus.key.startswith("end") else 0]
