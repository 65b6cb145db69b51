"""Attention: where each head looks, and what changes when nobody may look at a token."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from bertui.laboratory.attention import Attention, HiddenToken, attention_of, hide_token
from bertui.plots.by_layer import layer_name
from bertui.plots.layers import MOST, attention_arcs, attention_matrix, head_weights, hidden_figure
from bertui.ui import shell
from bertui.ui.background import computed_at_once
from bertui.ui.layers.bench import Bench
from bertui.ui.layers.view import View, draw_picture, offer_csv

_SHAPES = ("Arcs", "Matrix")


def _draw(bench: Bench) -> None:
    st.info("Attention is no explanation: it shows where a head looks, not what moved the answer.",
            icon=":material/info:")  # fmt: skip
    if bench.inputs is None:
        st.info("Choose a text above.")
        return
    inputs, predictor = bench.inputs, bench.predictor
    found: Attention | None = computed_at_once(
        bench.key("attention", inputs), "layers_attention", "Read the attention",
        lambda progress: attention_of(predictor.model, predictor.encoder, predictor.task, inputs),
    )  # fmt: skip
    if found is None:
        return
    if len(found.tokens) > MOST:
        st.caption(f"The first {MOST} of {len(found.tokens):,} tokens are drawn; the file holds all.")
    _show_heads(bench, found)
    with shell.showing_errors():
        _show_hiding(bench, found)


def _show_heads(bench: Bench, found: Attention) -> None:
    layer = max(1, bench.layer)
    if not bench.layer:
        st.caption("The embeddings attend to nothing yet; this is layer 1.")
    heads = found.weights.shape[1]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        head = st.selectbox("Head", list(range(heads + 1)), key="layers_head", format_func=_head_name)
        shape = st.segmented_control("Drawn as", _SHAPES, default=_SHAPES[0], required=True, key="layers_shape")
    head = min(head, heads)
    build = attention_arcs if shape == _SHAPES[0] else attention_matrix
    draw_picture(bench, f"attention_{str(shape).lower()}", build, found, layer, head, columns=len(found.tokens))
    if shape == _SHAPES[0]:
        st.caption("Thicker arcs are larger shares; those under 10 % are left out. The matrix tells who looks at whom.")
    offer_csv(bench, "attention", lambda: _frame(found, layer, head))


def _head_name(head: int) -> str:
    return f"head {head}" if head else "mean of all"


def _frame(found: Attention, layer: int, head: int) -> pd.DataFrame:
    weights = head_weights(found, layer, head)
    return pd.DataFrame(
        [
            {"from": source, "to": goal, "place from": a, "place to": b, "share": float(weights[a, b])}
            for a, source in enumerate(found.tokens)
            for b, goal in enumerate(found.tokens)
        ]
    )


def _show_hiding(bench: Bench, found: Attention) -> None:
    st.subheader("Hide a token", anchor=False)
    st.caption("An experiment: no other token may attend to the chosen one. Which layers' vectors change?")
    places = list(range(len(found.tokens)))
    place = st.selectbox(
        "Hidden token", places, min(1, len(places) - 1), key="layers_hidden",
        format_func=lambda at: shell.plain(f"{found.tokens[at]} (token {at})"),
    )  # fmt: skip
    inputs, predictor = bench.inputs, bench.predictor
    assert inputs is not None
    hidden: HiddenToken | None = computed_at_once(
        bench.key("hidden", inputs, place), "layers_hiding", "Hide the token",
        lambda progress: hide_token(predictor.model, predictor.encoder, predictor.task, inputs, place),
    )  # fmt: skip
    if hidden is None:
        return
    st.markdown(shell.plain(_sentence(hidden, bench.layer)))
    draw_picture(bench, "hidden", hidden_figure, hidden, bench.layer, columns=len(found.tokens))
    offer_csv(bench, "hidden", lambda: _hidden_frame(hidden))


def _sentence(hidden: HiddenToken, layer: int) -> str:
    changes = np.nan_to_num(hidden.change[layer])
    most = int(changes.argmax())
    if not changes[most]:
        return f"At {layer_name(layer)} nothing changes: no token has looked at another yet."
    return (
        f"At {layer_name(layer)} the vector of “{hidden.tokens[most]}” changes the most, by a cosine distance of "
        f"{changes[most]:.2f}; the mean of all is {np.nanmean(hidden.change[layer]):.2f}."
    )


def _hidden_frame(hidden: HiddenToken) -> pd.DataFrame:
    frame = pd.DataFrame(hidden.change.T, columns=[f"layer {one}" for one in range(len(hidden.change))])
    frame.insert(0, "token", hidden.tokens)
    return frame


VIEW = View(
    "attention", "Attention", ":material/visibility:",
    "Each arc or cell is the share of its attention that one token gives to another, at the layer that is chosen "
    "above.",
    "Heads that look at the next word, at the same word elsewhere, or only at the special marks, which is how a head "
    "does nothing.",
    _draw,
)  # fmt: skip
