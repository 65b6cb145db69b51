"""Loaded models, explained rows and the words of training, kept for all sessions and read under the model's lock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from bertui.data.roles import ROLES
from bertui.encoding.familiar import Familiar
from bertui.explanation.attribution import Attribution
from bertui.explanation.interaction import Interaction, interactions
from bertui.explanation.methods import read_method
from bertui.explanation.nearest import Nearness
from bertui.modeling.libraries import load_libraries
from bertui.runs.asking import Asking
from bertui.runs.familiarity import familiar_words
from bertui.runs.rows import evenly
from bertui.runs.run import Run
from bertui.tasks.results import Focus, Input

if TYPE_CHECKING:
    from bertui.prediction.predictor import Predictor

_MOST_ROWS = 5_000  # training rows that are searched, evenly from first to last: some seconds, once
_MOST_HELD_OUT = 500  # validation rows that say how near is near


def predictor_of(run: Run) -> Predictor:
    """Return the run's model, loaded once; a run trained again is loaded anew.

    Raises:
        UserError: The run has no model, or it cannot be read.
    """
    folder = run.model_folder
    return _load(run.id, folder.stat().st_mtime_ns, str(folder))


def predicted(run: Run, inputs: Input, *, typed: bool = False) -> Any:
    """Return the model's answer to one row, or to what a person typed."""
    predictor = predictor_of(run)
    return predictor.answer(predictor.task.read(inputs) if typed else inputs)


def boxes_of(run: Run) -> list[str]:
    """Return the titles of what the run's task reads, in its order."""
    roles, titles = run.roles, list[str]()
    for role in roles.playing("input"):
        several = len(roles.of(role)) if ROLES[role].several == "apart" else 1
        title = ROLES[role].title.removesuffix("s") if several > 1 else ROLES[role].title
        titles += [f"{title} {number + 1}" for number in range(several)] if several > 1 else [title]
    return titles


def titles_of(run: Run, focus: Focus) -> tuple[str, ...]:
    """Return what each of the texts is that an explanation shows, such as "Question" and "Context"."""
    return tuple(predictor_of(run).task.shown(tuple(boxes_of(run)), focus))


def neighbours(run: Run, inputs: Input, count: int = 5) -> tuple[pd.DataFrame, str]:
    """Return the training rows most like a row for the model (text, true answer, likeness), and a doubt or ""."""
    table, nearness = _nearness(run.id, run.model_folder.stat().st_mtime_ns, _run=run)
    found = nearness.nearest(predictor_of(run).vectors([inputs])[0], count)
    rows = table.iloc[[one.place for one in found]]
    return rows.assign(likeness=[one.similarity for one in found]), nearness.doubt(found)


def explained(run: Run, inputs: Input, focus: Focus, target: int, method: str | None = None) -> Attribution:
    """Return how much each word moved a target of the answer, by a method such as "integrated-gradients:64"."""
    stamp = run.model_folder.stat().st_mtime_ns
    return _explain(run.id, stamp, inputs, focus, target, method, _predictor=predictor_of(run))


def together(run: Run, inputs: Input, focus: Focus, words: Attribution) -> Interaction:
    """Return what pairs of words, one of each text, do together to the target that ``words`` explains."""
    stamp = run.model_folder.stat().st_mtime_ns
    return _pair(run.id, stamp, inputs, focus, words.target, _words=words, _predictor=predictor_of(run))


def words_of_training(run: Run) -> Familiar:
    """Return the words that a run was trained on, counted once for all sessions."""
    return _familiar(run.id, _run=run)


@st.cache_resource(max_entries=2, show_spinner="Loading the model …")
def _load(run_id: str, stamp: int, folder: str) -> Predictor:
    from bertui.prediction.predictor import Predictor

    load_libraries()  # a name of transformers asked for while the frame's thread imports it is missing
    return Predictor(Path(folder))


@st.cache_resource(max_entries=200, show_spinner="Scoring each word …")
def _explain(
    run_id: str, stamp: int, inputs: Input, focus: Focus, target: int, method: str | None, *, _predictor: Predictor
) -> Attribution:
    with _predictor.lock:
        return Asking(_predictor, inputs, focus, target).attribution(read_method(method))


@st.cache_resource(max_entries=200, show_spinner="Reading the texts without pairs of words …")
def _pair(
    run_id: str, stamp: int, inputs: Input, focus: Focus, target: int, *, _words: Attribution, _predictor: Predictor
) -> Interaction:
    with _predictor.lock:
        return interactions(_predictor.model, _predictor.encoder, inputs, _predictor.task, focus, _words)


@st.cache_resource(max_entries=2, show_spinner="Reading the training rows …")
def _nearness(run_id: str, stamp: int, *, _run: Run) -> tuple[pd.DataFrame, Nearness]:
    """Return text and true answer of the training rows, and what the head reads of them."""
    table, split = _run.data()
    rows, held_out = evenly(split.train, _MOST_ROWS), evenly(split.validation, _MOST_HELD_OUT)
    frame = pd.DataFrame({"text": table.texts.loc[rows], "label": table.answers.loc[rows]})
    vectors = predictor_of(_run).vectors(table.inputs(np.concatenate([rows, held_out])))
    return frame, Nearness.of(vectors[: len(rows)], vectors[len(rows) :])


@st.cache_resource(max_entries=8, show_spinner=False)
def _familiar(run_id: str, *, _run: Run) -> Familiar:
    return familiar_words(_run)
