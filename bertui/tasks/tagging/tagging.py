"""One tag for each token: entities, parts of speech. Only the first piece of a token is answered for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np

from bertui.data.cells.tag_spelling import TagSpelling, spelling_of
from bertui.data.cells.tags import OUTSIDE, repaired, scheme_of, strict_spans, to_iob2
from bertui.data.cells.words import words_of
from bertui.encoding.choices import EncodingChoice
from bertui.encoding.encode import TextEncoder
from bertui.encoding.encoded import Encoded
from bertui.encoding.long_texts import in_windows
from bertui.errors import DataError
from bertui.evaluation.calibration import fit_temperature, softmax
from bertui.modeling.readout import TOKENS, Readout
from bertui.tasks.examples import IGNORED, Examples
from bertui.tasks.results import BaselineScores, Focus, Input, Judged, Measure
from bertui.tasks.tagging.marks import as_spans, kinds_of, tag_title
from bertui.tasks.tagging.pieces import answered_pieces, piece_of
from bertui.tasks.tagging.prediction import TagPrediction, Tags
from bertui.tasks.tagging.scores import entity_measures, quick_metrics, report_views, shares_of_f1
from bertui.tasks.task import Decided, Guess, Task
from bertui.tasks.task_choice import TaskChoice

if TYPE_CHECKING:
    import pandas as pd
    from torch import Tensor

    from bertui.data.checking.findings import Finding
    from bertui.data.columns import Column
    from bertui.data.table import Table
    from bertui.modeling.export import Plain

_SAMPLE = 2_000  # rows looked at to guess what a file is


class Tagging(Task):
    """Softmax over tags at the first word piece of each token; other pieces are ignored.

    Source: Devlin et al. 2018, section 5.3.
    """

    title: ClassVar[str] = "A tag for each token"
    help: ClassVar[str] = "Each word of a sentence has a tag: names of persons and places, parts of speech."
    kind: Literal["tagging"] = "tagging"
    needs: ClassVar[tuple[str, ...]] = ("tokens", "tags")
    shapes: ClassVar[tuple[str, ...]] = (".conll",)
    readout: ClassVar[Readout] = TOKENS
    without: ClassVar[tuple[str, ...]] = (
        "encoding.truncation", "encoding.reading", "features.pooling", "features.join", "task.longest_answer",
        "task.cost_of_missing", "regularization.class_weights",
    )  # fmt: skip
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("f1", "Entity F1", "Precision and recall in one. An entity is right when its type and both ends are; "
                "of plain tags, each counts as an entity of one token.", "entity F1"),
        Measure("precision", "Precision", "Of the entities that were found, how many are right.", "precision"),
        Measure("recall", "Recall", "Of the true entities, how many were found.", "recall"),
        Measure("accuracy", "Token accuracy", "Share of tokens whose tag is right.", "token accuracy"),
    )  # fmt: skip
    chosen_by: ClassVar[str] = "f1"
    rivals: ClassVar[bool] = True
    no_flip: ClassVar[str] = "Each word has a tag of its own: a text with other words has other tags anyway."
    compared_by: ClassVar[str] = "f1"
    credit: ClassVar[str] = "token accuracy"

    tags: Tags
    scheme: Literal["IOB1", "IOB2", "BIOES", "plain"] = "IOB2"
    spelling: TagSpelling = TagSpelling()
    stride: int = 128
    temperature: float = 1.0

    @classmethod
    def guess(cls, columns: Sequence[Column], frame: pd.DataFrame) -> Guess | None:
        from bertui.data.column_roles import metadata_of
        from bertui.data.roles import Roles
        from bertui.tasks.tagging.checking import marks_entities, tagged_columns

        head = frame[[column.name for column in columns if column.filled]].head(_SAMPLE)
        pairs = list(tagged_columns(head))
        if not pairs:
            return None
        # Of several columns of tags, such as parts of speech and entities, entities are what people mean.
        tokens, tags = next((pair for pair in pairs if marks_entities(head[pair[1]])), pairs[0])
        roles = Roles(tokens=tokens, tags=tags).changed(**metadata_of(columns, frame, (tokens, tags)))
        return Guess(0.95, roles)

    @classmethod
    def check(cls, table: Table) -> list[Finding]:
        from bertui.tasks.tagging.checking import check_tags

        return check_tags(table)

    @classmethod
    def counts(cls, table: Table) -> pd.DataFrame:
        import pandas as pd

        task = cls.learn(table, table.frame.index[table.usable].tolist())
        sentences = [task.read_tags(cell) for cell in table.cells("tags")[table.usable]]
        kinds = pd.Series([span.kind for tags in sentences for span in strict_spans(as_spans(tags))], dtype="str")
        given = kinds.value_counts()
        name = "tag" if task.scheme == "plain" else "entity"
        return pd.DataFrame({name: given.index, "times": given.to_numpy()})

    @classmethod
    def learn(cls, table: Table, rows: Sequence[int] | np.ndarray) -> Self:
        cells = table.cells("tags")[table.usable]
        sentences = [cell.split() for cell in cells]
        spelling = spelling_of(sentences)
        task = cls(tags=(), spelling=spelling, scheme=scheme_of(map(spelling.read_all, sentences)))
        used = {tag for cell in cells for tag in task.read_tags(cell)}
        if task.scheme != "plain":
            marked = {tag for tag in used if tag[:2] in ("B-", "I-")}
            used |= {f"{letter}-{tag[2:]}" for tag in marked for letter in "BI"} | {OUTSIDE}
        ordered = sorted(used, key=lambda tag: (tag != OUTSIDE, tag[2:] if task.scheme != "plain" else tag, tag))
        return task.model_copy(update={"tags": tuple(ordered)})

    def chosen(self, choice: TaskChoice) -> Self:
        return self.model_copy(update={"stride": choice.stride})

    def read_tags(self, cell: str) -> Tags:
        """Return the tags of a cell as IOB2, with what breaks it mended; plain tags as they are."""
        tags = self.spelling.read_all(cell.split())
        return tuple(tags) if self.scheme == "plain" else tuple(repaired(to_iob2(tags, self.scheme))[0])

    def gold(self, table: Table, rows: Sequence[int] | np.ndarray) -> list[Tags]:
        rows = list(rows)
        cells, tokens = table.cells("tags").loc[rows], table.cells("tokens").loc[rows]
        sentences = [self.read_tags(cell) for cell in cells]
        for row, tags, text in zip(rows, sentences, tokens, strict=True):
            if len(tags) != len(text.split()):
                raise DataError(
                    f"Row {table.numbers.of(row)} has {len(text.split())} tokens but {len(tags)} tags.",
                    expected="One tag for each token, both divided by single blanks.",
                    remedy="Mend the row or drop it.",
                )
        if sentences and not {tag for tags in sentences for tag in tags} & set(self.tags):
            raise DataError(
                "None of the tags is one that the run knows.", expected=f"Tags: {', '.join(self.tags[:30])}.",
                remedy="Choose the right column of tags.",
            )  # fmt: skip
        return sentences

    def names(self) -> tuple[str, ...]:
        return self.tags

    def possible_answers(self) -> tuple[str, ...]:
        return kinds_of(self.tags)

    def read(self, typed: Input) -> Input:
        """Part what a person typed into words and punctuation."""
        return (" ".join(word.text for word in words_of(typed[0])),)

    @classmethod
    def in_windows(cls, choice: EncodingChoice) -> bool:
        return True

    def encode(self, encoder: TextEncoder, inputs: Sequence[Input], *, spans: bool = True) -> Encoded:
        """Encode sentences, long ones in windows; always with spans, which say where tokens begin."""
        return encoder.encode(
            inputs, spans=True, excerpts=lambda lengths: in_windows(lengths[0], encoder.budget(), self.stride)
        )

    def examples(self, encoded: Encoded, inputs: Sequence[Input], gold: Sequence[Tags]) -> Examples:
        targets = np.full(len(encoded.ids), IGNORED, dtype=np.int64)
        numbers = {tag: number for number, tag in enumerate(self.tags)}
        answered, rows, words = answered_pieces(encoded, inputs)
        targets[answered] = [numbers.get(gold[row][word], IGNORED) for row, word in zip(rows, words, strict=True)]
        return Examples(encoded, targets, inputs, gold, "token")

    @property
    def outputs(self) -> int:
        return len(self.tags)

    def loss(self, outputs: Tensor, targets: Tensor, *, weights: Tensor | None, smoothing: float) -> Tensor:
        from torch.nn.functional import cross_entropy

        return cross_entropy(
            outputs.flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum", label_smoothing=smoothing
        )

    def counted(self, targets: Tensor) -> int:
        return int((targets != IGNORED).sum())

    def metrics(self, outputs: np.ndarray, examples: Examples) -> dict[str, float]:
        labelled = examples.targets != IGNORED
        probabilities = softmax(outputs[labelled])
        targets = examples.targets[labelled]
        losses = -np.log(np.maximum(probabilities[np.arange(len(targets)), targets], 1e-12))
        predicted = [one.tags for one in self.answer(examples.inputs, examples.encoded, outputs)]
        return {"loss": float(losses.mean()), **quick_metrics(examples.gold, predicted)}

    def collapsed(self, outputs: np.ndarray, examples: Examples) -> str | None:
        labelled = examples.targets != IGNORED
        predicted = np.unique(outputs[labelled].argmax(1))
        more = len(np.unique(examples.targets[labelled])) > 1
        return self.tags[predicted[0]] if len(predicted) == 1 and more else None

    def fitted(self, outputs: np.ndarray, examples: Examples) -> Self:
        labelled = examples.targets != IGNORED
        if not labelled.any():
            return self
        return self.model_copy(update={"temperature": fit_temperature(outputs[labelled], examples.targets[labelled])})

    def answer(self, inputs: Sequence[Input], encoded: Encoded, outputs: np.ndarray) -> list[TagPrediction]:
        """Return a tag for each token; a token without a piece of its own is outside, broken IOB2 is mended."""
        answered, rows, words = answered_pieces(encoded, inputs)
        probabilities = softmax(outputs[answered], self.temperature)
        best, sure = probabilities.argmax(1), probabilities.max(1)
        usual = self.tags.index(OUTSIDE) if OUTSIDE in self.tags else 0
        starts = np.concatenate([[0], np.cumsum([len(row[0].split()) for row in inputs])]).astype(np.int64)
        chosen, certainty = np.full(starts[-1], usual), np.zeros(starts[-1])
        chosen[starts[rows] + words], certainty[starts[rows] + words] = best, sure
        predictions, kinds = [], kinds_of(self.tags)
        for row, texts in enumerate(inputs):
            span = slice(starts[row], starts[row + 1])
            tags = [self.tags[number] for number in chosen[span]]
            tags = tags if self.scheme == "plain" else repaired(tags)[0]
            predictions.append(TagPrediction(texts, 0, tuple(tags), tuple(certainty[span].tolist()), kinds))
        return predictions

    def judge(self, gold: Sequence[Tags], answers: Sequence[TagPrediction], rows: Sequence[int] | np.ndarray) -> Judged:
        from bertui.evaluation.tag_rows import token_credit

        predicted = [one.tags for one in answers]
        scores, metrics = entity_measures(gold, predicted)
        return Judged(
            len(gold), metrics, report_views(scores), token_credit(gold, predicted), tuple(map(" ".join, gold)),
            shares_of_f1(gold, predicted),
        )  # fmt: skip

    def baselines(
        self, train_inputs: Sequence[Input], train_gold: Sequence[Tags], inputs: Sequence[Input], gold: Sequence[Tags]
    ) -> list[BaselineScores]:
        from bertui.evaluation.baselines.tagging import commonest_tags

        words = [[row[0].split() for row in some] for some in (train_inputs, inputs)]
        predicted, took = commonest_tags(words[0], train_gold, words[1])
        mended = [tags if self.scheme == "plain" else repaired(tags)[0] for tags in predicted]
        return [
            BaselineScores(
                "Commonest tag of each word", entity_measures(gold, mended)[1], took,
                answers=tuple(map(" ".join, mended)), contributions=shares_of_f1(gold, mended),
            )
        ]  # fmt: skip

    def files(self, answers: Sequence[TagPrediction], ids: Sequence[str]) -> dict[str, bytes]:
        from bertui.data.reading.formats.conll import to_conll

        return {".conll": to_conll([one.tokens for one in answers], [one.tags for one in answers])}

    def plain(self) -> Plain:
        from bertui.modeling.export import Plain

        return Plain("token-classification", self.tags, scale=1 / self.temperature)

    def focuses(self, prediction: TagPrediction) -> tuple[Focus, ...]:
        """Return the tokens, those with a tag of their own first, those not read last; a key is a token's number."""
        tags, certainty = prediction.tags, prediction.probabilities
        order = sorted(range(len(tags)), key=lambda number: (certainty[number] == 0, tags[number] == OUTSIDE))
        titles = self.tags if self.scheme == "plain" else tuple(map(tag_title, self.tags))
        places = [self.tags.index(tag) for tag in tags]
        return tuple(
            Focus(str(number), f"{prediction.tokens[number]}: {titles[places[number]]}", self.tags, places[number],
                  titles=titles)
            for number in order
        )  # fmt: skip

    def decided_in(self, inputs: Input, encoded: Encoded, focus: Focus) -> Decided:
        """Return the window that answers for the focused token.

        Raises:
            DataError: The model reads nothing of that token.
        """
        at = piece_of(encoded, inputs, int(focus.key))
        window = int(np.searchsorted(encoded.starts, at, side="right")) - 1
        return Decided((window,), at - int(encoded.starts[window]))

    def explained(self, outputs: Tensor, focus: Focus, token: int | None) -> Tensor:
        return self.logits(outputs, focus, token).softmax(-1)

    def logits(self, outputs: Tensor, focus: Focus, token: int | None) -> Tensor:
        return outputs[:, 0, token] / self.temperature
