"""The laboratory of one run: its model, the model before it, and rows, ready for every view of layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bertui.data.roles import ROLES
from bertui.encoding.encoded import Encoded
from bertui.encoding.unread import nothing_to_read
from bertui.errors import DataError
from bertui.laboratory.collected import LayerVectors, layer_vectors
from bertui.laboratory.drift import VectorDrift, vector_drift
from bertui.laboratory.lens import Lens, Reader, lens
from bertui.laboratory.probe import Probe, probe
from bertui.laboratory.sample import Sample, Steps
from bertui.laboratory.targets import MOST_VALUES, Target, by_length, by_order, by_value, swapped
from bertui.prediction.outputs import Progress
from bertui.prediction.predictor import Predictor
from bertui.runs.run import Run
from bertui.runs.vectors_at_hand import kept_vectors

if TYPE_CHECKING:
    from bertui.data.splitting import Split
    from bertui.laboratory.collected import Pooling
    from bertui.modeling.model import TextModel
    from bertui.tasks.results import Input

ROWS = 2_000
_SCORED = 0.3  # of the rows, those that probes and lens are scored on
_FEWEST = 4  # rows of each part
_SEED = 13  # of the untrained network
SIDES = ("before", "after")
NETWORKS = (*SIDES, "untrained")


@dataclass(frozen=True)
class Part:
    """Some rows of the run's table, as the run's model reads them.

    Attributes:
        rows: Their ids.
    """

    rows: np.ndarray
    inputs: Sequence[Input]
    encoded: Encoded


class Laboratory:
    """One run, before against after fine-tuning, or another run in the place of before, on a sample of its rows.

    Probes and maps are fitted on training rows and scored on validation rows; test rows are for the end.

    Args:
        other: Whose model stands in the place of "before"; the pre-trained model when left out.
        rows: How many rows are read at most.

    Raises:
        DataError: The run has too few training or validation rows.
        RunError: The run's rows or its model are gone.
        ModelError: The pre-trained model cannot be had.
    """

    def __init__(self, run: Run, predictor: Predictor, *, other: Predictor | None = None, rows: int = ROWS) -> None:
        self.run, self.predictor, self.task = run, predictor, predictor.task
        self.table, self._split = run.data()
        self.train, self.held_out = (self._part(*one) for one in _drawn(self._split, rows))
        self._other = other

    @cached_property
    def before(self) -> TextModel:
        """The model that "after" is set against."""
        return self._other.model if self._other is not None else pretrained(self.run, self.after)

    @property
    def after(self) -> TextModel:
        return self.predictor.model

    @cached_property
    def untrained(self) -> TextModel:
        """The same encoder with random weights: what a probe makes of it, it has learned itself."""
        import torch
        from transformers import AutoModel

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_SEED)
            return _around(AutoModel.from_config(self.after.encoder.config), self.after)

    def vectors(self, side: str, part: Part, progress: Progress | None = None) -> LayerVectors:
        """Return what each layer of a network makes of the rows of a part, from the run's folder where it is at hand.

        Args:
            side: "before", "after" or "untrained".
            progress: Called with the share done; what it raises ends the work, and nothing is kept.
        """
        model: TextModel = getattr(self, side)
        reads, encoded = self.predictor, part.encoded
        if side == "before" and self._other is not None:  # which may have a tokenizer of its own
            reads = self._other
            encoded = reads.task.encode(reads.encoder, part.inputs)
        padding = int(reads.tokenizer.pad_token_id)
        return kept_vectors(self.run.folder, model, encoded, lambda: layer_vectors(model, encoded, padding, progress))

    def both(
        self, sides: Sequence[str], progress: Progress | None = None
    ) -> tuple[dict[str, LayerVectors], dict[str, LayerVectors]]:
        """Return the vectors of the training rows and of the rows that are scored, by network."""
        steps = Steps(progress, 2 * len(sides))
        train = {side: self.vectors(side, self.train, steps.next()) for side in sides}
        return train, {side: self.vectors(side, self.held_out, steps.next()) for side in sides}

    # --- what is probed ---

    def targets(self) -> Mapping[str, Callable[[], Target]]:
        """Return what can be probed on these rows, by its title: the label first, where the task has one for a text."""
        found: dict[str, Callable[[], Target]] = {}
        if (label := self.label()) is not None:
            found["the label"] = lambda: label
        found |= {f"the column {name}": self._column(name) for name in self._columns()}
        found["the length of the text"] = lambda: by_length(*(_lengths(one) for one in (self.train, self.held_out)))
        return found

    def label(self) -> Target | None:
        """Return the label as a target; None for tasks that do not give each text one of some labels."""
        answers = [self.task.gold(self.table, one.rows) for one in (self.train, self.held_out)]
        if not self.task.rivals or not all(isinstance(one, str) for one in answers[0]):
            return None
        return by_value("the label", *answers)

    def order(self, pooling: Pooling, progress: Progress | None = None) -> Probe:
        """Probe whether the words of a text are in order, on copies with two neighbouring words swapped."""
        parts = [_with_swapped(one, self.predictor) for one in (self.train, self.held_out)]
        steps = Steps(progress, 2 * len(SIDES) + 1)
        train, held_out = ({side: self.vectors(side, one, steps.next()) for side in SIDES} for one in parts)
        target = by_order(*(len(one.rows) // 2 for one in parts))
        return probe(train, held_out, target, pooling, progress=steps.next())

    # --- views that need no more than vectors ---

    def reader(self, progress: Progress | None = None) -> Reader:
        """Return what reads the run's layers with its own head, with the maps fitted on training rows."""
        return Reader(self.after, self.vectors("after", self.train, progress))

    def lens(self, reader: Reader, progress: Progress | None = None) -> Lens:
        """Return where the run's answer appears."""
        vectors, part = self.vectors("after", self.held_out, progress), self.held_out
        answers = [one.answer for one in self.predictor.predict_all(part.inputs, precision="32-bit")]
        return lens(reader, self.task, vectors, part.encoded, part.inputs, answers)

    def drift(self, progress: Progress | None = None) -> VectorDrift:
        """Return how far the mean vectors of all rows moved."""
        train, held_out = self.both(SIDES, progress)
        return vector_drift(*(np.concatenate([train[side].mean, held_out[side].mean], axis=1) for side in SIDES))

    def sample(self) -> Sample:
        """Return rows with true answers on which the network is scored with something changed in it."""
        gold = self.task.gold(self.table, self.held_out.rows)
        return Sample.of(self.task, self.predictor.encoder, self.held_out.inputs, gold)

    def _part(self, name: str, rows: np.ndarray) -> Part:
        inputs = self.table.inputs(rows)
        readable = ~np.asarray(nothing_to_read(self.predictor.encoder, inputs), dtype=bool)
        rows = rows[readable]
        if len(rows) < _FEWEST:
            raise DataError(
                f"This run has {len(rows):,} {name} rows that can be read.",
                expected=f"At least {_FEWEST} training and {_FEWEST} validation rows; the test rows are for the end.",
                remedy="Train again on more rows, with a share of validation rows.",
            )
        kept = [one for one, can in zip(inputs, readable, strict=True) if can]
        return Part(rows, kept, self.task.encode(self.predictor.encoder, kept))

    def _columns(self) -> list[str]:
        """Return the columns that the run keeps beside what is read and answered, where they have few values."""
        roles = self.table.roles
        taken = {name for role, names in roles.columns.items() if ROLES[role].use != "metadata" for name in names}
        frame = self.table.frame
        return [
            str(name) for name in frame.columns
            if str(name) not in taken and 2 <= frame[name].nunique(dropna=True) <= min(MOST_VALUES, len(frame) // 5)
        ]  # fmt: skip

    def _column(self, name: str) -> Callable[[], Target]:
        cells = self.table.frame[name].fillna("").astype(str)
        return lambda: by_value(
            f"the column {name}", *(cells.loc[one.rows].tolist() for one in (self.train, self.held_out))
        )


def pretrained(run: Run, after: TextModel) -> TextModel:
    """Return a run's model as it was before the first step, its head aside.

    Raises:
        ModelError: The pre-trained model is not on this machine and cannot be had.
    """
    from bertui.modeling.backbone import load_backbone

    return _around(load_backbone(run.recipe.model).encoder, after)


def _around(encoder: Any, like: TextModel) -> TextModel:
    """Return a network with another encoder and a new head, built as ``like`` is."""
    from bertui.modeling.model import TextModel

    return TextModel(encoder, like.features, like.head.dense.out_features, readout=like.readout).eval()


def _drawn(split: Split, rows: int) -> tuple[tuple[str, np.ndarray], tuple[str, np.ndarray]]:
    """Draw training and validation rows, in their order; where one part is short, more of the other are read."""
    scored = min(len(split.validation), max(round(_SCORED * rows), rows - len(split.train)))
    known = min(len(split.train), rows - scored)
    random = np.random.default_rng(0)

    def some(ids: np.ndarray, count: int) -> np.ndarray:
        return np.sort(random.choice(ids, count, replace=False)) if count < len(ids) else np.asarray(ids)

    return ("training", some(split.train, known)), ("validation", some(split.validation, scored))


def _lengths(part: Part) -> list[int]:
    """Return the tokens of each row that are read."""
    lengths: list[int] = np.add.reduceat(part.encoded.lengths, part.encoded.rows[:-1]).tolist()
    return lengths


def _with_swapped(part: Part, predictor: Predictor) -> Part:
    """Return the rows that have two words to swap, followed by their swapped copies."""
    pairs = [(row, one, other) for row, one, other in zip(part.rows, part.inputs, swapped(part.inputs), strict=True)
             if other is not None]  # fmt: skip
    if not pairs:
        raise DataError(
            "No text of the sample has two neighbouring words that differ.",
            expected="Texts of several words.",
            remedy="Probe something else.",
        )
    rows, plain, changed = zip(*pairs, strict=True)
    inputs: list[Any] = [*plain, *changed]
    return Part(np.array([*rows, *rows]), inputs, predictor.task.encode(predictor.encoder, inputs))
