"""How far the vectors of texts moved, on the person's own and on general sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from bertui.laboratory.drift import VectorDrift, vector_drift
from bertui.laboratory.general import general_sentences
from bertui.laboratory.sample import Steps
from bertui.plots.by_layer import layer_name
from bertui.plots.layers import cka_figure, distance_figure
from bertui.prediction.outputs import Progress
from bertui.runs.laboratory import SIDES, Laboratory, Part
from bertui.ui import shell
from bertui.ui.background import computed
from bertui.ui.layers.bench import Bench
from bertui.ui.layers.view import draw_picture, offer_csv


@dataclass(frozen=True, slots=True)
class Moved:
    """The drift of the same networks on two kinds of texts."""

    own: VectorDrift
    general: VectorDrift


def show_vectors(bench: Bench) -> None:
    """Compare the vectors of texts before and after, when a person asks for it."""
    st.subheader("Vectors of texts", anchor=False)
    lab = bench.lab
    found: Moved | None = computed(
        bench.key_of_both("vectors", bench.rows), "layers_moved",
        f"Compare the vectors of {len(lab.train.rows) + len(lab.held_out.rows):,} rows and "
        f"{len(general_sentences()):,} general sentences",
        lambda progress: _moved(lab, progress),
    )  # fmt: skip
    if found is None:
        return
    st.caption("Similarity (debiased linear CKA): 1 where texts that were alike still are, 0 where nothing of that is "
               "left. Distance (cosine, every dimension on one scale): 0 where the vectors are what they were, 1 where "
               "they have nothing in common; a shift of all texts alike counts too.")  # fmt: skip
    if found.own.warning:
        st.warning(shell.plain(found.own.warning), icon=":material/info:")
    st.markdown(shell.plain(_sentence(found, bench.layer)))
    draw_picture(bench, "cka", cka_figure, found.own, found.general, bench.layer)
    draw_picture(bench, "distance", distance_figure, found.own, found.general, bench.layer)
    offer_csv(bench, "vectors", lambda: _frame(found))


def _moved(lab: Laboratory, progress: Progress) -> Moved:
    steps = Steps(progress, 3)
    own, part = lab.drift(steps.next()), _general(lab)
    general = [lab.vectors(side, part, steps.next()).mean for side in SIDES]
    return Moved(own, vector_drift(*general))


def _general(lab: Laboratory) -> Part:
    """Return the general sentences as rows of the run's task, one after the other where it reads several texts."""
    sentences, texts = general_sentences(), len(lab.held_out.inputs[0])
    inputs = [
        tuple(sentences[(at + number) % len(sentences)] for number in range(texts)) for at in range(len(sentences))
    ]
    return Part(np.arange(len(inputs)), inputs, lab.task.encode(lab.predictor.encoder, inputs))


def _sentence(found: Moved, layer: int) -> str:
    def said(drift: VectorDrift) -> str:
        cka, distance = drift.cka[layer], drift.distance[layer]
        return "no value" if cka is None or distance is None else f"similarity {cka:.2f}, distance {distance:.2f}"

    return f"At {layer_name(layer)} your rows have {said(found.own)}; general sentences have {said(found.general)}."


def _frame(found: Moved) -> pd.DataFrame:
    return pd.DataFrame([
        {"texts": name, "layer": layer, "cka": cka, "distance": distance}
        for name, drift in (("own", found.own), ("general", found.general))
        for layer, (cka, distance) in enumerate(zip(drift.cka, drift.distance, strict=True))
    ])  # fmt: skip
