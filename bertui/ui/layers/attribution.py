"""Attribution by layer: what each word gives to the answer, from the embeddings up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from bertui.explanation.by_layer import WordsByLayer, words_by_layer
from bertui.plots.by_layer import layer_name
from bertui.plots.layers import MOST, SPECIAL, words_figure
from bertui.runs.run import Run
from bertui.tasks.results import Input
from bertui.ui import shell
from bertui.ui.answer.loaded import predictor_of
from bertui.ui.background import computed_at_once
from bertui.ui.layers.bench import Bench
from bertui.ui.layers.view import View, draw_picture, offer_csv

_LISTED = 8


def _draw(bench: Bench) -> None:
    if bench.inputs is None:
        st.info("Choose a text above.")
        return
    run, inputs = bench.run, bench.inputs
    found: _Found | None = computed_at_once(
        bench.key("by layer", inputs), "layers_by_layer", "Take the answer apart", lambda progress: _apart(run, inputs)
    )
    if found is None:
        return
    st.markdown(shell.bold(f"The answer: {found.answer}"))
    if found.words is None:
        st.info("The answer to this text is made of nothing that could be explained.")
    else:
        _show(bench, found.words)


@dataclass(frozen=True, slots=True)
class _Found:
    answer: str
    words: WordsByLayer | None


def _apart(run: Run, inputs: Input) -> _Found:
    one = predictor_of(run)
    answer = one.answer(inputs)
    focuses = one.task.focuses(answer)
    if not focuses:
        return _Found(answer.summary(), None)
    words = words_by_layer(one.model, one.encoder, inputs, one.task, focuses[0], focuses[0].default)
    return _Found(answer.summary(), words)


def _show(bench: Bench, found: WordsByLayer) -> None:
    if len(found.words) > MOST:
        st.caption(f"The {MOST} strongest of {len(found.words):,} words are drawn, in their order; the file holds all.")
    st.markdown(shell.plain(_sentence(found, bench.layer)))
    draw_picture(bench, "attribution", words_figure, found, bench.layer, columns=len(found.words) + 1)
    st.caption(f"The strongest at {layer_name(bench.layer)}:")
    st.dataframe(_strongest(found, bench.layer), hide_index=True, width="stretch", column_config=_BARS)
    offer_csv(bench, "attribution", lambda: _frame(found))


def _sentence(found: WordsByLayer, layer: int) -> str:
    words, special = float(found.scores[layer].sum()), float(found.special[layer])
    return (
        f"Taken apart is {found.explained}, {found.logit:+.2f}. At {layer_name(layer)} the words hold {words:+.2f} of "
        f"it and the special marks, such as [CLS], {special:+.2f}; the rest is the biases above.".replace("-", "−")
    )


def _strongest(found: WordsByLayer, layer: int) -> pd.DataFrame:
    scores, names = np.append(found.scores[layer], found.special[layer]), [*found.words, SPECIAL]
    order = [at for at in np.argsort(-np.abs(scores), kind="stable")[:_LISTED] if scores[at]]
    frame = pd.DataFrame({"word": [names[at] for at in order], "share": [float(scores[at]) for at in order]})
    most = frame["share"].abs().max() if len(frame) else 1.0
    frame["size"] = 100 * frame["share"].abs() / most
    return frame


def _frame(found: WordsByLayer) -> pd.DataFrame:
    frame = pd.DataFrame(found.scores.T, columns=[f"layer {one}" for one in range(len(found.scores))])
    frame.insert(0, "word", found.words)
    last = {f"layer {one}": value for one, value in enumerate(found.special)}
    return pd.concat([frame, pd.DataFrame([{"word": SPECIAL, **last}])], ignore_index=True)


_BARS = {
    "share": st.column_config.NumberColumn(format="%+.3f"),
    "size": st.column_config.ProgressColumn("size", min_value=0, max_value=100, format="%.0f %%"),
}
VIEW = View(
    "attribution", "Attribution by layer", ":material/grid_on:",
    "Each cell is what one word's vector at that layer gives to the answer (by the frozen pass): orange for it, blue "
    "against it.",
    "The layer at which the answer leaves the words and gathers on the special marks, where it is read.",
    _draw,
)  # fmt: skip
