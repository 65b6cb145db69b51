"""Where does the answer appear: the run's own head, read at each layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from bertui.laboratory.lens import Lens, Reader
from bertui.laboratory.lens_of_text import answers_by_layer
from bertui.laboratory.sample import Steps
from bertui.plots.by_layer import layer_name
from bertui.plots.layers import answers_figure, lens_figure
from bertui.prediction.outputs import Progress
from bertui.runs.laboratory import Laboratory
from bertui.tasks.views import Bars
from bertui.ui import shell
from bertui.ui.background import computed, computed_at_once
from bertui.ui.layers.bench import Bench
from bertui.ui.layers.view import View, draw_picture, offer_csv

_LENSES = {"mapped": "Mapped", "raw": "Raw"}


@dataclass(frozen=True, slots=True)
class _Found:
    lens: Lens
    reader: Reader


def _draw(bench: Bench) -> None:
    lab = bench.lab
    found: _Found | None = computed(
        bench.key("lens", bench.rows), "layers_lens",
        f"Read the answer at each layer on {len(lab.held_out.rows):,} rows",
        lambda progress: _read(lab, progress),
    )  # fmt: skip
    if found is None:
        return
    st.markdown(shell.plain(_sentence(found.lens, bench.layer)))
    draw_picture(bench, "lens", lens_figure, found.lens, bench.layer)
    offer_csv(bench, "lens", lambda: _frame(found.lens))
    st.subheader("One text", anchor=False)
    _show_text(bench, found.reader)


def _read(lab: Laboratory, progress: Progress) -> _Found:
    steps = Steps(progress, 2)
    reader = lab.reader(steps.next())
    return _Found(lab.lens(reader, steps.next()), reader)


def _show_text(bench: Bench, reader: Reader) -> None:
    if bench.inputs is None:
        st.info("Choose a text above.")
        return
    which = st.segmented_control("Lens", list(_LENSES), default="mapped", required=True, key="layers_lens_kind",
                                 format_func=_LENSES.__getitem__)  # fmt: skip
    inputs, predictor, mapped = bench.inputs, bench.predictor, which == "mapped"
    answers: tuple[Any, ...] | None = computed_at_once(
        bench.key("lens of a text", inputs, mapped, bench.rows), "layers_lens_text", "Read the text at each layer",
        lambda progress: answers_by_layer(
            reader, predictor.model, predictor.encoder, predictor.task, inputs, mapped=mapped
        ),
    )  # fmt: skip
    if answers is None:
        return
    st.markdown(shell.bold(f"At {layer_name(bench.layer)}: {answers[bench.layer].summary()}"))
    if bars := _bars(answers):
        draw_picture(bench, "lens_text", answers_figure, answers, bench.layer, columns=len(bars[0].names))
    frame = _text_frame(answers)
    percents = {name: st.column_config.NumberColumn(format="%.1f") for name in frame.columns[2:]}
    st.dataframe(frame, hide_index=True, width="stretch", column_config=percents)
    offer_csv(bench, "lens_text", lambda: frame, picture=bool(bars))


def _bars(answers: tuple[Any, ...]) -> list[Bars]:
    """Return the probabilities at each layer, where the task's answers have such."""
    views = [next((view for view in one.views() if isinstance(view, Bars)), None) for one in answers]
    return [view for view in views if view is not None] if None not in views else []


def _sentence(found: Lens, layer: int) -> str:
    first = next((at for at, share in enumerate(found.mapped) if share >= 0.9), len(found.mapped) - 1)
    return (
        f"At {layer_name(layer)}, {100 * found.mapped[layer]:.1f} % of {found.rows:,} validation rows already have the "
        f"model's final answer ({100 * found.raw[layer]:.1f} % by the raw lens). Nine of ten have it from "
        f"{layer_name(first)} on."
    )


def _frame(found: Lens) -> pd.DataFrame:
    return pd.DataFrame({"layer": range(len(found.raw)), "mapped": found.mapped, "raw": found.raw})


def _text_frame(answers: tuple[Any, ...]) -> pd.DataFrame:
    bars = _bars(answers)
    shares = [dict(zip(one.names, (round(100 * value, 1) for value in one.values), strict=True)) for one in bars]
    rows = [
        {"layer": layer, "answer": one.in_words, **({} if not bars else {f"{name} (%)": value
         for name, value in shares[layer].items()})}
        for layer, one in enumerate(answers)
    ]  # fmt: skip
    return pd.DataFrame(rows[::-1])


VIEW = View(
    "lens", "Where does the answer appear? (lens)", ":material/center_focus_strong:",
    "The model's own head reads each layer as if it were the last; the mapped lens first turns a layer's vectors into "
    "the last layer's language, since the raw one misleads below the top.",
    "The layer from which on most texts have their final answer, and texts whose answer changes on the way up.",
    _draw,
)  # fmt: skip
