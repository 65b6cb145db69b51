"""The Layers page: the layer and the text at its top, then its sections, each computed when it is opened."""

from __future__ import annotations

import streamlit as st

from bertui.runs.laboratory import ROWS
from bertui.runs.run import HAS_MODEL, Run
from bertui.ui import shell
from bertui.ui.answer.loaded import boxes_of, predictor_of
from bertui.ui.layers import attention, attribution, decides, drift, forgetting, lens, probe, swap, texts, word
from bertui.ui.layers.bench import Bench
from bertui.ui.layers.text import choose_text
from bertui.ui.layers.tour import scroll_to_wanted
from bertui.ui.layers.view import show_view
from bertui.ui.names import unique_names

VIEWS = (
    probe.VIEW, lens.VIEW, word.VIEW, texts.VIEW, drift.VIEW, decides.VIEW, attribution.VIEW, attention.VIEW, swap.VIEW,
    forgetting.VIEW,
)  # fmt: skip
LAYER = "layers_layer"
_ROWS = (500, 1_000, ROWS, 5_000)

# Under Streamlit's own bar, above what scrolls by.
_STICKY = """<style>
div:has(> .st-key-layers_top) {position: sticky; top: 3.25rem; z-index: 99}
.st-key-layers_top {background: light-dark(#FFFFFF, #12181A); padding: .25rem 0 .5rem;
 border-bottom: 1px solid light-dark(#D5DDDC, #344144)}
[class*="st-key-layers_wide_"] {overflow-x: auto}
</style>"""


def show(run: Run) -> None:
    """Show the whole page for a run that has a model."""
    with shell.showing_errors():
        layers = int(predictor_of(run).model.encoder.config.num_hidden_layers)
        layer = _choose_layer(layers)
        left, middle, right = st.columns([4, 2, 2])
        with left:
            inputs = choose_text(run)
        with middle:
            other = _choose_other(run)
        with right:
            bench = Bench(run, other, layer, inputs, _choose_rows())
        for view in VIEWS:
            show_view(view, bench)
    scroll_to_wanted()


def _choose_layer(layers: int) -> int:
    if st.session_state.get(LAYER, 0) > layers:  # of a run with more layers
        del st.session_state[LAYER]
    st.html(_STICKY)
    with st.container(key="layers_top"):
        return st.slider(
            "Layer", 0, layers, layers, key=LAYER, persist_state="session",
            help=f"0 is the embeddings, {layers} the layer that the answer is read from. All sections follow it.",
        )  # fmt: skip


def _choose_other(run: Run) -> Run | None:
    """Let the person choose what stands in the place of "before"."""
    others = {other.id: other for other in _like(run)}
    names = unique_names([(other.id, other.name) for other in others.values()])
    chosen = st.selectbox(
        "Compared with", ["", *others], key=f"layers_other_{run.id}",
        format_func=lambda id: names.get(id, "its pre-trained model"), disabled=not others,
        help="Another run of the same model can stand in the place of “before”, such as one with another seed.",
    )  # fmt: skip
    return others.get(chosen)


def _choose_rows() -> int:
    return st.selectbox(
        "Rows read", _ROWS, index=_ROWS.index(ROWS), key="layers_rows", format_func=lambda rows: f"up to {rows:,}",
        help="Training and validation rows for probe, lens, scatter and drift. More rows make surer figures, fewer are "
        "read sooner. Test rows are for the end.",
    )  # fmt: skip


def _like(run: Run) -> list[Run]:
    """Return the other runs of the same pre-trained model and task."""

    def alike(other: Run) -> bool:
        if other.id == run.id or other.state not in HAS_MODEL or other.task_kind != run.task_kind:
            return False
        return other.recipe.model.name == run.recipe.model.name and len(boxes_of(other)) == len(boxes_of(run))

    return [other for other in shell.workspace().runs() if alike(other)]
