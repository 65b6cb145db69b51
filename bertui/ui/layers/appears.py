"""Where does the answer appear: the run's own head read at every layer, for the table and for one text."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from bertui.laboratory.collected import layer_vectors
from bertui.laboratory.lens import Lens, Reader
from bertui.plots.by_layer import layer_name
from bertui.plots.layers import lens_figure
from bertui.runs.laboratory import Laboratory
from bertui.tasks.results import Input
from bertui.ui import shell
from bertui.ui.background import computed, computed_at_once
from bertui.ui.layers.bench import Bench
from bertui.ui.layers.view import View, draw_picture, offer_csv


def _draw(bench: Bench) -> None:
    lab = bench.laboratory
    found = computed(
        bench.key("lens"), "layers_lens", f"Read {len(lab.held_out.rows):,} validation rows at every layer",
        lambda progress: lab.lens(progress=progress),
    )  # fmt: skip
    if found is None:
        return
    st.markdown(shell.plain(_sentence(found, bench.layer)))
    draw_picture(bench, "lens", lens_figure, found, bench.layer)
    offer_csv(bench, "lens", lambda: _frame(found))
    if bench.inputs is not None:
        _one_text(bench, lab, bench.inputs)


def _one_text(bench: Bench, lab: Laboratory, inputs: Input) -> None:
    st.subheader("The text above", anchor=False)
    rows = computed_at_once(
        bench.key("lens of one text", inputs), "layers_lens_text", "Read this text", lambda progress: _read(lab, inputs)
    )
    if rows is not None:
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
        offer_csv(bench, "lens_text", lambda: pd.DataFrame(rows), picture=False)


def _read(lab: Laboratory, inputs: Input) -> list[dict[str, Any]]:
    """Return the answer at each layer, the top first, raw and mapped."""
    predictor, task = lab.predictor, lab.task
    encoded = task.encode(predictor.encoder, [inputs])
    vectors = layer_vectors(lab.after, encoded, int(predictor.tokenizer.pad_token_id))
    reader, rows = Reader(lab.after, lab.vectors("after", lab.train)), []
    for layer in range(vectors.layers, -1, -1):
        read = {
            name: task.answer([inputs], encoded, reader.outputs(vectors, encoded, layer, mapped=mapped))[0].summary(60)
            for name, mapped in (("mapped", True), ("raw", False))
        }
        rows.append({"layer": layer_name(layer), **read})
    return rows


def _sentence(found: Lens, layer: int) -> str:
    first = next((at for at, share in enumerate(found.mapped) if share >= _MOST), None)
    when = "" if first is None else f" From {layer_name(first)} on, {100 * _MOST:.0f} % of the answers can be read off."
    return (
        f"Read at {layer_name(layer)}, {100 * found.mapped[layer]:.1f} % of {found.rows:,} rows have the model's "
        f"answer already through the map, {100 * found.raw[layer]:.1f} % without it.{when}"
    )


def _frame(found: Lens) -> pd.DataFrame:
    return pd.DataFrame({"layer": range(len(found.raw)), "raw": found.raw, "mapped": found.mapped})


_MOST = 0.9

VIEW = View(
    "appears", "Where does the answer appear? (lens)", ":material/center_focus_strong:",
    "Each layer is read by the run's own head as if it were the top: the share of rows that have the model's final "
    "answer there. “Mapped” goes through a linear map to the top first, since layers turn and stretch vectors on the "
    "way up.",
    "At which layer most answers are decided, and for one text where the answer changes on its way.",
    _draw,
)  # fmt: skip
