"""Forgetting: how well the encoder still fills blanks in general sentences, before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from bertui.laboratory.forgetting import BLANK, Filled, Forgetting, LanguageModels, language_models
from bertui.laboratory.general import general_sentences
from bertui.modeling.sources import ModelChoice, locate
from bertui.ui import shell
from bertui.ui.background import computed, computed_at_once
from bertui.ui.layers.bench import Bench
from bertui.ui.layers.view import View, offer_csv

if TYPE_CHECKING:
    from bertui.modeling.model import TextModel

_EXAMPLE = f"The capital of France is {BLANK}."


def _draw(bench: Bench) -> None:
    choice, after = bench.run.recipe.model, bench.after
    models: LanguageModels | None = computed_at_once(
        bench.key("language models"), "layers_language", "Load the language model",
        lambda progress: _models(choice, after),
    )  # fmt: skip
    if models is None:
        return
    found = computed(
        bench.key("forgetting"), "layers_forgetting", f"Fill blanks in {len(general_sentences()):,} general sentences",
        lambda progress: models.forgetting(general_sentences(), progress),
    )  # fmt: skip
    if found is not None:
        st.markdown(shell.plain(_sentence(found)))
        offer_csv(bench, "forgetting", lambda: pd.json_normalize(found.to_json()), picture=False)
    st.subheader("Fill a blank", anchor=False)
    text = st.text_input(f"A sentence with one blank, written {BLANK}", _EXAMPLE, key="layers_blank")
    if not text.strip():
        return
    filled: Filled | None = computed_at_once(
        bench.key("fill", text), "layers_fill", "Fill the blank", lambda progress: models.fill(text)
    )
    if filled is not None:
        _show(bench, filled)


def _show(bench: Bench, filled: Filled) -> None:
    frame = _frame(filled)
    st.dataframe(frame, hide_index=True, width="stretch", column_config=_PERCENT)
    offer_csv(bench, "blank", lambda: frame, picture=False)


def _frame(filled: Filled) -> pd.DataFrame:
    return pd.DataFrame([
        {"before": old, "before (%)": 100 * share, "after": new, "after (%)": 100 * later}
        for (old, share), (new, later) in zip(filled.before, filled.after, strict=True)
    ])  # fmt: skip


def _sentence(found: Forgetting) -> str:
    worse, interval = found.worse.value, f"{found.worse.low:+.2f} to {found.worse.high:+.2f}".replace("-", "−")
    how = "It has become worse at this" if found.worse.low > 0 else "It has not clearly become worse at this"
    if found.worse.high < 0:
        how = "It has become better at this"
    return (
        f"{how}: the loss on {found.tokens:,} masked words of {found.sentences:,} sentences was {found.before:.2f} "
        f"before and is {found.after:.2f} now, a difference of {worse:+.2f} ({interval}).".replace("-", "−")
    )


def _models(choice: ModelChoice, after: TextModel) -> LanguageModels:
    from bertui.modeling.tokenizer import load_tokenizer

    folder = locate(choice).folder
    return language_models(folder, after, load_tokenizer(folder))


_PERCENT = {name: st.column_config.NumberColumn(format="%.1f") for name in ("before (%)", "after (%)")}
VIEW = View(
    "forgetting", "Forgetting", ":material/history_toggle_off:",
    "Words of general sentences are masked and guessed by the head that the model was pre-trained with, on the encoder "
    "before and after; a lower loss is better.",
    "How much general knowledge of language the fine-tuning has cost: a large rise means that the model serves this "
    "task alone now.",
    _draw,
)  # fmt: skip
