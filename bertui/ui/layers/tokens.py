"""The tokens of one text through the layers, where the answer is a part of a text: question, answer, its sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from bertui.laboratory.scatter import Scatter, scatter
from bertui.laboratory.tokens import OTHER, SPECIAL, Tokens, sentence_around, tokens_of
from bertui.plots.plane import plane_figure
from bertui.prediction.predictor import Predictor
from bertui.tasks.results import Input
from bertui.tasks.views import Marked
from bertui.ui import shell
from bertui.ui.answer.loaded import boxes_of
from bertui.ui.background import computed_at_once
from bertui.ui.layers.bench import Bench
from bertui.ui.layers.view import draw_picture, offer_csv

_CALLED = {SPECIAL: "special marks", OTHER: "the rest"}
_SUPPORT = "sentence of the answer"


@dataclass(frozen=True, slots=True)
class _Found:
    answer: str
    tokens: Tokens
    plane: Scatter


def show_tokens(bench: Bench) -> None:
    """Draw the tokens of the chosen text; nothing for a task whose answers are no parts of a text."""
    inputs, predictor, titles = bench.inputs, bench.predictor, boxes_of(bench.run)
    if inputs is None:
        return
    found: _Found | None = computed_at_once(
        bench.key("tokens", inputs), "layers_tokens", "Read the text's tokens",
        lambda progress: _read(predictor, inputs, titles),
    )  # fmt: skip
    if found is None:
        return
    st.subheader("Tokens of one text", anchor=False)
    st.caption("Each point is a token of the text that is chosen above, coloured by what it belongs to. On the way up "
               "the answer's tokens part from the rest: look for the layer at which they do.")  # fmt: skip
    st.markdown(shell.bold(f"The answer: {found.answer}"))
    draw_picture(bench, "tokens", _plane, found, bench.layer)
    offer_csv(bench, "tokens", lambda: _frame(found, bench.layer))


def _read(predictor: Predictor, inputs: Input, titles: list[str]) -> _Found | None:
    answer = predictor.answer(inputs)
    view = next((view for view in answer.views() if isinstance(view, Marked) and view.text in inputs), None)
    if view is None:
        return None
    at = inputs.index(view.text)
    marks = [(mark.name, at, mark.start, mark.stop) for mark in view.marks]
    if len(inputs) > 1:  # of several texts, one asks and the other holds the answer, in one of its sentences
        marks += [(_SUPPORT, at, *sentence_around(view.text, mark.start, mark.stop)) for mark in view.marks]
    whole = [(title.lower(), number) for number, title in enumerate(titles) if number != at]
    found = tokens_of(predictor.model, predictor.encoder, predictor.task, inputs, marks, whole)
    return _Found(answer.summary(), found, scatter(found.vectors))


def _plane(found: _Found, layer: int) -> object:
    return plane_figure(found.plane, _groups(found), found.tokens.tokens, layer)


def _groups(found: _Found) -> list[str]:
    return [_CALLED.get(kind, kind) for kind in found.tokens.kinds]


def _frame(found: _Found, layer: int) -> pd.DataFrame:
    x, y = np.asarray(found.plane.points[layer]).T
    return pd.DataFrame({"token": found.tokens.tokens, "kind": _groups(found), "layer": layer, "x": x, "y": y})
