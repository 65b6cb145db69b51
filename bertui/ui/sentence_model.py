"""Loaded models and explained texts, kept for all sessions and read under the model's lock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from bertui.explanation.attribution import Attribution, integrated_gradients
from bertui.modeling.libraries import load_libraries
from bertui.runs.run import Run

if TYPE_CHECKING:
    from bertui.prediction import Prediction, Predictor


def predictor_of(run: Run) -> Predictor:
    """Return the run's model, loaded once; a run trained again is loaded anew.

    Raises:
        UserError: The run has no model, or it cannot be read.
    """
    folder = run.model_folder
    return _load(run.id, folder.stat().st_mtime_ns, str(folder))


def predicted(run: Run, text: str) -> Prediction:
    """Return the model's answer to a text."""
    return predictor_of(run).predict(text)


def explained(run: Run, text: str, target: int) -> Attribution:
    """Return how much each word moved the probability of class ``target``."""
    return _explain(run.id, run.model_folder.stat().st_mtime_ns, text, target, _predictor=predictor_of(run))


@st.cache_resource(max_entries=2, show_spinner="Loading the model …")
def _load(run_id: str, stamp: int, folder: str) -> Predictor:
    from bertui.prediction import Predictor

    load_libraries()  # a name of transformers asked for while the frame's thread imports it is missing
    return Predictor(Path(folder))


@st.cache_resource(max_entries=200, show_spinner="Scoring each word …")
def _explain(run_id: str, stamp: int, text: str, target: int, *, _predictor: Predictor) -> Attribution:
    with _predictor.lock:
        return integrated_gradients(
            _predictor.model, _predictor.encoder, text, target, temperature=_predictor.temperature
        )
