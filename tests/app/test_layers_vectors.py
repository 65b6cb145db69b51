"""The sections of the Layers page that are read off the vectors of every layer: probe and lens."""

from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from tests.app.test_layers import opened, started  # noqa: F401


def test_the_probe_says_where_the_label_lives(opened: Callable[..., AppTest]) -> None:  # noqa: F811
    at = started(opened("lives"), "probe")
    assert any("a probe tells the label of" in one.value and "before" in one.value for one in at.markdown)
    assert len(at.get("plotly_chart")) == 1 and at.get("download_button")
    at.slider(key="layers_layer").set_value(0).run()
    assert any(one.value.startswith("From the embeddings a probe tells") for one in at.markdown)
    at.segmented_control(key="layers_probe_pooling").set_value("cls").run()
    at = started(at, "probe")
    assert any("the same vector, so there is nothing to tell" in one.value for one in at.markdown)
    at.selectbox(key="layers_probe_target").set_value("the order of the words").run()
    at = started(at, "probe")
    assert not at.exception and not at.error


def test_the_lens_ends_with_the_models_own_answer(opened: Callable[..., AppTest]) -> None:  # noqa: F811
    at = started(opened("appears"), "lens")
    assert any("Read at layer 2, 100.0 % of" in one.value and "100.0 % without it" in one.value for one in at.markdown)
    table = next(one.value for one in at.dataframe if "mapped" in one.value.columns)
    assert table["layer"].tolist() == ["layer 2", "layer 1", "the embeddings"]
    assert table["raw"].iloc[0] == table["mapped"].iloc[0]
