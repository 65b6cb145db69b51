"""What the views of the Layers page work on: the run's model, the model before it, rows to judge them by, a text."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import streamlit as st

from bertui.errors import UserError
from bertui.laboratory.sample import Sample
from bertui.runs.laboratory import ROWS, Laboratory, pretrained
from bertui.runs.run import Run
from bertui.tasks.results import Input
from bertui.ui.answer.loaded import predictor_of
from bertui.ui.names import file_name

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel
    from bertui.prediction.predictor import Predictor

Found = TypeVar("Found")


@dataclass(frozen=True)
class Bench:
    """One run, the layer that is looked at, and the text that views of one text show.

    Attributes:
        other: A run that stands in the place of "before"; None for the pre-trained model.
        layer: From 0, the embeddings.
        inputs: The text.
        rows: How many rows are read at most.
    """

    run: Run
    other: Run | None
    layer: int
    inputs: Input | None
    rows: int = ROWS

    @cached_property
    def predictor(self) -> Predictor:
        return predictor_of(self.run)

    @property
    def after(self) -> TextModel:
        return self.predictor.model

    @property
    def layers(self) -> int:
        """How many layers a text passes through."""
        return int(self.after.encoder.config.num_hidden_layers)

    @property
    def before(self) -> TextModel:
        """The model that "after" is set against.

        Raises:
            UserError: It is not on this machine any more, and cannot be had.
        """
        if self.other is not None:
            return predictor_of(self.other).model
        return _told(_pretrained(self.run.id, self._stamp, _run=self.run, _after=self.after))

    @property
    def before_name(self) -> str:
        return "before fine-tuning" if self.other is None else self.other.name

    @cached_property
    def sample(self) -> Sample:
        """Validation rows: the model has not learned from them, and the test rows are for the end.

        Raises:
            UserError: There are too few.
        """
        return _sample(self.key("sample", self.rows), _lab=self.lab)

    @cached_property
    def lab(self) -> Laboratory:
        """The run's laboratory on the rows that are read.

        Raises:
            UserError: The run has too few rows, or they are gone.
        """
        other = None if self.other is None else predictor_of(self.other)
        key = self.key_of_both("laboratory", self.rows)
        return _told(_laboratory(key, _run=self.run, _predictor=self.predictor, _other=other))

    def key(self, view: str, *more: Hashable) -> tuple[Hashable, ...]:
        """Return the key of a view's result, with what else it depends on."""
        return view, self.run.id, self._stamp, *more

    def key_of_both(self, view: str, *more: Hashable) -> tuple[Hashable, ...]:
        """Return the key of a result that "before" counts for too."""
        other = None if self.other is None else (self.other.id, self.other.model_folder.stat().st_mtime_ns)
        return self.key(view, other, *more)

    @cached_property
    def name(self) -> str:
        """The run's name, and its table's, as files are called that leave the app."""
        return file_name(self.run, "layers")

    @cached_property
    def _stamp(self) -> int:
        return self.run.model_folder.stat().st_mtime_ns


def _told(found: Found | UserError) -> Found:
    """Return what was found, or raise why there is nothing."""
    if isinstance(found, UserError):
        raise found
    return found


@st.cache_resource(max_entries=1, show_spinner="Loading the pre-trained model …")
def _pretrained(run_id: str, stamp: int, *, _run: Run, _after: TextModel) -> TextModel | UserError:
    """Return the model as it was before the first step, or why it cannot be had, so that no rerun asks again."""
    try:
        return pretrained(_run, _after)
    except UserError as error:
        return error


@st.cache_resource(max_entries=2, show_spinner="Reading the rows …")
def _laboratory(key: tuple[Hashable, ...], *, _run: Run, _predictor: Any, _other: Any) -> Laboratory | UserError:
    try:
        return Laboratory(_run, _predictor, other=_other, rows=int(str(key[-1])))
    except UserError as error:
        return error


@st.cache_resource(max_entries=2, show_spinner="Reading the validation rows …")
def _sample(key: tuple[Hashable, ...], *, _lab: Laboratory) -> Sample:
    return _lab.sample()
